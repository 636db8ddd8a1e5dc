"""Ints meet floats: conversion of huge ints, int/float dispatch in one loop, exactness of 2**53+1."""
import math
from support import cross, main, show, trace


def lerp(a, b, t):
    return a + (b - a) * t


def mean(values):
    s = 0
    for v in values:
        s += v
    return s / len(values)


def variance(values):
    m = mean(values)
    s = 0.0
    for v in values:
        d = v - m
        s += d * d
    return s / (len(values) - 1)


def to_int(x):
    return int(x * 2 + 0.5)


def mandel(cr, ci, limit):
    zr = zi = 0.0
    for n in range(limit):
        rr, ii = zr * zr, zi * zi
        if rr + ii > 4.0:
            return n
        zi = 2 * zr * zi + ci
        zr = rr - ii + cr
    return limit


def train():
    t = 0
    for i in range(9000):
        t += lerp(i, 100, 0.25) + to_int(i / 3)
    vals = list(range(200))
    for i in range(60):
        t += mean(vals) + variance(vals)
    for y in range(12):
        for x in range(20):
            t += mandel(x / 10 - 1.5, y / 6 - 1.0, 30)
    print(repr(t))


def test():
    big = 2**53 + 1
    cross(lambda a, b: lerp(a, b, 1), [0, big, 1.5, 2**63], [1, 2.5, big, -2**63])
    cross(lambda a, b: lerp(a, b, 0.1), [0, big, 10**308, True], [1, 2.5, 10**309])
    trace(lerp, 0, 10**400, 0.5)
    trace(lerp, 0.5, 10**400, 2)
    show(mean, [1, 2**62, 2**62, 2**63])
    show(mean, [0.1] * 10)
    show(mean, [True, False])
    show(mean, [10**400])
    trace(mean, [])
    show(variance, [1.5, 2, 3])
    show(variance, [10**200, 1.0])
    trace(variance, [1])
    for v in (1.2, -0.3, 2**60, float("inf"), float("nan"), True, 1e300, "x"):
        show(to_int, v)
    for c in ((0, 0), (1, 1), (0.25, 0), (2**70, 0.5), (float("nan"), 0.0), (float("inf"), 0.0), (10**400, 1.0)):
        show(mandel, *c, 25)
    show(mandel, 0.1, 0.1, True)
    show(math.copysign, 1, lerp(-0.0, -0.0, 1))


main(train, test)
