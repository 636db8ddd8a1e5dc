"""super(), __class__ cells, cooperative inheritance, and what happens when the MRO moves."""
from support import main, show, trace


class A:
    def __init__(self, n): self.n = n
    def f(self, k): return self.n + k
    def g(self): return "A.g"


class B(A):
    def __init__(self, n):
        super().__init__(n + 1)
        self.m = n
    def f(self, k): return super().f(k) * 2
    def g(self): return "B>" + super().g()


class C(A):
    def f(self, k): return super().f(k) - 1
    def g(self): return "C>" + super().g()


class D(B, C):
    def f(self, k): return super(D, self).f(k) + 100
    def g(self): return "D>" + super().g()
    def who(self): return __class__.__name__

    @classmethod
    def build(cls, n): return cls(n)

    @property
    def prop(self): return super().g


class E:
    def __init_subclass__(cls, **kw):
        super().__init_subclass__()
        cls.tag = sorted(kw)


def run(cls, n):
    t = 0
    for i in range(n):
        o = cls(i)
        t += o.f(i)
    return t


def bad_super():
    return super().f(1)


class Bad:
    def no_self():
        return super()
    def deleted(self):
        del self
        return super()
    def nested(self):
        def inner():
            return super()
        return inner()
    def rebound(self):
        self = A(5)
        return super().f(1)


def train():
    t = 0
    for i in range(150):
        t += run(B, 15) + run(D, 15) + run(C, 5) + len(D(1).g()) + len(D(1).who())
    print(t, D.build(3).prop())


def test():
    show(run, B, 5)
    show(run, D, 5)
    print(B(2**63 - 1).n, B(1.5).f(2))
    trace(B, "s")
    trace(run, int, 2)
    trace(bad_super)
    for name in ("nested", "rebound", "deleted"):
        trace(getattr(Bad(), name))
    trace(Bad.no_self)
    D.__bases__ = (C, B)
    print(D(1).g(), D(1).f(1), run(D, 4))
    D.__bases__ = (B,)
    print(D(1).g(), D(1).f(1), D(2).who(), run(D, 4))
    A.f = lambda self, k: 0.5
    print(run(D, 4), run(B, 4))
    del A.f
    trace(run, D, 1)

    class F(E, a=1, b=2):
        pass
    print(F.tag)


main(train, test)
