"""Recursion to the limit, in plain, mutual, method and mixed Python/C recursion, with the limit moved."""
import sys
from support import main, show


def down(n):
    if n == 0:
        return 0
    return 1 + down(n - 1)


def forever(n):
    return forever(n + 1)


depth = 0


def count_depth():
    global depth
    depth += 1
    count_depth()


def ping(n):
    return pong(n + 1)


def pong(n):
    return ping(n + 1)


class Node:
    def __init__(self, child): self.child = child
    def size(self): return 1 + (self.child.size() if self.child else 0)
    def __repr__(self): return f"N({self.child!r})"


class Loop:
    def __getattr__(self, name): return getattr(self, name + "x")
    def __eq__(self, other): return self == other
    def __len__(self): return len(self)


def through_c(n):
    return max([n], key=lambda x: through_c(x + 1))


def catch_and_go_on(n):
    try:
        return catch_and_go_on(n + 1)
    except RecursionError:
        return "caught"


def finally_deep(n, log):
    try:
        finally_deep(n + 1, log)
    finally:
        log[0] += 1


def chain(n):
    node = None
    for _ in range(n):
        node = Node(node)
    return node


def train():
    t = 0
    for i in range(150):
        t += down(60) + chain(40).size()
    print(t)


def test():
    global depth
    show(down, 500)
    for f in (lambda: forever(0), lambda: ping(0), lambda: chain(5000).size(), lambda: repr(chain(5000)), lambda: Loop().a,
              lambda: Loop() == 1, lambda: len(Loop()), lambda: through_c(0), lambda: catch_and_go_on(0)):
        show(f)
    for limit in (200, 1000, 3000):
        sys.setrecursionlimit(limit)
        depth = 0
        try:
            count_depth()
        except RecursionError as e:
            print(limit, depth, e)
        log = [0]
        try:
            finally_deep(0, log)
        except RecursionError as e:
            print(limit, log, e)
    sys.setrecursionlimit(20000)
    show(down, 15000)
    show(down, 15000.0)
    show(lambda: chain(9000).size())
    sys.setrecursionlimit(1000)
    show(down, 980)
    show(down, 1100)
    try:
        sys.setrecursionlimit(1)
    except RecursionError as e:
        print(e)
    # The limit lowered from inside: the next call fails.

    def lower(n):
        if n == 50:
            sys.setrecursionlimit(100)
        return lower(n + 1)
    show(lower, 0)
    sys.setrecursionlimit(1000)
    show(down, 600)


main(train, test)
