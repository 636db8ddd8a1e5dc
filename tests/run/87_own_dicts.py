"""Attributes of objects that have a dict of their own (more attributes than the first instances had, a __dict__ that was looked
at, copies), of modules and of classes.  The test: another order of the names, other dicts, deleted and shadowing attributes,
properties, hooks, rebound module globals, changed classes."""
import copy
import math
import sys
import types
from support import main, show


class Square:
    """What __init__ sets is in the inline values; the rest comes when too many instances exist."""

    def __init__(self, pos):
        self.pos = pos
        self.stamp = 0

    def __repr__(self):
        return type(self).__name__

    def link(self, others):
        self.near = others
        self.color = "empty"
        self.weight = 0.5
        self.count = 0
        self.root = self

    def find(self):
        root = self.root
        if root.pos != self.pos:
            root = root.find()
        return root

    def move(self, color):
        self.color = color
        for n in self.near:
            if n.color == color:
                n.count += 1
                n.weight = n.weight * 0.5 + 1.0
                n.find().stamp += 1
            else:
                n.tag = color
        return self.count


class Level:
    LOW = 1
    HIGH = 2.5
    names = ["low", "high"]


space = types.ModuleType("space")
space.rate = 0.5
space.table = {"a": 1}


def levels(k):
    s = Level.LOW * k + Level.HIGH
    if len(Level.names) > k:
        s += space.rate
    return s + len(space.table) + math.pi


def through(o):
    return o.rate * 2.0


def keep(o, out):
    out.append(o.weight)
    o.weight = o.weight * 0.5
    out.append(o.weight)
    return out


def facts(s):
    return (s.pos, s.stamp, s.color, s.weight, s.count, getattr(s, "tag", None), s.root is s)


def board(n):
    squares = [Square(k) for k in range(n)]
    for k, s in enumerate(squares):
        s.link(squares[max(0, k - 2):k + 2])
    return squares


def train():
    squares = board(60)
    total = 0
    for turn in range(60):
        for s in squares:
            total += s.move("black" if (s.pos + turn) % 3 else "white")
            keep(s, [])
            total += levels(turn & 1) + through(space)
    print(repr(total), [facts(s) for s in squares[:3]])


class Prop:
    log = []
    near = ()
    weight = 3.0

    def __init__(self):
        self.pos, self.stamp, self._color = 1, 0, "none"

    @property
    def color(self):
        self.log.append("get")
        return self._color

    @color.setter
    def color(self, c):
        self.log.append(c)
        self._color = c

    count = 7
    move, find = Square.move, Square.find


class Hook(Square):
    def __getattr__(self, name):
        if name in ("count", "near", "root"):
            return {"count": 40, "near": [], "root": self}[name]
        raise AttributeError("no " + name)


class Setter(Square):
    def __setattr__(self, name, v):
        object.__setattr__(self, name, (name, v) if name == "tag" else v)


def orders():
    a = Square(1)
    a.root, a.count, a.weight, a.color, a.near = a, 5, 2.0, "white", []
    b = copy.copy(a)
    b.near = [a, b]
    c = Square.__new__(Square)
    c.__dict__ = dict(a.__dict__, near=[a, b, c])
    d = Square.__new__(Square)
    vars(d).update(near=[c, b, a, d], color=1, weight=1, count=2**62, root=d, stamp=2**70, pos=9)
    for s in a, b, c, d:
        for color in "white", 1, "black", 1:
            show(s.move, color)
            print([facts(x) for x in (a, b, c, d)], [list(vars(x)) for x in (a, b, c, d)])


def shared_numbers():
    a, b = board(2)
    vars(a), vars(b)
    a.weight = b.weight = held = 1.25
    print(keep(a, []), b.weight, held, keep(b, [held]))
    for w in (3, True, 2**80, "s", None, float("nan"), [1]):
        a.weight = w
        show(keep, a, [])
        show(a.move, "empty")


def gone():
    for name in ("color", "count", "weight", "near", "root", "pos"):
        a, b = board(2)
        delattr(b, name)
        show(a.move, "empty")
        show(b.move, "empty")
        b.__dict__.clear()
        show(b.move, "empty")
        b.__dict__ = {}
        show(b.find)
        b.__dict__.update({3: 4, "root": a, "pos": 1})
        show(b.find)
        print(list(b.__dict__))


def shadows():
    a, b = board(2)
    a.find = lambda: b
    show(b.move, "empty")
    vars(a)["move"] = 5
    show(lambda: a.move("x"))
    del a.find
    show(b.move, "empty")
    print(facts(a), facts(b))


def others():
    for s in Prop(), Hook(3), Setter(4):
        if isinstance(s, Setter):
            s.link([s])
        show(s.move, "black")
        show(s.move, "white")
        print(list(vars(s).items())[:3] if not isinstance(s, Setter) else (facts(s), s.count))
    print(Prop.log)


def named():
    for change in (lambda: setattr(Level, "LOW", 2), lambda: setattr(Level, "HIGH", 3), lambda: setattr(space, "rate", 2),
                   lambda: setattr(space, "extra", 1), lambda: delattr(Level, "names"), lambda: setattr(Level, "names", "abc"),
                   lambda: setattr(space, "__getattr__", lambda n: {n: n}), lambda: delattr(space, "table"),
                   lambda: space.__dict__.clear(), lambda: space.__dict__.update(rate=1.5, table=[]),
                   lambda: space.__dict__.update({1: 2}), lambda: globals().update(Level=types.SimpleNamespace(LOW=1, HIGH=2, names=())),
                   lambda: globals().update(space=Level), lambda: globals().update(math=types.SimpleNamespace(pi=3))):
        change()
        show(levels, 0)
        show(levels, 1)
        show(through, space)
    for o in Level, space, sys, type("K", (), {"rate": 0.25}), type("K", (), {"rate": 0.25})(), 5, object():
        show(through, o)


def test():
    train()
    orders()
    shared_numbers()
    gone()
    shadows()
    others()
    named()


main(train, test)
