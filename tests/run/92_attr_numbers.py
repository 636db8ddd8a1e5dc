"""Attributes that are floats or ints, computed with and stored back: in place where nobody else has the number.  The test: shared
boxes, other types in the same attribute, properties, deleted attributes, dicts, hooks, huge ints, slots without a value."""
import sys
from support import INTS, MyFloat, main, show, trace


class Body:
    def __init__(self, x, v, n):
        self.x = x
        self.v = v
        self.n = n

    def step(self, dt):
        self.x += self.v * dt
        self.v *= 0.999
        self.n += 3
        return self.x

    def energy(self):
        return self.v * self.v * 0.5 + self.x


class Cell:
    __slots__ = ("x", "v", "n")

    def __init__(self, x, v, n):
        self.x = x
        self.v = v
        self.n = n

    def step(self, dt):
        self.x += self.v * dt
        self.v *= 0.999
        self.n += 3
        return self.x


class Sub(Body):
    pass


class Limits:
    low = 0.25
    high = 4


def run(bs, turns):
    t = 0.0
    for _ in range(turns):
        for b in bs:
            t += b.step(0.01)
    return t


def twice(b):
    x = b.x
    y = b.x * 2.0 + b.x
    b.x = y - 1.0
    return x, y, b.x


def kept(b, out):
    out.append(b.x)
    b.x = b.x + 1.0
    out.append(b.x)
    b.x = b.x + 1.0
    return out


def local_kept(b):
    old = b.x
    b.x = old + 1.0
    b.x = b.x + 1.0
    return old


def count(b, k):
    b.n = b.n + k
    b.n -= 1
    return b.n


def same(b):
    v = b.v * 2.0
    b.x = v
    return b.x is v, v


def swap(a, b):
    a.x, b.x = b.x * 1.0, a.x * 1.0
    return a.x, b.x


def inside(b):
    return b.low * 2.0 + b.high * 2


def where(b):
    b.x = b.x * 2.0
    b.v = b.v / b.x
    return b.v


def fresh():
    b = Body.__new__(Body)
    b.x = 1.5 * 2.0
    b.v = b.x * 2.0
    return list(vars(b).items())


def train():
    bs = [Body(1.5, 0.25, 1000), Body(2.5, -0.25, 2000)]
    cs = [Cell(1.5, 0.25, 1000), Cell(2.5, -0.25, 2000)]
    t = run(bs, 2000) + run(cs, 2000)
    a, b = Body(1.0, 2.0, 1000), Body(3.0, 4.0, 5000)
    for i in range(3000):
        b.x = float(i % 7) + 1.0
        t += twice(b)[1] + len(kept(b, [])) + local_kept(b) + count(b, 2) + same(b)[1] + swap(a, b)[0] + inside(Limits)
        t += where(Body(2.0, 1.0, 1)) + b.energy()
        fresh()
    print(repr(t), bs[0].n, cs[0].n)


class Prop:
    """x is a property; v and n are not."""
    log = []

    def __init__(self): self._x, self.v, self.n = 1.0, 2.0, 300

    @property
    def x(self):
        self.log.append("get")
        return self._x

    @x.setter
    def x(self, v):
        self.log.append(("set", v))
        self._x = v
    step, energy = Body.step, Body.energy


class Hooked(Body):
    def __getattr__(self, name): return 0.5
    def __setattr__(self, name, v): object.__setattr__(self, name, v if isinstance(v, int) else v + 100.0)


class Getting(Body):
    def __getattribute__(self, name):
        v = object.__getattribute__(self, name)
        return v * 2 if name in "xvn" else v


class Loud:
    """As the old value of an attribute: says when it goes, and from where."""
    def __init__(self, b): self.b = b
    def __mul__(self, o): return 1.0
    def __add__(self, o): return 2.0
    def __del__(self): print("old value gone, x is", self.b.x if self.b else None, sys._getframe(1).f_code.co_name)


def values():
    for x in (1.0, -0.0, float("nan"), float("inf"), 7, True, None, "s", 2**70, 1j, MyFloat(2.0)):
        for make in (Body, Cell, Sub):
            for f in (twice, local_kept, same, where, Body.step if make is not Cell else Cell.step):
                b = make(x, 2.0, 10)
                show(f, *((b, 0.5) if f.__name__ == "step" else (b,)))
                print(repr(b.x), repr(b.v), b.n)
    for n in INTS:
        b, c = Body(1.0, 1.0, n), Cell(1.0, 1.0, n)
        for k in (1, 255, -2, 2**31, 2**62):
            print(count(b, k), count(c, k))
    for n in range(-8, 300, 61):
        b = Body(1.0, 1.0, n + 1000)
        count(b, 1 - 1000)
        print(b.n, b.n is int(str(n)) if -5 <= n <= 256 else "")


def shared():
    b = Body(1.5, 2.5, 5000)
    out = kept(b, [])
    out += [local_kept(b), b.x]
    print(kept(b, out), b.x)
    n = b.n
    count(b, 10)
    print(n, b.n)
    other = Body(b.x, b.x, b.n)
    other.step(1.0)
    count(other, 7)
    print(b.x, b.n, other.x, other.v, other.n)
    b.x = b.v = b.v * 3.0
    b.x *= 2.0
    print(b.x, b.v)
    print(swap(b, b), swap(b, other), same(b))
    constant = Body(0.125, 0.125, 100000)
    constant.step(1.0)
    print(constant.x, 0.125, constant.n, 100000)


def places():
    b = Body(1.0, 2.0, 3)
    b.__dict__["x"] = 5.0
    show(b.step, 0.5)
    del b.x
    trace(b.step, 0.5)
    b.x = 2
    show(b.step, 0.5)
    c = Cell(1.0, 2.0, 3)
    del c.v
    trace(c.step, 0.5)
    show(c.step, None)
    d = Body(1.0, 2.0, 3)
    d.extra, d.more = 1, 2
    vars(d)["y"] = 1
    show(d.step, 0.5)
    print(vars(d))
    p = Prop()
    show(p.step, 0.5)
    show(p.energy)
    print(p.log, p._x)
    for cls in (Hooked, Getting):
        h = cls(1.0, 2.0, 3)
        show(h.step, 0.5)
        show(twice, h)
        print(sorted(vars(h).items()))
    del h.x
    show(where, h)
    Body.x = property(lambda self: 41.5)
    show(Body.energy, d)
    trace(d.step, 1.0)
    del Body.x
    show(Body.energy, d)
    Body.v = 0.5
    e = Body(1.0, 2.0, 3)
    del e.v
    show(e.step, 1.0)
    print(vars(e))
    del Body.v
    show(inside, d)
    Limits.low = 1
    show(inside, Limits)
    Limits.low = 0.5
    show(inside, Limits())
    show(where, sys)
    print(fresh())
    trace(where, Body(0.0, 1.0, 1))
    trace(where, Body(0, 1.0, 1))


def going():
    b = Body(1.0, 2.0, 3)
    for x in (Loud(None), Loud(b)):
        b.x = x
        del x
        show(where, b)
        print(b.x, b.v)
    b.x = [Loud(None)]
    b.v = 2.0
    show(same, b)
    b.__class__ = Sub
    show(b.step, 1.0)
    b.__class__ = Hooked
    show(b.step, 1.0)


def test():
    values()
    shared()
    places()
    going()
    print(run([Body(1.0, 2.0, 3), Cell(1.0, 2.0, 3), Sub(1, 2, 3), Getting(1.0, 1.0, 1), Hooked(1.0, 1.0, 1)], 50))
    show(run, [Body(1.0, 2.0, 3), None], 2)


main(train, test)
