"""Floats and ints in lists, subscripts with computed indexes, comparisons of mixed types."""
import sys


def relax(grid, n):
    change = 0.0
    for i in range(1, n - 1):
        row = grid[i]
        up = grid[i - 1]
        down = grid[i + 1]
        for j in range(1, n - 1):
            old = row[j]
            new = 0.25 * (up[j] + down[j] + row[j - 1] + row[j + 1])
            row[j] = new
            d = new - old
            if d < 0:
                d = -d
            if d > change:
                change = d
    return change


def sieve(n):
    flags = [1] * n
    count = 0
    for i in range(2, n):
        if flags[i]:
            count += 1
            for k in range(i * i, n, i):
                flags[k] = 0
    return count


def main(n):
    grid = [[float((i * j) % 7) for j in range(30)] for i in range(30)]
    for _ in range(n):
        relax([row[:] for row in grid], 30)  # a fresh one: what branches do must not hang on how long it runs
        sieve(600)


main(int(sys.argv[1]))
