"""__slots__: loads, stores, deletion, empty slots, descriptors borrowed by another class, inheritance."""
from support import main, show, trace


class Vec:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def dot(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def add(self, o):
        return Vec(self.x + o.x, self.y + o.y, self.z + o.z)

    def scale(self, k):
        self.x *= k
        self.y *= k
        self.z *= k
        return self

    def tup(self):
        return self.x, self.y, self.z


class Sub(Vec):
    __slots__ = ("w",)


class WithDict(Vec):
    pass


class Other:
    __slots__ = ("z", "y", "x")
    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z


class Thief:
    """Uses Vec's slot descriptor on its own instances."""
    x = Vec.x
    y = 2.0
    z = 3.0


def length2(v):
    return v.x * v.x + v.y * v.y + v.z * v.z


def walk(v, n):
    for _ in range(n):
        v.x += v.y
        v.y -= v.z
    return v.x, v.y


def delete(v):
    del v.x
    return v.y


def train():
    t = 0.0
    a, b = Vec(1.0, 2.0, 3.0), Vec(0.5, 0.25, 0.125)
    for i in range(6000):
        t += a.dot(b) + length2(a.add(b)) + a.tup()[0]
    for i in range(300):
        t += walk(a, 20)[0] * 1e-9 + Vec(1.0, 2.0, 3.0).scale(0.5).x
    v = Vec(1.0, 2.0, 3.0)
    delete(v)
    print(repr(t))


def test():
    empty = Vec.__new__(Vec)
    half = Vec(1.0, 2.0, 3.0)
    del half.z
    vs = [Vec(1.0, 2.0, 3.0), Vec(1, 2, 3), Vec(2**62, 2**62, 1), Vec("a", 2, 3), Sub(1.0, 2.0, 3.0), WithDict(1.0, 2, True),
          Other(1.0, 2.0, 3.0), empty, half, Thief(), None, 5]
    for v in vs:
        show(length2, v)
        show(Vec(1.0, 1.0, 1.0).dot, v)
        show(Vec.dot, v, Vec(1.0, 2.0, 3.0))
        show(Vec.tup, v)
        show(Vec.scale, v, 2) if v is None or v == 5 else None
        show(walk, v, 3)
    for v in (Vec(1, 2, 3), empty, Sub(1, 2, 3), Other(1, 2, 3), WithDict(1, 2, 3)):
        show(delete, v)
        show(delete, v)
    trace(length2, empty)
    trace(empty.tup)
    trace(Vec.dot, Other(1, 2, 3), Other(1, 2, 3))
    trace(Vec.x.__get__, Other(1, 2, 3))
    trace(setattr, Vec(1, 2, 3), "w", 5)
    saved = Vec.x
    Vec.x = property(lambda self: "property")
    v = Vec.__new__(Vec)
    v.y, v.z = 1, 2
    show(length2, v)
    show(v.tup)
    Vec.x = saved
    show(v.tup)
    v.x = 3
    show(v.tup)
    show(length2, v)


main(train, test)
