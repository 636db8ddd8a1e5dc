"""Calls between Python functions: recursion, mutual recursion, callee swapped, callee that raises, deep expressions."""
from support import main, show, trace


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def ack(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def tak(x, y, z):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


def hanoi(n, a, b, c, moves):
    if n:
        hanoi(n - 1, a, c, b, moves)
        moves.append((a, c))
        hanoi(n - 1, b, a, c, moves)
    return len(moves)


def square(x):
    return x * x


def add(a, b=1):
    return a + b


def compose(x):
    return add(square(add(x)), square(x)) - square(add(x, x))


def fail_at(x, bad):
    if x == bad:
        raise ValueError(f"bad {x}")
    return x


def safe(n, bad):
    t = 0
    for i in range(n):
        try:
            t += fail_at(i, bad)
        except ValueError as e:
            t += 1000
            msg = str(e)
    return t, msg if bad < n else ""


def unsafe(n, bad):
    t = 0
    for i in range(n):
        t += fail_at(i, bad)
    return t


def nothing():
    pass


def returns_none(x):
    nothing()
    y = nothing()
    return y is None, x


class Tree:
    def __init__(self, left, right):
        self.left, self.right = left, right
    def check(self):
        if self.left is None:
            return 1
        return 1 + self.left.check() + self.right.check()


def make_tree(d):
    return Tree(None, None) if d == 0 else Tree(make_tree(d - 1), make_tree(d - 1))


def train():
    t = fib(17) + ack(2, 6) + tak(10, 6, 3) + hanoi(8, "a", "b", "c", [])
    for i in range(3000):
        t += compose(i) + safe(5, 9)[0] + unsafe(5, 9) + returns_none(i)[0] + even(10)
    t += make_tree(7).check()
    print(t)


def test():
    global square, add, odd
    for n in (0, 1, 15, 2.5, True, -3):
        show(fib, n)
    for n in ("x", None):
        trace(fib, n)
    show(ack, 1, 2**62)
    show(ack, 2, 3.0)
    show(tak, 6.5, 3, 1)
    show(hanoi, 4, 1, 2, 3, [])
    show(even, 7)
    show(even, 8.0)
    for x in (2**31, 2**62, 0.5, True, "a", 1j):
        show(compose, x)
    trace(compose, None)
    old = square
    square = lambda x: x * 0.5
    show(compose, 3)
    square = fail_at
    trace(compose, 3)
    del square
    trace(compose, 3)
    square = old
    add = max
    show(compose, [3])
    show(safe, 6, 3)
    show(safe, 6, 3.0)
    show(safe, 2.5, 1)
    trace(unsafe, 6, 3)
    odd = lambda n: "odd was replaced"
    show(even, 4)
    t = make_tree(3)
    show(t.check)
    t.left.right = None
    trace(t.check)
    t.left.right = t.right
    t.right.check = lambda: 2**63
    show(t.check)


main(train, test)
