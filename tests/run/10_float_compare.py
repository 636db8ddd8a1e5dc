"""Comparisons with nan: every branch that 'cannot' be taken, min/max, sorting networks, loops that end on floats."""
from support import FLOATS, PlainFloat, cross, main, show

NAN = float("nan")
INF = float("inf")


def classify(x):
    if x < 0.0:
        return "neg"
    elif x > 0.0:
        return "pos"
    elif x == 0.0:
        return "zero"
    else:
        return "nan"


def not_less(a, b):
    if not a < b:
        return 1
    return 0


def clamp(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return x


def count_while(x, limit, step):
    n = 0
    while x <= limit:
        x += step
        n += 1
        if n > 50:
            break
    return n


def smallest(values):
    best = values[0]
    for v in values:
        if v < best:
            best = v
    return best


def chained(a, b, c):
    return a < b < c, a <= b <= c, a == b == c, a != b != c, a < b > c


def train():
    t = 0
    vals = [((i * 7919) % 1000) / 8.0 for i in range(300)]
    for i in range(7000):
        x = i - 3500.5
        t += len(classify(x)) + not_less(x, 3.0) + int(clamp(x, -10.0, 10.0)) + chained(x, 1.0, 2.0)[0]
    for i in range(100):
        t += int(smallest(vals)) + count_while(0.0, 3.0, 0.125)
    print(t)


def test():
    for x in FLOATS + [1, -1, 0, True, PlainFloat(3.0), 10**400, "x", None]:
        show(classify, x)
    cross(not_less, FLOATS, FLOATS)
    cross(not_less, [2**53 + 1, 10**400, "a"], [float(2**53), INF, NAN, -0.0])
    for x in (NAN, INF, -0.0, 5, True):
        show(clamp, x, -1.0, 1.0)
        show(clamp, 0.5, x, 2.0)
        show(clamp, 0.5, 0.0, x)
    show(count_while, 0.0, NAN, 1.0)
    show(count_while, NAN, 1.0, 1.0)
    show(count_while, 0.0, INF, 1.0)
    show(count_while, 0.0, 5, 1)
    show(count_while, 1e16, 1e16, 1.0)
    show(smallest, [3.0, NAN, 2.0, NAN, -0.0, 0.0])
    show(smallest, [NAN, 1.0])
    show(smallest, [0.0, -0.0])
    show(smallest, [2.5, 1, True, False])
    show(smallest, [2.5, "x"])
    for a in (NAN, 1.0, 2, True):
        for b in (NAN, 2.0, 2, 10**30):
            show(chained, a, b, 2.0)


main(train, test)
