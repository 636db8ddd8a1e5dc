"""Sets: membership, building, algebra, mutation while iterated."""
from support import main, show, trace


class Hashy:
    def __init__(self, h): self.h = h
    def __hash__(self): return self.h
    def __eq__(self, other): return isinstance(other, Hashy)


def unique(values):
    seen = set()
    out = []
    for v in values:
        if v not in seen:
            seen.add(v)
            out.append(v)
    return out


def algebra(a, b):
    return len(a & b), len(a | b), len(a - b), len(a ^ b), a <= b, a == b


def literal(a, b, c):
    return sorted({a, b, c, a})


def comp(values):
    return sorted({v * v % 10 for v in values})


def spread(a, b):
    return sorted({*a, *b, 0})


def neighbours(cells):
    counts = {}
    for x, y in cells:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    k = (x + dx, y + dy)
                    counts[k] = counts.get(k, 0) + 1
    return {c for c, n in counts.items() if n == 3 or (n == 2 and c in cells)}


def grow(s):
    for v in s:
        s.add(v + 1)


def one_of(x):
    return x in {1, 2, 3}, x not in ("a", "b"), x in [1, "a"]


def train():
    t = 0
    vals = [i * 7 % 50 for i in range(200)]
    for i in range(150):
        t += len(unique(vals)) + algebra({1, 2, i}, {2, 3, i})[0] + literal(i, 2, 3)[0] + len(comp(vals)) + len(spread([1, 2], (3, i)))
    cells = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
    for i in range(40):
        cells = neighbours(cells)
    for i in range(6000):
        t += one_of(i)[0]
    print(t, sorted(cells))


def test():
    show(unique, [1, 1.0, True, 0, False, -0.0, "a", None, float("nan"), 2**64, 2**64])
    show(unique, [1, [2]])
    show(unique, [Hashy(1), Hashy(1)][:1] and "aab")
    for a, b in (({1}, {1}), (frozenset([1, 2]), {2}), ({1: 1}.keys(), {1}), ([1], {1}), ({1}, [1])):
        show(algebra, a, b)
    show(literal, 1.5, 2, True)
    show(literal, "a", "b", "c")
    show(literal, "a", 1, 2)
    show(literal, [], 1, 2)
    show(comp, [1, 2.0, 3.5])
    show(comp, ["a"])
    show(spread, "ab", [])
    show(spread, [1.5], {2: 0})
    show(spread, [1], 5)
    print(sorted(neighbours({(0, 0), (0, 1), (0, 2)})), sorted(neighbours({(0.0, 0), (0, 1.0), (0, True)})))
    show(neighbours, {(1, 2, 3)})
    trace(grow, {1})
    trace(grow, {"a"})
    for x in (1, 1.0, True, "a", None, [1], (), float("nan"), 2**70):
        show(one_of, x)


main(train, test)
