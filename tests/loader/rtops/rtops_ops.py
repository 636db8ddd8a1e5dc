"""Arithmetic, comparison, truth, string concatenation and formatting over a grid of values."""
import decimal
import fractions
import opcode
import operator
import sys
import types
import weakref

import rtops
from rtops_harness import Miss, check, outcome, run

NB = [name for name, _ in opcode._nb_ops]
SIGNS = [sign for _, sign in opcode._nb_ops]


def function(source):
    ns = {}
    exec(source, ns)
    return ns["f"]


BINARY = [function("def f(a, b): a %s b; return a" % s if s.endswith("=") else "def f(a, b): return a %s b" % s)
          for s in SIGNS]
COMPARE = [function("def f(a, b): return a %s b" % s) for s in opcode.cmp_op]
COMPARE_BOOL = [function("def f(a, b):\n if a %s b: return 1\n return 0" % s) for s in opcode.cmp_op]


class Add:
    def __add__(self, o):
        return "Add.add"

    def __radd__(self, o):
        return "Add.radd"

    def __iadd__(self, o):
        return "Add.iadd"

    def __lt__(self, o):
        return []

    def __eq__(self, o):
        return "yes" if o == 1 else NotImplemented

    def __gt__(self, o):
        raise ZeroDivisionError("gt")

    def __pow__(self, o, m=None):
        return ("pow", m)

    __hash__ = object.__hash__


class IntSub(int):
    def __add__(self, o):
        return "IntSub.add"

    def __radd__(self, o):
        return "IntSub.radd"

    def __eq__(self, o):
        return True

    __hash__ = int.__hash__


class FloatSub(float):
    def __rmul__(self, o):
        return "FloatSub.rmul"


class StrSub(str):
    def __radd__(self, o):
        return "StrSub.radd"


class Vague:
    def __bool__(self):
        raise ZeroDivisionError("bool")

    def __eq__(self, o):
        return self

    __lt__ = __eq__


class Sized:
    def __len__(self):
        return 0


INTS = [0, 1, -1, 2, 3, -7, 40, 256, 257, -5, -6, 2 ** 30 - 1, -2 ** 30 + 1, 2 ** 30, 2 ** 60 - 1, 2 ** 60,
        -2 ** 60, 2 ** 63 - 1, -2 ** 63, 2 ** 64, 10 ** 20, 2 ** 61 - 1, -2 ** 62 - 3, -2 ** 64, 2 ** 90, -2 ** 120 + 1,
        2 ** 126 + 5, 2 ** 127 - 1, -2 ** 127 + 1, 2 ** 127, -2 ** 127, 2 ** 150, 7 ** 70, 59, 64, 127]
FLOATS = [0.0, -0.0, 1.0, -1.5, 2.0 ** 53, 1e308, float("inf"), float("-inf"), float("nan"), 5e-324]
OTHERS = [True, False, None, "", "a", "b", "ab", "h\xe9", "\u20ac", b"a", (), (1,), [], [1], [1, 2], {}, {1: 2}, {1}, 1j, Add(),
          IntSub(3), FloatSub(2.5), StrSub("s"), Vague(), Sized(), object, decimal.Decimal(1), fractions.Fraction(1, 2),
          NotImplemented, range(3)]


def small(sign, a, b):
    """Not 10**20 ** 10**20, and not a list of 2**60 items."""
    def big(x):
        return isinstance(x, int) and abs(x) > 300
    if sign[:2] in ("**", "<<"):
        return not big(b) and not (big(a) and isinstance(b, int) and b > 40)
    if sign[0] == "*":
        return not (big(a) and not isinstance(b, (int, float, complex)) or big(b) and
                    not isinstance(a, (int, float, complex)))
    return True


def grid():
    numbers = INTS + FLOATS
    yield from ((a, b) for a in numbers for b in numbers)
    yield from ((a, b) for a in OTHERS for b in INTS[:4] + FLOATS[:3] + OTHERS[:24])
    yield from ((b, a) for a in OTHERS for b in INTS[:4] + FLOATS[:3])


def fresh(v):
    return v[:] if type(v) is list else v.copy() if type(v) in (dict, set) else v


def binary():
    for op, (sign, f) in enumerate(zip(SIGNS, BINARY)):
        for a, b in grid():
            if small(sign, a, b):
                a1, a2 = fresh(a), fresh(a)
                got = outcome(rtops.binary_op, a1, b, op)
                check(got, outcome(f, a2, b), a, sign, b)
                if sign.endswith("="):
                    check(got is a1, outcome(f, a2, b) is a2, a, sign, b)


def identity():
    """Small ints are the interpreter's own objects."""
    for a in range(-8, 260):
        assert rtops.binary_op(a, 1, NB.index("NB_ADD")) is rtops.binary_op(a + 2, 1, NB.index("NB_SUBTRACT")) or a > 255 or \
            a < -6


def comparisons():
    for op in range(6):
        for a, b in grid():
            check(outcome(rtops.compare, a, b, op), outcome(COMPARE[op], a, b), a, opcode.cmp_op[op], b)
            check(outcome(rtops.compare_bool, a, b, op), outcome(COMPARE_BOOL[op], a, b), a, opcode.cmp_op[op], b)
    nan = float("nan")
    check(rtops.compare_bool(nan, nan, 2), 0)
    check(rtops.compare_bool([nan], [nan], 2), 1)
    s = "x" * 50
    for t in ("x" * 49 + "y", "".join(["x"] * 50), s, "x" * 49 + "\u20ac"):
        for op in range(6):
            check(rtops.compare(s, t, op), COMPARE[op](s, t))


