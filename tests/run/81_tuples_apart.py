"""Tuples that are only taken apart again: keys of a Python __getitem__, results unpacked by the caller."""
import gc
import sys
from support import main, show, trace


class Grid:
    def __init__(self, w, h):
        self.w = w
        self.cells = list(range(w * h))

    def __getitem__(self, at):
        x, y = at
        return self.cells[y * self.w + x]

    def __setitem__(self, at, value):
        x, y = at
        self.cells[y * self.w + x] = value


class Either(Grid):
    def __getitem__(self, at):
        if isinstance(at, tuple):
            return self.cells[at[1] * self.w + at[0]]
        return self.cells[at]

    def __setitem__(self, at, value):
        if isinstance(at, tuple):
            self.cells[at[1] * self.w + at[-2]] = value
        else:
            self.cells[at] = value


class Curious:
    """w is a property that looks at the frame that asks for it."""
    def __init__(self, plain):
        self.plain = plain
        self.cells = [1, 2, 3, 4]

    def __getattr__(self, name):
        f = sys._getframe(1)
        SEEN.append((f.f_code.co_name, dict(f.f_locals).get("at"), f.f_locals.get("x")))
        if HOLD:
            HELD.append(f)
        return 2

    def __getitem__(self, at):
        x, y = at
        return self.cells[y * self.w + x] if at[0] >= 0 else at


def smooth(g, w, h):
    for y in range(1, h - 1):
        for x in range(1, w - 1):
            g[x, y] = (g[x, y - 1] + g[x, y + 1] + g[x - 1, y] + g[x + 1, y] + g[x, y]) // 5
    return sum(g.cells)


def both(g, n):
    t = 0
    for i in range(n):
        g[i] = g[i % 3, 1] + 1
        t += g[i]
    return t


def swap3(a, b, c, d):
    return d, c, b, a


def rotated(n):
    a, b, c, d = 1, 2.5, "x", None
    for i in range(n):
        a, b, c, d = swap3(a, b, c, d)
    return a, b, c, d


def bounds(x, w):
    return x - w, x + w


def widths(n):
    t = 0
    for i in range(n):
        lo, hi = bounds(i, 3)
        t += hi * lo
    return t


class Mortal:
    def __init__(self, name): self.name = name
    def __repr__(self): return "Mortal " + self.name
    def __del__(self): SEEN.append("del " + self.name)
    def __add__(self, other):
        SEEN.append("add")
        return self


class Pairs:
    def __getitem__(self, at):
        a, b = at
        return a + b


def dying(p, make, n):
    r = None
    for i in range(n):
        r = p[make(i), make(i + 1)]
        if i == AT:
            SEEN.append("after")
    return r


def number(i):
    return i


def asks(c, n):
    t = 0
    for i in range(n):
        t += c[i & 1, 0]
    return t


SEEN = []
HELD = []
HOLD = False
AT = -1


def train():
    for _ in range(15):
        show(smooth, Grid(12, 12), 12, 12)
        show(smooth, Either(12, 12), 12, 12)
        show(both, Either(12, 12), 100)
        show(rotated, 301)
        show(widths, 300)
        show(dying, Pairs(), number, 200)
        c = Curious(0)
        c.w = 2
        show(asks, c, 200)


class Odd(tuple):
    def __iter__(self): return iter((7, 8))


def test():
    global AT, HOLD
    train()
    for g in (Grid(4, 4), Either(4, 4)):
        trace(smooth, g, 5, 5)
        g.cells[5] = 2**70
        trace(smooth, g, 4, 4)
        g.cells[5] = "s"
        trace(smooth, g, 4, 4)
        g.w = 1.5
        trace(smooth, g, 4, 4)
        del g.w
        trace(smooth, g, 4, 4)
    show(both, Either(2, 2), 9)
    show(both, Grid(4, 4), 9)
    for a in (2**63, 1.5, True):
        show(bounds, a, 3)
    show(widths, 3)
    AT = 1
    show(dying, Pairs(), lambda i: Mortal(str(i)), 3)
    show(dying, Pairs(), lambda i: Mortal(str(i)) if i < 2 else "s", 3)
    print(SEEN)
    SEEN.clear()
    AT = -1
    show(asks, Curious(0), 3)
    HOLD = True
    show(asks, Curious(0), 2)
    print(SEEN)
    print([sorted((k, v) for k, v in f.f_locals.items() if k != "self") for f in HELD])
    print([f.f_lineno - f.f_code.co_firstlineno for f in HELD], [f.f_back.f_code.co_name if f.f_back else None for f in HELD])
    HELD.clear()
    g = Grid(3, 3)
    for key in (Odd((1, 2)), [1, 1], (1,), (0, 0, 0), 3, "ab", {0: 1, 1: 2}):
        trace(Grid.__getitem__, g, key)
        trace(Either.__getitem__, g, key)
    gc.collect()


main(train, test)
