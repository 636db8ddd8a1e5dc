"""Sites that see one, four, or a dozen types: attributes, methods, operators, iteration and calls."""
from support import main, show, trace


def make_class(k):
    class C:
        def __init__(self, v):
            for i in range(k):
                setattr(self, f"pad{i}", i)
            self.v = v
        def area(self): return self.v * (k + 1)
        def __add__(self, o): return self.v + k
        def __call__(self, x): return x + k
        def __len__(self): return k
    C.__name__ = f"C{k}"
    return C


CLASSES = [make_class(k) for k in range(12)]


class SlotV:
    __slots__ = ("v",)
    def __init__(self, v): self.v = v
    def area(self): return self.v


class PropV:
    def __init__(self, v): self._v = v
    @property
    def v(self): return self._v
    area = property(lambda self: lambda: self._v)


def values(objs):
    t = 0
    for o in objs:
        t += o.v
    return t


def areas(objs):
    t = 0
    for o in objs:
        t += o.area()
    return t


def adds(objs):
    t = 0
    for o in objs:
        t += o + 1
    return t


def calls(fs):
    t = 0
    for f in fs:
        t += f(2)
    return t


def lengths(objs):
    t = 0
    for o in objs:
        t += len(o)
    return t


def stores(objs):
    for o in objs:
        o.v = 3
    return len(objs)


def sums(seqs):
    t = 0
    for s in seqs:
        for x in s:
            t += x
    return t


def train():
    t = 0
    four = [CLASSES[k](k) for k in (0, 1, 2, 3)] * 5
    for i in range(300):
        t += values(four) + areas(four) + adds(four) + calls(four) + lengths(four) + stores(four) + sums([[1, 2], (3, 4), range(3)])
    print(t)


def test():
    objs = [c(i) for i, c in enumerate(CLASSES)]
    for f in (values, areas, adds, calls, lengths, stores):
        show(f, objs)
        show(f, objs[::-1])
    mixed = [SlotV(1), PropV(2), CLASSES[0](0.5), CLASSES[1](2**63), CLASSES[2]("x")]
    for f in (values, areas, adds, lengths, stores):
        for n in range(1, 6):
            show(f, mixed[:n])
    show(calls, [abs, float, lambda x: x * 0.5, CLASSES[3], int.__neg__])
    show(adds, [1, 2.5, CLASSES[1](1), True, 2**64])
    show(lengths, ["ab", [1], {1: 2}, range(2**40), b"x", CLASSES[5](1)])
    show(sums, [[1], (2.5,), {3: 4}, {5}, range(2), iter([2**64]), b"ab"])
    trace(sums, [[1], 5])
    trace(areas, [CLASSES[0](1), 5])
    del objs[4].v
    trace(values, objs)
    CLASSES[0].area = lambda self: 1000
    show(areas, objs[:4])


main(train, test)
