"""f-strings and formatting: conversions, specs, nested specs, __format__ that misbehaves, str of subclasses."""
from support import MyFloat, MyInt, PlainInt, main, show, trace


class F:
    def __format__(self, spec): return f"<{spec}>"
    def __repr__(self): return "F()"
    def __str__(self): return "f"


class BadFormat:
    def __format__(self, spec): return 5
    def __repr__(self): return 7
    def __str__(self): raise ValueError("no str")


class Sub(str):
    def __format__(self, spec): return "sub" + spec
    def __str__(self): return "S"


def simple(a, b):
    return f"{a}+{b}={a + b}"


def conv(x):
    return f"{x!r} {x!s} {x!a}"


def spec(x, w, p):
    return f"{x:{w}.{p}f}|{x:>{w}}|{x:<10}|"


def debug(x):
    return f"{x=} {x + 1=:>5}"


def literal_only():
    return f"no {'fields'} at {'all'}"


def join(values):
    s = ""
    for v in values:
        s += f"{v},"
    return s


def long(a, b, c, d):
    return f"a{a}b{b}c{c}d{d}e{a}{b}{c}{d}" + f"{{{a}}}"


def old(a, b):
    return "%s/%r" % (a, b), "{} {x:>4}".format(a, x=b), str(a) + repr(b)


def train():
    t = 0
    for i in range(2500):
        t += len(simple(i, 2)) + len(conv("x")) + len(spec(i * 0.5, 8, 2)) + len(debug(i)) + len(literal_only())
        t += len(join([1, 2, 3])) + len(long(1, 2, 3, i)) + len(old(i, "q")[0])
    print(t)


def test():
    values = [1, -0.0, 2**70, True, None, "é\n'", b"x", F(), Sub("q"), MyInt(3), MyFloat(2.5), PlainInt(4), (1,), [], float("nan"), 1j]
    for v in values:
        show(simple, v, v)
        show(conv, v)
        show(spec, v, 9, 2)
        show(debug, v)
        show(old, v, v)
        show(long, v, 1, v, 2)
    show(join, values)
    for f in (conv, join, debug):
        trace(f, [BadFormat()] if f is join else BadFormat())
    trace(spec, 1.5, "x", 2)
    trace(spec, 1.5, 5, -1)
    trace(spec, "s", 5, 1)
    trace(simple, 1, "x")
    show(spec, 3, True, 1)
    show(spec, 2**1100, 5, 1)


main(train, test)
