"""Functions that take known shares of the CPU: each is timed by the thread's own clock, and the shares are
printed as JSON."""
import json
import sys
import time


def adds(n):
    s = 0
    for i in range(n):
        s += i & 7
    return s


def floats(n):
    x = 0.5
    for i in range(n):
        x = x * 1.000001 + 0.25
    return x


def lists(n):
    a = []
    for i in range(n):
        a.append(i)
    return len(a)


def dicts(n):
    d = {}
    for i in range(n):
        d[i & 255] = i
    return len(d)


def main(n):
    spent = {"adds": 0, "floats": 0, "lists": 0, "dicts": 0}
    for _ in range(n):
        for f, size in ((adds, 40000), (floats, 20000), (lists, 10000), (dicts, 30000)):
            begin = time.thread_time_ns()
            f(size)
            spent[f.__name__] += time.thread_time_ns() - begin
    return spent


if __name__ == "__main__":
    result = main(max(1, int(sys.argv[1]) // 10))
    if len(sys.argv) == 2:
        print(json.dumps(result))
