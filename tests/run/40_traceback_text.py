"""Traceback text with carets, for every operation that can raise, at depth, in multi-line expressions, after deopts."""
from support import main, show, trace


def binop(a, b):
    x = 1
    return (a + b) * x - (a
                          * b)


def sub(d, k):
    return [d[k] + d[
        k
    ], k]


def attr(o):
    return o.real.imag.real + o.numerator


def call(f, x):
    return f(x)(
        x) if callable(x) else f(
        x)


def store(o, v):
    o["k"]["j"] = v
    return v


def attr_store(o, v):
    o.x.y = v


def unpack(t):
    a, (b, c) = t
    return a + b + c


def loop(n, d):
    t = 0
    for i in range(
            n):
        t += d[i] * 2
    return t


def cond(a, b):
    if a < b and b < 10 and \
            not a > b:
        return 1
    return 0


def delete(d, k):
    del d[k]


def fmt(x):
    return f"{x:d}" + f"{x!r:>5}"


def chain_a(v): return chain_b(v) + 1
def chain_b(v): return chain_c(v) + 1


def chain_c(v):
    r = v + 1
    for _ in range(3):
        r = r + v
    return r


def assertion(x):
    assert x > 0, f"not positive: {x}"
    return x


def train():
    t = 0
    d = {"k": {"j": 1}}
    class O: pass
    o = O()
    o.x = O()
    for i in range(2000):
        t += binop(i, 2) + len(sub([1, 2, 3], 1)) + attr(i) + call(abs, i) + store(d, i) + unpack((1, (2, i)))
        t += loop(5, [1, 2, 3, 4, 5]) + cond(i, 5) + len(fmt(i)) + chain_a(i) + assertion(i + 1)
        delete({1: 2}, 1)
        attr_store(o, i)
    print(t)


def test():
    trace(binop, 1, "x")
    trace(binop, "x", "y")
    trace(binop, None, 1.5)
    trace(sub, [1], 4)
    trace(sub, {}, "k")
    trace(sub, {"k": "s"}, "k")
    trace(sub, None, 0)
    trace(attr, "s")
    trace(attr, 1.5)
    trace(call, abs, "s")
    trace(call, 5, 5)
    trace(call, lambda q: 1 // q, 0)
    trace(store, {}, 1)
    trace(store, {"k": 5}, 1)
    trace(attr_store, 5, 1)
    trace(unpack, (1, 2))
    trace(unpack, (1, (2,)))
    trace(unpack, (1, ("a", 2)))
    trace(loop, 5, [1, 2])
    trace(loop, 5, [1, "x", None, 2])
    trace(loop, 2.5, [])
    trace(cond, 1, "s")
    trace(cond, 1j, 2)
    trace(delete, {}, 3)
    trace(delete, (1,), 0)
    trace(fmt, "s")
    trace(fmt, 1.5)
    trace(chain_a, "s")
    trace(chain_a, None)
    trace(assertion, -1)
    trace(assertion, "x")
    trace(assertion, -0.5)
    trace(lambda: [chain_a(x) for x in (1, 2.5, "a")])
    trace(lambda: sorted([3, 1], key=lambda v: chain_b([v])))
    big = 2**64
    print(binop(big, 3), chain_a(big), loop(2, [big, 0.5]), cond(0.5, big), fmt(True))


main(train, test)
