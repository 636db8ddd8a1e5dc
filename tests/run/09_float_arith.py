"""Float arithmetic: -0.0, nan, inf, division by zero, results bit for bit."""
import struct
from support import FLOATS, MyFloat, PlainFloat, cross, main, show, trace


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def div(a, b):
    return a / b


def floordiv(a, b):
    return a // b


def mod(a, b):
    return a % b


def power(a, b):
    return a ** b


def neg(a):
    return -a


def horner(x, coefficients):
    r = 0.0
    for c in coefficients:
        r = r * x + c
    return r


def norm(x, y, z):
    return (x * x + y * y + z * z) ** 0.5 / (x - y * 2.0 + 1.0)


def bits(x):
    return struct.pack(">d", x).hex()


def train():
    t = 0.0
    co = [0.5, 1.25, -3.0, 2.0, 0.125] * 4
    for i in range(7000):
        x = i * 0.25
        t += add(x, 1.5) + sub(x, 0.5) + mul(x, 2.0) + div(x, 3.0) + floordiv(x, 2.0) + mod(x, 3.0) + neg(x)
        t += power(x, 2.0) + norm(x, 1.3, 2.0)
    for i in range(300):
        t += horner(i / 300.0, co)
    print(repr(t))


def test():
    odd = [3, -3, 0, True, 2**53 + 1, 2**1100, None, "x", 1j, MyFloat(2.0), PlainFloat(2.0)]
    for f in (add, sub, mul, div, floordiv, mod):
        for a in FLOATS:
            for b in FLOATS:
                try:
                    print(bits(f(a, b)), end=" ")
                except Exception as e:
                    print(type(e).__name__, e, end=" ")
            print()
        cross(f, [1.5, -0.0], odd)
        cross(f, odd, [1.5, 0.0])
    cross(power, [2.0, -2.0, 0.0, -0.0, 1e300], [0.0, 0.5, -1.0, 2, 3, float("nan"), 1e5, -1])
    for v in FLOATS + odd:
        show(neg, v)
    for x in (1.0, 2, float("inf"), -0.0, 10**10, True, "x"):
        show(horner, x, [1.0, 2, -3.5, True])
    show(horner, 1e200, [1e200, 1e200, 1e200])
    show(norm, 0.0, 0.5, 0.0)
    show(norm, -1.0, 0.0, 0.0)
    show(norm, 3, 4, 12)
    show(norm, 1e200, 1e200, 0.0)
    trace(div, 1.0, 0.0)
    trace(mod, 1.0, 0.0)
    trace(norm, -1.0, 0.0, None)


main(train, test)
