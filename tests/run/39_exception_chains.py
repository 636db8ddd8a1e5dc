"""raise in every form: bare, from, in except, in finally; __context__, __cause__, sys.exc_info, `e` deleted, reraised."""
import sys
import traceback
from support import main, show, trace


def bare(v):
    try:
        return 1 // v
    except ZeroDivisionError:
        raise


def from_other(v):
    try:
        return 1 // v
    except ZeroDivisionError as e:
        raise ValueError("from") from e


def from_none(v):
    try:
        return 1 // v
    except ZeroDivisionError:
        raise ValueError("alone") from None


def in_handler(v):
    try:
        return 1 // v
    except ZeroDivisionError:
        return [][v]


def in_finally(v):
    try:
        return 1 // v
    finally:
        {}[v]


def name_gone(v):
    try:
        1 // v
        return "fine"
    except ZeroDivisionError as e:
        kept = e
    try:
        return e
    except UnboundLocalError as u:
        return type(kept).__name__, str(u)


def info(v):
    before = sys.exc_info()[0]
    try:
        1 // v
    except Exception:
        during = sys.exc_info()[0].__name__
        try:
            [][v]
        except IndexError:
            nested = sys.exc_info()[0].__name__
        back = sys.exc_info()[0].__name__
    else:
        return before
    return before, during, nested, back, sys.exc_info()[0]


def raise_it(x):
    raise x


def raise_from(x, y):
    raise x from y


def retry(values, attempts):
    out = []
    for v in values:
        for a in range(attempts):
            try:
                out.append(10 // (v - a))
                break
            except ZeroDivisionError as e:
                last = e
                continue
        else:
            out.append(type(last).__name__)
    return out


def notes(v):
    try:
        return 1 // v
    except ZeroDivisionError as e:
        e.add_note(f"v was {v}")
        raise


def caller(f, v, n):
    t = 0
    for i in range(n):
        t += f(v)
    return t


def train():
    t = 0
    for i in range(1500):
        for f in (bare, from_other, from_none, in_handler, notes):
            t += f(1)
        t += len(name_gone(1)) + len(retry([1, 2, 3], 2)) + (info(1) is None) + caller(bare, 1, 5)
    print(t)


def test():
    for f in (bare, from_other, from_none, in_handler, in_finally, notes):
        for v in (0, False, 0.0, 2, "s"):
            trace(f, v)
        trace(caller, f, 0, 3)
    for v in (0, 1, 0.0):
        show(name_gone, v)
        show(info, v)

    class Strange(Exception):
        def __init__(self, *a): raise RuntimeError("constructor failed")
    class NotExc:
        def __repr__(self): return "NotExc()"
    for x in (ValueError, ValueError("v"), 5, None, "s", NotExc, NotExc(), Strange, KeyboardInterrupt("k"), SystemExit(3), StopIteration(4)):
        show(raise_it, x)
        show(raise_from, KeyError(1), x)
    trace(raise_it, KeyboardInterrupt("stop"))
    trace(raise_from, KeyError("k"), ValueError)
    show(retry, [0, 1, 2, 5.0, True, 0.0], 1)
    show(retry, [1, "x"], 2)
    try:
        raise
    except RuntimeError as e:
        print(e)
    e = None
    try:
        try:
            bare(0)
        except ZeroDivisionError as first:
            from_other(0)
    except ValueError as last:
        e = last
    while e is not None:
        print(type(e).__name__, [f.name for f in traceback.extract_tb(e.__traceback__)], [f.lineno for f in traceback.extract_tb(e.__traceback__)])
        e = e.__cause__ or e.__context__


main(train, test)
