"""What the outside sees of a generator at each of its stations: its frame, its state, what it waits for, how it ends."""
import gc
import inspect
import itertools
import sys
from support import main, show, trace


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def running(values):
    total = 0.0
    for v in values:
        total += v * 0.5
        yield total


def tree(t):
    if t is not None:
        yield from tree(t.left)
        yield t.val
        yield from tree(t.right)


def guarded(log, n):
    i = 0
    try:
        while i < n:
            yield i
            i += 1
    finally:
        log.append("fin")


def summed():
    total = 0
    while True:
        x = yield total
        if x is None:
            return total
        total += x


def squares(data):
    return (x * x for x in data)


def nested(n, k):
    return ((i, j, i * j + k) for i in range(n) for j in range(i) if (i + j) % 2)


def divided(n):
    i = n
    while True:
        try:
            v = 10 // i
        except ZeroDivisionError:
            v = "zde"
            yield v
        yield v
        i -= 1
        if i < -n:
            raise ValueError(i)


def late(flag):
    """x is bound on the way that raises, or not at all."""
    try:
        if flag == 1:
            raise KeyError(flag)
        x = flag
    except KeyError:
        pass
    yield "first"
    yield x


def forgetful(n):
    x = n
    yield x
    del x
    yield "gone"
    if n > 2:
        x = n + 1
    yield x


def deep_stack(a):
    return [a, (yield a), {a: (yield a + 1)}, max(a, (yield), a * 2)]


def with_cells(n):
    step = 1

    def bump():
        nonlocal step
        step += 1
        return n
    while step < 4:
        yield step, bump()


def delegate_twice(n):
    a = yield from summed()
    b = yield from count(n)
    return a, b


class Node:
    __slots__ = ("left", "val", "right")

    def __init__(self, left, val, right):
        self.left, self.val, self.right = left, val, right


class Duck:
    def __init__(self, left, val, right):
        self.left, self.val, self.right = left, val, right


def build(lo, hi, cls=Node):
    if lo >= hi:
        return None
    m = (lo + hi) // 2
    return cls(build(lo, m, cls), m, build(m + 1, hi, cls))


def look(g):
    """Everything the outside can see of a generator that does not run."""
    f, y = g.gi_frame, g.gi_yieldfrom
    return (inspect.getgeneratorstate(g),
            f and (f.f_lasti, f.f_lineno, {k: v if isinstance(v, (int, float, str)) else type(v).__name__ for k, v in f.f_locals.items()}, f.f_back, f.f_code is g.gi_code),
            y and type(y).__name__, g.gi_running, g.gi_suspended, g.__sizeof__(),
            sorted(type(o).__name__ for o in gc.get_referents(g)))


def steps(g, n=50):
    print(look(g))
    try:
        for _ in range(n):
            print(next(g), look(g))
    except StopIteration as e:
        print("stop", e.value)
    except Exception as e:
        trace(raise_again, e)
    print(look(g), next(g, "end"))


def raise_again(e):
    raise e


def sends(g, values):
    try:
        print(next(g))
        for v in values:
            print(g.send(v), look(g))
    except StopIteration as e:
        print("returned", e.value, e.args)
    except Exception as e:
        trace(raise_again, e)
    print(look(g)[0])
    show(g.send, 1)


def chain(g):
    out = []
    while inspect.isgenerator(g):
        out.append((g.gi_frame.f_lineno, g.gi_frame.f_lasti, inspect.getgeneratorstate(g)))
        g = g.gi_yieldfrom
    return out


def drive(g, values):
    next(g)
    for v in values:
        r = g.send(v)
    return r


def drain(it):
    t = 0
    for x in it:
        t += x
    return t


def train():
    t, r = 0, build(0, 15)
    for i in range(150):
        t += drain(count(20)) + sum(tree(r)) + drain(guarded([], 5)) + drive(summed(), [1, 2, 3]) + sum(squares([1, 2, 3, 4]))
        t += int(drain(running([1.0, 2.5, 3.5]))) + sum(k for _, _, k in nested(5, 2)) + len(list(itertools.islice(divided(3), 8)))
        t += len(list(late(2))) + len(list(forgetful(4))) + len(list(with_cells(1)))
        t += len([x for x in itertools.islice(deep_stack(2), 2)])
        d = delegate_twice(3)
        drive(d, [1, 2])
        try:
            d.send(None)
            while True:
                next(d)
        except StopIteration as e:
            t += e.value[0]
    print(t)


