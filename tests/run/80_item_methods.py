"""Classes with a Python __getitem__ or __setitem__: the callee's frame, errors and rebinding must be the interpreter's."""
import sys
from support import main, show, trace


class Grid:
    def __init__(self, w, h):
        self.w = w
        self.h = h
        self.cells = [0] * (w * h)

    def index(self, x, y):
        if 0 <= x < self.w and 0 <= y < self.h:
            return y * self.w + x
        raise IndexError((x, y))

    def __getitem__(self, at):
        x, y = at
        return self.cells[self.index(x, y)]

    def __setitem__(self, at, value):
        x, y = at
        self.cells[self.index(x, y)] = value


class Peeking(Grid):
    def __getitem__(self, at):
        f = sys._getframe()
        SEEN.append((f.f_code.co_name, sorted(f.f_locals), f.f_back.f_code.co_name,
                     f.f_back.f_lineno - f.f_back.f_code.co_firstlineno))
        return Grid.__getitem__(self, at)

    def __setitem__(self, at, value):
        f = sys._getframe()
        SEEN.append((f.f_code.co_name, at, f.f_back.f_code.co_name))
        return "dropped"


class Loud:
    """One look per operation, so that the callee itself is what is inlined."""
    def __init__(self):
        self.log = []

    def __getitem__(self, key):
        if key == AT:
            SEEN.append(sys._getframe().f_back.f_lineno - sys._getframe().f_back.f_code.co_firstlineno)
        return key

    def __setitem__(self, key, value):
        if key == AT:
            SEEN.append((sys._getframe().f_code.co_name, key, value))


class Box:
    def __init__(self, v):
        self.v = v

    def __getitem__(self, key):
        return self.v + key

    def __setitem__(self, key, value):
        self.v = value - key


def fill(g, w, h):
    for y in range(h):
        for x in range(w):
            g[x, y] = x * y
            g[x, y] = g[x, y] + 1


def total(g, w, h):
    t = 0
    for y in range(h):
        for x in range(w):
            t += g[x, y]
    return t


def boxes(b, n):
    t = 0
    for i in range(n):
        b[i] = t + i
        t = b[i + 1]
    return t


def loud(o, n):
    t = 0
    for i in range(n):
        o[i] = i
        t += o[i]
    return t


def nested(o, i):
    return (i, [o[i], o[
        i + 1]], o[o[i]])


def switching(b, n, at, action):
    t = 0
    for i in range(n):
        if i == at:
            action(b)
        b[i] = i
        t += b[i]
    return t


SEEN = []
AT = -1


def nothing(b):
    pass


def train():
    g = Grid(20, 20)
    for _ in range(40):
        fill(g, 20, 20)
        show(total, g, 20, 20)
    b = Box(1)
    for _ in range(20):
        show(boxes, b, 300)
        show(loud, Loud(), 300)
        show(switching, b, 300, -1, nothing)
    for i in range(200):
        nested(b, i)


def new_get(b):
    Box.__getitem__ = lambda self, key: -key


def old_get(b):
    Box.__getitem__ = GET


def no_get(b):
    del Box.__getitem__


def builtin_get(b):
    Box.__getitem__ = abs


class Other:
    def __getitem__(self, key): return 1000 + key
    def __setitem__(self, key, value): self.last = key, value


def other_class(b):
    b.__class__ = Other


def back(b):
    b.__class__ = Box


def new_code(b):
    Box.__setitem__.__code__ = (lambda self, key, value: setattr(self, "v", 3)).__code__


def old_code(b):
    Box.__setitem__.__code__ = CODE


def traced(b):
    sys.settrace(tracer)


def tracer(frame, event, arg):
    SEEN.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno))
    return tracer


GET = Box.__getitem__
CODE = Box.__setitem__.__code__


def test():
    global AT
    train()
    g = Grid(4, 4)
    trace(total, g, 4, 5)
    trace(fill, g, 5, 4)
    trace(total, [1, 2], 2, 2)
    show(fill, {}, 2, 2)
    show(total, {(x, y): x for x in range(3) for y in range(3)}, 3, 3)
    show(total, Peeking(3, 3), 3, 3)
    show(fill, Peeking(2, 2), 2, 2)
    print(SEEN)
    SEEN.clear()
    AT = 5
    show(loud, Loud(), 10)
    print(SEEN)
    SEEN.clear()
    b = Box(1)
    show(nested, b, 1)
    for big in (2**62, 2**63 - 1, 2**70, 1.5, "no"):
        trace(boxes, Box(big), 3)
        trace(nested, Box(big), 0)
    trace(boxes, None, 3)
    trace(nested, None, 3)
    g = Grid(3, 3)
    for key in ((0,), (0, 1, 2), 7, [1, 2], (1.0, 1), ("a", 1), (True, False), None):
        show(g.__getitem__, key)
        trace(lambda: g[key])
    for action in (nothing, new_get, old_get, no_get, nothing, old_get, builtin_get, old_get, other_class, nothing, back,
                   new_code, nothing, old_code):
        print(action.__name__)
        trace(switching, b, 10, 0 if action.__name__.startswith("old") or action is back else 5, action)
    show(switching, Box(2), 6, 3, traced)
    sys.settrace(None)
    for line in SEEN:
        print(line)


main(train, test)
