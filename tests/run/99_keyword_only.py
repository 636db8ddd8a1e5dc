"""Functions with keyword-only parameters, called directly: defaults, orders, what is missing or too much, rebound defaults."""
from support import main, show, trace


def plain(a, b=2, *, c=3): return a, b, c
def required(a, *, k): return a, k
def many(a, b, /, c, d=4, *, e, f=6, g=7): return a, b, c, d, e, f, g
def no_positional(*, x=1, y=2): return x - y
def star(a, *rest, k=1): return a, rest, k
def spread(a, *, k=1, **kw): return a, k, sorted(kw.items())


def closure(n):
    def inner(a, *, scale=n):
        nonlocal n
        n += a
        return n * scale
    return inner


class Point:
    def __init__(self, x, *, y=0): self.x, self.y = x, y
    def move(self, dx=1, *, dy=2): return Point(self.x + dx, y=self.y + dy)
    def __repr__(self): return f"({self.x},{self.y})"


def calls(n):
    t = 0
    for i in range(n):
        t += plain(i, c=1)[2] + plain(i)[1] + plain(i, b=5, c=i)[2]
        t += required(i, k=i)[1] + required(k=2, a=i)[0]
        t += many(1, 2, 3, e=i)[6] + many(1, 2, d=1, c=2, g=3, e=4, f=5)[2]
        t += no_positional() + no_positional(y=i)
        t += star(1, 2, 3, k=4)[2] + star(1)[2] + spread(1, k=2, z=3)[1]
        p = Point(i, y=1).move().move(2, dy=i).move(dx=3)
        t += p.x + p.y
    return t


def missing(n):
    if n == 0:
        return required(1)
    return many(1, 2, 3, e=missing(n - 1))


class Loud:
    def __init__(self, n): self.n = n
    def __del__(self): print("gone", self.n)


def holds(a, *, b=None):
    a = None
    print("inside", b and b.n)
    b = None
    return 5


def lets_go(): return holds(Loud(1), b=Loud(2)), holds(Loud(3))


def train():
    for _ in range(60):
        calls(20)
    f = closure(3)
    for i in range(300):
        f(i), f(i, scale=2)
    print(calls(50), f(1))


def test():
    for args, kw in (((), {}), ((1, 2, 3), {}), ((1,), {"c": 5}), ((1,), {"d": 5}), ((1,), {"a": 5}), ((1, 2), {"b": 5})):
        show(plain, *args, **kw)
    show(lambda: plain(1, 2, 3))
    show(lambda: plain(1, c=2, d=3))
    show(lambda: plain(c=2))
    show(lambda: required(1))
    show(lambda: required(1, 2))
    show(lambda: required(1, k=2, a=3))
    show(lambda: many(1, b=2, c=3, e=4))
    show(lambda: many(1, 2, c=3, e=4))
    show(lambda: many(1, 2, e=4))
    show(lambda: no_positional(1))
    show(lambda: star(1, 2, k=3, j=4))
    trace(missing, 2)
    print(lets_go())
    plain.__kwdefaults__ = {"c": 30}
    show(lambda: plain(1))
    plain.__kwdefaults__["c"] = 31
    show(lambda: plain(1))
    plain.__kwdefaults__ = None
    show(lambda: plain(1))
    show(lambda: plain(1, c=2))
    plain.__defaults__ = None
    show(lambda: plain(1, c=2))
    no_positional.__kwdefaults__ = {"y": 9}
    show(no_positional)
    show(lambda: no_positional(x=1))
    Point.__init__.__kwdefaults__ = {}
    show(lambda: Point(1))
    show(lambda: Point(1, y=2))
    Point.move = lambda self, *, dy=5: dy
    show(lambda: Point(1, y=2).move())
    show(lambda: Point(1, y=2).move(dy=1))
    show(calls, 2)


main(train, test)
