"""Branches on objects: __bool__ and __len__ that answer, change their mind, or raise, in if, while, and, or, not, any."""
from support import main, show, trace


class Count:
    """True n times, then False."""
    def __init__(self, n): self.n = n
    def __bool__(self):
        self.n -= 1
        return self.n >= 0


class BadBool:
    def __bool__(self): return "yes"


class RaisingBool:
    def __bool__(self): raise OverflowError("bool")


class LenBool:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n


def branch(x):
    if x:
        return 1
    return 0


def loop(x, limit):
    n = 0
    while x:
        n += 1
        if n == limit:
            break
    return n


def countdown(x):
    n = 0
    while x:
        x = x - 1
        n += 1
    return n


def negate(x):
    return not x, not not x


def mixed(values):
    out = []
    for v in values:
        if v and not (v is None):
            out.append(1)
        elif not v:
            out.append(0)
    return out


def drain(lst):
    n = 0
    while lst:
        lst.pop()
        n += 1
    return n


def first_true(values):
    for v in values:
        if v or v is values:
            return v
    return "nothing"


def train():
    t = 0
    for i in range(2500):
        t += branch(i) + loop(i % 2, 5) + countdown(5) + negate(i)[0] + len(mixed([1, 0, 2])) + drain([1, 2, 3]) + first_true([0, 0, 3])
        t += branch(i > 5) + branch([1]) + branch("") + branch(None)
    print(t)


def test():
    vals = [0, 1, -1, 2**64, 0.0, -0.0, float("nan"), "", "a", b"", (), (0,), [], {}, {1}, None, True, False, Count(1), Count(0), BadBool(),
            RaisingBool(), LenBool(0), LenBool(7), LenBool(-1), LenBool(2**65), LenBool("x"), NotImplemented, ..., 0j, range(0), object, branch]
    for v in vals:
        show(branch, v)
        show(loop, v, 3)
        show(negate, v)
        show(mixed, [v])
    show(loop, Count(5), 100)
    show(mixed, [Count(1), Count(3), 1.5])
    for v in (3.0, 2.5 - 0.5, True, 0):
        show(countdown, v)
    trace(countdown, "x")
    trace(countdown, [1])
    trace(branch, BadBool())
    trace(branch, RaisingBool())
    trace(loop, RaisingBool(), 2)
    trace(negate, BadBool())
    trace(mixed, [1, RaisingBool()])
    show(drain, {1, 2})
    show(drain, {})
    trace(drain, {1: 2})
    trace(drain, 5)
    show(first_true, [0, "", Count(1)][:2])
    show(first_true, (0, 2.5))
    trace(first_true, [0, BadBool()])


main(train, test)
