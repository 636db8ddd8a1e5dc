"""Decorators, wraps, lru_cache, partial, reduce, sorted keys, map and filter with Python callables."""
import functools
import itertools
import operator
from support import main, show, trace


def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return f(*args, **kwargs)
    wrapper.calls = 0
    return wrapper


def times(n):
    def deco(f):
        def inner(x):
            for _ in range(n):
                x = f(x)
            return x
        return inner
    return deco


@logged
def add(a, b=1):
    return a + b


@times(3)
def step(x):
    return x * 2 + 1


@functools.lru_cache(maxsize=None)
def cached(n):
    return n if n < 2 else cached(n - 1) + cached(n - 2)


@functools.singledispatch
def kind(x): return "object"


@kind.register
def _(x: int): return "int"


@kind.register
def _(x: list): return "list"


def by_key(values, key):
    return sorted(values, key=key, reverse=True), min(values, key=key), max(values, key=key)


def maps(f, values):
    return list(map(f, values)), list(filter(f, values)), functools.reduce(lambda a, b: a + b, values)


def group(values):
    return [(k, list(g)) for k, g in itertools.groupby(values, lambda v: v // 10)]


def total_order():
    @functools.total_ordering
    class V:
        def __init__(self, v): self.v = v
        def __eq__(self, o): return self.v == o.v
        def __lt__(self, o): return self.v < o.v
    return V


V = total_order()


def biggest(vs):
    best = vs[0]
    for v in vs:
        if v >= best:
            best = v
    return best.v


def cmp_sort(values):
    return sorted(values, key=functools.cmp_to_key(lambda a, b: (a > b) - (a < b)))


def train():
    t = 0
    vals = [(i * 37) % 100 for i in range(40)]
    vs = [V(v) for v in vals]
    for i in range(150):
        t += add(i) + add(i, b=2) + step(i) + cached(i % 40) + len(kind(i)) + by_key(vals, lambda v: -v)[1] + len(maps(abs, vals)[0])
        t += len(group(vals)) + biggest(vs) + cmp_sort(vals)[3]
    print(t)


def test():
    show(add, 2.5)
    show(add, "a", "b")
    trace(add, "a")
    trace(add)
    print(add.calls, add.__name__)
    for x in (2**62, 0.5, True, "s"):
        show(step, x)
    show(cached, 100)
    trace(cached, [])
    print([kind(x) for x in (1, True, [], "s", None)])
    show(by_key, ["b", "A", "c"], str.lower)
    show(by_key, [1, 2.5, True], operator.neg)
    trace(by_key, [1, "x"], lambda v: v + 1)
    trace(by_key, [], abs)
    show(maps, lambda v: v * 0.5, [1, 2, 0])
    show(maps, str, [0, 1])
    trace(maps, lambda v: 1 // v, [1, 0])
    show(group, [1, 2.5, 11, 12, 2**70])
    show(biggest, [V(1), V(2.5), V(2**70), V(True)])
    trace(biggest, [V(1), V("x")])
    trace(biggest, [V(1), 5])
    show(cmp_sort, [3.5, 1, True, 2**65])
    trace(cmp_sort, [1, "a"])


main(train, test)
