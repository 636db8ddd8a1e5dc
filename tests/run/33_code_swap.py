"""f.__code__, __defaults__, __kwdefaults__ and the function a name means, changed while a loop calls it."""
import types
from support import main, show, trace


def inc(x):
    return x + 1


def half(x):
    return x / 2


def noisy(x):
    if x == 3:
        raise ValueError("three")
    return str(x)


def two_args(x, y):
    return x, y


def gen(x):
    yield x


def dflt(x, y=10, *, z=100):
    return x + y + z


def loop(n, hook):
    out = []
    for i in range(n):
        if i == n // 2:
            hook()
        out.append(inc(i))
    return out


def dloop(n, hook):
    out = []
    for i in range(n):
        if i == n // 2:
            hook()
        out.append(dflt(i))
    return out


def self_swap(n):
    """Swaps the code of the function that is running."""
    t = 0
    for i in range(n):
        t += i
        if i == 3:
            self_swap.__code__ = inc.__code__
    return t


def nop():
    pass


def train():
    t = 0
    for i in range(300):
        t += loop(20, nop)[-1] + dloop(20, nop)[-1]
    print(t)


def test():
    original = inc.__code__

    def swap(f):
        def hook():
            inc.__code__ = f.__code__
        return hook
    for f in (half, noisy, two_args, gen, lambda x: x * 2**62, lambda *a, **k: (a, k), lambda x=5: [x]):
        try:
            r = loop(8, swap(f))
            print([type(v).__name__ if hasattr(v, "send") else v for v in r])
        except Exception as e:
            print(type(e).__name__, e)
        inc.__code__ = original
        print(loop(4, nop))
    inc.__code__ = original.replace(co_consts=(None, 1000))
    show(loop, 4, nop)
    inc.__code__ = original
    trace(loop, 8, swap(noisy))
    inc.__code__ = original
    for d in ((0.5,), None, (1, 2), (2**63,), ("a",)):
        def hook():
            dflt.__defaults__ = d
        show(dloop, 6, hook)
        dflt.__defaults__ = (10,)
    for d in ({"z": 1.5}, {}, None, {"z": 2**70, "other": 1}):
        def hook():
            dflt.__kwdefaults__ = d
        show(dloop, 6, hook)
        dflt.__kwdefaults__ = {"z": 100}
    dflt.__kwdefaults__["z"] = -1
    show(dloop, 3, nop)
    show(self_swap, 10)
    show(self_swap, 10)
    clone = types.FunctionType(original, {"__builtins__": {}}, "clone")
    show(clone, 5)
    show(clone, "x")
    other = types.FunctionType(loop.__code__, {"range": range, "inc": lambda x: -x}, "other")
    show(other, 4, nop)
    try:
        inc.__code__ = (lambda: other).__code__
    except ValueError as e:
        print(e)


main(train, test)
