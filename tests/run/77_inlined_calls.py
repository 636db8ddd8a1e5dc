"""Small callees that a compiler would inline: their frames, tracebacks, names, defaults and exceptions must still be theirs."""
import sys
import types
from support import main, show, trace


def leaf(x):
    return x + 1


def middle(x, y=2):
    return leaf(x) * y


def top(n):
    t = 0
    for i in range(n):
        t += middle(i)
    return t


def looked_at(x, look):
    y = x + 1
    if look:
        look()
    y = y * 2
    return y


def looks_once(n, look):
    t = 0
    for i in range(n):
        t += looked_at(i, look if i % 3 == 1 else None)
    return t


def keeps_frame():
    """The line and the locals of a callee's frame that is kept, when it has returned."""
    kept = []
    show(looks_once, 5, lambda: kept.append(sys._getframe(1)))
    for f in kept:
        print(f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, sorted(f.f_locals))


def checks(x):
    if x < 0:
        raise ValueError(x)
    if x == 7:
        return None
    return x


def caller(values):
    t = 0
    for v in values:
        r = checks(v)
        if r is None:
            continue
        t += r
    return t


def catches(x):
    try:
        return 100 // x
    except ZeroDivisionError:
        return -1


def catcher(values):
    return [catches(v) for v in values]


def peek():
    f = sys._getframe(1)
    return f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, f.f_back.f_code.co_name, sorted(f.f_locals)


def maybe_peek(x, at):
    y = x * 2
    if x == at:
        SEEN.append(peek())
    return y


def peeker(n, at):
    t = 0
    for i in range(n):
        z = i + 1
        t += maybe_peek(i, at)
    return t


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def dot(self, o):
        return self.x * o.x + self.y * o.y

    def plus(self, o):
        return Vec(self.x + o.x, self.y + o.y)

    def norm2(self):
        return self.dot(self)


def vectors(vs):
    acc = Vec(0, 0)
    for v in vs:
        acc = acc.plus(v)
    return acc.norm2()


def with_loop(n):
    t = 0
    for i in range(n):
        t += i
        if t > 50:
            break
    return t


def calls_loop(n):
    return sum([with_loop(i) for i in range(n)])


def ping(n):
    return n if n <= 0 else pong(n - 1)


def pong(n):
    return n if n <= 0 else ping(n - 1)


def global_user(x):
    return x + OFFSET


def uses_global(n):
    t = 0
    for i in range(n):
        t += global_user(i)
    return t


SEEN = []
OFFSET = 10


def train():
    t = 0
    vs = [Vec(i, i + 1) for i in range(20)]
    for i in range(250):
        t += looks_once(10, int) + top(20) + caller(range(7)) + len(catcher([1, 2, 3, 4])) + peeker(20, -1) + vectors(vs) + calls_loop(6) + ping(9) + uses_global(20)
    print(t)


def test():
    global leaf, OFFSET, middle
    show(top, 5)
    keeps_frame()
    trace(caller, [1, 2, -3])
    show(caller, [1, 7, 2.5, 7.0, True])
    trace(caller, [1, "x"])
    show(catcher, [1, 0, 2.5, 0.0, True])
    trace(catcher, [1, "x"])
    show(peeker, 6, 3)
    show(peeker, 3.0 and 4, 3.0)
    for s in SEEN:
        print(s)
    show(vectors, [Vec(2**62, 1), Vec(2**62, 2)])
    show(vectors, [Vec(0.5, 1), Vec("x", 2)])
    trace(vectors, [Vec(1, 2), Vec(None, 2)])
    trace(vectors, [Vec(1, 2), 5])
    show(vectors, [types.SimpleNamespace(x=1, y=2)])
    middle.__defaults__ = (0.5,)
    show(top, 5)
    middle.__defaults__ = ()
    trace(top, 5)
    middle.__defaults__ = (2,)
    leaf = lambda x: x - 1
    show(top, 5)
    leaf = abs
    show(top, 5)
    leaf = None
    trace(top, 5)
    leaf = types.FunctionType((lambda x: x + OFFSET).__code__, {"OFFSET": 0.25})
    show(top, 3)
    show(calls_loop, 14)
    show(ping, 40)
    show(ping, 2.5)
    trace(ping, "x")
    OFFSET = 2**63
    show(uses_global, 3)
    del OFFSET
    trace(uses_global, 3)
    Vec.plus = lambda self, o: self
    show(vectors, [Vec(1, 2)])
    Vec.dot = lambda self, o: "patched"
    show(vectors, [Vec(1, 2)])


main(train, test)
