"""Attribute loads whose object changes class, type, dictionary, or meaning after training."""
import types
from support import main, show, trace


class A:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class B:
    """Same names, other order."""
    def __init__(self, x, y):
        self.y = y
        self.x = x


class C:
    x = "class x"
    y = 3


class D(A):
    pass


class Getattr:
    def __getattr__(self, name):
        if name == "x":
            return 41
        raise AttributeError(f"no {name} here")


class Prop:
    @property
    def x(self): return 7
    @property
    def y(self): raise AttributeError("y is broken")


class PropGetattr(Prop):
    def __getattr__(self, name): return f"rescued {name}"


class Getattribute:
    def __getattribute__(self, name): return {"x": 1, "y": 2.5}.get(name, name)


class Slots:
    __slots__ = ("x", "y")


class Data:
    def __get__(self, obj, cls): return 1000
    def __set__(self, obj, v): raise AttributeError("read-only")


def load(o):
    return o.x


def both(o):
    return o.x + o.y


def sum_x(objs):
    t = 0
    for o in objs:
        t += o.x
    return t


def twice(o):
    return o.x, o.x


def in_loop(o, n, hook):
    t = 0
    for i in range(n):
        if i == n // 2:
            hook(o)
        t += o.x
    return t


def missing(o):
    return o.nothing


def nop(o):
    pass


def train():
    t = 0
    a = A(1, 2)
    objs = [A(i, i) for i in range(50)]
    for i in range(8000):
        t += load(a) + both(a) + twice(a)[1]
    for i in range(150):
        t += sum_x(objs) + in_loop(a, 40, nop)
    print(t)


def test():
    s = Slots()
    s.x, s.y = 5, 6
    mod = types.ModuleType("mod")
    mod.x, mod.y = 1, 2
    only_y = A(1, 2)
    del only_y.x
    objs = [A(1, 2), B(3, 4), C(), D(5, 6), C, Getattr(), Prop(), PropGetattr(), Getattribute(), s, Slots(), mod, only_y, None, 5,
            A(2**62, 2**62), A(1.5, 2), A("a", "b"), types.SimpleNamespace(x=1, y=2), super, A]
    for o in objs:
        for f in (load, both, twice, missing):
            show(f, o)
    show(sum_x, [A(1, 0), B(2, 0), D(2**63, 0), Prop(), s, A(0.5, 0)])
    show(sum_x, [A(1, 0), Slots()])

    def set_float(o): o.x = 0.5
    def set_class(o): o.__class__ = Prop
    def delete(o): del o.x
    def to_dict(o): o.__dict__["x"] = 100
    def new_dict(o): o.__dict__ = {"x": 9}
    def grow(o):
        for i in range(40):
            setattr(o, f"extra{i}", i)
    def descriptor(o): type(o).x = Data()
    for hook in (nop, set_float, to_dict, grow, new_dict, delete, set_class):
        show(in_loop, A(1, 2), 10, hook)
    show(in_loop, D(1, 2), 10, descriptor)
    show(load, A(3, 4))
    A.x = "shadowed by the instance"
    show(load, A(3, 4))
    A.x = property(lambda self: "property on A")
    o = D.__new__(D)
    o.__dict__["x"] = 5
    show(load, o)
    del D.x
    show(load, o)
    del A.x
    show(load, A(5, 6))
    A.__getattr__ = lambda self, name: f"late {name}"
    show(missing, A(5, 6))
    trace(missing, s)
    trace(both, Prop())
    trace(load, only_y)
    del A.__getattr__
    trace(load, only_y)
    trace(sum_x, [A(1, 2), A("s", 2)])


main(train, test)
