"""What the programs of this folder share.

A program defines train() and test() and ends with main(train, test).  `train` is the run that is
profiled; `test` feeds the same functions what the profile has never seen.  Output may hold no address,
no time and no hash order, for the plain interpreter's output is the expectation.
"""
import sys
import traceback


def show(f, *args, **kwargs):
    """Prints on one line what f returns or raises."""
    name = getattr(f, "__name__", "?")
    try:
        result = f(*args, **kwargs)
    except BaseException as e:
        text = str(e)
        if isinstance(e, RecursionError):
            # Which operation meets the limit first (" in comparison", …) depends on how warm CPython's code is.
            text = text[:len("maximum recursion depth exceeded")]
        print(f"{name}: {type(e).__name__}: {text}")
    else:
        print(f"{name}: {type(result).__name__} {result!r}")


def cross(f, left, right):
    """show() for every pair."""
    for a in left:
        for b in right:
            print(f"{a!r} , {b!r}", end=" -> ")
            show(f, a, b)


def trace(f, *args, **kwargs):
    """Prints the traceback f ends with, carets included."""
    try:
        print(repr(f(*args, **kwargs)))
    except BaseException:
        traceback.print_exc(file=sys.stdout)


INTS = [0, 1, -1, 7, 2**30 - 1, 2**30, -2**30, 2**31, 2**60, 2**62, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64, 10**30]
FLOATS = [0.0, -0.0, 1.5, -2.25, 1e308, 5e-324, float("inf"), float("-inf"), float("nan")]


class MyInt(int):
    """An int whose operators answer for themselves."""
    def __add__(self, other): return f"MyInt+{other}"
    def __radd__(self, other): return f"{other}+MyInt"
    def __sub__(self, other): return f"MyInt-{other}"
    def __rsub__(self, other): return f"{other}-MyInt"
    def __mul__(self, other): return f"MyInt*{other}"
    def __rmul__(self, other): return f"{other}*MyInt"
    def __neg__(self): return "-MyInt"
    def __lt__(self, other): return "MyInt<"
    def __eq__(self, other): return "MyInt=="
    __hash__ = int.__hash__


class MyFloat(float):
    """A float whose operators answer for themselves."""
    def __add__(self, other): return f"MyFloat+{other}"
    def __radd__(self, other): return f"{other}+MyFloat"
    def __sub__(self, other): return f"MyFloat-{other}"
    def __mul__(self, other): return f"MyFloat*{other}"
    def __rmul__(self, other): return f"{other}*MyFloat"
    def __lt__(self, other): return "MyFloat<"


class PlainInt(int):
    """An int subclass that changes nothing: results are exact ints."""


class PlainFloat(float):
    """A float subclass that changes nothing."""


def main(train, test):
    """`PROGRAM train [TIMES]` or `PROGRAM test`; the runner records with more TIMES, to give the sampler more."""
    what = {"train": train, "test": test}[sys.argv[1]]
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        what()
        sys.stdout.flush()
