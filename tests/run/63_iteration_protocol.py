"""for over everything: __iter__/__next__ in Python, __getitem__ sequences, iterators that raise, lie, or change class."""
from support import main, show, trace


class Up:
    def __init__(self, n): self.i, self.n = 0, n
    def __iter__(self): return self
    def __next__(self):
        if self.i >= self.n:
            raise StopIteration
        self.i += 1
        return self.i


class OldStyle:
    def __init__(self, n): self.n = n
    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError
        return i * 10


class RaisesLate:
    def __iter__(self): return self
    n = 0
    def __next__(self):
        self.n += 1
        if self.n == 3:
            raise KeyError("late")
        return self.n


class NotIter:
    def __iter__(self): return [1, 2]


class IterNone:
    __iter__ = None
    def __getitem__(self, i): return i


class Endless(Up):
    """Goes on after StopIteration."""
    def __next__(self):
        self.i += 1
        if self.i % 3 == 0:
            raise StopIteration
        return self.i


def total(it):
    t = 0
    for x in it:
        t += x
    return t


def with_else(it, stop):
    for x in it:
        if x == stop:
            r = "found"
            break
    else:
        r = "exhausted"
    return r


def nested(a, b):
    t = 0
    for x in a:
        for y in b:
            t += x * y
    return t


def tools(values):
    t = 0
    for i, (a, b) in enumerate(zip(values, values[1:])):
        t += i * a - b
    for x in reversed(values):
        t = t * 2 + x
    for x in sorted(values):
        t += x
    for k in dict.fromkeys(values):
        t -= k
    return t


def midway(o, hook):
    out = []
    for x in o:
        out.append(x)
        if len(out) == 2:
            hook(o)
        if len(out) > 8:
            break
    return out


def twice(it):
    return total(it), total(it)


def nop(o):
    pass


def train():
    t = 0
    lst = list(range(30))
    for i in range(300):
        t += total(lst) + total(tuple(lst)) + total(range(30)) + len(with_else(lst, 20)) + nested(lst[:5], (1, 2, 3)) + tools(lst[:10]) % 7
        t += len(midway(lst, nop)) + total(Up(20)) + total(OldStyle(5))
    print(t)


def test():
    for make in (lambda: Up(4), lambda: OldStyle(4), RaisesLate, NotIter, IterNone, lambda: Endless(9), lambda: {1: 2}, lambda: b"ab",
                 lambda: "ab", lambda: 5, lambda: None, lambda: iter(lambda: 3, 3), lambda: {1: 2}.values(), lambda: map(float, [1, 2]),
                 lambda: [1, 2.5, 2**64], lambda: (True, False), lambda: memoryview(b"abc")):
        show(total, make())
        show(twice, make())
        show(with_else, make(), 2)
        show(nested, make(), [1, 2.5])
        show(nested, (1, 2), make())
    trace(total, RaisesLate())
    trace(total, NotIter())
    trace(total, 5)
    show(tools, [3, 1.5, True, 2**63])
    show(tools, (3, 1))
    trace(tools, [1, "x"])
    trace(tools, [[1], [2]])

    def change_class(o): o.__class__ = Endless
    def patch_next(o): type(o).__next__ = lambda self: (_ for _ in ()).throw(ValueError("patched"))
    def clear(o): o.clear()
    def extend(o): o.extend([7.5, "x"])
    show(midway, Up(5), change_class)
    saved = Up.__next__
    trace(midway, Up(5), patch_next)
    Up.__next__ = saved
    show(midway, Up(5), nop)
    show(midway, [1, 2, 3], clear)
    show(midway, [1, 2], extend)
    it = Endless(0)
    print(list(it), list(it), list(it))
    del Up.__next__
    trace(total, Up(3))


main(train, test)
