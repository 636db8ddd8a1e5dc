"""What stands at the head of every random program (pygen.py)."""

PRELUDE = '''\
import builtins
import gc
import math
import sys


class MyInt(int):
    def __add__(self, o): return ("MyInt+", int(self))
    def __lt__(self, o): return True
    def __mul__(self, o): return MyInt(int(self))


class MyFloat(float):
    def __radd__(self, o): return 0.25
    def __mul__(self, o): return "MyFloat*"


class Loud:
    def __repr__(self): return "Loud()"
    def __bool__(self): raise ValueError("loud bool")
    def __len__(self): return 2
    def __iter__(self): return iter([1, 2.5])
    def __getitem__(self, i): return i
    def __add__(self, o): raise KeyError("loud add")


class Cm:
    def __init__(self, eat): self.eat = eat
    def __enter__(self): return 3
    def __exit__(self, t, v, tb): return self.eat and t is not None and issubclass(t, ArithmeticError)


class Last:
    """Counts deaths."""
    dead = 0
    def __del__(self): Last.dead += 1


NS = type(sys)("ns")
NS.k, NS.x, NS.f = 7, 0.75, lambda n: n + NS.k
PENDING = []
TOTAL = 0


def gen(n, k=1):
    for i in range(n):
        yield i * k


def relay(g):
    return (yield from g)


def drain(g, how):
    """What a generator returns, having been driven by a loop, next() and send(), or dropped half way; what it gives is noted."""
    last, n = None, 0
    if how == 3:
        for x in g:
            last = x
            n += 1
            if n == 4:
                g.close()
        return note(last)
    if how == 2:
        g = relay(relay(g))
    try:
        while True:
            last = next(g) if n % 3 != 1 else g.send(last)
            n += 1
            note(last)
            if how and n % 4 == 0:
                f = g.gi_frame
                note((f.f_lineno, sorted(f.f_locals), g.gi_running))
    except StopIteration as e:
        return e.value


def hook():
    if PENDING:
        PENDING.pop()()


def note(x, len=len, ord=ord):
    global TOTAL
    r = repr(x)
    for c in r[:200]:
        TOTAL = (TOTAL * 31 + ord(c)) % 1000000007
    return r if len(r) < 60 else r[:57] + "..."


def run(f, *args):
    """One call, told on one line: the value, or the exception with the lines it passed through."""
    try:
        print(f.__name__, note(f(*args)))
    except Exception as e:
        lines, tb = [], e.__traceback__.tb_next
        while tb:
            lines.append(tb.tb_lineno)
            tb = tb.tb_next
        if isinstance(e, UnboundLocalError):
            # Warm code loads in one step with the store before it, and is then in that one's line.
            lines[-1:] = []
        print(f.__name__, type(e).__name__, note(str(e)), lines[:6])
'''
