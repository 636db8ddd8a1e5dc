"""Finalizers and weakref callbacks that look at the frame in whose hot loop their object dies."""
import sys
import weakref
from support import main, show


def seen(depth=2):
    """The frames above: name, line, locals that are numbers or None."""
    out = []
    f = sys._getframe(depth)
    while f and f.f_code.co_name not in ("show", "train", "test"):
        out.append((f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno,
                    sorted((k, v) for k, v in f.f_locals.items() if type(v) in (int, float, bool))))
        f = f.f_back
    return out


log = []
wanted = 0


class Loud:
    def __init__(self, n=0):
        self.n = n

    def __del__(self):
        if wanted:
            log.append(seen())


class Plain:
    pass


class Box:
    __slots__ = ("held",)


def callback(ref):
    if wanted:
        log.append(seen())


def rebind(n, make):
    t = 0
    x = 0.5
    o = None
    for i in range(n):
        t += i
        x = x * 0.5 + t
        o = make(i)
    return t, x


def temporary(n, make):
    t = 0
    even = False
    for i in range(n):
        t += i * 3
        even = t % 2 == 0
        make(t)
    return t, even


def into_list(n, make):
    out = [None]
    t = 0
    for i in range(n):
        t += i
        out[0] = make(i)
    return t


def into_attr(n, make):
    holder = Plain()
    box = Box()
    t = 1.0
    for i in range(n):
        t += i
        holder.a = make(i)
        box.held = make(i)
    return t


def exhausted(n, make):
    t = 0
    for i in range(n):
        t += i
        for o in [make(i)]:
            o = None
            t += 1
        for o in (make(i), 1):
            o = 5
            t += 1
    return t


def deleted(n, make):
    t = 0
    for i in range(n):
        t += i
        o = make(i)
        del o
        t += 1
    return t


def small(a, make):
    b = a * 2
    o = make(b)
    c = b + 1
    o = None
    return c + b


def inlined(n, make):
    t = 0
    for i in range(n):
        t += small(i, make)
    return t


def conditional(n, make):
    """A local that is unbound at first."""
    t = 0
    for i in range(n):
        t += i
        o = make(i)
        if i > 1:
            late = t * 2
    return t


def nested(n, make):
    t = 0
    for i in range(n):
        t += i
        o = (i, [make(i), (t, make(t))])
    return t


def watched(n, make):
    t = 0
    refs = []
    for i in range(n):
        t += i
        o = make(i)
        refs.append(weakref.ref(o, callback))
        if len(refs) > 3:
            refs = []
    return t


def quiet(i):
    return [i]


def plain(i):
    return Plain()


def loud(i):
    return Loud(i)


FUNCTIONS = (rebind, temporary, into_list, into_attr, exhausted, deleted, inlined, conditional, nested)


def train():
    t = 0
    for f in FUNCTIONS:
        for _ in range(40):
            f(60, quiet)
            f(60, plain)
            f(20, loud)
    for _ in range(40):
        watched(40, plain)
    print("trained")


def report(f, n, make):
    global wanted
    wanted = 1
    show(f, n, make)
    wanted = 0
    for entry in log:
        print("   ", entry)
    log.clear()


def mixed(i):
    return (quiet, loud, plain)[i % 3](i)


def test():
    for f in FUNCTIONS:
        report(f, 4, loud)
        report(f, 3, mixed)
    report(watched, 6, plain)
    report(watched, 3, loud)


main(train, test)
