"""for a, b in zip(x, y) and for k, v in d.items(): the pair is not built.  Other iterators, changes in the middle, deaths."""
import sys

from support import main, show, trace


class Loud:
    def __init__(self, n): self.n = n
    def __del__(self):
        f = sys._getframe(1)
        print("gone", self.n, f.f_code.co_name, f.f_locals.get("i"))
    def __radd__(self, o): return o + self.n


def dots(pairs):
    t = 0
    for x, y in pairs:
        t += x * y
    return t


def zipped(a, b):
    t = 0
    for x, y in zip(a, b):
        t += x * y
    return t


def items(d):
    t = 0
    for k, v in d.items():
        t += k + v
    return t


def keep(a, b):
    out = []
    i = 0
    for x, y in zip(a, b):
        i += 1
        out.append((i, x, y))
    return out


def grows(a, b):
    n = 0
    for x, y in zip(a, b):
        n += 1
        if n < 5:
            a.append(x)
        if n == 3:
            b.clear()
    return n, a, b


def changes(d, at):
    n = 0
    for k, v in d.items():
        n += 1
        if k == at:
            d[k * 100] = v
    return n


def dies(n):
    i = 0
    t = 0
    for x, y in zip([Loud(k) for k in range(n)], [Loud(10 + k) for k in range(n + 1)]):
        i += 1
        t = t + x + y
    return t


def dies_items(n):
    i = 0
    t = 0
    for k, v in {k: Loud(k) for k in range(n)}.items():
        i += 1
        t = t + k + v
    return t


def nested(a, b):
    out = []
    for i, (x, y) in enumerate(zip(a, b)):
        out.append(i + x + y)
    return out


class Bad:
    def __iter__(self): return self
    def __next__(self): raise ValueError("bad")


def train():
    a = list(range(50))
    b = tuple(range(50))
    d = dict(zip(a, b))
    for _ in range(400):
        zipped(a, b), zipped(a, range(50)), zipped(b, a)
        dots(zip(a, b))
        items(d)
        keep(a, b)
        nested(a, b)
        grows(a[:20], list(b)[:20])
        changes(dict(d), -1)
    print(zipped(a, b), items(d), keep(a, b)[:2], nested(a, b)[:3])


def test():
    a, b = [1, 2, 3], (4, 5, 6)
    show(dots, zip(a, b, strict=True))
    show(dots, zip(a, b[:2], strict=True))
    show(dots, zip(a, b, a))
    show(dots, zip(a))
    show(dots, zip())
    show(dots, [(1, 2), (3, 4)])
    show(dots, [(1, 2), (3,)])
    show(dots, {1: 2}.items())
    for x, y in ((a, b), (a, [4]), ([], a), (a, "abc"), (a, {7: 1, 8: 2}), (range(3), b), (a, range(2)), (a, iter(b)),
                 (a, map(abs, b)), (a, (k for k in b)), (a, [1.5, None, 2]), (a, [10**30, 2, 3]), ("ab", a), (a, 5), (None, b)):
        show(zipped, x, y)
        show(keep, x, y)
    show(zipped, a, Bad())
    show(zipped, Bad(), a)
    trace(zipped, a, Bad())
    show(items, {1.5: 2, 3: 4})
    show(items, {"a": 1})
    show(items, {(1,): (2,), (): ()})
    show(items, {})
    show(grows, [1, 2, 3], [1, 2, 3, 4])
    show(changes, {1: 2, 3: 4, 5: 6}, 3)
    show(changes, {1: 2, 3: 4, 5: 6}, 9)
    trace(changes, {1: 2, 3: 4}, 1)
    print(dies(3))
    print(dies_items(3))
    show(nested, a, b)
    show(nested, a, ["x"])
    z = zip(a, b)
    first = next(z)
    held = next(z)
    show(dots, z)
    print(first, held, list(z))
    it = iter({1: 2, 3: 4}.items())
    held = next(it)
    show(dots, it)
    print(held)


main(train, test)
