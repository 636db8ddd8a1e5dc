"""Nested loops of known trip counts: 3, 20 and 0 to 9; while loops; break and continue."""
import sys


def nest(m):
    c = 0
    for i in range(20):
        for j in range(3):
            c += i * j
        k = i
        while k > 0:
            k -= 2
            if k == 5:
                break
            c ^= k
        for j in range(i % 10):
            if j & 2:
                continue
            c += m
    return c


def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


def main(n):
    for i in range(n):
        nest(i)
        collatz(27 + i % 50)


main(int(sys.argv[1]) * 10)
