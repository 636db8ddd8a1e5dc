"""Properties and descriptors in hot code: data against non-data, __get__ that raises, __set_name__, deletion."""
from support import main, show, trace


class Lazy:
    def __init__(self, f): self.f = f
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, o, cls=None):
        if o is None:
            return self
        v = o.__dict__[self.name] = self.f(o)
        return v


class Typed:
    def __init__(self, t): self.t = t
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, o, cls=None): return getattr(o, self.name, None)
    def __set__(self, o, v):
        if not isinstance(v, self.t):
            raise TypeError(f"{self.name} wants {self.t.__name__}, got {type(v).__name__}")
        setattr(o, self.name, v)
    def __delete__(self, o): print("deleting", self.name)


class T:
    w = Typed(int)
    h = Typed(int)

    def __init__(self, w, h):
        self.w, self.h = w, h

    @property
    def area(self): return self.w * self.h

    @area.setter
    def area(self, v): self.w = v // self.h

    @area.deleter
    def area(self): print("area gone")

    @Lazy
    def big(self): return self.area * 10


class Raises:
    @property
    def area(self): raise ValueError("no area")
    @property
    def big(self): return self.missing


def areas(ts):
    t = 0
    for o in ts:
        t += o.area + o.big
    return t


def resize(o, n):
    for i in range(1, n):
        o.area = i * o.h
        o.w += 1
    return o.w


def forget(o):
    del o.area
    del o.w


def train():
    t = 0
    for i in range(250):
        ts = [T(i, j) for j in range(1, 6)]
        t += areas(ts) + areas(ts) + resize(ts[0], 5)
    print(t)


def test():
    show(areas, [T(2**40, 2**40), T(True, 5)])
    trace(T, 1, 2.5)
    trace(areas, [T(1, 2), Raises()])
    show(areas, [Raises()])
    trace(resize, T(1, 0), 3)
    show(resize, T(1, 2**63), 3)
    o = T(1, 1)
    o._h = 2.5
    show(resize, o, 3)
    show(forget, T(1, 2))
    trace(forget, Raises())
    o = T(3, 4)
    print(o.big, o.__dict__)
    o.__dict__["area"] = "hidden by the data descriptor"
    o.__dict__["big"] = 5
    show(areas, [o])
    T.area = 1000
    show(areas, [T(1, 2), T(1, 2)])
    T.area = Lazy(lambda self: 0.5)
    T.area.name = "area"
    show(areas, [T(1, 2)])
    del T.area
    trace(areas, [T(1, 2)])
    T.big = None
    show(areas, [o])


main(train, test)
