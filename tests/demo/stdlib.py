"""The standard library at work: difflib compares two versions of a generated source file, line by line and word by word."""
import difflib
import zlib


def make_source(n, seed):
    """n lines that look like a program, some of them repeated."""
    lines = []
    state = seed
    for i in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        kind = (state >> 8) % 7
        name = f"value_{(state >> 12) % 90}"
        if kind == 0:
            lines.append(f"def function_{(state >> 5) % 60}({name}, other=None):\n")
        elif kind == 1:
            lines.append(f"    return {name} + {state % 50}\n")
        elif kind == 2:
            lines.append(f"    if {name} is not None and {name} > {i % 17}:\n")
        elif kind == 3:
            lines.append("\n")
        else:
            lines.append(f"    {name} = call_{state % 23}({name}, {i % 11}) * {kind}\n")
    return lines


def edit(lines, seed):
    """Another version: lines changed, dropped, moved and added."""
    out = []
    state = seed
    for line in lines:
        state = (state * 69069 + 1) & 0x7FFFFFFF
        what = (state >> 9) % 23
        if what == 0:
            continue
        if what == 1:
            out.append("    # a new remark\n")
        if what in (2, 3):
            line = line.replace("value", "number").replace("= call", "= try_call")
        out.append(line)
    return out


def main():
    old = make_source(9000, 7)
    new = edit(old, 99)
    diff = list(difflib.unified_diff(old, new, "old", "new"))
    print("unified", len(diff), zlib.crc32("".join(diff).encode()))
    detailed = list(difflib.ndiff(old[:600], new[:600]))
    print("ndiff", len(detailed), zlib.crc32("".join(detailed).encode()))
    ratios = [difflib.SequenceMatcher(None, old[i], new[i]).ratio() for i in range(0, 6000)]
    print("ratio", repr(sum(ratios)))
    print("close", difflib.get_close_matches("    value_12 = call_3(value_12, 4) * 5\n", old[:6000], 3, 0.7))


main()
