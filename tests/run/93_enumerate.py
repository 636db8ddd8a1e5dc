"""enumerate over what is stepped without running Python, and over what is not; items that die when
the enumerate's own tuple lets go of them; sums that start as ints and go on as floats."""
import sys
from support import main, show

log = []


class Loud:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        f = sys._getframe(1)
        log.append((self.n, sorted((k, v) for k, v in f.f_locals.items() if type(v) is int)))


class Steps:
    def __init__(self, n, fail=None):
        self.n = n
        self.fail = fail

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n == self.fail:
            raise KeyError(self.n)
        if self.n < 0:
            raise StopIteration
        return self.n


def weighted(xs):
    total = 0
    for i, x in enumerate(xs):
        total += i * x
    return total


def mean(xs, start=0):
    total = start
    n = 0
    for x in xs:
        total += x * 0.5
        n += 1
    return total, n


def either(xs):
    best = None
    for i, x in enumerate(xs):
        if best is None or x < best:
            best = x
    return best, type(best)


def emptied(xs):
    """Only the list and the enumerate hold the items."""
    seen = 0
    for i, x in enumerate(xs):
        x = None
        xs[i] = None
        seen += i
    return seen


def shrinking(xs):
    out = []
    for i, x in enumerate(xs):
        out.append(i)
        if i % 3 == 0:
            xs.pop()
    return out


def growing(xs, most):
    for i, x in enumerate(xs):
        if i < most:
            xs.append(i)
    return len(xs)


def far(xs, start):
    last = None
    for i, x in enumerate(xs, start):
        last = i
    return last


def train(n=1):
    floats = [k * 0.25 for k in range(400)]
    for _ in range(60 * n):
        weighted(floats)
        mean(floats)
        either(floats)
        emptied(list(floats))
        shrinking(list(floats))
        growing(list(floats), 100)
        far(floats, 0)
    return weighted(floats)


def test():
    for xs in ([], [2.5], [1, 2, 3], (1.5, 2), {1: 2, 3: 4}, range(9), "", Steps(5), [True, 2.5],
               [10**30, 1.5], [1.5, 10**30], [float("nan"), -0.0]):
        show(weighted, xs)
    for xs in ("abc", [None], Steps(6, 3), [1.5, "x"], 5):
        show(weighted, xs)
        show(mean, xs)
    for xs in ([], [1], [-0.0], [1, 2.5], [10**400], [1j]):
        show(mean, xs)
    show(mean, [1.5], True)
    show(mean, [1.5], 10**20)
    show(mean, [1.5], -0.0)
    for xs in ([], [3, 1.5, 2], "cab", [True, False], [None], [2, "x"]):
        show(either, xs)
    show(emptied, [Loud(k) for k in range(6)])
    print(log)
    del log[:]
    show(weighted, (Loud(k) for k in range(3)))
    print(log)
    for n in (0, 1, 7, 30):
        show(shrinking, list(range(n)))
        show(growing, [0] * n, 50)
    for start in (5, -3, sys.maxsize - 2, sys.maxsize, sys.maxsize + 5, -10**30):
        show(far, [1] * 6, start)


main(train, test)
