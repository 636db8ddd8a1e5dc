"""Objects made by the thousand in compiled loops while the collector runs: what is garbage is found, what is not stays, and
who asked to be told of collections is told."""
import gc
import weakref
from support import main, show


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


class Node:
    def __init__(self, value, other):
        self.value = value
        self.other = other


class Loud(Node):
    ended = 0

    def __del__(self):
        Loud.ended += 1


def points(n):
    made = []
    for i in range(n):
        made.append(Point(i, i * 0.5))
    return sum(p.x for p in made), sum(p.y for p in made)


def chain(n, cls):
    last = None
    for i in range(n):
        last = cls(i, last)
    length = 0
    while last is not None:
        length += 1
        last = last.other
    return length


def rings(n, cls):
    """Garbage that only the collector finds."""
    for i in range(n):
        a = cls(i, None)
        a.other = cls(i, a)
    return a.value


def weak(n):
    gone = []
    for i in range(n):
        a = Node(i, None)
        a.other = a
        if i % 500 == 0:
            gone.append(weakref.ref(a, lambda r: None))
    del a
    gc.collect()
    return [r() for r in gone]


def own_class(n):
    class Mine:
        __slots__ = ("v",)

        def __init__(self, v):
            self.v = v
    made = [Mine(i) for i in range(n)]
    name = Mine.__name__
    del Mine
    more = [type(made[0])(i) for i in range(n)]
    return name, len(made) + len(more), type(more[-1]).__name__, more[-1].v


def told(n):
    phases = []

    def note(phase, info):
        phases.append(phase)
    gc.callbacks.append(note)
    made = points(n)
    gc.callbacks.remove(note)
    return made, phases.count("start") > 0, phases.count("start") == phases.count("stop")


def train():
    show(points, 4000)
    show(chain, 4000, Node)
    show(rings, 2000, Node)
    show(weak, 600)
    show(own_class, 2000)
    show(told, 3000)


def test():
    show(points, 30000)
    show(chain, 3000, Loud)
    show(rings, 3000, Loud)
    gc.collect()
    print(Loud.ended)
    show(weak, 3000)
    show(own_class, 20000)
    show(told, 10000)
    gc.disable()
    show(points, 5000)
    gc.enable()
    gc.set_threshold(50, 2, 2)
    show(points, 5000)
    show(rings, 500, Node)
    gc.freeze()
    show(points, 5000)
    gc.unfreeze()
    print(gc.collect() >= 0, gc.collect())


main(train, test)
