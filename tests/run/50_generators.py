"""Generators beside and inside hot functions: send, throw, close, delegation, producers that change type."""
from support import main, show, trace


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def evens(it):
    for x in it:
        if x % 2 == 0:
            yield x


def total(it):
    t = 0
    for x in it:
        t += x
    return t


def delegating(n):
    r = yield from inner(n)
    yield r


def inner(n):
    for i in range(n):
        try:
            got = yield i
        except ValueError as e:
            yield f"caught {e}"
        else:
            if got:
                yield ("got", got)
    return "returned"


def averager():
    t, n = 0.0, 0
    avg = None
    while True:
        x = yield avg
        t += x
        n += 1
        avg = t / n


def with_finally(log):
    try:
        yield 1
        yield 2
    finally:
        log.append("finally")


def tree(n):
    if n:
        yield from tree(n // 2)
        yield n
        yield from tree(n // 3)


def genexpr(n, k):
    return sum(x * k for x in range(n) if x & 1), max((x for x in range(n)), default=-1)


def drive(gen, values):
    next(gen)
    out = None
    for v in values:
        out = gen.send(v)
    return out


def consume(n):
    a = []
    for x, y in zip(count(n), evens(count(n))):
        a.append(x * y)
    return a


def typed(values):
    for v in values:
        yield v


def train():
    t = 0
    for i in range(150):
        t += total(count(30)) + total(evens(count(30))) + len(list(delegating(5))) + drive(averager(), [1.0, 2.0, 3.0])
        t += sum(tree(20)) + genexpr(20, 3)[0] + len(consume(10)) + total(typed([1, 2, 3])) + len(list(with_finally([])))
    print(t)


def test():
    show(total, count(5))
    show(total, count(2.5))
    show(total, count(0))
    show(total, typed([1, 2.5, 2**70]))
    trace(total, typed([1, "x"]))
    trace(total, count("x"))
    show(total, evens([2, 4.0, True]))
    g = delegating(3)
    print(next(g), g.send("hello"), next(g), g.throw(ValueError("v")), next(g), list(g))
    g = delegating(3)
    next(g)
    trace(g.throw, KeyError("k"))
    trace(next, g)
    g = delegating(2)
    next(g)
    g.close()
    show(lambda: list(g))
    log = []
    g = with_finally(log)
    next(g)
    del g
    print(log)
    for x in with_finally(log):
        break
    print(log)
    show(drive, averager(), [1, 2**62, 0.5])
    trace(drive, averager(), [1, "x"])
    show(genexpr, 5, 0.5)
    show(genexpr, 0, 1)
    trace(genexpr, 3, None)
    show(consume, 6)
    print(list(tree(9)), list(tree(0)))

    def selfish():
        yield next(me)
    me = selfish()
    trace(next, me)

    def stops():
        yield 1
        raise StopIteration("inside")
    trace(list, stops())
    g = count(3)
    print(g.gi_frame.f_locals, next(g), g.gi_frame.f_locals, g.gi_running)


main(train, test)
