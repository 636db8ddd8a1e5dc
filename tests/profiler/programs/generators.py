"""Generators, comprehensions and closures; a filter that passes one item in four."""
import sys


def numbers(n):
    x = 1
    for i in range(n):
        x = (x * 5 + 1) & 1023
        yield x


def pick(items, least):
    for x in items:
        if x >= least:
            yield x


def adder(k):
    def add(x):
        if x & 1:
            return x + k
        return x - k
    return add


def main(n):
    add = adder(3)
    total = 0
    for _ in range(n):
        total += sum(add(x) for x in pick(numbers(1000), 768))
        squares = [x * x for x in range(100) if x % 3 == 0]
        total += len(squares)
    return total


main(int(sys.argv[1]))
