"""Identity that programs can see: small ints are one object, a stored value is the stored object."""
from support import main


class Box:
    def __init__(self, v):
        self.v = v


def small(a, b):
    c = a + b
    d = b + a
    return c is d


def stored(a, b):
    """A computed number put in four places is one object everywhere."""
    c = a * b
    lst = [c]
    tup = (c, c)
    box = Box(c)
    d = {0: c}
    return lst[0] is c, tup[0] is tup[1], box.v is c, d[0] is c, lst[0] is box.v


def same_after_loop(values):
    x = values[0]
    y = x
    n = 0
    for v in values:
        if v is x:
            n += 1
        if y is x:
            n += 100
        y = x
    return n


def plus_zero(x):
    y = x + 0
    return y == x, type(y).__name__


def keep(x):
    a = x
    x += 1
    b = x
    x -= 1
    return a == x, b is x, a


def bools(a, b):
    return (a < b) is True, (a == b) is False, (not a) is (not b)


def none_checks(x):
    return x is None, x is not None, x is x


def train():
    t = 0
    nums = list(range(200))
    for i in range(7000):
        t += small(i, 3) + stored(i, 7)[0] + plus_zero(i)[0] + keep(i)[0] + bools(i, 5)[1] + none_checks(i)[2]
    for i in range(60):
        t += same_after_loop(nums)
    print(t)


def test():
    for a in (-10, -6, -5, -4, 0, 100, 250):
        for b in (0, 1, 5, 6, 7):
            if -5 <= a + b <= 256:
                print(a, b, small(a, b))
    for a, b in ((3, 4), (1000, 1000), (2**40, 2**40), (1.5, 2.0), (2.0, 3), ("ab", 2), (True, True)):
        print(stored(a, b))
    big = 10**20
    print(same_after_loop([big, big, int("100000000000000000000"), 5]))
    f = 1.5
    print(same_after_loop([f, f, float("1.5"), f + 0.0 == f]))
    print(same_after_loop([1000, int("1000")]), same_after_loop([100, int("100")]))
    for v in (5, 2**40, 1.5, True, -0.0):
        print(plus_zero(v), keep(v))
    print(bools(1, 2), bools(2.0, 1.0), bools("a", "b"), bools(0, 0.0))
    print(none_checks(None), none_checks(0), none_checks(float("nan")))


main(train, test)
