"""A callee owns its arguments: what it rebinds or deletes is gone at once, unless somebody else has it.  A class call, or a C function, leaves them
to its caller."""
import sys
from support import main, show


loud = False


class Loud:
    def __init__(self, n=0):
        self.n = n

    def __del__(self):
        if loud:
            print("   end", self.n)

    def __repr__(self):
        return f"Loud({self.n})"

    def drop_self(self, by):
        self = None
        say("self dropped")
        return by

    def __call__(self, o):
        self = o = None
        say("called")


class Holder:
    def __init__(self, o, extra=None):
        o = None
        say("in __init__")
        self.extra = extra
        extra = None
        say("extra dropped")


class Failing:
    def __init__(self, o):
        o = None
        say("failing")
        self.missing


class Sub:
    def __getitem__(self, key):
        key = None
        say("key dropped")
        return 0


def say(what):
    if loud:
        print("  ", what)


def rebinds(o):
    o = None
    say("rebound")
    return 1


def deletes(o, other):
    del o
    say("deleted")
    del other
    say("deleted the other")
    return 2


def defaulted(o, other=None, third=3):
    o = None
    say("rebound with defaults")
    other = None
    say("and the other")
    return third


def gathers(o, *rest):
    o = None
    say("first dropped")
    rest = None
    say("rest dropped")
    return 4


def returns(o):
    return o


def raises(o, n):
    o = None
    say("before the error")
    return 1 // n


def captures(o):
    def inner():
        return o
    o = None
    say("cell emptied")
    return inner()


def recurses(o, n):
    if n:
        return recurses(Loud(n), n - 1)
    o = None
    return 5


def calls(n, make):
    t = 0
    for i in range(n):
        t += rebinds(make(i))
        t += deletes(make(i), make(i + 1))
        t += defaulted(make(i))
        t += defaulted(make(i), other=make(i + 1))
        t += gathers(make(i), make(i + 1), make(i + 2))
        say("between")
        kept = make(i)
        t += rebinds(kept)
        t += deletes(kept, kept)
        say("still kept")
        returns(make(i))
        say("returned")
        captures(make(i))
    return t


def methods(n, make):
    t = 0
    for i in range(n):
        t += make(i).drop_self(1)
        say("between")
        bound = make(i).drop_self
        say("bound")
        t += bound(2)
        say("called")
        make(i)(make(i + 1))
    return t


def classes(n, make):
    for i in range(n):
        Holder(make(i))
        say("one")
        h = Holder(make(i), make(i + 1))
        say("two")
        h = Holder(make(i), extra=make(i + 1))
        say("three")
    return n


def builtins(n, make):
    t = 0
    sub = Sub()
    for i in range(n):
        t += len(repr(make(i)))
        say("len")
        t += isinstance(make(i), Loud)
        say("isinstance")
        t += sub[make(i).n]
        t += sys.getrefcount(make(i)) + sys.getrefcount(t)  - sys.getrefcount(t)
    return t


def train():
    for _ in range(30):
        calls(30, Loud)
        methods(30, Loud)
        classes(30, Loud)
        builtins(30, Loud)
        recurses(Loud(1), 30)
    print("trained")


def failing(n, make):
    for i in range(n):
        try:
            raises(make(i), i)
        except ZeroDivisionError as e:
            say("caught")
            e = None
        try:
            deletes(make(i))
        except TypeError as e:
            say("too few")
        try:
            rebinds(make(i), make(i + 1))
        except TypeError as e:
            say("too many")
        try:
            defaulted(make(i), nobody=make(i + 1))
        except TypeError as e:
            say("no such name")
        try:
            Failing(make(i))
        except AttributeError as e:
            say("no such attribute")
    return n


def test():
    global loud, rebinds
    loud = True
    for f in (calls, methods, classes, builtins, failing):
        show(f, 2, Loud)
    show(calls, 1, returns)
    loud = False
    show(recurses, Loud(1), 10000)
    loud = True
    show(recurses, Loud(1), 3)

    def other(o):
        say("another function")
        return 10
    rebinds = other
    show(calls, 1, Loud)


main(train, test)
