"""Every shape of call: positional, keyword, defaults, keyword-only, positional-only, *args, **kwargs, mixed."""
from support import main, show, trace


def plain(a, b, c):
    return a * 100 + b * 10 + c


def dflt(a, b=2, c=3):
    return a * 100 + b * 10 + c


def kwonly(a, *, b=5, c):
    return a, b, c


def posonly(a, b=1, /, c=2):
    return a, b, c


def var(*args):
    return len(args), args


def varkw(**kw):
    return sorted(kw.items())


def everything(a, b=2, /, c=3, *rest, d=4, **kw):
    return a, b, c, rest, d, sorted(kw)


def many(a, b, c, d, e, f, g, h, i, j):
    return a + b + c + d + e + f + g + h + i + j


def callers(x):
    t = plain(x, 2, 3) + plain(c=1, b=x, a=2) + plain(x, c=4, b=5)
    t += dflt(x) + dflt(x, 5) + dflt(x, c=9) + dflt(b=x, a=1)
    t += many(x, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    return t


def callers2(x):
    return (kwonly(x, c=1), kwonly(x, b=2, c=3), posonly(x), posonly(x, 3, 4), posonly(x, c=9), var(), var(x), var(x, 1, 2),
            varkw(a=x, b=2), everything(x), everything(x, 1, 2, 3, 4, d=5, e=6))


def spread(args, kw):
    return everything(*args, **kw), var(*args), var(0, *args, 9), varkw(**kw), varkw(z=1, **kw), var(*args, *args)


def forward(f, *args, **kw):
    return f(*args, **kw)


def first_class(fs, x):
    return [f(x) for f in fs]


class K:
    def __init__(self, a, b=1): self.t = (a, b)
    def __call__(self, x): return self.t, x


def construct(x):
    return K(x).t, K(x, 2).t, K(b=x, a=0).t, K(1)(x)


def train():
    t = 0
    for i in range(2500):
        t += callers(i) + len(callers2(i)) + len(spread((i, 2), {"d": 1})) + forward(plain, i, 2, c=3)
        t += len(first_class((abs, float, K(1)), i)) + construct(i)[0][0]
    print(t)


def test():
    for x in (2**62, 0.5, True, "s", None, [1]):
        show(callers, x)
        show(callers2, x)
        show(construct, x)
    for args, kw in (((1,), {}), ((), {}), ((1, 2, 3, 4, 5), {"q": 1}), ([1, 2], {"d": 2}), ("ab", {}), (5, {}), ((1,), None),
                     ((1,), [("d", 1)]), ((1,), {1: 2}), ((1,), {"a": 5, "z": 2}), (iter([1, 2]), {"c": 9}), ({1: 2}, {})):
        show(spread, args, kw)
    bad = [(plain, (1, 2), {}), (plain, (1, 2, 3, 4), {}), (plain, (1, 2), {"d": 1}), (plain, (1, 2, 3), {"a": 1}),
           (dflt, (), {}), (kwonly, (1,), {}), (kwonly, (1, 2), {"c": 1}), (posonly, (1,), {"a": 2}), (posonly, (1,), {"b": 2}),
           (var, (), {"a": 1}), (varkw, (1,), {}), (everything, (), {"a": 1}), (many, (1, 2, 3), {}), (K, (), {}),
           (K, (1, 2, 3), {}), (5, (), {}), (None, (1,), {}), ("s", (), {"x": 1}), (K(1), (), {})]
    for f, args, kw in bad:
        show(forward, f, *args, **kw)
    trace(forward, plain, 1, 2)
    trace(forward, 5, 1)
    trace(callers, "s")
    show(first_class, [len, K(2), lambda x: x * 2, int], "12")
    try:
        print(first_class([len, 5], "ab"))
    except TypeError as e:
        print(e)


main(train, test)
