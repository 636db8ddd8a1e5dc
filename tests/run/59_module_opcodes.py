"""What only module and class level code contains: names deleted, annotations, import *, interactive display, global del."""
from math import *
import builtins
import sys
from support import main, show, trace

annotated: int = 5
no_value: "str"
x = 1
for x in range(3):
    y = x + 1
del y
try:
    y
except NameError as e:
    message = str(e)
try:
    del y
except NameError as e:
    message2 = str(e)

SOURCE = """
total = 0
for i in range(LIMIT):
    total += i * STEP
    if i % 2:
        continue
    last = i
try:
    del last
except NameError as e:
    total = str(e)
class Box:
    v: int = total
    w: float
lam = lambda q: q + total
result = [lam(k) for k in range(3)], Box.v, sorted(Box.__annotations__), sorted(__annotations__) if "__annotations__" in globals() else None
note: int = 3
"""
CODE = compile(SOURCE, "<module source>", "exec")
SINGLE = compile("for i in (1, 'two', None, 2.5, 2**64):\n    i\n", "<interactive>", "single")


def run(limit, step, **extra):
    ns = {"LIMIT": limit, "STEP": step, **extra}
    exec(CODE, ns)
    return ns["result"]


def display():
    shown = []
    saved = sys.displayhook
    sys.displayhook = lambda v: shown.append(v)
    try:
        exec(SINGLE, {})
    finally:
        sys.displayhook = saved
    return shown


def expressions(src, **names):
    return eval(src, names)


def separate(src, g, l):
    exec(src, g, l)
    return sorted(k for k in g if k != "__builtins__"), sorted(l)


def train():
    t = 0
    for i in range(200):
        t += run(30, 3)[1] + len(display()) + expressions("a * 2 + 1", a=i)
    print(t, message, message2, x, floor(pi), __annotations__)


def test():
    global floor
    show(run, 5, 0.5)
    show(run, 3, 2**63)
    show(run, 0, 1)
    show(run, 2, "ab")
    trace(run, 2.5, 1)
    trace(run, 2, None)
    show(display)
    saved = sys.displayhook
    del sys.displayhook
    try:
        exec(SINGLE, {})
    except RuntimeError as e:
        print(e)
    sys.displayhook = saved
    exec(SINGLE, {})
    print(builtins._)
    show(expressions, "a + b", a=1, b=2.5)
    trace(expressions, "a + c", a=1)
    show(separate, "p = 1\nq = p + 1\ndel p", {}, {})
    show(separate, "global p\np = 1", {}, {})

    class Ns(dict):
        def __getitem__(self, k): return 7 if k == "magic" else dict.__getitem__(self, k)
        def __setitem__(self, k, v): dict.__setitem__(self, k, ("stored", v))
    show(separate, "w = magic", {}, Ns())
    trace(separate, "w = nothing", {}, Ns())
    trace(separate, "del nothing", {}, Ns())
    try:
        del no_value
    except (NameError, UnboundLocalError) as e:
        print(e)
    exec("del floor", globals())
    try:
        print(floor(2.5))
    except NameError as e:
        print(e)
    print(__annotations__)


main(train, test)
