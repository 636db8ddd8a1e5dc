"""Strings that grow in a local of which no sample said that it is one: in place, unless somebody else sees the string."""
import sys

from support import main, show, trace


def build(n, first, x):
    t = first
    for i in range(n):
        t += x
    return t


def build_plain(n, first, x):
    t = first
    for i in range(n):
        t = t + x
    return t


def kept(n, first, x):
    t = first
    seen = []
    for i in range(n):
        t += x
        seen.append(t)
    return seen


def hashed(n, first, x):
    t = first
    d = {}
    for i in range(n):
        t += x
        d[t] = i
    return d


def doubled(n, t):
    for i in range(n):
        t += t
    return t


def aliased(n, first, x):
    t = first
    u = None
    for i in range(n):
        u = t
        t += x
    return t, u


def two(n, first, x):
    a = first
    b = first
    for i in range(n):
        a += x
        b = a + x
        a = b + x
    return a, b


def converted(n, first, f):
    t = first
    for i in range(n):
        t += f(i)
    return t


def looks(n, first, x):
    t = first
    for i in range(n):
        t += x
        if i == n - 1:
            return sys._getframe().f_locals["t"], t


class Sub(str):
    def __add__(self, o): return Sub(str.__add__(self, o) + "!")


class Right:
    def __radd__(self, o): return o + "R"


def train():
    for _ in range(80):
        for first, x in ((0, 1), ((), (1,)), (1.5, 2)):
            build(50, first, x), build_plain(50, first, x), kept(20, first, x), aliased(20, first, x), two(20, first, x), looks(20, first, x)
            hashed(20, first, x)
        doubled(4, 3), doubled(4, (1,)), doubled(4, 1.5)
        converted(30, 0, int), converted(30, (), lambda i: (i,)), converted(30, 0.5, float)
    print(build(3, (), (1,)), two(2, 0, 1))


def test():
    for first, x in (("", "x"), ("ab", "c"), ("ab", ""), ("", ""), ("a", "\xe9"), ("\xe9", "a"), ("a", "\u20ac"), ("\u20ac", "\U0001f600"), ("q" * 40, "z"),
                     (Sub("s"), "t"), ("t", Sub("s")), ("s", Right()), ("s", 1), (1, "s"), ([1], [2]), ([1], "ab"), (b"a", b"b")):
        for f in (build, build_plain, kept, hashed, aliased, two, looks):
            show(f, 4, first, x)
    for t in ("a", "\xe9", "", "ab" * 10):
        show(doubled, 3, t)
    show(converted, 12, "", str)
    show(converted, 12, "n", repr)
    trace(converted, 3, "n", int)
    n = 2000 if hasattr(sys, "gettotalrefcount") else 300000  # a debug build moves a string whenever it grows
    for f in (build, build_plain):
        print(len(f(n, "", "xy")), len(f(n, "\u20ac", "xyz")))  # by the square of it, minutes


main(train, test)
