"""Integer + - * and unary operators, trained on small ints; the test brings every edge and foreign type."""
from support import FLOATS, INTS, MyFloat, MyInt, PlainInt, cross, main, show


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def neg(a):
    return -a


def pos(a):
    return +a


def poly(x, n):
    total = 0
    for i in range(n):
        total = total + x * i - (i + 3) * (x - 1) + -i
    return total


def train():
    s = 0
    for i in range(12000):
        s += add(i, 3) + sub(i, 5) + mul(i, 7) + neg(i) + pos(i)
    for i in range(800):
        s += poly(i, 40)
    print(s)


def test():
    odd = [True, 1.5, "ab", None, [1], (2,), b"x", 2j, MyInt(4), PlainInt(5), MyFloat(0.5)]
    for f in (add, sub, mul):
        cross(f, INTS, INTS)
        cross(f, [3, 2**62], odd + FLOATS)
        cross(f, odd, [3, 2**62, True])
    for v in INTS + FLOATS + odd:
        show(neg, v)
        show(pos, v)
    for x in INTS + [1.5, True, MyInt(3), PlainInt(9), "s", None]:
        show(poly, x, 5)
    show(poly, 3, True)
    show(poly, 3, 2.0)
    show(poly, 3, MyInt(3))


main(train, test)
