"""import, from-import and relative failures inside hot functions; __import__ and sys.modules tampered with."""
import builtins
import sys
import types
from support import main, show, trace


def use_math(x):
    import math
    return math.floor(x)


def use_from(x):
    from math import ceil as up, floor
    return up(x) + floor(x)


def use_dotted():
    import os.path
    import collections.abc as abc
    return os.path.basename("a/b"), abc.Sized.__name__


def fallback(name):
    try:
        import no_such_module_at_all as m
    except ImportError as e:
        return e.name + name
    return m


def from_missing():
    from math import no_such_function
    return no_such_function


def from_fake():
    from fake_module import thing
    return thing


def star():
    ns = {"__name__": "x"}
    exec("from math import *\nr = floor(2.5)", ns)
    return ns["r"], "pi" in ns


def train():
    t = 0
    for i in range(1500):
        t += use_math(i / 3) + use_from(i / 3) + len(use_dotted()[0])
        if i % 100 == 0:
            t += len(fallback("x")) + star()[0]
    print(t)


def test():
    show(use_math, 2**70)
    trace(use_math, "x")
    show(use_from, -0.5)
    show(use_dotted)
    show(fallback, "y")
    trace(from_missing)
    trace(from_fake)
    m = types.ModuleType("fake_module")
    m.thing = 5
    sys.modules["fake_module"] = m
    show(from_fake)
    m.thing = 2.5
    show(from_fake)
    del m.thing
    trace(from_fake)
    sys.modules["no_such_module_at_all"] = m
    print(type(fallback("z")).__name__)
    sys.modules["fake_module"] = None
    trace(from_fake)
    real_math = sys.modules["math"]
    sys.modules["math"] = types.SimpleNamespace(floor=lambda x: "fake floor", ceil=len)
    show(use_math, 1.5)
    trace(use_from, 1.5)
    sys.modules["math"] = real_math
    real = builtins.__import__
    builtins.__import__ = lambda *a, **k: types.SimpleNamespace(floor=lambda x: ("hooked", a[0], a[3:]), ceil=abs)
    show(use_math, 1.5)
    builtins.__import__ = real
    del builtins.__import__
    try:
        use_math(1.5)
    except ImportError as e:
        print(e)
    builtins.__import__ = real
    show(use_math, 1.5)
    trace(exec, "from . import x", {"__name__": "q"})
    show(star)


main(train, test)
