"""Strings in hot loops: concatenation, subscripts, comparison, methods; then other types and str subclasses."""
from support import main, show, trace


class Tag(str):
    def __add__(self, other): return "tag+" + str.__str__(other)
    def __getitem__(self, i): return "<%r>" % (i,)
    def __contains__(self, x): return "maybe"
    def upper(self): return "UP"


def repeat_add(s, part, n):
    for _ in range(n):
        s += part
    return s


def keep_old(s, n):
    """s += x may not write into a string that another name still holds."""
    olds = []
    for i in range(n):
        old = s
        s += "x"
        olds.append(old)
    return olds[-2:], s


def char_at(s, i):
    return s[i]


def reverse(s):
    out = ""
    i = len(s) - 1
    while i >= 0:
        out = out + s[i]
        i -= 1
    return out


def count_vowels(s):
    n = 0
    for c in s:
        if c in "aeiou":
            n += 1
        elif c == "y" or c >= "z":
            n += 10
    return n


def caps(words):
    return [w.upper() for w in words]


def caesar(s, k):
    out = []
    for c in s:
        if "a" <= c <= "z":
            out.append(chr((ord(c) - 97 + k) % 26 + 97))
        else:
            out.append(c)
    return "".join(out)


def percent(fmt, args):
    return fmt % args


def train():
    t = 0
    for i in range(400):
        t += len(repeat_add("", "ab", 20)) + len(reverse("hello world")) + count_vowels("why is the sky so zany")
        t += len(caps(["a", "bc"])) + len(caesar("attack at dawn", i % 26)) + len(keep_old("q", 5)[1])
    for i in range(5000):
        t += len(char_at("abcdef", i % 6)) + len(percent("%d-%s", (i, "x")))
    print(t)


def test():
    show(repeat_add, "é", "€", 4)
    show(repeat_add, "a", "\U0001F40D", 3)
    show(repeat_add, b"a", b"b", 3)
    show(repeat_add, [], [1], 3)
    show(repeat_add, 1, 2, 3)
    show(repeat_add, (1,), (2,), 3)
    show(repeat_add, Tag("t"), "u", 3)
    show(repeat_add, "u", Tag("t"), 3)
    trace(repeat_add, "a", 1, 3)
    trace(repeat_add, "a", None, 1)
    show(keep_old, "é", 4)
    for s in ("abc", "日本語", Tag("abc"), b"abc", bytearray(b"abc"), [1, 2, 3], range(3), {0: "z", 1: "y", -1: "w", True: "v"}):
        for i in (0, 1, -1, -4, 3, True, 2**70, "0", 1.0, slice(0, 2)):
            show(char_at, s, i)
    for s in ("", "x", "日本語", [1, 2], "ab" * 20):
        show(reverse, s)
    show(count_vowels, ["a", "y", "zz", ""])
    show(count_vowels, [1, "a"])
    show(count_vowels, b"ab")
    show(caps, ["a", b"b", Tag("x")])
    show(caps, ["a", 1])
    show(caesar, "XYZ xyz é", 3)
    show(caesar, "abc", -30)
    show(caesar, "abc", 2.0)
    show(caesar, ["abc"], 1)
    for f, a in (("%s", 1), ("%s %s", (1,)), ("%d", "x"), ("x", (1,)), ("%(a)s", {"a": 2}), (5, 3), ("%5.2f|%-4d", (1.5, 2))):
        show(percent, f, a)


main(train, test)
