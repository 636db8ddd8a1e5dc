"""Tuples and unpacking: exact tuples and lists in training; iterators, wrong lengths, starred targets in the test."""
from collections import namedtuple
from support import main, show, trace

Point = namedtuple("Point", "x y")


def two(t):
    a, b = t
    return b, a


def three(t):
    a, b, c = t
    return a + b + c


def starred(t):
    head, *body, tail = t
    return head, body, tail


def deep(t):
    (a, b), [c, *d] = t
    return a, b, c, d


def rotate(a, b, c):
    for _ in range(4):
        a, b, c = b, c, a
    return a, b, c


def loop_pairs(ps):
    t = 0
    for i, (x, y) in enumerate(ps):
        t += i * x - y
    return t


def build(a, b):
    return (a, b, a), [a, b], (*(a, b), b), [*[a], b]


def compare(a, b):
    return (a, b) < (b, a), (a, 1) == (a, 1), (a,) + (b,)


class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return iter(range(self.n))


class BadIt:
    def __iter__(self): return 5


class RaisingIt:
    def __iter__(self): return self
    def __next__(self): raise OSError("broken iterator")


def train():
    t = 0
    for i in range(5000):
        t += two((i, 1))[0] + three((i, 2, 3)) + three([i, 2, 3]) + starred((i, 1, 2, 3))[0] + rotate(i, 2, 3)[0]
        t += deep(((1, i), [2, 3, 4]))[1] + build(i, 2)[0][0] + compare(i, 5)[1]
    ps = [(i, i + 1) for i in range(100)]
    for i in range(60):
        t += loop_pairs(ps)
    print(t)


def test():
    weird = [(), (1,), (1, 2), (1, 2, 3), [1, 2], "ab", "abc", b"ab", {1: 2, 3: 4}, It(2), It(3), It(4), BadIt(), RaisingIt(),
             5, None, Point(1, 2), (x for x in (1, 2)), map(str, (1, 2, 3)), range(2), range(3)]
    for f in (two, three, starred):
        for w in weird:
            show(f, w)
    for t in (((1, 2), (3,)), ("ab", "c"), ((1, 2), []), ((1, 2, 3), [4]), (1, 2), [[1, 2], [3, 4, 5]]):
        show(deep, t)
    show(rotate, 1.5, None, "x")
    show(loop_pairs, [(1, 2.5), (True, 3), [4, 5], "ab"])
    show(loop_pairs, [Point(1, 2), Point(3, 4)])
    show(loop_pairs, [(1,)])
    show(build, 1.5, None)
    for a, b in ((1, 2), (1.0, 1), ("a", "b"), (float("nan"), 1), (None, 1)):
        show(compare, a, b)
    trace(two, (1, 2, 3))
    trace(starred, (1,))
    trace(two, 7)
    trace(deep, ((1, 2), None))


main(train, test)
