"""What tests/run cannot see of compiled generators: retirement, another interpreter in the process, ends at exit."""
import _xxsubinterpreters as interpreters
import sys


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def relay(it):
    return (yield from it)


class Manager:
    async def __aenter__(self):
        return 1

    async def __aexit__(self, *exc):
        return False


async def leaves(m):
    """async with always leaves for the interpreter."""
    async with m as x:
        return x


async def stays(n):
    return n


def run(c):
    try:
        c.send(None)
    except StopIteration as e:
        return e.value


def at_exit():
    try:
        yield 1
        yield 2
    finally:
        print("ended")


print(sum(count(1000)), sum(relay(count(1000))), sum(run(leaves(Manager())) for _ in range(2000)), sum(run(stays(i)) for i in range(9)))
half = relay(count(6))
print(next(half), next(half))
other = interpreters.create()
interpreters.run_string(other, """
def count(n):
    i = 0
    while i < n:
        yield i
        i += 1
def relay(it):
    return (yield from it)
g = relay(count(5))
print(next(g), list(g), sum(x * x for x in count(4)), [*relay(count(3))])
g = count(3)
next(g)
g.close()
del g
""")
print(next(half))
interpreters.destroy(other)
print(list(half), count.__next__ if hasattr(count, "__next__") else type(half).__next__, type(half).send, type(half).close)
sys.last_one = at_exit()
print(next(sys.last_one))
