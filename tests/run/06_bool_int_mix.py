"""bool where int was seen and the other way round; results must keep their exact type."""
from support import PlainInt, cross, main, show


def logic(a, b):
    return a and b, a or b, not a


def arith(a, b):
    return a + b, a * b, a & b, a | b, a ^ b, a - b


def tally(flags):
    n = 0
    for f in flags:
        n += f
    return n


def invert_all(flags):
    out = []
    for f in flags:
        out.append(not f)
    return out


def select(flag, x, y):
    return x if flag else y


def count_true(values):
    n = 0
    for v in values:
        if v:
            n += 1
        if v is True:
            n += 100
        if v == 1:
            n += 10000
    return n


def often(flag, n):
    """Little else than the test, so that samples meet it."""
    k = 0
    for _ in range(n):
        if flag:
            k += 1
        if flag:
            k += 1
    return k


def train():
    t = often(True, 300000) + often(False, 300000)
    flags = [i % 3 == 0 for i in range(300)]
    for i in range(120):
        t += tally(flags) + len(invert_all(flags)) + count_true(flags)
    for i in range(9000):
        t += select(i > 5, i, 2) + logic(i > 3, i < 9)[2] + arith(i > 3, i < 9)[0]
    print(t)


class Falsy:
    def __bool__(self): return False


class Sized:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n


class Broken:
    def __bool__(self): return 1


def test():
    values = [True, False, 0, 1, 2, 0.0, -0.0, 1.5, float("nan"), PlainInt(0), 2**64]
    cross(arith, values, values[:6])
    for a in values + ["", "x", None, [], (), {}, Falsy(), Sized(0), Sized(3), Broken(), Sized(-1)]:
        show(select, a, "yes", "no")
        show(often, a, 3)
        try:
            r = logic(a, 7)
            print([type(x).__name__ for x in r], r[2])
        except Exception as e:
            print(type(e).__name__, e)
    show(tally, [True, 1, 2**62, 2**62, 2**62, 1.5, False])
    show(tally, [True, None])
    show(tally, [0.0, -0.0])
    show(invert_all, [True, 0, 2, "", "x", None, Falsy(), Sized(0)])
    show(invert_all, [True, Broken()])
    show(count_true, [True, 1, 1.0, 0, PlainInt(1), "1", Falsy(), None])


main(train, test)
