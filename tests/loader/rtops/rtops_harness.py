"""Compares a runtime helper with the interpreter: results, exceptions with their texts, and references."""
import array
import gc
import re
import sys

import rtops

Miss = rtops.Miss
checks = 0


class Raised:
    """What an exception looks like from outside."""

    def __init__(self, exc):
        self.facts = (type(exc), text(exc.args), getattr(exc, "name", None), text(getattr(exc, "obj", None)),
                      text(exc.__cause__), text(exc.__context__), exc.__suppress_context__)

    def __eq__(self, other):
        return isinstance(other, Raised) and self.facts == other.facts

    def __repr__(self):
        return "raised %r" % (self.facts,)


def outcome(f, *args):
    try:
        return f(*args)
    except BaseException as exc:
        return Raised(exc)


def text(o):
    """Its repr without addresses: two bound methods or two new objects are as good as one."""
    return re.sub("0x[0-9a-f]+", "0x", repr(o))


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return repr(a) == repr(b)  # nan, -0.0
    if a is b:
        return True
    if text(a) == text(b):
        return True
    return type(a).__eq__ is not object.__eq__ and bool(a == b)


def check(got, want, *about):
    global checks
    checks += 1
    if not same(got, want):
        raise AssertionError("got %r, the interpreter says %r: %r" % (got, want, about))


def run(*tests):
    """Every test once; on a debug build more often, since there the number of references must not grow from run to run."""
    total = getattr(sys, "gettotalrefcount", None)
    counts = array.array("q")  # not a list: the numbers in it would be references too
    growth = []
    # A leak loses some in every run; the type cache and the like go up and down, now and then three times up.
    while not counts or (total and (len(counts) < 5 or (min(growth) > 0 and len(counts) < 15))):
        for test in tests:
            test()
        gc.collect()
        counts.append(total() if total else 0)
        growth = [b - a for a, b in zip(counts[1:], counts[2:])]
    if growth and min(growth) > 0:
        raise AssertionError("references drift from run to run: %r" % growth)
    print("  %-28s %d checks%s" % (sys.argv[0].rsplit("/", 1)[-1], checks, ", references steady" if growth else ""))
