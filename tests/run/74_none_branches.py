"""Branches on None in both directions, forwards and backwards, with objects that pretend to be None."""
from support import main, show, trace


class Node:
    def __init__(self, v, next=None):
        self.v = v
        self.next = next


class NoneLike:
    def __eq__(self, o): return o is None
    def __bool__(self): return False
    v = 0
    next = None


def last(n):
    while n.next is not None:
        n = n.next
    return n.v


def first_none(it):
    x = next(it)
    while x is None:
        x = next(it)
    return x


def until_none(it):
    n = 0
    while True:
        x = next(it)
        n += 1
        if x is None:
            break
    return n


def do_while(n, limit):
    c = 0
    while n is not None and c < limit:
        n = n.next
        c += 1
    return c


def default(x, y=None):
    if y is None:
        y = x
    return y if x is not None else "nothing"


def count(values):
    a = b = c = 0
    for v in values:
        if v is None:
            a += 1
            continue
        if v == None:
            b += 1
        if not v:
            c += 1
    return a, b, c


def search(tree, key):
    while tree is not None:
        k, left, right = tree
        if key == k:
            return True
        tree = left if key < k else right
    return False


def train():
    t = 0
    n = None
    for i in range(30):
        n = Node(i, n)
    tree = (5, (3, None, (4, None, None)), (8, None, None))
    for i in range(600):
        t += last(n) + first_none(iter([None, None, i])) + until_none(iter([1, 2, None])) + do_while(n, 10) + default(i) + count([1, 0, None])[0]
        t += search(tree, 4) + search(tree, 9)
    print(t)


def test():
    show(last, Node(1))
    show(last, Node(0.5, Node(2**70)))
    show(last, Node(1, NoneLike()))
    trace(last, None)
    trace(last, Node(1, 5))
    show(first_none, iter([None, False]))
    show(first_none, iter([NoneLike()].__class__([0])))
    trace(first_none, iter([None]))
    trace(until_none, iter([1]))
    show(until_none, iter([NoneLike(), 0, None]))
    show(do_while, Node(1, Node(2)), 5)
    show(do_while, NoneLike(), 5)
    show(do_while, None, 5)
    trace(do_while, 5, 5)
    for x in (None, 0, False, 2.5):
        for y in (None, 0, "y"):
            show(default, x, y)
    show(count, [None, NoneLike(), 0, "", None, 1.5, True])
    show(search, (1, None, None), 1.0)
    show(search, ("m", ("a", None, None), None), "a")
    trace(search, (1, None, None), "x")
    trace(search, (1, None), 0)
    trace(search, 5, 0)


main(train, test)
