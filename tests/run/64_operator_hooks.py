"""User-defined operators: reflected order, subclasses first, NotImplemented, in-place forms, results of odd types."""
from support import main, show, trace


class V:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"{type(self).__name__}({self.x})"
    def __add__(self, o): return V(self.x + (o.x if isinstance(o, V) else o))
    def __radd__(self, o): return V(o + self.x)
    def __mul__(self, o): return V(self.x * o) if isinstance(o, (int, float)) else NotImplemented
    def __rmul__(self, o): return V(o * self.x)
    def __iadd__(self, o):
        self.x += o.x if isinstance(o, V) else o
        return self
    def __neg__(self): return V(-self.x)
    def __getitem__(self, i): return (self.x, i)
    def __eq__(self, o): return isinstance(o, V) and self.x == o.x
    def __hash__(self): return hash(self.x)
    def __lt__(self, o): return self.x < o.x
    def __call__(self, *a): return self.x, a
    def __contains__(self, k): return k == self.x
    def __truediv__(self, o): return "div"
    def __pow__(self, o, m=None): return ("pow", o, m)


class W(V):
    def __radd__(self, o): return "W.radd"
    def __add__(self, o): return "W.add"
    def __eq__(self, o): return "W.eq"
    __hash__ = V.__hash__


class Empty:
    pass


class NoImpl:
    def __add__(self, o): return NotImplemented
    def __radd__(self, o): return NotImplemented
    def __iadd__(self, o): return NotImplemented
    def __eq__(self, o): return NotImplemented


class Raiser:
    def __add__(self, o): raise ValueError("add")
    def __radd__(self, o): raise KeyError("radd")
    def __neg__(self): raise OSError("neg")


class OnlyR:
    def __repr__(self): return "OnlyR()"
    def __rsub__(self, o): return ("rsub", o)
    def __rpow__(self, o): return ("rpow", o)
    def __rfloordiv__(self, o): return ("rfloordiv", o)
    def __rlshift__(self, o): return ("rlshift", o)
    def __rmod__(self, o): return ("rmod", o)
    def __gt__(self, o): return "gt"


def add(a, b):
    return a + b


def mul(a, b):
    return a * b


def iadd(a, b):
    c = a
    a += b
    return a, c is a


def others(a, b):
    return a - b, a ** b, a // b, a << b, a % b, a < b


def misc(a):
    return -a, a[3], a(1, 2), 5 in a, a == a, a != a


def sum_all(values, start):
    for v in values:
        start = start + v
    return start


def train():
    t = 0
    for i in range(2500):
        t += add(V(i), V(2)).x + mul(V(i), 3).x + add(i, 2) + mul(i, 3) + iadd(i, 2)[0] + others(i + 1, 2)[0] + misc(V(5))[5]
    for i in range(150):
        t += sum_all([V(1), V(2), V(3)], V(0)).x + sum_all([1, 2, 3], 0)
    print(t)


def test():
    things = [1, 2.5, True, "s", None, V(3), W(4), Empty, NoImpl(), Raiser()]
    for a in things:
        for b in things:
            if Empty in (a, b) and (a is b):
                continue
            for f in (add, mul, iadd):
                try:
                    r = f(a, b)
                    r = tuple(x if isinstance(x, (int, float, str, V, bool)) else type(x).__name__ for x in (r if type(r) is tuple else (r,)))
                    print(f.__name__, r)
                except Exception as e:
                    print(f.__name__, type(e).__name__, e)
    for a in (7, 2.5, True, 2**70, "%s"):
        show(others, a, OnlyR())
    show(misc, V(2**63))
    show(misc, W(1))
    trace(misc, Raiser())
    trace(misc, Empty())
    show(sum_all, [V(1), 2, 2.5, V(2**63)], 0)
    show(sum_all, [V(1), W(2), "x"], V(0))
    trace(sum_all, [1, Raiser()], 0)
    trace(sum_all, [1, NoImpl()], 0)
    V.__add__ = lambda self, o: "patched"
    show(sum_all, [V(2)], V(1))
    del V.__add__
    show(sum_all, [V(2)], V(1))
    del V.__radd__
    trace(sum_all, [V(2)], V(1))
    V.__mul__ = int.__mul__
    trace(mul, V(1), 2)


main(train, test)
