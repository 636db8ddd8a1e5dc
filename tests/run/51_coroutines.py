"""Coroutines, async for, async with, async generators, driven by hand and by asyncio, beside hot plain functions."""
import asyncio
from support import main, show, trace


class Ready:
    def __init__(self, v): self.v = v
    def __await__(self):
        got = yield self.v
        return got


class Acm:
    def __init__(self, log): self.log = log
    async def __aenter__(self):
        self.log.append("enter")
        return 5
    async def __aexit__(self, t, v, tb):
        self.log.append(t.__name__ if t else None)
        return t is KeyError


class Aiter:
    def __init__(self, values): self.values = iter(values)
    def __aiter__(self): return self
    async def __anext__(self):
        try:
            return next(self.values)
        except StopIteration:
            raise StopAsyncIteration


def work(x):
    t = 0
    for i in range(5):
        t += x * i
    return t


async def leaf(x):
    return work(x) + 1


async def loop(n, step):
    t = 0
    for i in range(n):
        t += await leaf(i * step)
    return t


async def async_for(values):
    t = 0
    async for v in Aiter(values):
        t += v
    else:
        t += 1
    return t


async def async_with(log, v):
    async with Acm(log) as x:
        return x // v
    return "swallowed"


async def agen(n):
    for i in range(n):
        got = yield i
        if got:
            yield got


async def comp(n):
    return [x * 2 async for x in agen(n) if x % 2 == 0], {x: await leaf(x) async for x in agen(3)}


async def awaits():
    a = await Ready(1)
    b = await Ready(2)
    return a + b


async def failing(v):
    try:
        return await leaf(v)
    except TypeError as e:
        return str(e)
    finally:
        await leaf(1)


def run(coro):
    try:
        while True:
            coro.send(None)
    except StopIteration as e:
        return e.value


def train():
    t = 0
    for i in range(150):
        t += run(loop(10, 2)) + run(async_for([1, 2, 3])) + run(async_with([], 2)) + len(run(comp(6))[0]) + run(failing(i))
    print(t)


def test():
    show(run, loop(4, 0.5))
    show(run, loop(3, 2**62))
    show(run, loop(3, True))
    trace(run, loop(3, "x"))
    trace(run, loop(3, None))
    show(run, async_for([1, 2.5, 2**70]))
    trace(run, async_for([1, "x"]))
    for v in (2, 0, 0.0, "x"):
        log = []
        show(run, async_with(log, v))
        print(log)
    show(run, comp(5))
    show(run, failing("a"))
    show(run, failing(None))
    c = awaits()
    print(c.send(None), c.send(10))
    try:
        c.send(2.5)
    except StopIteration as e:
        print(e.value)
    trace(c.send, None)

    async def gathered():
        return await asyncio.gather(loop(5, 1), loop(3, 0.5), asyncio.sleep(0, "slept"), failing("z"))
    print(asyncio.run(gathered()))

    async def cancelled():
        t = asyncio.ensure_future(asyncio.sleep(10))
        await asyncio.sleep(0)
        t.cancel()
        try:
            await t
        except asyncio.CancelledError as e:
            return "cancelled"
    print(asyncio.run(cancelled()))

    async def not_awaitable():
        await 5
    trace(run, not_awaitable())

    async def ag_protocol():
        g = agen(3)
        out = [await g.asend(None), await g.asend("sent"), await g.__anext__()]
        await g.aclose()
        return out
    print(run(ag_protocol()))


main(train, test)
