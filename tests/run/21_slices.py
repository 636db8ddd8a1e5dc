"""Slices: loads, stores, deletions, with every kind of bound."""
from support import main, show, trace


class Sl:
    def __repr__(self): return "Sl()"
    def __getitem__(self, s): return ("get", s)
    def __setitem__(self, s, v): print("set", s, v)
    def __delitem__(self, s): print("del", s)


class Idx:
    def __index__(self): return 2
    def __repr__(self): return "Idx()"


def cut(s, a, b):
    return s[a:b]


def cut3(s, a, b, c):
    return s[a:b:c]


def store(s, a, b, v):
    s[a:b] = v
    return s


def store3(s, v):
    s[::2] = v
    return s


def erase(s, a, b):
    del s[a:b]
    return s


def copy_reverse(s):
    return s[:], s[::-1], s[1:], s[:-1]


def merge_sort(a):
    n = len(a)
    if n < 2:
        return a
    m = n // 2
    left, right = merge_sort(a[:m]), merge_sort(a[m:])
    out = []
    i = j = 0
    while i < len(left) and j < len(right):
        if right[j] < left[i]:
            out.append(right[j])
            j += 1
        else:
            out.append(left[i])
            i += 1
    out += left[i:]
    out.extend(right[j:])
    return out


def train():
    t = 0
    lst = list(range(50))
    for i in range(4000):
        t += len(cut(lst, 3, 20)) + len(cut3(lst, 0, 40, 3)) + len(store(lst[:], 1, 4, [1, 2])) + len(erase(lst[:], 0, 5))
        t += len(copy_reverse("hello")[1])
    for i in range(30):
        t += merge_sort([(j * 7919) % 101 for j in range(60)])[5]
    print(t)


def test():
    seqs = [[1, 2, 3, 4, 5], (1, 2, 3, 4, 5), "abcde", b"abcde", bytearray(b"abcde"), range(5), Sl(), None, {1: 2}, 7]
    bounds = [(0, 2), (None, None), (-2, None), (3, 1), (2**70, None), (-2**70, 2**70), (True, Idx()), (1.0, 2), ("a", 2)]
    for s in seqs:
        for a, b in bounds:
            show(cut, s, a, b)
        for c in (1, -1, 2, 0, None, 2**65, "x"):
            show(cut3, s, 4, None, c)
        show(copy_reverse, s)
    for a, b in bounds:
        for v in ([], [9, 8, 7], (7,), "xy", 5, range(2)):
            show(store, [1, 2, 3, 4, 5], a, b, v)
        show(erase, [1, 2, 3, 4, 5], a, b)
    x = [1, 2, 3]
    show(store, x, 1, 1, x)
    show(store3, [1, 2, 3, 4], "ab")
    trace(store3, [1, 2, 3, 4], "abc")
    trace(erase, (1, 2), 0, 1)
    show(store, Sl(), 1, 2, 3)
    show(erase, bytearray(b"abc"), 0, 1)
    show(merge_sort, [3.5, 1, 2, True, float("inf")])
    show(merge_sort, "hello")
    show(merge_sort, [1, "a"])
    show(merge_sort, [2**64, -2**64, 0])


main(train, test)
