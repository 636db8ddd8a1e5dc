"""Values read out of objects that die at that very moment: the value must survive its holder, and only just."""
import weakref
from support import main, show

LOG = []


class V:
    """A value that says when it goes."""
    def __init__(self, n): self.n = n
    def __del__(self): LOG.append(self.n)
    def __repr__(self): return f"V({self.n})"


class H:
    __slots__ = ("v", "w", "__weakref__")
    def __init__(self, v, w=None): self.v, self.w = v, w


class D:
    def __init__(self, v): self.v = v
    def get(self): return self.v


def fresh_list(make, n):
    return [make(n), make(n + 1)][0]


def fresh_tuple(make, n):
    return (make(n), make(n + 1))[1]


def fresh_attr(make, n):
    return D(make(n)).v


def fresh_slot(make, n):
    return H(make(n)).v


def fresh_method(make, n):
    return D(make(n)).get()


def unpack_popped(queue):
    t = 0
    while queue:
        a, b, c = queue.pop()
        t += a + b * c
        if a > 0:
            queue.append((a - 1, b, c))
    return t


def unpack_loop(make, n):
    out = []
    for i in range(n):
        x, y = [make(i), make(-i)]
        out.append(y)
    return len(out), x, y


def chain(make, n):
    return D(D(H(make(n)))).v.v.v


def iterate_fresh(make, n):
    last = None
    for x in [make(i) for i in range(n)]:
        last = x
    return last


def replace_self(lst, make):
    """The element is read from a list that the next statement empties."""
    x = lst[0]
    lst[0] = make(0)
    y = lst[1]
    lst.clear()
    return x, y


def attr_then_rebind(o, make):
    v = o.v
    o.v = make(1)
    w = o.v
    o.v = None
    return v, w


def local_rebind(make, n):
    x = (make(n), make(n + 1))
    x = x[0]
    return x


def dict_item(make, n):
    return {"k": make(n)}["k"]


def ternary(make, n):
    return (make(n) if n % 2 else [make(n)][0]), (make(n) or make(n))


def pair_sum(n):
    t = 0.0
    for i in range(n):
        (a, b) = (i * 0.5, [i * 0.25])
        t += a + b[0]
    return t


def weak(make, n):
    h = H(make(n))
    r = weakref.ref(h)
    v = h.v
    h = None
    return r() is None, v


def run(make, number):
    for f in (fresh_list, fresh_tuple, fresh_attr, fresh_slot, fresh_method, unpack_loop, chain, iterate_fresh, local_rebind, dict_item,
              ternary, weak):
        r = f(make, 3)
        number(f.__name__, r)
        del r
        number("gone")
    number("replace", replace_self([make(7), make(8)], make))
    number("attr", attr_then_rebind(D(make(9)), make))
    number("attr", attr_then_rebind(H(make(9)), make))
    number("end")


def quiet(*args):
    pass


def loud(*args):
    print(*args, LOG)
    LOG.clear()


def plain(n):
    return n + 1000000


def train():
    t = 0
    for i in range(500):
        run(plain, quiet)
        t += unpack_popped([(1, 2, i), (3, 4, 5)]) + int(pair_sum(10))
    print(t)


def test():
    run(V, loud)
    run(plain, loud)
    run(lambda n: [n], loud)
    run(lambda n: n * 0.5, loud)
    show(unpack_popped, [(2, 1.5, 2**62), (1, 10**20, 3)])
    show(unpack_popped, [[1, 2, 3]])
    show(unpack_popped, [(1, 2)])
    show(pair_sum, 5)


main(train, test)
