"""Attribute stores: __setattr__, properties and descriptors appear, dictionaries are materialised, slots refuse."""
from support import main, show, trace


class A:
    def __init__(self):
        self.n = 0
        self.m = 0


class Watched:
    def __init__(self): self.__dict__["n"] = 0
    def __setattr__(self, name, v):
        print("set", name, v)
        self.__dict__[name] = v


class ReadOnly:
    @property
    def n(self): return 5


class Coerce:
    n = 0
    def __setattr__(self, name, v): object.__setattr__(self, name, str(v))


class S:
    __slots__ = ("n", "m")
    def __init__(self): self.n = self.m = 0


class Frozen:
    n = 1
    def __setattr__(self, name, v): raise AttributeError("frozen " + name)


class Range:
    def __get__(self, o, cls=None): return o.__dict__.get("_n", 0)
    def __set__(self, o, v):
        if v > 3:
            raise ValueError("too large")
        o.__dict__["_n"] = v


class Limited:
    n = Range()


def store(o, v):
    o.n = v
    return o.n


def incr(o, k):
    for _ in range(k):
        o.n += 1
    return o.n


def both(o, k):
    for i in range(k):
        o.n = i
        o.m = o.n + 1
    return o.n, o.m


def fill(o, v):
    o.a = v
    o.b = v
    o.c = v
    return sorted(vars(o))


def old_value(o):
    b = o.n
    o.n += 1
    return b


def midway(o, k, hook):
    for i in range(k):
        if i == k // 2:
            hook(o)
        o.n = o.n + 1
    return o.n


def nop(o):
    pass


def train():
    t = 0
    a, s = A(), S()
    for i in range(5000):
        t += store(a, i) + store(s, i) + old_value(a)
    for i in range(150):
        t += incr(a, 20) + incr(s, 20) + both(a, 20)[1] + both(s, 10)[0] + len(fill(A(), i)) + midway(a, 10, nop)
    print(t)


def test():
    for make in (A, S, Watched, ReadOnly, Coerce, Frozen, Limited, object, lambda: None, lambda: 5, lambda: A):
        o = make()
        for v in (1, 2**63, 0.5, "s", None):
            show(store, o, v)
        show(incr, o, 3)
        show(old_value, o)
        show(both, o, 2)
        if hasattr(o, "__dict__") and o is not A:
            show(fill, o, 1)
            print(sorted(k for k in o.__dict__))
    del A.n, A.m
    a = A()
    a.n = 2**62
    show(incr, a, 3)
    a.n = 2**63 - 2
    show(incr, a, 4)
    a.n = 0.1
    show(incr, a, 3)
    a.n = True
    show(incr, a, 1)
    a.n = "x"
    trace(incr, a, 1)

    def drop(o): del o.n
    def vanish(o): o.__dict__.clear()
    def swap(o): o.__dict__ = {"n": 100, "z": 0}
    def look(o): o.__dict__
    def extra(o): o.zzz = 1
    def cls(o): o.__class__ = Watched
    def text(o): o.n = "text"
    for hook in (nop, look, extra, swap, cls, drop, vanish, text):
        o = A()
        show(midway, o, 6, hook)
        print(list(o.__dict__.items()))
    A.__setattr__ = Watched.__setattr__
    o = A()
    show(incr, o, 2)
    del A.__setattr__
    show(incr, o, 2)
    A.n = property(lambda self: 50)
    trace(incr, o, 2)
    show(old_value, o)
    del A.n
    show(incr, o, 2)
    s = S()
    del s.n
    trace(incr, s, 1)
    show(store, s, 3)
    trace(fill, s, 3)


main(train, test)
