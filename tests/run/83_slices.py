"""Slices of lists, tuples and strings, and slices stored in lists, with and without a list in between."""
import sys
from support import main, show, trace


def copy(a):
    return a[:]


def part(a, i, j):
    return a[i:j]


def head(a, n):
    t = a[:n]
    return t


def backwards(a, k):
    return a[k::-1]


def thirds(a, i, j):
    return a[i:j:3]


def flip(a, k):
    a[:k + 1] = a[k::-1]
    return a


def move(a, i, j, b, k, l):
    a[i:j] = b[k:l]
    return a


def shift(a, n):
    a[n:] = a[n + 1:]
    return a


def assign(a, b):
    a[:] = b
    return a


def work(n):
    a = list(range(n))
    b = [0] * n
    t = 0
    for i in range(n - 1):
        flip(a, i)
        b = copy(a)
        move(b, i, n, a, 0, n - i)
        t += len(part(a, i, i + 3)) + len(head(b, i)) + len(backwards(b, i)) + len(thirds(a, i, n))
        t += b[i]
    assign(a, b)
    return t, a[:5], len(shift(a, 3))


def words(s, n):
    t = 0
    for i in range(n):
        t += len(s[i:i + 2]) + len(s[:i]) + len(s[1:])
    return t


class Mortal:
    def __init__(self, name): self.name = name
    def __repr__(self): return self.name
    def __del__(self): SEEN.append((self.name, LIST[:], sys._getframe(1).f_code.co_name))


class MyList(list):
    def __getitem__(self, k): return [k]
    def __setitem__(self, k, v): SEEN.append((k, v))


class Index:
    def __index__(self):
        SEEN.append("index")
        LIST.clear()
        return 1


SEEN = []
LIST = []


def train():
    for _ in range(25):
        show(work, 60)
        show(words, "abcdefghij", 60)
    for _ in range(300):
        assign([1, 2, 3], [4, 5])
        shift([1, 2, 3, 4], 1)
        part((1, 2, 3, 4), 1, 3)
    for _ in range(3000):
        assign([1, 2, 3], [4, 5])
    show(words, "abc", 10)


def test():
    global LIST
    train()
    marks = (0, 1, 2, 3, 4, 5, 7, -1, -2, -4, -9, 2**62, -2**62, 2**63, -2**63 - 1, 2**70, None, True, 1.0, "1")
    for a in ([1, 2, 3, 4], (1, 2, 3, 4), "abcd", b"abcd", bytearray(b"abcd"), range(4), MyList([1, 2]), {1: 2}, None, [], ""):
        show(copy, a)
        for i in marks:
            show(head, a, i)
            show(backwards, a, i)
            for j in (0, 2, -1, 9, None):
                show(part, a, i, j)
                show(thirds, a, j, i)
    for k in marks:
        show(flip, [1, 2, 3, 4], k)
        show(shift, [1, 2, 3, 4], k)
        for j in (0, 2, -1, 9, None):
            show(move, [1, 2, 3, 4], k, j, [5, 6, 7], j, k)
            a = [1, 2, 3, 4]
            show(move, a, k, j, a, j, k)
            a = [1, 2, 3, 4]
            show(move, a, k, j, a, k, j)
            show(move, a, k, j, (7, 8), 0, 9)
            show(move, a, k, j, "xy", 0, 9)
            show(move, bytearray(b"abcd"), k, j, b"xyz", j, k)
    for b in ([], [1], (1, 2), "xyz", {1: 2}, 5, None, iter([3, 4]), MyList([1, 2, 3])):
        show(assign, [1, 2], b)
        show(assign, (1, 2), b)
        show(flip, b, 1)
    show(flip, MyList([1, 2]), 1)
    trace(flip, [1, 2], "x")
    trace(move, [1, 2], 0, 1, 5, 0, 1)
    trace(move, 5, 0, 1, [1, 2], 0, 1)
    print(SEEN)
    SEEN.clear()
    a = list(range(100))
    show(flip, a, 80)
    show(move, a, 0, 70, list(range(100)), 30, 100)
    twins = Mortal("twin")
    LIST = [twins, twins, Mortal("one"), 1]
    del twins
    show(move, LIST, 0, 3, ["a", "b", "c"], 0, 3)
    print(SEEN)
    SEEN.clear()
    LIST = [Mortal(str(i)) for i in range(6)]
    show(move, LIST, 0, 2, LIST, 4, 6)
    print(SEEN)
    show(flip, LIST, 3)
    show(assign, LIST, [])
    print(SEEN)
    SEEN.clear()
    LIST = [1, 2, 3]
    show(part, LIST, Index(), 3)
    LIST = [1, 2, 3]
    show(move, LIST, Index(), 3, LIST, 0, 2)
    LIST = [1, 2, 3]
    show(move, LIST, 0, 1, LIST, Index(), 2)
    print(SEEN, LIST)
    for a in ((1, 2), "xy"):
        print(copy(a) is a, part(a, 0, 2) is a)
    show(words, "äöü€𝄞", 9)
    show(words, [1, 2], 3)
    show(words, None, 3)


main(train, test)
