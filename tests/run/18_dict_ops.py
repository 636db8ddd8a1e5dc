"""Dicts: loads, stores, deletion, iteration, mutation during iteration, keys that fight back."""
from collections import Counter, OrderedDict, defaultdict
from support import main, show, trace


class Missing(dict):
    def __missing__(self, k): return f"no {k}"


class BadHash:
    def __hash__(self): raise ValueError("unhashed")


class BadEq:
    def __hash__(self): return 1
    def __eq__(self, other): raise KeyError("uncompared")


class EqEvil:
    """Clears the dict while it is being looked up."""
    def __init__(self, d): self.d = d
    def __repr__(self): return "EqEvil()"
    def __hash__(self): return hash(1)
    def __eq__(self, other):
        self.d.clear()
        return False


def get(d, k):
    return d[k]


def put(d, k, v):
    d[k] = v
    return d


def drop(d, k):
    del d[k]
    return d


def count(words):
    c = {}
    for w in words:
        if w in c:
            c[w] += 1
        else:
            c[w] = 1
    return c


def total(d):
    t = 0
    for k in d:
        t += d[k]
    return t


def pairs(d):
    out = []
    for k, v in d.items():
        out.append((v, k))
    return out


def invert(d):
    return {v: k for k, v in d.items()}


def add_while_iterating(d):
    for k in d:
        d[k + 1000] = 0


def del_while_iterating(d):
    for k in list(d):
        if k % 2:
            del d[k]
    for k in d:
        del d[k]
    return d


def replace_while_iterating(d):
    for k in d:
        d[k] = k * 2
    return d


def memo_fib(n, memo):
    if n in memo:
        return memo[n]
    if n < 2:
        return n
    memo[n] = r = memo_fib(n - 1, memo) + memo_fib(n - 2, memo)
    return r


def train():
    t = 0
    d = {i: i * 2 for i in range(100)}
    s = {str(i): i for i in range(50)}
    for i in range(5000):
        t += get(d, i % 100) + get(s, str(i % 50)) + len(put(d, i % 100, i))
    for i in range(200):
        t += len(count("the quick brown the lazy dog the end".split())) + total(d) + len(pairs(s)) + len(invert(s))
        t += memo_fib(20, {}) + len(replace_while_iterating({1: 1, 2: 2})) + len(drop({1: 1}, 1))
    print(t)


def test():
    holders = [{1: "a"}, Missing(x=1), defaultdict(list), Counter("aab"), OrderedDict(a=1), {1.0: "f"}, {True: "t"}, {2**64: "big"}]
    for d in holders:
        for k in (1, 1.0, True, "x", "a", 2**64, None, (1, 2), [1], BadHash(), float("nan")):
            show(get, d, k)
    for k in (1, 1.0, True, -0.0, 0, "q", [1], BadHash()):
        show(put, {0: 0, 1: 1}, k, "v")
        show(drop, {0: 0, 1: 1}, k)
    show(get, {1: 2}, BadEq())
    show(put, {1: 2}, BadEq(), 0)
    d = {1: "one"}
    show(get, d, EqEvil(d))
    print(d)
    show(count, [1, 1.0, True, "a", None])
    show(count, ["a", []])
    show(total, {1: 1, 2: 2.5, 3: 2**70})
    show(total, {1: "x"})
    show(total, [0, 1])
    show(pairs, OrderedDict([("z", 1), ("a", 2)]))
    show(pairs, [1])
    show(invert, {1: 2, 3: 2})
    show(invert, {1: []})
    trace(add_while_iterating, {1: 1})
    trace(add_while_iterating, {1: 1, "x": 2})
    trace(del_while_iterating, {1: 1, 2: 2, 4: 4})
    show(replace_while_iterating, {1: 1, 2.5: 2, True: 3})
    show(memo_fib, 100, {})
    show(memo_fib, 5, {1: 0.5})
    show(memo_fib, 3.0, {})
    show(memo_fib, 3, Missing())


main(train, test)
