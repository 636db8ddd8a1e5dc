#!/usr/bin/env python3
"""Makes a failing program smaller: deletes statements as long as the command still fails in the same way.

    reduce.py PROGRAM.py -- COMMAND...       COMMAND {} ...; status 1 means "it still fails"

    reduce.py p17.py -- tools/fuzz_run.py --check {}
"""
import ast
import os
import subprocess
import sys
import tempfile

BODIES = ("body", "orelse", "finalbody", "handlers")


def bodies(tree):
    """Every list of statements in the tree, outermost first."""
    for node in ast.walk(tree):
        for field in BODIES:
            stmts = getattr(node, field, None)
            if isinstance(stmts, list) and stmts and isinstance(stmts[0], (ast.stmt, ast.ExceptHandler)):
                yield stmts, field


def without(source, which, start, stop):
    """The source without statements start..stop of body number `which`; None when there is nothing to take away."""
    tree = ast.parse(source)
    for i, (stmts, field) in enumerate(bodies(tree)):
        if i == which:
            if start >= len(stmts) or (len(stmts) == 1 and isinstance(stmts[0], ast.Pass)):
                return None
            del stmts[start:stop]
            if not stmts and field == "body":
                stmts.append(ast.Pass())
            break
    else:
        return None
    try:
        return ast.unparse(ast.fix_missing_locations(tree))
    except Exception:
        return None


def fails(command, source):
    try:
        compile(source, "candidate", "exec")
    except (SyntaxError, ValueError):
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as f:
        f.write(source)
    try:
        r = subprocess.run([w.replace("{}", f.name) for w in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return r.returncode == 1
    finally:
        os.remove(f.name)


def pass_over(command, source):
    """One sweep over all bodies, in chunks that halve."""
    which = 0
    while which < sum(1 for _ in bodies(ast.parse(source))):
        n = len(list(bodies(ast.parse(source)))[which][0])
        size = n
        while size:
            start = 0
            while (candidate := without(source, which, start, start + size)) is not None:
                if candidate != source and fails(command, candidate):
                    source = candidate
                    print(f"{len(source.splitlines())} lines", file=sys.stderr, flush=True)
                else:
                    start += size
                if which >= sum(1 for _ in bodies(ast.parse(source))):
                    return source
            size //= 2
        which += 1
    return source


def main():
    if "--" not in sys.argv or len(sys.argv) < 4:
        sys.exit(__doc__)
    command = sys.argv[sys.argv.index("--") + 1:]
    with open(sys.argv[1]) as f:
        source = ast.unparse(ast.parse(f.read()))
    if not fails(command, source):
        sys.exit("reduce: the command does not fail on the program")
    before = None
    while before != source:
        before, source = source, pass_over(command, source)
    print(source)


if __name__ == "__main__":
    main()
