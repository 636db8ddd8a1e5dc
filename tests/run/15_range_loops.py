"""range in every disguise: negative steps, empty, huge bounds, non-ints, a rebound name, a range object reused."""
import builtins
from support import MyInt, PlainInt, main, show, trace

real_range = range


def up(n):
    s = 0
    for i in range(n):
        s += i
    return s, i if n else None


def between(a, b):
    out = 0
    for i in range(a, b):
        out = out * 3 + i & 0xFFFF
    return out


def stepped(a, b, c):
    out = []
    for i in range(a, b, c):
        out.append(i)
    return out


def reassigned(n):
    """The loop variable and the bound are rebound inside: the iteration may not care."""
    seen = []
    for i in range(n):
        seen.append(i)
        i = i * 10
        n = 0
    return seen, i, n


def nested(n):
    c = 0
    for i in range(n):
        for j in range(i):
            for k in range(j, i):
                c += i ^ j ^ k
    return c


def with_break(n, stop):
    for i in range(n):
        if i == stop:
            break
    else:
        return "ran out"
    return i


def over(it):
    t = 0
    for x in it:
        t += x
        if t > 10**20:
            return "big", t
    return t


def train():
    t = 0
    for i in range(1000):
        t += up(20)[0] + between(5, 25) + len(stepped(0, 20, 2)) + len(reassigned(5)[0]) + with_break(20, 10)
        t += over(range(10))
    t += nested(25)
    print(t)


class Index:
    def __index__(self): return 3


def fake_range(*args):
    return iter([100, 200, 2**65])


def test():
    global range
    for n in (0, 1, -5, True, PlainInt(3), MyInt(2), Index(), 1.0, "3", None):
        show(up, n)
    for a, b in ((0, 0), (5, 0), (-3, 3), (2**62, 2**62 + 3), (2**63 - 2, 2**63 + 2), (-2**63 - 2, -2**63 + 1), (2**100, 2**100 + 2)):
        show(between, a, b)
    for a, b, c in ((0, 10, 3), (10, 0, -3), (0, 10, -1), (10, 0, 1), (0, 10, 2**70), (0, -2**70, -2**69),
                    (2**63 - 3, 2**63 + 5, 3), (-2**63, -2**63 + 10**19, 2**62), (0, 5, True), (0, 5, 0), (0, 5, 1.5)):
        show(stepped, a, b, c)
    show(reassigned, 3)
    show(reassigned, Index())
    show(with_break, 5, 3)
    show(with_break, 5, 3.0)
    show(with_break, 5, 9)
    show(nested, 6)
    r = range(2**62, 2**64, 2**62)
    for it in (r, r, iter(range(5)), range(0), [1, 2.5, True], (1, 2**80), {1, 2}, "ab", 5, reversed(range(4)), map(int, "123")):
        show(over, it)
    it = iter(range(6))
    next(it)
    show(over, it)
    show(over, it)
    trace(up, 2.5)
    trace(stepped, 1, 2, 0)
    range = fake_range
    show(up, 5)
    show(stepped, 1, 2, 3)
    del range
    show(up, 3)
    builtins.range = fake_range
    show(up, 5)
    show(nested, 4)
    builtins.range = real_range
    show(up, 5)


main(train, test)
