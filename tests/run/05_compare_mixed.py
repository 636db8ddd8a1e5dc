"""Comparisons and branches: exact int and float in training, everything else in the test."""
from support import FLOATS, INTS, MyFloat, MyInt, PlainFloat, cross, main, show


def lt(a, b):
    return a < b


def le(a, b):
    return a <= b


def eq(a, b):
    return a == b


def ne(a, b):
    return a != b


def gt(a, b):
    return a > b


def ge(a, b):
    return a >= b


def three_way(a, b):
    if a < b:
        return -1
    if a > b:
        return 1
    if a == b:
        return 0
    return "unordered"


def count_between(values, low, high):
    n = 0
    for v in values:
        if low <= v < high:
            n += 1
        elif not v != low:
            n -= 1
    return n


class Loud:
    def __lt__(self, other): raise ValueError("no order")
    def __eq__(self, other): return [] if other == 3 else [1]
    def __gt__(self, other): return NotImplemented
    def __le__(self, other): return Half()
    def __repr__(self): return "Loud()"


class Half:
    def __bool__(self): raise KeyError("undecided")
    def __repr__(self): return "Half()"


def train():
    t = 0
    for i in range(9000):
        t += lt(i, 50) + le(i, 60) + eq(i, 70) + ne(i, 80) + gt(i, 90) + ge(i, 100) + three_way(i, 4000)
        t += three_way(i * 0.5, 100.0)
    t += count_between(list(range(3000)) * 3, 100, 2000)
    print(t)


def test():
    odd = [True, None, "a", (1,), MyInt(1), MyFloat(1.0), PlainFloat(1.0), Loud()]
    for f in (lt, le, eq, ne, gt, ge):
        cross(f, INTS, INTS[::3])
        cross(f, FLOATS, FLOATS)
        cross(f, [1, 2**53 + 1, 2**63, 10**400], FLOATS + [float(2**53), float(2**63)])
    for f in (lt, le, eq, ne, gt, ge, three_way):
        for a in (1, 3, 2.5, *odd):
            for b in (1, 3, *odd):
                show(f, a, b)
    cross(three_way, FLOATS, FLOATS)
    show(count_between, [1, 2.5, float("nan"), True, 2**70, -2**70], 1, 2**65)
    show(count_between, [1, 2, "x"], 0, 5)
    show(count_between, "abc", "a", "c")
    show(count_between, [1, Loud()], 0, 3)


main(train, test)
