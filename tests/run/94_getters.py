"""Properties whose getter is compiled in place: other getters, none, hooks, errors, rebinding in the middle."""
import sys

from support import main, show, trace


class Box:
    def __init__(self, v): self._v = v
    @property
    def v(self): return self._v
    @property
    def twice(self): return self.v * 2
    @property
    def inverse(self): return 1 / self._v
    @property
    def caller(self): return sys._getframe(1).f_lineno - sys._getframe(1).f_code.co_firstlineno
    @property
    def missing(self): return self.nowhere


class Sub(Box):
    @property
    def v(self): return -self._v


class Hooked(Box):
    def __getattr__(self, name): return f"hook {name}"


class Plain:
    v = 5
    twice = 10
    inverse = 0.5


class Slotted:
    __slots__ = ("v",)
    def __init__(self, v): self.v = v


class Lambda:
    v = property(lambda self: 7)


class Odd(property):
    def __get__(self, o, t=None): return 11


class WithOdd:
    @Odd
    def v(self): return 0


class Gone:
    v = property()


def total(boxes):
    t = 0
    for b in boxes:
        t += b.v
    return t


def doubles(boxes):
    return [b.twice for b in boxes]


def inverses(boxes):
    t = 0.0
    for b in boxes:
        t += b.inverse
    return t


def lines(boxes):
    return [
        b.caller
        for b in boxes]


def fails(b):
    x = 1
    y = b.missing
    return x, y


def train():
    boxes = [Box(i + 1) for i in range(100)]
    for _ in range(400):
        total(boxes)
        doubles(boxes)
        inverses(boxes)
    print(total(boxes), doubles(boxes)[:3], round(inverses(boxes), 6), lines(boxes)[:2])


def test():
    boxes = [Box(i + 1) for i in range(5)]
    for other in (Sub(3), Hooked(4), Plain(), Slotted(8), Lambda(), WithOdd(), Gone(), Box("s"), Box(2.5), Box(10**30), 3):
        show(total, boxes + [other] + boxes)
        show(doubles, [other])
        show(inverses, boxes + [other])
    trace(inverses, boxes + [Box(0)] + boxes)
    trace(fails, Box(1))
    trace(fails, Hooked(1))
    print(lines(boxes))
    box = boxes[0]
    box.__dict__["v"] = 99  # a property comes first
    show(total, boxes)
    Box.v.__init__(lambda self: 1000)  # the same property, another function
    show(total, boxes)
    Box.v.__init__(len)
    show(total, boxes)
    Box.v = property(lambda self: 2000)
    show(total, boxes)
    Box.v = 1
    show(total, boxes)
    del Box.v
    show(total, boxes)
    Box.__getattr__ = lambda self, name: 5
    show(total, boxes)


main(train, test)
