"""List, set, dict comprehensions, nested, filtered, with closures, with changing types and exceptions inside."""
from support import main, show, trace


def squares(n):
    return [i * i for i in range(n)]


def filtered(values, low):
    return [v for v in values if v > low if v % 2]


def nested(rows):
    return [x + 1 for row in rows for x in row]


def matrix(n, k):
    return [[i * j + k for j in range(n)] for i in range(n)]


def transpose(rows):
    return [[row[i] for row in rows] for i in range(len(rows[0]))]


def table(words):
    return {w: len(w) for w in words}


def unique(values):
    return {v // 2 for v in values}


def calls(f, values):
    return [f(v) for v in values]


def conditional(values):
    return [v if v > 0 else -v for v in values]


def pairs(a, b):
    return [(x, y) for x in a for y in b if x != y]


def with_walrus(values):
    return [y for v in values if (y := v * 2) > 4], y


def shadow(x):
    return [x for x in range(x)], x


def hits(values):
    return sum([1 for v in values if v]), any([v > 3 for v in values]), all([v is not None for v in values])


def train():
    t = 0
    vals = list(range(-20, 20))
    rows = [[1, 2, 3], [4, 5, 6]]
    for i in range(300):
        t += len(squares(20)) + len(filtered(vals, 3)) + len(nested(rows)) + len(matrix(5, i)) + len(transpose(rows))
        t += len(table(["a", "bc"])) + len(unique(vals)) + len(calls(abs, vals)) + len(conditional(vals)) + len(pairs(vals[:5], vals[:5]))
        t += with_walrus([1, 2, 3])[1] + len(shadow(5)[0]) + hits(vals)[0]
    print(t)


def test():
    show(squares, 0)
    show(squares, True)
    trace(squares, 2.5)
    show(filtered, [1, 2.5, 5.0, 2**65 + 1, True], 0)
    trace(filtered, [5, "x"], 1)
    show(nested, [[1, 2.5], (3,), range(2), {7: 8}])
    trace(nested, [[1], 5])
    trace(nested, [["a"]])
    show(matrix, 3, 0.5)
    show(matrix, 2, 2**63)
    show(matrix, 0, 1)
    trace(matrix, 2, "x")
    show(transpose, ["ab", (1, 2.5)])
    trace(transpose, [[1, 2], [3]])
    show(table, ["x", (1, 2), b"abc"])
    trace(table, ["x", 5])
    trace(table, [[]])
    print(sorted(unique([1, 2.5, 2**70])))
    trace(unique, ["x"])

    def explode(v):
        if v == 2:
            raise ValueError("two")
        return v
    trace(calls, explode, [1, 2, 3])
    show(calls, str, [1, 2.5, None])
    show(calls, lambda v: v * 2**62, [1, 2])
    show(conditional, [-1.5, 2**63, -2**63, float("nan"), -0.0, False])
    trace(conditional, [1, None])
    show(pairs, "ab", "ba")
    show(pairs, [1, 1.0], [True, float("nan")])
    show(with_walrus, [2.5, 5])
    trace(with_walrus, [])
    show(shadow, 3)
    show(shadow, True)
    show(hits, [0, 1.5, True, 2**70, -0.0])
    trace(hits, [1, None, "x"])


main(train, test)
