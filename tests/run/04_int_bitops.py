"""& | ^ ~ << >>: shift counts that are negative or huge, results that no longer fit."""
from support import INTS, MyInt, PlainInt, cross, main, show


def band(a, b):
    return a & b


def bor(a, b):
    return a | b


def bxor(a, b):
    return a ^ b


def shl(a, b):
    return a << b


def shr(a, b):
    return a >> b


def inv(a):
    return ~a


def popcount(n):
    c = 0
    while n:
        n &= n - 1
        c += 1
    return c


def xorshift(x, n):
    for _ in range(n):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
    return x


def crc(data):
    c = 0xFFFFFFFF
    for byte in data:
        c ^= byte
        for _ in range(8):
            if c & 1:
                c = (c >> 1) ^ 0xEDB88320
            else:
                c >>= 1
    return c ^ 0xFFFFFFFF


def train():
    t = 0
    for i in range(9000):
        t += band(i, 255) + bor(i, 3) + bxor(i, 77) + shl(i, 3) + shr(i, 2) + inv(i) + popcount(i)
    for i in range(30):
        t ^= xorshift(i + 1, 40) ^ crc(b"hello, world %d" % i)
    print(t)


def test():
    for f in (band, bor, bxor):
        cross(f, INTS, [0, 1, -1, 2**31, 2**63 - 1, 2**64, -2**70, True])
        cross(f, [True, False, 6], [True, False, 5, 1.0, None, {1}, MyInt(3), PlainInt(3)])
    cross(bor, [{1}, {"a": 1}], [{2}, {"b": 2}, 3])
    cross(shl, [0, 1, -1, 5, 2**30, 2**62, -2**62], [0, 1, 2, 30, 31, 33, 61, 62, 63, 64, 65, 200, -1, True, 1.0])
    cross(shr, INTS, [0, 1, 29, 30, 62, 63, 64, 65, 2**64, -1, True, "x"])
    for v in INTS + [True, False, 1.5, "s", MyInt(1)]:
        show(inv, v)
    for v in (0, -1 + 2**64, 2**200 - 1, True, 1.5):
        show(popcount, v)
    show(xorshift, 2**40, 5)
    show(xorshift, 2.5, 1)
    show(crc, bytearray(b"abc"))
    show(crc, [1, 2, 2**40])
    show(crc, "abc")
    show(crc, [True, False])


main(train, test)
