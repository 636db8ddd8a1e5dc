"""match statements: every pattern kind, subjects that change kind, __match_args__ that lies."""
from dataclasses import dataclass
from support import main, show, trace


@dataclass
class P:
    x: int
    y: int


class Q:
    __match_args__ = ("a", "b")
    def __init__(self, a, b): self.a, self.b = a, b


class Liar:
    __match_args__ = ["x"]
    x = 1


class Short:
    __match_args__ = (5,)
    x = 1


class Raising:
    __match_args__ = ("x",)
    @property
    def x(self): raise ValueError("x raised")


class Seq:
    """Subscriptable, but no Sequence."""
    def __len__(self): return 2
    def __getitem__(self, i): return i


def shape(v):
    match v:
        case 0:
            return "zero"
        case 1 | 2 | 3:
            return "few"
        case int(n) if n > 100:
            return f"big {n}"
        case float():
            return "float"
        case "yes" | "no" as word:
            return word.upper()
        case True:
            return "true"
        case None:
            return "none"
        case []:
            return "empty"
        case [x]:
            return ("one", x)
        case [x, y]:
            return ("two", x, y)
        case [first, *rest, last]:
            return ("many", first, rest, last)
        case {"kind": "circle", "r": r}:
            return 3 * r * r
        case {"kind": k, **others}:
            return k, others
        case P(x=0, y=0):
            return "origin"
        case P(x, y):
            return x + y
        case Q(1, b):
            return "Q1", b
        case Q(a=a):
            return a
        case str() | bytes():
            return "text"
        case -1 | -2.5 | 1j:
            return "negative"
        case _:
            return "other"


def eval_op(code):
    stack = []
    for op in code:
        match op:
            case ("push", n):
                stack.append(n)
            case ("add",):
                stack.append(stack.pop() + stack.pop())
            case ("mul",):
                stack.append(stack.pop() * stack.pop())
            case {"jump": target}:
                return target
            case _:
                raise SyntaxError(f"bad op {op}")
    return stack[-1]


def by_class(v, cls):
    match v:
        case cls.kind:
            return "kind"
        case _:
            return "none"


def liar(v):
    match v:
        case Liar(a):
            return a
        case Short(a):
            return a
        case Raising(a):
            return a
        case int(a, b):
            return a
    return "no match"


class K:
    kind = 7


def train():
    t = 0
    code = [("push", 3), ("push", 4), ("add",), ("push", 2), ("mul",)]
    vals = [0, 2, 500, 1.5, "yes", [1], [1, 2], [1, 2, 3, 4], {"kind": "circle", "r": 2}, P(0, 0), P(1, 2), Q(1, 2), Q(3, 4), "t"]
    for i in range(500):
        for v in vals:
            t += len(str(shape(v)))
        t += eval_op(code) + len(by_class(i, K)) + len(liar("s"))
    print(t)


def test():
    vals = [0, 0.0, False, True, 1.0, 2, 101, 2**70, 50, -1, -2.5, 1j, None, "yes", "x", b"y", bytearray(b"z"), [], (), (5,), [1, 2.5],
            range(3), range(2), {"kind": "circle", "r": 1.5}, {"kind": "circle"}, {"kind": 5, "z": 1}, {}, {1: 2}, P(0, 0.0), P(1, "a"),
            P("a", "b"), Q(1.0, 2), Q(True, 1), Q(2, 3), Seq(), object, "", {1, 2}, memoryview(b"ab")]
    for v in vals:
        show(shape, v)
    p = P(1, 2)
    del p.y
    show(shape, p)
    P.__match_args__ = ("y", "x")
    show(shape, P(1, 2))
    P.__match_args__ = ("x",)
    show(shape, P(1, 2))
    del P.__match_args__
    trace(shape, P(1, 2))
    show(eval_op, [("push", 1.5), ("push", 2**63), ("add",)])
    show(eval_op, [["push", "a"], ["push", 3], ["mul"]])
    show(eval_op, [{"jump": 5}])
    trace(eval_op, [("nop",)])
    trace(eval_op, [("add",)])
    trace(eval_op, [("push", 1), ("push", "x"), ("add",)])
    for v in (Liar(), Short(), Raising(), 5, "s"):
        trace(liar, v)
    show(by_class, 7, K)
    show(by_class, 7.0, K)
    K.kind = "k"
    show(by_class, 7, K)
    del K.kind
    trace(by_class, 7, K)


main(train, test)
