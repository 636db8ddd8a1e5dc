"""Subscript loads and stores on lists and tuples, then everything else that can be subscripted."""
from array import array
from collections import OrderedDict, UserList, deque
from support import PlainInt, main, show, trace


class Oddlist(list):
    def __getitem__(self, i): return ("odd", i)
    def __setitem__(self, i, v): list.append(self, (i, v))


class Sublist(list):
    pass


class Index:
    def __init__(self, i): self.i = i
    def __index__(self): return self.i
    def __repr__(self): return f"Index({self.i})"


def get(seq, i):
    return seq[i]


def put(seq, i, v):
    seq[i] = v
    return seq


def bump(seq, i):
    seq[i] += 1
    return seq


def delete(seq, i):
    del seq[i]
    return seq


def sum_by_index(seq):
    t = 0
    for i in range(len(seq)):
        t += seq[i]
    return t


def sieve(n):
    flags = [True] * n
    for i in range(2, n):
        if flags[i]:
            for j in range(i * i, n, i):
                flags[j] = False
    return sum(flags) - 2


def bubble(a):
    n = len(a)
    for i in range(n):
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return a


def two_d(g, i, j):
    g[i][j] = g[i][j - 1] + g[i - 1][j]
    return g[i][j]


def train():
    t = 0
    lst, tup = list(range(100)), tuple(range(100))
    for i in range(6000):
        t += get(lst, i % 100) + get(tup, i % 100) + put(lst, i % 100, i)[0] + bump(lst, i % 50)[1]
    for i in range(40):
        t += sum_by_index(lst) + sum_by_index(tup) + bubble([5, 2, 9, 1, 7, 3])[0]
    t += sieve(3000)
    g = [[1] * 10 for _ in range(10)]
    for i in range(1, 10):
        for j in range(1, 10):
            t += two_d(g, i, j)
    print(t)


def fresh():
    return [[10, 20, 30], Sublist([10, 20, 30]), Oddlist([10, 20, 30]), array("i", [10, 20, 30]), deque([10, 20, 30]),
            bytearray(b"abc"), {0: 10, 1: 20, -1: 30}, OrderedDict({0: 1}), UserList([10, 20, 30]), (10, 20, 30), "abc",
            b"abc", range(10, 40, 10), None, 5, memoryview(bytearray(b"abc"))]


def plain(x):
    return x.tolist() if isinstance(x, memoryview) else x


def test():
    indices = [0, 2, -1, -3, 3, -4, True, 2**63, -2**63, 2**64, 1.0, "0", None, PlainInt(1), Index(1), Index(-9), slice(0, 2)]
    for s in fresh():
        for i in indices:
            try:
                print(plain(get(s, i)), end=" ")
            except Exception as e:
                print(type(e).__name__, e, end="; ")
        print()
    for k in range(len(fresh())):
        for i in indices[:-1]:
            for f, args in ((put, (i, 65)), (bump, (i,)), (delete, (i,))):
                s = fresh()[k]
                try:
                    print(f.__name__, plain(f(s, *args)), end=" ")
                except Exception as e:
                    print(type(e).__name__, e, end="; ")
        print()
    for s in ([], [1, 2.5, True], (2**62, 2**62), "abc", {0: 1, 1: 2}, {1: 1, 2: 2}, [1, None], UserList([1, 2])):
        show(sum_by_index, s)
    for a in ([3, 1, 2], [3.5, 1, 2.5, True], ["b", "a"], [2**70, 1, -2**70], [1, "a"], [[2], [1]], (2, 1), [float("nan"), 1.0, 0.5]):
        show(bubble, a)
    show(sieve, 2)
    show(sieve, 1)
    show(sieve, 100)
    show(two_d, [[1, 2], [3, 4]], 1, 1)
    show(two_d, [[1, 2], [3, 4]], 0, 0)
    show(two_d, [[1.5, 2**63], [2**63, 4]], 1, 1)
    show(two_d, [(1, 2), (3, 4)], 1, 1)
    trace(get, [1], 5)
    trace(bump, [1, "x"], 1)
    trace(two_d, [[1, 2], [3]], 1, 2)
    trace(put, (1, 2), 0, 5)


main(train, test)
