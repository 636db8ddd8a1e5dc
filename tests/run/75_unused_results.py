"""Expressions whose value nobody uses still happen: they raise, call, look up and warm nothing away."""
from support import main, show, trace

LOG = []


class Tell:
    def __add__(self, o): LOG.append("add")
    def __floordiv__(self, o): LOG.append("floordiv")
    def __lt__(self, o): LOG.append("lt")
    def __neg__(self): LOG.append("neg")
    def __getitem__(self, i): LOG.append("getitem")
    def __getattr__(self, n): LOG.append(n)
    def __len__(self): LOG.append("len"); return 0
    def __abs__(self): LOG.append("abs")
    def __contains__(self, x): LOG.append("contains")
    def __iter__(self): LOG.append("iter"); return iter((1, 2))
    def __bool__(self): LOG.append("bool"); return True
    def __format__(self, s): LOG.append("format"); return ""
    def __lshift__(self, o): LOG.append("lshift")
    def __radd__(self, o): LOG.append("radd")


class P:
    def __init__(self): self.x = 1


def add(a, b):
    a + b
    return "added"


def divide(a, b):
    a // b
    a % b
    a / b
    return "divided"


def shift(a, b):
    a << b
    a >> b
    return "shifted"


def compare(a, b):
    a < b
    a == b
    return "compared"


def negate(a):
    -a
    ~a
    not a
    return "negated"


def item(s, i):
    s[i]
    return "indexed"


def attribute(o):
    o.x
    return "read"


def lookup():
    needed
    return "found"


def builtin_calls(s, n, c):
    len(s)
    abs(n)
    min(n, 3)
    ord(c)
    chr(n)
    isinstance(n, int)
    return "called"


def member(x, s):
    x in s
    return "looked"


def build(a, b):
    (a, b)
    [a, b]
    {a: b}
    f"{a}{b}"
    {a, b}
    return "built"


def unpack(t):
    a, b = t
    return "unpacked"


def in_loop(values, d):
    n = 0
    for v in values:
        v // d
        v + 1
        n += 1
    return n


def in_try(v, d):
    try:
        v // d
        v + d
    except ZeroDivisionError:
        return "zero"
    except TypeError:
        return "type"
    return "fine"


def dead_variable(v, d):
    q = v // d
    q = v + d
    q = 5
    return q


def iterate(s):
    for x in s:
        pass
    iter(s)
    return "iterated"


needed = 5


def train():
    t = 0
    p = P()
    vals = list(range(1, 30))
    for i in range(1, 2500):
        for r in (add(i, 2), divide(i, 3), shift(i, 2), compare(i, 5), negate(i), item([1, 2], 1), attribute(p), lookup(),
                  builtin_calls("ab", i % 100, "c"), member(i, (1, 2)), build(i, 2), unpack((1, i)), in_try(i, 2), iterate((1, 2))):
            t += len(r)
        t += dead_variable(i, 2) + (in_loop(vals, 3) if i % 10 == 0 else 0)
    print(t)


def test():
    global needed
    for a, b in ((1, "x"), ("x", 1), (1, 0), (1.5, 0), (1, 0.0), (None, 1), (2**70, -1), (1, -1), (Tell(), 1), (1, Tell()), ([], 1), (-2**63, -1)):
        for f in (add, divide, shift, compare, build, in_try, dead_variable):
            show(f, a, b)
    for a in (1.5, "x", None, Tell(), [1]):
        show(negate, a)
        show(attribute, a)
        show(iterate, a)
        show(unpack, a)
        for i in (0, 5, "k", None):
            show(item, a, i)
            show(member, i, a)
        show(builtin_calls, a, 1, "c")
        show(builtin_calls, "s", a, "c")
        show(builtin_calls, "s", 1, a)
    show(builtin_calls, "s", -1, "c")
    show(builtin_calls, "s", 2**40, "c")
    show(builtin_calls, "s", 5, "cc")
    show(unpack, (1, 2, 3))
    show(item, [1, 2], 2)
    show(in_loop, [1, 2.5, True], 2)
    show(in_loop, [1, 2], 0)
    show(in_loop, [1, "x"], 2)
    trace(in_loop, [1, None], 1)
    trace(divide, 1, 0)
    trace(dead_variable, 1, "x")
    del needed
    trace(lookup)
    print(LOG)


main(train, test)
