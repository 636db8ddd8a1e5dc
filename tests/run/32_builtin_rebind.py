"""Builtins shadowed by globals, patched in builtins, and removed again, while hot."""
import builtins
from support import main, show, trace


def lens(seqs):
    t = 0
    for s in seqs:
        t += len(s)
    return t


def mixed(n):
    t = 0
    for i in range(n):
        t += abs(i - 5) + max(i, 3) + min(i, 7) + ord(chr(i + 65)) + int(isinstance(i, int))
    return t


def build(n):
    return list(range(n)), sum([1, 2, n]), sorted([n, 1]), str(n)


def midway(n, hook):
    t = 0
    for i in range(n):
        if i == n // 2:
            hook()
        t += len("four")
    return t


def nop():
    pass


def train():
    t = 0
    seqs = [[1, 2], "abc", (1,), {1: 2}, {3}]
    for i in range(400):
        t += lens(seqs) + mixed(20) + len(build(5)[0]) + midway(10, nop)
    print(t)


def test():
    global len, abs, isinstance, max
    show(lens, [[1], "ab"])
    real = {n: getattr(builtins, n) for n in ("len", "abs", "max", "min", "ord", "chr", "isinstance", "range", "list", "sum", "int")}

    def shadow():
        global len
        len = lambda s: 100
    def patch(): builtins.len = lambda s: 1000
    def remove(): del builtins.len
    def clash(): builtins.len = 5
    show(midway, 6, shadow)
    show(lens, [[1]])
    del len
    show(midway, 6, patch)
    show(lens, [[1]])
    builtins.len = real["len"]
    show(midway, 6, remove)
    try:
        lens([[1]])
    except NameError as e:
        print(e, e.name)
    builtins.len = real["len"]
    show(midway, 6, clash)
    builtins.len = real["len"]
    show(midway, 6, nop)
    for name, value in (("abs", lambda x: x * 0.5), ("max", lambda *a: "max"), ("min", lambda *a: a), ("ord", lambda c: 2**70),
                        ("chr", lambda i: i), ("isinstance", lambda o, t: "yes"), ("range", lambda n: [1, 2]), ("int", float)):
        setattr(builtins, name, value)
        show(mixed, 4)
        setattr(builtins, name, real[name])
    for name in ("list", "sum", "range"):
        setattr(builtins, name, lambda *a: "patched")
        show(build, 3)
        setattr(builtins, name, real[name])
    abs = lambda x: 50
    show(mixed, 4)
    del abs
    isinstance = 7
    trace(mixed, 4)
    del isinstance
    show(mixed, 4)
    show(build, 3)
    saved = __builtins__.__dict__ if hasattr(__builtins__, "__dict__") else __builtins__
    ns = {"__builtins__": {"range": range, "len": lambda s: -1}}
    exec("def f(s, n):\n    t = 0\n    for i in range(n):\n        t += len(s)\n    return t\nr = f('abc', 4)", ns)
    print(ns["r"], saved is not None)


main(train, test)