def test_values():
    for n in (0, 1, 5, 2.5, 10**20, True):
        print(list(itertools.islice(count(n), 7)))
    for make in (lambda: count(4), lambda: count("x"), lambda: running([1, 2.5, 2**70, "x"]), lambda: running([]),
                 lambda: squares([3, 4]), lambda: squares([2**40, 1.5, True, None]), lambda: nested(4, 0.5), lambda: nested(3, "x"),
                 lambda: divided(2), lambda: divided("a"), lambda: tree(build(0, 5)), lambda: late(0), lambda: late(1),
                 lambda: forgetful(1), lambda: forgetful(3), lambda: with_cells("n"), lambda: guarded([], 2), lambda: guarded(None, 1)):
        steps(make())
    print(sum(count(100)), max(count(9)), tuple(zip(count(3), count(4))))
    g = count(5)
    n = g.__next__
    print(n(), n(), next(g), list(g))
    a, b, *c = count(6)
    print(a, b, c, *count(3), [*count(2)], 3 in count(9), 30 in count(9))


def test_sends():
    for values in ([1, 2, 3, None], [1, 2.5, 7, None], ["x"], [2**62, 2**62, -2**63, 5, None], [True, None], [None]):
        sends(summed(), values)
    show(summed().send, 3)
    g = summed()
    print(next(g), g.send(4), look(g))
    trace(g.throw, OSError("o"))
    sends(deep_stack(3), ["a", "b", 50])
    sends(deep_stack("s"), ["a", "b"])
    sends(delegate_twice(2), [5, 6, None, None])
    sends(delegate_twice(2), [5, "x"])
    g = delegate_twice(1)
    print(next(g), chain(g), g.send(2), chain(g))
    trace(g.throw, KeyError("thrown"))
    print(look(g))


def test_trees():
    t = build(0, 20)
    print(list(tree(t)))
    g = tree(t)
    for i in range(7):
        next(g)
        print(chain(g))
    trace(g.throw, KeyError("thrown"))
    print(look(g))
    g = tree(t)
    next(g)
    print(g.close(), look(g))
    g = tree(t)
    next(g)
    del g
    print(list(tree(build(0, 9, Duck))))
    bad = build(0, 9)
    bad.right.left = 5
    trace(list, tree(bad))
    bad = build(0, 9)
    del bad.right.val
    steps(tree(bad))
    mix = build(0, 6)
    mix.left = build(20, 24, Duck)
    print(list(tree(mix)))
    for depth in (150, 3000):
        t = None
        for i in range(depth):
            t = Node(t, i, None)
        g = tree(t)
        try:
            print(len(list(g)))
        except RecursionError as e:
            n, b = 0, e.__traceback__
            while b:
                n, b = n + 1, b.tb_next
            print("recursion", n)
        print(next(g, "end"))
        while t:  # taken apart from the top: its end is no test of ours
            t.left, t = None, t.left


def test_throws():
    log = []
    g = guarded(log, 5)
    print(look(g), next(g), next(g), look(g), g.close(), look(g), next(g, "end"))
    g = guarded(log, 5)
    next(g)
    del g
    g = guarded(log, 5)
    g.close()
    print(log, list(guarded(log, 3)), log)
    for e in (ValueError("v"), GeneratorExit, StopIteration("s")):
        g = guarded(log, 5)
        next(g)
        trace(g.throw, e)
    g = guarded(None, 2)
    next(g)
    trace(g.throw, ValueError("w"))
    g = divided(1)
    print(next(g), next(g), look(g), sys.exc_info())
    trace(g.throw, KeyError)
    g = divided(1)
    print(next(g), next(g), next(g), look(g), g.close(), look(g))
    g = tree(None)
    trace(g.throw, ValueError("unstarted"))
    print(look(g))


def test():
    test_values()
    test_sends()
    test_trees()
    test_throws()


main(train, test)
