"""Cells and free variables: nonlocal counters, closures made in loops, cells emptied, swapped and seen from outside."""
import types
from support import main, show, trace


def counter(start, step):
    n = start

    def inc(k=1):
        nonlocal n
        n += step * k
        return n

    def get():
        return n

    def drop():
        nonlocal n
        del n
    return inc, get, drop


def adders(n):
    return [lambda x: x + i for i in range(n)]


def adders_bound(n):
    return [lambda x, i=i: x + i for i in range(n)]


def drive(f, n):
    t = 0
    for i in range(n):
        t = f(i)
    return t


def cell_argument(x):
    def get():
        return x
    x = x + 1
    return get() + x


def three_levels(a):
    def mid(b):
        def low(c):
            nonlocal a
            a += c
            return a + b
        return low
    f = mid(10)
    f(1)
    return f(2)


def accumulate(values):
    total = 0

    def add(v):
        nonlocal total
        total = total + v
    for v in values:
        add(v)
    return total


def comp_closure(n, k):
    return [x * k + n for x in range(n)], {x: k for x in range(2)}, sum(x * k for x in range(n))


def recursive(n):
    def fact(i):
        return 1 if i < 2 else i * fact(i - 1)
    return fact(n)


def loop_cell(n):
    fs = []
    for i in range(n):
        j = i * 2
        fs.append(lambda: (i, j))
    return [f() for f in fs]


def train():
    t = 0
    for i in range(400):
        inc, get, drop = counter(i, 2)
        t += drive(inc, 20) + get() + sum(f(1) for f in adders(3)) + cell_argument(i) + three_levels(i) + accumulate([1, 2, 3, 4])
        t += len(comp_closure(5, 2)[0]) + recursive(8) + len(loop_cell(4)) + sum(f(1) for f in adders_bound(3))
    print(t)


def test():
    for start, step in ((2**62, 2**62), (0.5, 1), (0, 0.5), ("a", "b"), (True, True), (None, 1)):
        inc, get, drop = counter(start, step)
        show(drive, inc, 3)
        show(get)
    inc, get, drop = counter(1, 1)
    drop()
    trace(get)
    trace(inc)
    trace(drop)
    inc.__closure__[0].cell_contents = 2**63 - 2
    show(drive, inc, 4)
    inc.__closure__[0].cell_contents = "text"
    trace(inc)
    inc, get, drop = counter(5, 1)
    print([c.cell_contents for c in get.__closure__])
    other = types.FunctionType(get.__code__, globals(), "other", None, (types.CellType(0.25),))
    show(other)
    get.__code__ = get.__code__.replace(co_name="renamed")
    show(get)
    for v in (2**63 - 1, 0.5, True, "s"):
        show(cell_argument, v)
        show(three_levels, v)
    show(accumulate, [1, 2.5, 2**70])
    show(accumulate, ["a"])
    show(comp_closure, 3, 0.5)
    show(comp_closure, 3, "k")
    show(comp_closure, "x", 1)
    show(recursive, 30)
    show(recursive, 4.0)
    trace(recursive, "x")
    print(loop_cell(3), [f(0.5) for f in adders(3)])
    trace(adders(2)[0], None)


main(train, test)
