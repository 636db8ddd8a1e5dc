"""array.array items of every typecode, in and out of range, fitting and not."""
from array import array
from support import main, show, trace


def total(a, n):
    t = 0.0
    for i in range(n):
        t += a[i] * 2.0
    return t


def scale(a, n):
    for i in range(n):
        a[i] = a[i] * 0.5
    return a


def count(a, n):
    t = 0
    for i in range(n):
        t += a[i]
    return t


def bump(a, n):
    for i in range(n):
        a[i] = a[i] + 1
    return a


def sparse(y, row, col, val, x):
    for r in range(len(y)):
        s = 0.0
        for i in range(row[r], row[r + 1]):
            s += x[col[i]] * val[i]
        y[r] = s
    return y


def fill(a, n, v):
    for i in range(n):
        a[i] = v * 0.5
    return a


def put(a, i, v):
    a[i] = v
    return a


def get(a, i):
    v = a[i]
    return v


class Sub(array):
    def __getitem__(self, i): return 1000 + i


def train():
    for _ in range(30):
        total(array("d", range(300)), 300)
        fill(array("d", range(300)), 300, 1.5)
        scale(array("d", range(300)), 300)
        count(array("i", range(300)), 300)
        bump(array("l", range(300)), 300)
    for _ in range(40):
        sparse(array("d", [0]) * 20, array("i", range(0, 105, 5)), array("i", range(100)), array("d", range(100)),
               array("d", range(100)))
    a = array("d", range(10))
    b = array("i", range(10))
    for i in range(3000):
        put(b, i % 10, i)
        get(a, i % 10)
    show(total, array("d", range(30)), 30)
    show(count, array("i", range(30)), 30)


def test():
    train()
    for code in "bBhHiIlLqQfdu":
        a = array(code, "abc") if code == "u" else array(code, [1, 2, 3])
        for f in (total, scale, count, bump):
            show(f, a, 3)
            show(f, a, -1)
            trace(f, a, 4)
        show(get, a, -1)
        show(get, a, -4)
        show(get, a, 2**63)
        show(get, a, True)
        show(get, a, "0")
        show(get, a, slice(1, 2))
        for v in (0, -1, 127, 128, 255, 256, 2**15, 2**16, -2**15 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63,
                  2**64, 1.5, float("nan"), 1e300, True, None, "x"):
            show(put, a, -1, v)
    show(put, array("i"), 0, 1)
    for a in (array("d", [1, 2]), array("f", [1, 2]), array("i", [1, 2]), [1, 2], bytearray(2)):
        for v in (3.5, float("inf"), 7, "x"):
            show(fill, a, 2, v)
            show(fill, a, 3, v)
    for a in ([1, 2, 3], (1, 2, 3), b"abc", bytearray(b"abc"), Sub("d", [1, 2, 3]), {0: 1, 1: 2, 2: 3}, range(3), None):
        show(total, a, 3)
        show(count, a, 3)
        show(get, a, 1)
        show(put, a, 1, 7)
    a = array("d", [1, 2, 3])
    with memoryview(a):
        show(scale, a, 3)
    trace(sparse, array("d", [0, 0]), array("i", [0, 1]), array("i", [0]), array("d", [1]), array("d", [1]))
    trace(sparse, array("d", [0]), array("i", [0, 1]), array("i", [7]), array("d", [1]), array("d", [1]))
    trace(sparse, [0], [0, 1], [0], [2], [3])


main(train, test)
