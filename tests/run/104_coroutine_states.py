"""What the outside sees of a coroutine at each await, and all that can be awaited."""
import asyncio
import gc
import inspect
import sys
import types
import warnings
from support import main, show, trace


@types.coroutine
def pause(v=None):
    return (yield v)


async def leaf(x):
    return x + 1


async def sometimes(x):
    if x % 3 == 1:
        await pause(x)
    if x == 7:
        raise KeyError(x)
    return x * 1.5 if x > 4 else x


async def sleeps(n):
    i = 0
    while i < n:
        await pause(i)
        i += 1
    return i


async def summed(n):
    s = 0
    i = 0
    while i < n:
        s += await leaf(i)
        i += 1
    return s


async def mixed(n, f):
    s, k = 0.0, 0
    for i in range(n):
        k += 2
        s += await f(i)
    return s, k


async def nested(depth, n):
    if depth:
        return (await nested(depth - 1, n)) + 1
    return await sleeps(n)


async def guarded(log, n):
    i = 0
    try:
        while i < n:
            i += await pause(i) or 1
    except LookupError as e:
        log.append(repr(e))
        await pause("handling")
        raise
    finally:
        log.append(i)
        await pause("finally")
    return i


async def awaits(x):
    return await x


class Awaitable:
    def __init__(self, it):
        self.it = it

    def __await__(self):
        return self.it


def look(c):
    f, y = c.cr_frame, c.cr_await
    return (inspect.getcoroutinestate(c),
            f and (f.f_lasti, f.f_lineno, {k: v for k, v in f.f_locals.items() if isinstance(v, (int, float))}, f.f_back),
            y and type(y).__name__, c.cr_running, c.cr_suspended, c.cr_origin, sorted(type(o).__name__ for o in gc.get_referents(c)))


def raise_again(e):
    raise e


def steps(c, values=(None,) * 20, looking=True):
    try:
        for v in values:
            print(c.send(v), look(c) if looking else "")
    except StopIteration as e:
        print("returned", e.value, e.args)
    except BaseException as e:
        trace(raise_again, e)
    print(look(c))
    show(c.send, None)


def run(c):
    try:
        while True:
            c.send(None)
    except StopIteration as e:
        return e.value


def train():
    t = 0
    for i in range(150):
        t += run(sleeps(5)) + run(summed(20)) + int(run(mixed(6, sometimes))[0]) + run(nested(4, 3)) + run(guarded([], 4))
        t += run(awaits(leaf(i))) + run(mixed(6, leaf))[1]
    print(t)


def test_states():
    for make in (lambda: sleeps(2), lambda: summed(3), lambda: mixed(3, leaf), lambda: mixed(5, sometimes), lambda: mixed(9, sometimes),
                 lambda: nested(3, 2), lambda: guarded([], 2), lambda: sleeps("q"), lambda: summed(2.5), lambda: summed("x"),
                 lambda: mixed(2, lambda x: 5), lambda: mixed(2, lambda x: pause(x))):
        c = make()
        print(look(c))
        steps(c)
    c = guarded([], 5)
    steps(c, (None, 1, 2, "x"))
    show(sleeps(1).send, 5)


def test_ends():
    for error in (ValueError("t"), LookupError("l"), GeneratorExit(), StopIteration("s")):
        for make in (lambda log: sleeps(3), lambda log: nested(2, 3), lambda log: guarded(log, 3)):
            log = []
            c = make(log)
            print(c.send(None))
            try:
                print(c.throw(error))
                steps(c)
            except BaseException as e:
                trace(raise_again, e)
            print(look(c), log)
    for make in (lambda: sleeps(3), lambda: nested(2, 3)):
        c = make()
        c.send(None)
        print(c.close(), look(c))
    c = guarded([], 3)
    c.send(None)
    show(c.close)
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        sleeps(1)
        c = nested(1, 1)
        del c
        print([str(x.message) for x in w])

    async def stops():
        raise StopIteration("inside")
    steps(stops())
    steps(awaits(stops()))


def test_awaitables():
    unused = leaf(1)
    for x in (5, None, Awaitable(iter([1, 2])), Awaitable(3), Awaitable(unused), Awaitable(pause(4)), iter([]), pause(6),
              Awaitable(x for x in "ab")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            steps(awaits(x), looking=False)
    unused.close()
    c = sleeps(2)
    c.send(None)
    steps(awaits(c), looking=False)
    done = leaf(1)
    run(done)
    steps(awaits(done))
    busy = sleeps(5)
    a, b = awaits(busy), awaits(busy)
    print(a.send(None))
    steps(b)
    a.close()

    async def own():
        return await me
    me = own()
    steps(me)

    def not_a_coroutine():
        yield from me2
    me2 = leaf(1)
    trace(list, not_a_coroutine())
    me2.close()


def test_frames():
    def walk(x):
        f, out = sys._getframe(1), []
        while f and f.f_code.co_name != "test_frames":
            out.append((f.f_code.co_name, f.f_lineno, {k: v for k, v in f.f_locals.items() if isinstance(v, (int, float))}))
            f = f.f_back
        print(out)
        return leaf(x)
    print(run(mixed(3, walk)))

    class Nosy(int):
        def __add__(self, o):
            walk(1).close()
            return int(self) + o
    print(run(mixed(2, lambda i: leaf(Nosy(i)))), run(nested(2, Nosy(2))))


def test_origins():
    sys.set_coroutine_origin_tracking_depth(3)
    c = leaf(2)
    print([(line, name) for _, line, name in c.cr_origin])
    c.close()

    async def inner():
        c = leaf(3)
        print([(line, name) for _, line, name in c.cr_origin])
        return await c
    print(run(inner()), run(summed(3)))
    sys.set_coroutine_origin_tracking_depth(0)


def test_loop():
    async def everything():
        a = await asyncio.gather(sleeping(3), sleeping(2), sleeping("q"), summed(4), mixed(3, leaf), return_exceptions=True)
        print(repr(a))
        t = asyncio.create_task(sleeping(10**6))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        print([(f.f_code.co_name, f.f_lineno) for f in t.get_stack()])
        t.cancel()
        try:
            await t
        except asyncio.CancelledError:
            print("cancelled")
        print(await asyncio.wait_for(sleeping(2), 10))

    async def sleeping(n):
        i = 0
        while i < n:
            await asyncio.sleep(0)
            i += 1
        return i
    asyncio.run(everything())


def test_tracing():
    log = []

    def tracer(f, e, a):
        if f.f_code.co_filename == __file__ and f.f_code.co_name in ("sleeps", "summed", "leaf", "nested", "mixed", "switching"):
            log.append((f.f_code.co_name, e, f.f_lineno, a if isinstance(a, (int, float, type(None))) else type(a).__name__))
        return tracer

    async def switching(x):
        if x == 1:
            switch(tracer)
        if x == 3:
            switch(None)
        return x
    for switch in (sys.settrace, sys.setprofile):
        switch(tracer)
        run(summed(2))
        run(nested(1, 1))
        switch(None)
        log.append("----")
        run(mixed(5, switching))
        switch(None)
        c = sleeps(3)
        c.send(None)
        switch(tracer)
        c.send(None)
        switch(None)
        run(c)
    for line in log:
        print(line)


def test():
    test_states()
    test_ends()
    test_awaitables()
    test_frames()
    test_origins()
    test_loop()
    test_tracing()


main(train, test)
