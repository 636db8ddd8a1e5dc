"""__class__ assignment, __bases__, class attributes and methods rebound, all under a running loop."""
from support import main, show, trace


class Base:
    kind = "base"
    def value(self): return self.v
    def name(self): return "Base"


class Left(Base):
    def value(self): return self.v + 1
    def name(self): return "Left"


class Right(Base):
    def value(self): return self.v * 2
    def name(self): return "Right"


class Slot(Base):
    __slots__ = ("s",)


class Root:
    def value(self): return "root"
    def extra(self): return "extra"


def make(cls, v):
    o = cls()
    o.v = v
    return o


def total(objs):
    t = 0
    for o in objs:
        t += o.value()
    return t


def kinds(objs):
    return [o.kind for o in objs]


def loop(o, n, hook):
    out = 0
    for i in range(n):
        if i == n // 2:
            hook(o)
        out += o.value()
    return out


def nop(o):
    pass


def train():
    t = 0
    objs = [make(Left, i) for i in range(30)]
    for i in range(300):
        t += total(objs) + loop(objs[3], 20, nop) + len(kinds(objs))
    print(t)


def test():
    objs = [make(Left, 1), make(Right, 2), make(Base, 3), make(Left, 2**63), make(Left, 0.5)]
    show(total, objs)
    show(kinds, objs)

    def to_right(o): o.__class__ = Right
    def patch_class(o): type(o).value = lambda self: 100
    def patch_instance(o): o.value = lambda: 7
    def base_patch(o): Base.name = lambda self: "patched"
    def unpatch(o): del Left.value
    def not_callable(o): type(o).value = 5
    for hook in (nop, to_right, patch_instance, base_patch):
        show(loop, make(Left, 5), 6, hook)
    saved = Left.value
    for hook in (patch_class, unpatch, not_callable):
        show(loop, make(Left, 5), 6, hook)
        Left.value = saved
    show(total, objs)
    Left.kind = "left"
    show(kinds, objs)
    objs[0].kind = "mine"
    show(kinds, objs)
    del Left.kind
    Base.kind = property(lambda self: "property " + self.name())
    show(kinds, objs[1:])
    Left.__bases__ = (Root,)
    print([c.__name__ for c in Left.__mro__])
    show(total, objs[:1])
    del Left.value
    trace(total, objs[1:2] + objs[:1])
    trace(kinds, [make(Right, 1), make(Left, 1)])
    Left.__bases__ = (Base, Root)
    print([c.__name__ for c in Left.__mro__])
    show(total, objs)
    try:
        objs[0].__class__ = Slot
    except TypeError as e:
        print(e)
    try:
        objs[0].__class__ = int
    except TypeError as e:
        print(e)
    objs[0].__class__ = Root
    trace(total, objs[:1])


main(train, test)
