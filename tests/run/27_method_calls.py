"""Method calls: plain, static, class, bound, builtin, shadowed by the instance, looked up by __getattr__, wrong arity."""
import functools
from support import main, show, trace


class Acc:
    limit = 10

    def __init__(self):
        self.n = 0
        self.log = []

    def add(self, k):
        self.n += k
        return self.n

    def add2(self, k, times=1, *, bonus=0):
        return self.n + k * times + bonus

    @staticmethod
    def twice(k):
        return k * 2

    @classmethod
    def top(cls, k):
        return cls.limit + k

    def chain(self, k):
        self.log.append(k)
        return self

    def recurse(self, k):
        return k if k <= 0 else self.recurse(k - 1) + 1


class Child(Acc):
    limit = 50
    def add(self, k): return -k


class Proxy:
    def __init__(self, o): self._o = o
    def __getattr__(self, name): return getattr(self._o, name)


class Callable:
    def __call__(self, *a, **k): return ("called", a, k)


class AsAttr:
    add = Callable()
    twice = functools.partial(max, 3)
    top = len
    add2 = abs
    recurse = print


def run(o, n):
    t = 0
    for i in range(n):
        t += o.add(i) + o.twice(i) + o.top(i) + o.add2(i, 2) + o.add2(i, bonus=i)
    return t


def chained(o):
    return o.chain(1).chain(2).add(3)


def bound(o, n):
    f = o.add
    t = 0
    for i in range(n):
        t = f(i)
    return t


def unbound(cls, o):
    return cls.add(o, 5)


def recurse(o, n):
    return o.recurse(n)


def strings(parts):
    out = []
    for p in parts:
        out.append(p.strip().upper().replace("A", "b"))
    return ",".join(out)


def train():
    t = 0
    for i in range(250):
        a = Acc()
        t += run(a, 20) + chained(a) + bound(a, 20) + unbound(Acc, a) + recurse(a, 20) + len(strings([" a ", "xyz"]))
    print(t)


def test():
    for make in (Acc, Child, lambda: Proxy(Acc()), AsAttr, lambda: Proxy(AsAttr()), lambda: Acc, lambda: None, lambda: 5):
        show(run, make(), 3)
        show(chained, make())
        show(bound, make(), 3)
        show(recurse, make(), 4)
    a = Acc()
    a.add = lambda k: 1000
    show(run, a, 3)
    show(unbound, Acc, a)
    show(unbound, Child, a)
    show(unbound, Acc, None)
    a = Acc()
    a.twice = Callable()
    show(run, a, 2)
    a = Acc()
    a.n = 2**62
    show(bound, a, 5)
    a.n = 1.5
    show(bound, a, 5)
    Acc.add2 = staticmethod(lambda *a, **k: len(a))
    show(run, Acc(), 3)
    Acc.top = lambda self: 5
    trace(run, Acc(), 3)
    trace(recurse, Acc(), "x")
    Acc.recurse = lambda self, k: f"new {k}"
    show(recurse, Acc(), 5)
    show(strings, ["q ", b" a"])
    show(strings, [b" a "])
    show(strings, ["a", None])
    trace(strings, [5])


main(train, test)
