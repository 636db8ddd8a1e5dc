"""The math module's functions on floats in training; the test: domain errors, overflow, nan, infinities, ints, huge ints, rebinding."""
import math
from math import (acos, asin, atan, atan2, ceil, copysign, cos, cosh, degrees, exp, expm1, fabs, floor, fmod, isfinite, isinf,
                  isnan, log, log1p, log2, log10, pow, radians, sin, sinh, sqrt, tan, tanh, trunc)
from support import INTS, MyFloat, main, show, trace


def waves(x):
    return sin(x) * cos(x) + tan(x) * 0.5


def inverse(x):
    return asin(x) + acos(x) - atan(x)


def hyper(x):
    return sinh(x), cosh(x), tanh(x)


def growth(x):
    return exp(x), expm1(x)


def logs(x):
    return log(x), log2(x), log10(x), log1p(x)


def root(x):
    return sqrt(x)


def angles(x):
    return degrees(x), radians(x), fabs(x)


def whole(x):
    return floor(x), ceil(x), trunc(x)


def kind(x):
    return isnan(x), isinf(x), isfinite(x)


def both(x, y):
    return pow(x, y), atan2(x, y), fmod(x, y), copysign(x, y)


def power(x, y):
    return math.pow(x, y)


def arc(y, x):
    return math.atan2(y, x)


def rest(x, y):
    return math.fmod(x, y)


def length(x, y):
    return math.sqrt(x * x + y * y)


def constants():
    two = 2.0
    return sin(0.5), exp(1.0), log(10.0), pow(0.1, two), pow(two, 0.5), tan(22.0), cos(1e22)


class Wave:
    def __init__(self, x):
        self.x = x

    def step(self):
        self.x = math.sin(self.x) + math.floor(self.x)
        return self.x


ONE = [waves, inverse, hyper, growth, logs, root, angles, whole, kind]
TWO = [both, power, arc, rest, length]
SPECIAL = [0.0, -0.0, 0.3, -0.3, 1.0, -1.0, 1.5, 709.0, 710.0, -745.5, 711.0, 1e308, -1e308, 5e-324, 0.1 + 0.2, 4.9e15, 9.3e18,
           -9.3e18, 1e22, math.inf, -math.inf, math.nan, 1, 0, -1, 2**53 + 1, 10**400, True, None, "1", 1j, MyFloat(0.5)]


def train():
    t = 0.0
    for i in range(1500):
        x = i % 100 / 101.0 + 0.001
        for f in ONE:
            f(x)
        for g in TWO:
            g(x, 0.7)
        t += waves(x) + root(x) + length(x, 1.0) + whole(x * 3)[0]
    constants()
    w = Wave(0.5)
    for i in range(3000):
        t += w.step()
    print(repr(t))


class Floor:
    def __floor__(self): return "floor"
    def __ceil__(self): return "ceil"
    def __trunc__(self): return "trunc"
    def __float__(self): return 0.25


def test():
    global sin, sqrt, floor
    for f in ONE:
        for x in SPECIAL + INTS + [Floor()]:
            print("x" if isinstance(x, Floor) else repr(x)[:24], end=" ")
            show(f, x)
    for g in TWO:
        for x in SPECIAL:
            for y in SPECIAL:
                print(repr(x)[:24], repr(y)[:24], end=" ")
                show(g, x, y)
    print(constants())
    trace(root, -1.0)
    trace(growth, 1000.0)
    trace(logs, 0.0)
    trace(length, 1e200, "x")
    w = Wave(math.inf)
    trace(w.step)
    sin = math.cos
    show(waves, 0.5)
    sin = lambda x: 100.0
    show(waves, 0.5)
    sqrt = math
    trace(root, 2.0)
    floor = abs
    show(whole, -2.5)
    keep = math.sin
    w = Wave(0.5)
    math.sin = lambda x: x + 1.0
    show(w.step)
    math.sin = keep
    show(w.step)
    del math.floor
    trace(w.step)


main(train, test)
