"""Walrus, conditional expressions, and/or chains, chained comparisons, in, is, assert, augmented assignment forms."""
from support import main, show, trace


class Side:
    log = []
    def __init__(self, v): self.v = v
    def __lt__(self, o): Side.log.append(f"{self.v}<{o.v}"); return Side(self.v < o.v)
    def __bool__(self): Side.log.append(f"bool {self.v}"); return bool(self.v)
    def __eq__(self, o): Side.log.append(f"{self.v}=="); return NotImplemented
    def __contains__(self, x): Side.log.append(f"in {self.v}"); return self.v


class Mat:
    def __matmul__(self, o): return "matmul"
    def __rmatmul__(self, o): return "rmatmul"
    def __imatmul__(self, o): return "imatmul"


def chain(a, b, c):
    return a < b < c, not (a < b < c), (a < b) == (b < c)


def boolean(a, b, c):
    if a and b or c:
        r = 1
    elif not (a or b) and not c:
        r = 2
    else:
        r = 3
    return r, a and b and c, a or b or c, (a and b) or (not c and a)


def ternary(x):
    return "neg" if x < 0 else "zero" if x == 0 else "pos"


def membership(x, seq):
    return x in seq, x not in seq


def identity(a, b):
    if a is None or b is not None and a is not b:
        return 1
    return 2


def walrus(values):
    out = []
    i = 0
    while (n := len(values) - i) > 0 and (v := values[i]) != 9:
        out.append((n, v))
        i += 1
    return out


def augmented(a, b):
    a += b
    a -= b
    a *= b
    a |= b
    a &= b
    a ^= b
    a <<= b
    a >>= b
    a **= b
    a //= b
    a %= 1000
    return a


def aug_true(a, b):
    a /= b
    return a


def aug_targets(lst, d, o):
    lst[0] += 1
    d["k"] *= 2
    o.v -= 3
    lst[1:] += [5]
    return lst, d, o.v


def matmul(a, b):
    c = a @ b
    a @= b
    return c, a


def asserting(x):
    assert x
    assert x > 0, ("message", x)
    return x


def train():
    t = 0
    s = Side(5)
    for i in range(3000):
        t += chain(i, 5, 9)[0] + boolean(i, 2, 0)[0] + len(ternary(i)) + membership(i, (1, 2, 3))[0] + identity(i, None)
        t += augmented(i + 1, 2) + int(aug_true(i, 4)) + asserting(i + 1) + len(walrus([1, 2, 9]))
        aug_targets([1, 2], {"k": 3}, s)
        s.v = 0
    print(t)


def test():
    for a in (1, 2.5, "a", True, None):
        for b in (2, "b", 0.5, float("nan")):
            show(chain, a, b, 3)
            show(boolean, a, b, "")
            show(identity, a, b)
    Side.log.clear()
    r = chain(Side(1), Side(2), Side(3))
    print(Side.log, r[1], type(r[0]).__name__)
    Side.log.clear()
    r = boolean(Side(0), Side(1), Side(0))
    print(Side.log, r[0], r[1].v, r[2].v)
    for x in (0, -0.0, -2**70, 1.5, True, float("nan"), "x"):
        show(ternary, x)
    for x, seq in ((1, [1.0, 2]), (1, {1: 2}), ("a", "abc"), (5, range(0, 10, 5)), (float("nan"), [float("nan")]), (1, 5), ("a", b"abc"),
                   ([], {1}), (Side(1), [Side(2)]), (1, Side(0)), (1, Side([2])), (1, iter([2, 1]))):
        show(membership, x, seq)
    for v in ([1, 2.5, 9], [], "abc", (9,), {0: 1, 1: 9}):
        show(walrus, v)
    for a, b in ((1, 2), (2**62, 2), (3, 0), (True, True), (5, -1), (1.5, 2), (7, 65), ("a", 2), ({1}, {2})):
        show(augmented, a, b)
        show(aug_true, a, b)
    trace(augmented, 5, -1)
    trace(augmented, 5, 0)
    show(aug_targets, [2**63 - 1, 0], {"k": 2**62}, Side(-2**63))
    show(aug_targets, [0.5], {"k": "s"}, Side(True))
    trace(aug_targets, [1], {}, Side(1))
    trace(aug_targets, (1,), {"k": 1}, Side(1))
    show(matmul, Mat(), 5)
    show(matmul, 5, Mat())
    trace(matmul, 5, 6)
    for x in (1, 0, -1, 0.5, "s", None, float("nan")):
        show(asserting, x)


main(train, test)
