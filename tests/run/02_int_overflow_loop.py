"""Accumulators that leave 30, 62 and 63 bits in the middle of a hot loop, and come back."""
from support import main, show


def accumulate(start, step, n):
    total = start
    for _ in range(n):
        total += step
    return total


def double(x, n):
    i = 0
    while i < n:
        x = x * 2
        i = i + 1
    return x


def there_and_back(x, step, n):
    for _ in range(n):
        x += step
    for _ in range(n):
        x -= step
    return x


def factorial(n):
    r = 1
    for i in range(2, n + 1):
        r *= i
    return r


def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def mix(seed, n):
    h = seed
    for i in range(n):
        h = (h * 31 + i) % 1000003
    return h


def lcg_unbounded(h, n):
    for i in range(n):
        h = h * 6364136223846793005 + i
    return h


def train():
    t = 0
    for i in range(400):
        t += accumulate(i, 3, 60) + double(1, 20) + there_and_back(5, 7, 50) + factorial(10) + fib(30) + mix(i, 60)
    t += lcg_unbounded(0, 2)
    print(t)


def test():
    for edge in (2**30, 2**31, 2**60, 2**62, 2**63, 2**64):
        for d in (-3, 0, 3):
            show(accumulate, edge + d, 1, 6)
            show(accumulate, -edge + d, -1, 6)
            show(accumulate, edge - 50, edge // 2 + d, 5)
            show(there_and_back, edge + d, edge - 1, 7)
    for x in (1, -1, 3, True, 0, 1.5, "ab", [1]):
        show(double, x, 5)
    for x in (1, -1, 3, 0.1):
        show(double, x, 200)
    for n in (0, 1, 12, 13, 20, 21, 25, 60):
        show(factorial, n)
    for n in (0, 1, 43, 44, 45, 90, 91, 92, 93, 94, 200):
        show(fib, n)
    show(mix, 2**70, 30)
    show(mix, -5, 30)
    show(mix, 0.5, 30)
    show(lcg_unbounded, 1, 12)
    show(accumulate, 0, 0.5, 4)
    show(accumulate, 1, None, 4)


main(train, test)
