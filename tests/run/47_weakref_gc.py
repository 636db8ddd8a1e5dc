"""weakref callbacks and the collector: order, what is alive when, collections forced in the middle of hot loops."""
import gc
import sys
import weakref
from support import main, show

LOG = []


class N:
    def __init__(self, v):
        self.v = v
        self.next = None


class Fin:
    def __init__(self, name): self.name = name
    def __del__(self): LOG.append(f"del {self.name}")


def watch(o, name):
    return weakref.ref(o, lambda r: LOG.append(f"gone {name}"))


def build(n):
    head = None
    for i in range(n):
        x = N(i)
        x.next = head
        head = x
    return head


def total(head):
    t = 0
    while head is not None:
        t += head.v
        head = head.next
    return t


def cycles(n, collect):
    t = 0
    for i in range(n):
        a = N(i)
        b = N(i)
        a.next, b.next = b, a
        if collect and i % collect == 0:
            gc.collect()
        t += a.v + b.next.v
    return t


def lifetime(make, n):
    refs = []
    for i in range(n):
        o = make(i)
        refs.append(watch(o, i))
        LOG.append(f"made {i}")
    LOG.append("loop over")
    o = None
    LOG.append("dropped")
    return [r() for r in refs]


def alive(r, o):
    a = r() is o
    p = o
    del o
    b = r() is not None
    p = None
    return a, b, r() is None


def alloc_in_loop(n):
    out = []
    for i in range(n):
        out.append([i, (i, [i])])
    return len(out)


def float_cells(n):
    x = 0.0
    keep = []
    for i in range(n):
        keep.append((x, [x]))
        x += 1.0
        if i % 50 == 0:
            gc.collect(0)
    return keep[-1], x


def counted(make):
    o = make()
    keep = [o]
    return sys.getrefcount(o), sys.getrefcount(keep)


def train():
    t = 0
    for i in range(120):
        t += total(build(30)) + cycles(20, 0) + len(lifetime(N, 5)) + alloc_in_loop(20) + int(float_cells(5)[1])
        o = N(1)
        alive(weakref.ref(o), o)
        counted(list)
        del o
        LOG.clear()
    print(t)


def test():
    print(lifetime(N, 3), LOG)
    LOG.clear()
    print(lifetime(Fin, 3), LOG)
    LOG.clear()
    gc.collect()
    show(cycles, 10, 3)
    show(cycles, 2.5, 1)
    show(total, build(5))
    h = build(3)
    h.v, h.next.v = 2**63 - 1, 0.5
    show(total, h)
    h.next = weakref.proxy(h.next)
    try:
        print(total(h))
    except ReferenceError as e:
        print(e)

    class Cyc:
        def __init__(self, name): self.name, self.me = name, self
        def __del__(self): LOG.append(f"cyc {self.name}")
    gc.collect()
    gc.disable()
    print(lifetime(Cyc, 1)[0] is not None, LOG)
    LOG.clear()
    gc.collect()
    print(LOG)
    LOG.clear()
    gc.enable()

    def callback(phase, info):
        if phase == "start":
            LOG.append("gc")
    gc.callbacks.append(callback)
    threshold = gc.get_threshold()
    gc.set_threshold(5)
    print(alloc_in_loop(400), "gc" in LOG, float_cells(120))
    gc.set_threshold(*threshold)
    gc.callbacks.remove(callback)
    LOG.clear()

    def hostile(phase, info):
        """Arbitrary Python inside an allocation."""
        N.v = property(lambda self: 1000)
    gc.callbacks.append(hostile)
    h = build(4)
    gc.collect()
    gc.callbacks.remove(hostile)
    show(total, h)
    del N.v
    show(total, h)
    o = N(5)
    r = watch(o, "o")
    print(alive(r, o), LOG)
    del o
    print(r(), LOG)
    show(counted, list)
    show(counted, lambda: o if False else N(1))


main(train, test)
