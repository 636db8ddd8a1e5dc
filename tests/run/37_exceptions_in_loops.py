"""Exceptions raised and caught in hot loops, at every position of the loop body, by every kind of operation."""
from support import main, show, trace


class Custom(Exception):
    def __init__(self, n):
        super().__init__(n)
        self.n = n


def catching(values):
    t = 0
    for v in values:
        try:
            t += 10 // v
        except ZeroDivisionError:
            t += 1000
        else:
            t += 1
        finally:
            t += 5
    return t


def several(values):
    out = []
    for v in values:
        try:
            if v > 5:
                raise Custom(v)
            out.append(100 // v)
        except Custom as e:
            out.append(-e.n)
        except (ZeroDivisionError, TypeError) as e:
            out.append(type(e).__name__)
        except Exception:
            out.append("other")
            break
    return out


def lookup(d, keys):
    t = 0
    for k in keys:
        try:
            t += d[k]
        except KeyError:
            continue
        except IndexError:
            return "index", t
    return t


def outer(values):
    try:
        return inner(values)
    except Custom as e:
        return "outer", e.n


def inner(values):
    t = 0
    for v in values:
        if v == 13:
            raise Custom(t)
        t += v
    return t


def in_condition(v, n):
    i = 0
    while i < n:
        try:
            while v[i] < 5:
                i += 1
            i += 2
        except IndexError:
            return "ran off", i
    return i


def nested(values):
    log = []
    for v in values:
        try:
            try:
                log.append(1 / v)
            except ZeroDivisionError:
                log.append("z")
                raise Custom(0)
            finally:
                log.append("f")
        except Custom:
            log.append("c")
    return log


def break_in_finally(values):
    for v in values:
        try:
            1 // v
        finally:
            break
    return v


def return_in_finally(v):
    try:
        return 1 // v
    finally:
        return "swallowed"


def attr(objs):
    t = 0
    for o in objs:
        try:
            t += o.real
        except AttributeError as e:
            t += len(e.name)
    return t


def train():
    t = 0
    good = list(range(1, 40))
    d = {i: i for i in range(50)}
    for i in range(150):
        t += catching(good) + len(several([1, 2, 3, 4])) + lookup(d, good) + outer([1, 2, 3])
        t += in_condition([1, 9, 1, 9] * 10, 20)
        t += len(nested([1, 2, 3])) + break_in_finally(good) + len(return_in_finally(2)) + attr(good)
    print(t)


def test():
    show(catching, [1, 0, -3, 2.5, 0.0, True, False])
    trace(catching, [1, "x", 0])
    show(several, [1, 6, 0, 7.5, 2**70, True])
    show(several, [2, "x", 3])
    show(several, [1, 0.0, 2, None])
    trace(several, None)
    show(lookup, {1: 2.5}, [1, 2, 1])
    show(lookup, {1: "a"}, [1])
    show(lookup, [1, 2, 3], [0, 1, 5, 2])
    show(lookup, {}, [[], 1])
    show(outer, [1, 2.5, 13, 4])
    show(outer, [13.0])
    trace(outer, ["x"])
    trace(inner, [1, 13])
    show(in_condition, [1, 2, 3], 20)
    show(in_condition, "abc", 2)
    show(in_condition, [9.5, True, 2**70], 3)
    show(nested, [1, 0, 2.0, 0.0, False])
    trace(nested, [1, "x"])
    show(break_in_finally, [0, 1])
    show(break_in_finally, [2.0, 1])
    trace(break_in_finally, [])
    show(return_in_finally, 0)
    show(return_in_finally, "x")
    show(attr, [1, 2.5, "abc", None, 2**64])


main(train, test)
