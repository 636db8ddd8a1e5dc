"""list.append and friends: list subclasses, lists that change under append, append bound to a local, other objects."""
from array import array
from collections import deque
from support import main, show, trace


class Noisy(list):
    def append(self, v):
        print("append", v)
        list.append(self, v)


class Sub(list):
    pass


class Fake:
    def __init__(self): self.n = 0
    def append(self, v): self.n += v


def fill(lst, n):
    for i in range(n):
        lst.append(i)
    return lst


def fill_bound(lst, n):
    app = lst.append
    for i in range(n):
        app(i * 0.5)
    return len(lst)


def result(lst):
    r = lst.append(1)
    return r


def self_append(lst):
    lst.append(lst)
    return len(lst), lst[-1] is lst


def stack(ops):
    s = []
    out = []
    for op in ops:
        if op is None:
            out.append(s.pop())
        else:
            s.append(op)
    return out, s


def queue(n):
    q = [0]
    seen = 0
    while q:
        x = q.pop(0)
        seen += x
        if x < n:
            q.append(x + 1)
        if x % 3 == 0 and x < n:
            q.insert(0, x + 2)
    return seen


def primes(n):
    ps = []
    for k in range(2, n):
        for p in ps:
            if p * p > k:
                ps.append(k)
                break
            if k % p == 0:
                break
        else:
            ps.append(k)
    return ps


def train():
    t = 0
    for i in range(250):
        t += len(fill([], 20)) + fill_bound([], 20) + (result([]) is None) + len(stack([1, 2, None, 3, None])[0]) + queue(6) + len(primes(60))
        t += self_append([])[0]
    print(t)


def test():
    show(fill, Noisy(), 3)
    show(fill, Sub(), 3)
    show(fill, array("i"), 3)
    show(fill, deque(maxlen=2), 4)
    show(fill, bytearray(), 4)
    f = Fake()
    fill(f, 4)
    print(f.n)
    f.append = print
    fill(f, 2)
    trace(fill, (), 2)
    trace(fill, {}, 1)
    trace(fill, array("b"), 200)
    show(fill, [], 0)
    trace(fill, [], 1.5)
    for o in (Noisy(), Sub([1]), deque(), array("d")):
        show(fill_bound, o, 3)
    trace(fill_bound, bytearray(), 3)
    trace(fill_bound, None, 3)
    show(result, Noisy())
    show(result, deque())
    trace(result, 5)
    show(self_append, Sub())
    show(stack, [1.5, None, "x", 2**70, None])
    trace(stack, [1, None, None])
    show(queue, 4.5)
    show(primes, 30)
    show(primes, 2)
    lst = []
    lst.append(lst)
    print(len(fill(lst, 3)), lst[0] is lst)


main(train, test)