def truths():
    for v in INTS + FLOATS + OTHERS:
        check(outcome(rtops.truth, v), outcome(lambda: 1 if v else 0), v)


def concatenation():
    for left in ("", "abc", "h\xe9", "\u20ac", "\U0001f600"):
        for right in ("", "z", "\xe9", "\u20ac", "\U0001f600", 5, None, StrSub("s"), b"a"):
            home = [left + "."]
            got = outcome(rtops.inplace_concat, home, right)
            check(got, outcome(operator.iadd, left + ".", right), left, right)
            if type(right) is str:
                check(home, [left + "." + right])
                assert got is home[0]
            else:
                check(home[0], got if type(got) is str else left + ".")
    home = ["a" * 100]
    alias = home[0]
    rtops.inplace_concat(home, "b")
    assert alias == "a" * 100 and home[0] == "a" * 100 + "b"
    home = [[1]]
    same = home[0]
    rtops.inplace_concat(home, [2])
    assert home[0] is same == [1, 2]
    home, places = ["" .join(["ab", "cd"])], set()
    for i in range(20000):
        rtops.inplace_concat(home, "x")
        places.add(id(home[0]))
    assert len(home[0]) == 20004
    assert len(places) < 5000, "s += x copies each time"


class Form:
    def __format__(self, spec):
        return "<%s>" % spec

    def __str__(self):
        return "str\u20ac"

    def __repr__(self):
        return "repr\u20ac"


class BadForm:
    def __format__(self, spec):
        return 5

    def __str__(self):
        raise ZeroDivisionError("str")

    __repr__ = None


def formats():
    for v in INTS[:5] + FLOATS + OTHERS[:20] + [Form(), BadForm(), StrSub("q")]:
        for conv, flag in (("", 0), ("!s", 1), ("!r", 2), ("!a", 3)):
            check(outcome(rtops.format2, v, flag), outcome(function("def f(v): return f'{v%s}'[0:]" % conv), v), v, conv)
            for spec in ("", "5", ">8", "d", ".2f", "x", "zz"):
                check(outcome(rtops.format3, v, spec, flag | 4),
                      outcome(function("def f(v): return f'{v%s:%s}'" % (conv, spec)), v), v, conv, spec)


def lengths():
    for v in OTHERS + [BadForm(), type("L", (), {"__len__": lambda s: -1})(), type("L", (), {"__len__": lambda s: "x"})()]:
        check(outcome(rtops.get_len, v), outcome(len, v), v)


def without_memory():
    for v in (2**40 + 5, -2**40, 2**30, -2**30, 2**63 - 1, -2**63, 2**62, 300, -300, 2**60 - 1):
        for n in (20, 20, 32):
            check(rtops.sure_boxes(v, n), [v] * n, v)
    for v in (0.5, -0.0, 1e300):
        check(repr(rtops.sure_boxes(v, 32)), repr([v] * 32), v)
    check(len(rtops.sure_boxes(2**40, 100)), 32)


class Quiet:
    def method(self):
        pass


class Loud(Quiet):
    def __del__(self):
        pass


class Slotted(Quiet):
    __slots__ = ("more",)


def quiet_deaths():
    def made(cls, **attrs):
        o = cls()
        for k, v in attrs.items():
            setattr(o, k, v)
        return o
    watched = Quiet()
    ref = weakref.ref(watched)
    held = [1.5]
    yes = [5.5, 2**70, "s", b"b", (1.5, [2.5]), [], [object], made(Quiet, a=1.5, b=made(Quiet)), made(Quiet).method,
           range(5), {}, {"a": [1.5]}, slice(1, None), iter([]), iter(()), iter([1.5]), iter(range(3)), iter({1: 2}), iter({}.items()),
           enumerate([1.5]), zip(held, held), set(), {1.5, "s"}, frozenset((2,)), 1j, bytearray(b"x"), [].append, [made(Quiet)].append,
           (lambda: held).__closure__[0], types.CellType()]
    watched_set = {1}
    set_ref = weakref.ref(watched_set)
    no = [{made(Loud)}, watched_set, set(range(9)), [made(Loud)].append, types.CellType(made(Loud)), {1: made(Loud)}, {made(Loud): 1}, made(Loud), (made(Loud),), [[made(Loud)]], made(Quiet, a=made(Loud)), watched, made(Slotted), object(),
          list("abc" * 3 + "x") + [made(Loud)], iter([made(Loud)]), iter((made(Loud),)), iter({1: made(Loud)}.values()), enumerate([made(Loud)]),
          zip([1], [made(Loud)]), iter("abc"), iter(set()), slice(made(Loud))]
    for o in yes:
        check(rtops.dies_quietly(o), True, o)
    for o in no:
        check(rtops.dies_quietly(o), False, o)
    ref(), set_ref()


run(without_memory, quiet_deaths, binary, identity, comparisons, truths, concatenation, formats, lengths)
