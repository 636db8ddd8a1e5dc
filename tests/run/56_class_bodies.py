"""Class statements in hot functions: bodies with locals, metaclasses, __build_class__ replaced, closures in bodies."""
import builtins
from support import main, show, trace


class Meta(type):
    def __prepare__(name, bases, **kw): return {"prepared": sorted(kw)}
    def __new__(mcs, name, bases, ns, **kw): return super().__new__(mcs, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw): super().__init__(name, bases, ns)
    def __call__(cls, *a): return super().__call__(*a)


def make(n):
    class Local:
        base = n
        double = base * 2
        items = [i for i in range(3)]
        if base > 1:
            big = True

        def get(self):
            return self.base + n

        def set(self, v):
            self.v = v
            return self
    return Local


def make_meta(n, k):
    class WithMeta(metaclass=Meta, tag=k):
        x = n
        y: int = 5
        del x
    return WithMeta.prepared, WithMeta.y, sorted(WithMeta.__annotations__)


def make_free(x):
    class Inner:
        seen = x
        twice = [x, x]
        def f(self): return x
    return Inner.seen, Inner.twice, Inner().f()


def class_global(flag):
    class G:
        global from_body
        from_body = flag
        try:
            v = missing_name
        except NameError as e:
            v = str(e)
    return G.v, from_body


def decorated(n):
    def deco(k):
        def wrap(c):
            c.tag = k
            return c
        return wrap

    @deco(n)
    @deco(n + 1)
    class C:
        @staticmethod
        def s(): return 1

        @classmethod
        def c(cls): return cls.tag

        @property
        def p(self): return self.tag
    return C.s(), C.c(), C().p


def use(cls, k):
    o = cls()
    t = 0
    for i in range(k):
        t += o.get()
    return t, o.set(t).v


def train():
    t = 0
    for i in range(150):
        t += use(make(i), 20)[0] + len(make_meta(i, 1)) + make_free(i)[2] + len(class_global(1)) + decorated(i)[1]
    print(t)


def test():
    for n in (5, 0, 2.5, 2**63, True):
        c = make(n)
        show(use, c, 3)
        print(c.__qualname__, c.double, c.items, hasattr(c, "big"), c.__module__)
        show(make_meta, n, "q")
        show(make_free, n)
        show(class_global, n)
        show(decorated, n)
    trace(make, "x")
    trace(make, None)
    trace(decorated, None)
    a, b = make(1), make(1)
    print(a is b, a.get is a.get, type(a()) is a)
    a.base = 100
    show(use, a, 2)
    show(use, b, 2)
    real = builtins.__build_class__
    builtins.__build_class__ = lambda f, name, *bases, **kw: (name, bases, sorted(kw))
    show(make, 5)
    builtins.__build_class__ = real
    globals()["missing_name"] = "found"
    show(class_global, 1)

    class Prep(type):
        def __prepare__(name, bases):
            class D(dict):
                def __missing__(self, k): return f"<{k}>"
            return D()

    class Odd(metaclass=Prep):
        got = anything_at_all
    print(Odd.got)


main(train, test)
