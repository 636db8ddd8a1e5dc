"""Items of bytes and bytearrays: out of range, negative, wrong values, other classes, and buffers that are exported."""
from support import main, show, trace


class Sub(bytes):
    def __getitem__(self, i): return 7


class SubArray(bytearray):
    def __getitem__(self, i): return 7
    def __setitem__(self, i, v): super().__setitem__(i, (v + 1) & 255)


def total(b, n):
    t = 0
    for i in range(n):
        t += b[i]
    return t


def picked(b, indexes):
    t = 0
    for i in indexes:
        t += b[i]
    return t


def fill(b, n, v):
    for i in range(n):
        b[i] = v + i
    return b


def rotate(b):
    first = b[0]
    for i in range(len(b) - 1):
        b[i] = b[i + 1]
    b[-1] = first
    return b


def crc(data):
    c = 0xffffffff
    for i in range(len(data)):
        c ^= data[i]
        for _ in range(8):
            c = (c >> 1) ^ (0xedb88320 if c & 1 else 0)
    return c ^ 0xffffffff


def train():
    data = bytes(range(200))
    indexes = list(range(-50, 100))
    for i in range(300):
        picked(data, indexes)
        total(data, 200), total(bytearray(data), 200)
        fill(bytearray(100), 100, i % 100), rotate(bytearray(data))
    print(crc(data), total(data, 200))


def test():
    for b in (b"abc", bytearray(b"abc"), Sub(b"abc"), SubArray(b"abc"), memoryview(b"abc"), [1, 2.5, None], "abc", (1, 2, 3), {0: 1, 1: 2, 2: 3}):
        show(total, b, 3)
        show(total, b, 4)
        show(total, b, -1)
        show(fill, b, 3, 5)
        show(fill, b, 3, 254)
        show(fill, b, 1, -1)
        show(fill, b, 1, 2.5)
        show(fill, b, 1, True)
        show(fill, b, 1, 10**30)
        show(fill, b, 5, 0)
    for b in (b"abc", bytearray(b"abc"), Sub(b"abc"), [1, 2, 3], {1: 2}):
        for indexes in ([0, 1, 2], [-1, -3], [1, 3], [-4], [2**40], [10**30], [True], [1.0], [None]):
            show(picked, b, indexes)
    for b in (bytearray(), bytearray(b"x"), bytearray(b"xy"), [3, 4], b"xy"):
        show(rotate, b)
    trace(total, b"ab", 3)
    trace(fill, bytearray(b"ab"), 2, 255)
    b = bytearray(b"hello")
    view = memoryview(b)
    show(fill, b, 5, 60)
    print(view.tobytes())
    b2 = bytearray(b"0123456789")
    del b2[:4]  # the contents begin behind the allocation
    show(total, b2, 6)
    show(fill, b2, 6, 1)
    show(crc, b"")
    show(crc, bytearray(b"123456789"))
    show(crc, b"123456789")
    show(crc, [1, 2, 3])


main(train, test)
