"""Code without a single constant: comprehensions, and functions that only move things.  What others see of it, and its end."""
import gc
import marshal
import types

from support import main, show, trace


def squares(xs): return [x * x for x in xs]
def below(xs, p): return [x for x in xs if x < p]
def pairs(xs, ys): return {(x, y) for x in xs for y in ys if x is not y}
def table(xs): return {x: f(x) for x in xs}
def f(x): return x
def nested(xss): return [[f(x) for x in xs] for xs in xss]


SOURCE = "def made(xs): return [x + x for x in xs]\n"


def exec_many(n):
    t = 0
    for i in range(n):
        space = {}
        exec(SOURCE, space)
        t += sum(space["made"](range(i % 7)))
    gc.collect()
    return t


def inner(func):
    return next(c for c in func.__code__.co_consts if isinstance(c, types.CodeType))


def train():
    xs = list(range(60))
    for _ in range(300):
        squares(xs), below(xs, 30), table(xs), nested([xs, xs])
        pairs(xs[:8], xs[:8])
    print(len(squares(xs)), below(xs, 5), len(pairs(xs[:5], xs[:6])), exec_many(20))


def test():
    for xs in ([], (1, 2.5), "ab", {3: 4}, [None], [10**20], iter([1, 2]), range(3), 5):
        show(squares, xs)
    show(below, [3, 1.5, True], 2)
    show(below, ["a", 1], "b")
    trace(below, ["a", 1], "b")
    trace(nested, [[1], 2])
    show(table, [1, (2,), "c"])
    show(table, [[]])
    print(exec_many(200))
    code = inner(squares)
    print(code.co_consts, code == code.replace(), hash(code) == hash(code.replace()), code.co_code == code.replace().co_code)
    again = marshal.loads(marshal.dumps(code))
    print(again == code, again.co_consts)
    print([x for x in types.FunctionType(again, globals())(iter([2, 3]))])
    print(sorted(c.co_name for c in squares.__code__.co_consts if isinstance(c, types.CodeType)))


main(train, test)
