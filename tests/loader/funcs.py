"""The functions that units.c has bodies for.  units.c knows their bytecode by the macros of facts.py."""
import sys

log = []
seen = []


def add(a, b):
    return a + b


def total(n, step):
    s = 0
    i = 0
    while i < n:
        s += i
        i += step
    return s


def inner(x, y):
    z = x * 2
    return z + y


def outer(x, y):
    w = x + 1
    r = inner(x, y)
    return r + w


def raiser(x):
    raise KeyError(x)


def guarded(x):
    try:
        v = work(x)
    except KeyError as e:
        log.append(('handled', e.args, e.__traceback__.tb_lineno - guarded.__code__.co_firstlineno))
        v = -1
    finally:
        log.append('finally')
    return v


def work(x):
    if x > 2:
        raiser(x)
    if x == 2:
        return x / 0
    return x


def divide(a, b):
    return a // b


def recur(n):
    if n == 0:
        return 0
    return recur(n - 1) + 1


class Point:
    def __init__(self, x, y=2):
        self.x = x
        self.y = y


def make(x):
    return Point(x)


def peek(x):
    y = x
    look(y)
    return y


def look(x):
    f = sys._getframe(1)
    seen.append(f)
    if x == 'trace':
        sys.settrace(tracer)
    elif x == 'profile':
        sys.setprofile(profiler)
    elif x == 'fail':
        raise ValueError(x)
    elif x == 'trace and fail':
        sys.settrace(tracer)
        raise ValueError(x)


def tracer(frame, event, arg):
    code = frame.f_code
    log.append(('trace', code.co_name, event, frame.f_lineno - code.co_firstlineno))
    return tracer


def profiler(frame, event, arg):
    log.append(('profile', frame.f_code.co_name, event))


def fading(a):
    return a + 1.0


def covered(x):
    try:
        return x.y
    except AttributeError:
        return None


def numbers(n):
    yield n


def call1(f, x):
    return f(x)


def variadic(a, b=7, *rest):
    return a, b, rest


def maker(n, m=3):
    def inner(x):
        nonlocal m
        m += 1
        return n, m, x
    return inner


def callkw(f, x):
    return f(x, y=3)


def gap(a, z=5, y=6):
    return a, z, y


def need(a, z, y=6):
    return a, z, y


def first(y, a=1):
    return y, a


def only(a, y, /):
    return a, y


def only2(a, /, y):
    return a, y


class Method:
    def keyword(self, a, y, b=4):
        return a, y, b
