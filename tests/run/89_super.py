"""super().method() and super(Class, self).method().  The test: other classes of self, changed bases and methods, a rebound or
shadowed super, proxies, self rebound or in a cell, classes and metaclasses as self, descriptors of all kinds, errors."""
import builtins
import sys
from support import main, show, trace


class A:
    made = 0

    def __new__(cls, *args):
        A.made += 1
        return super().__new__(cls)

    def __init__(self, x):
        super().__init__()
        self.x = x

    def area(self, k):
        return self.x + k

    @classmethod
    def label(cls, k):
        return cls.__name__, k

    @staticmethod
    def double(k):
        return k * 2

    @property
    def prop(self):
        return lambda k: (self.x, k)


class B(A):
    def __init__(self, x):
        super(B, self).__init__(x)
        self.y = 1

    def area(self, k):
        return super().area(k) * 2 + self.y

    @classmethod
    def label(cls, k):
        return super().label(k) + ("B",)

    @staticmethod
    def double(k):
        return super(B, B).double(k) + 1

    def through(self, k):
        return super().label(k), super().double(k), super().prop(k)


class C(B):
    def area(self, k):
        return super().area(k) + 1

    def keyword(self, k):
        return super().area(k=k)


class D(B):
    def later(self, k, drop=False):
        for _ in range(k):
            k += 1
        if drop:
            del self
        return super().area(k)

    def area(self, k):
        return super(D, self).area(k) - 1


class Mixed(D, C):
    def area(self, k):
        return super().area(k) * 10


def run(objects, turns):
    t = 0.0
    for i in range(turns):
        for o in objects:
            t += o.area(i)
    return t


def make(turns):
    return [cls(i) for i in range(turns) for cls in (B, C, D, Mixed)]


def use(o, k):
    return o.area(k), o.label(k), o.double(k), o.through(k)


def train():
    A.made = 0
    objects = make(4)
    print(run(objects, 400), A.made)
    for i in range(300):
        make(2)
        for o in objects[:4]:
            use(o, i)
        objects[1].keyword(i)
        objects[2].later(3)
    print(use(objects[1], 3), B.label(1), C.label(2), C.double(2), A.made)


class Names(A):
    """What is odd in the method itself."""

    def rebound(self, other):
        self = other
        return super().area(1)

    def gone(self):
        del self
        return super().area(1)

    def in_cell(self, k):
        def inner():
            return self.x
        return super().area(k) + inner()

    def elsewhere(self, k):
        super = lambda *a: Other()
        return super().area(k)

    def no_method(self):
        return super().nothing(1)

    def of_class(self):
        return super().__class__(1)

    def called(self, k):
        s = super()
        return s.area(k), s.area(k + 1)

    def two(self, cls, o, k):
        return super(cls, o).area(k)

    def one(self):
        return super(Names).__thisclass__

    def lines(self, k):
        return super(
            Names,
            self
        ).area(
            k)


class Other:
    x = 5

    def area(self, k=0):
        return "other", k


class Proxy:
    def __init__(self, o):
        self.o = o

    @property
    def __class__(self):
        return type(self.o)

    x = 77


class Meta(type):
    def __call__(cls, *args):
        return super().__call__(*args)

    def area(cls, k):
        return cls.__name__, k


class Made(metaclass=Meta):
    def __init__(self, x):
        super().__init__()
        self.x = x


class Sub(Meta):
    def area(cls, k):
        return super().area(k), "Sub"


def odd_methods():
    n, other = Names(3), Names(8)
    for _ in range(2):
        show(n.rebound, other)
        show(n.rebound, 5)
        show(n.rebound, Proxy(other))
        show(n.gone)
        show(D(1).later, 2)
        show(D(1).later, 2, True)
        trace(n.gone)
        show(n.in_cell, 2)
        show(n.elsewhere, 2)
        trace(n.no_method)
        show(n.of_class)
        show(n.called, 4)
        show(n.lines, 4)
        show(n.one)
        for cls in Names, A, B, Other, int, 7, None, object:
            for o in n, B(1), Mixed(2), Proxy(n), Names, B, 5, None:
                show(lambda: n.two(cls, o, 1))
    trace(n.two, B, n, 1)
    trace(n.two, 5, n, 1)


def metaclasses():
    print(type(Made(4)).__name__, Made(5).x)
    K = Sub("K", (A,), {})
    show(K.area, 3)
    show(Sub.area, K, 4)
    show(Sub.area, 5, 4)


def changes(o):
    for change in (lambda: setattr(A, "area", lambda self, k: "new"), lambda: setattr(B, "y", 4),
                   lambda: setattr(A, "area", Other.area), lambda: setattr(A, "area", classmethod(lambda cls, k: cls.__name__)),
                   lambda: setattr(A, "area", staticmethod(lambda k: -k)), lambda: setattr(A, "area", property(lambda self: abs)),
                   lambda: setattr(A, "area", len), lambda: setattr(A, "area", 5), lambda: delattr(A, "area"),
                   lambda: setattr(A, "area", lambda self, k: self.x - k), lambda: setattr(B, "__bases__", (Base2, A)),
                   lambda: setattr(B, "__bases__", (A,)), lambda: setattr(A, "label", classmethod(lambda cls, k: (cls,))),
                   lambda: setattr(A, "double", classmethod(lambda cls, k: cls.__name__))):
        change()
        for _ in range(2):
            show(o.area, 7)
            show(use, o, 7)


class Base2:
    def area(self, k):
        return 1000 + k


def shadowed():
    real, log = builtins.super, []

    class Loud(real):
        def __getattribute__(self, name):
            log.append(name)
            return real.__getattribute__(self, name)
    o = C(2)
    for s in Loud, (lambda *a: Other()), 5:
        builtins.super = s
        show(o.area, 1)
        builtins.super = real
        globals()["super"] = s
        show(o.area, 1)
        del globals()["super"]
    print(log)


def cells():
    def area(self, k):
        return super().area(k)
    show(area, B(1), 2)

    class Late(A):
        def early(self):
            return super().area(1)
        try:
            early(B(1))
        except RuntimeError as e:
            print(e)
    show(Late(3).early)
    f = Late.early
    f.__closure__[0].cell_contents = B
    show(f, C(1))
    show(f, Late(1))
    del f.__closure__[0].cell_contents
    show(f, C(1))


def traced():
    o, lines = C(2), []

    def tracer(frame, event, arg):
        if event == "call":
            lines.append(frame.f_code.co_name)
        return tracer
    sys.settrace(tracer)
    o.area(1)
    use(o, 2)
    sys.settrace(None)
    calls = []
    sys.setprofile(lambda frame, event, arg: calls.append((event, getattr(arg, "__name__", None))))
    o.area(1)
    sys.setprofile(None)
    print(lines, calls)


def test():
    train()
    odd_methods()
    metaclasses()
    cells()
    shadowed()
    traced()
    changes(C(2))
    changes(Mixed(3))


main(train, test)
