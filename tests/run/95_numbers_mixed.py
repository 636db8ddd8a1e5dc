"""Bools in arithmetic, min and max of several, long ints, powers of negative floats, appends, with."""
from support import INTS, cross, main, show, trace


def count(xs, k):
    n = 0
    for x in xs:
        n += x > k
        n += (x == k) * 2
    return n


def both(a, b):
    return a & b, a | b, a ^ b, a + b, a < b


def least(a, b, c): return min(a, b, c), max(a, b, c)


def least4(a, b, c, d): return max(min(a, b), min(c, d), a)


def hashed(xs):
    h = 0xcbf29ce484222325
    for x in xs:
        h = ((h ^ x) * 0x100000001b3) & 0xffffffffffffffff
    return h


def lehmer(x, n):
    for _ in range(n):
        x = x * 48271 % 0x1fffffffffffffff
    return x


def rotate(x, n): return ((x >> n) | (x << (64 - n))) & 0xffffffffffffffff


def squares(xs):
    t = 0.0
    for x in xs:
        t += x ** 2
    return t


def power(x, y): return x ** y


def gather(xs):
    out = []
    for x in xs:
        out.append(x)
    return out


class Counted(list):
    n = 0
    def append(self, x):
        self.n += 1
        super().append(x * 2)


def fill(out, xs):
    for x in xs:
        out.append(x)
    return out


class Manager:
    def __init__(self, swallow=False): self.log, self.swallow = [], swallow
    def __enter__(self):
        self.log.append("in")
        return self
    def __exit__(self, kind, value, tb):
        self.log.append(kind and kind.__name__)
        return self.swallow


class Static:
    __enter__ = staticmethod(lambda: "static")
    __exit__ = classmethod(lambda *a: print("exit", len(a)))


class NoExit:
    def __enter__(self): return 1


def within(m, d):
    with m as x:
        r = 10 / d
    return r, x if isinstance(x, str) else m.log


def train():
    xs = [(i * 37) % 50 for i in range(100)]
    fs = [x - 25.5 for x in xs]
    for i in range(300):
        count(xs, 20)
        both(i > 5, i < 9)
        least(i, 5, 7), least4(i, 2, 3, 4)
        least(i * 1.0, 2.5, 1.5)
        hashed(xs)
        lehmer(i, 50)
        rotate(i * 0x9e3779b97f4a7c15 & 0xffffffffffffffff, 1 + i % 63)
        squares(fs)
        power(i - 100.5, 3)
        gather(xs)
        fill([], xs)
        within(Manager(), 2)
    print(count(xs, 20), hashed(xs), lehmer(7, 1000), rotate(5, 3), squares(fs))


def test():
    show(count, [1.5, 2, None, 3], 2)
    show(count, [1.5, 2, float("nan"), 3], 2)
    show(count, [True, False, 10**30], 1)
    cross(both, [True, False, 3, 2.5], [True, False, 0, -1])
    for args in ((1, 1.0, True), (float("nan"), 1.0, 2.0), (1.0, float("nan"), 2.0), (0.0, -0.0, 0.0), (-0.0, 0.0, 0.0),
                 (10**30, 1, 2), ("a", "b", "c"), (1, "a", 2), (3, 3, 3)):
        show(least, *args)
        show(least4, *args, 4)
    for v in INTS:
        show(hashed, [v, 1, 2])
        show(lehmer, v, 3)
        show(rotate, v, 7)
        show(rotate, v, 64)
    show(rotate, 1, 65)
    show(rotate, 1, -1)
    show(squares, [0.0, -0.0, -1e200, float("-inf"), float("nan"), 3, -2])
    for x in (-2.0, -0.0, 0.0, 2.5, float("-inf"), float("nan"), -1.0, -1e300, 7, "s"):
        for y in (2, 3, -3, 0, 0.5, -0.5, 2.0, 1e17, 1e308, float("inf"), None):
            show(power, x, y)
    show(gather, (1, None, "s"))
    show(gather, 5)
    for out in (Counted(), [], (), None, bytearray()):
        show(fill, out, [1, 2, 3])
    for m in (Manager(), Manager(True), Static(), NoExit(), 5):
        show(within, m, 4)
        trace(within, m, 0)


main(train, test)
