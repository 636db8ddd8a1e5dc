"""Loops over generators that hold numbers of their own while somebody inside the generator looks at their frames."""
import gc
import sys
import weakref
from support import main, show, trace


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def mapped(f, it):
    k = 0
    for x in it:
        k += 2
        yield f(x) + k


def scaled(it, by):
    n = 0
    for x in it:
        n += 1
        y = x * by
        yield y
    return n


def pairs(it):
    total = 0
    for x in it:
        total += x
        yield x, total


def relay(it, add):
    seen = 0
    r = yield from it
    seen += add
    yield seen
    return r


def through(n, it):
    """n delegators deep."""
    if n:
        r = yield from through(n - 1, it)
        return r
    r = yield from it
    return r


def summed(it):
    s, n = 0, 0
    for x in it:
        n += 1
        s += x * 2
    return s, n


def floats(it):
    s = 0.0
    n = 0
    for x in it:
        s += x * 0.5
        n += 1
    return s, n


def first_over(it, limit):
    k = 0
    for x in it:
        k += 1
        if x > limit:
            return x, k
    return None, k


def shapes(a, b=2, *rest, c=3, d):
    t = a + b + c + d
    for x in rest:
        t += x
        yield t


def defaults(a, b=5, c=7):
    yield a
    yield a + b + c


def closing(n):
    def inner(k):
        for i in range(k):
            yield i + n + k
    return inner


class Source:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        for i in range(self.n):
            yield i * self.n

    def items(self, step):
        i = 0
        while i < self.n:
            yield i
            i += step


def use_shapes():
    t = 0
    for x in shapes(1, 2, 3, 4, d=5):
        t += x
    for x in defaults(1):
        t += x
    for x in defaults(1, c=2):
        t += x
    for x in closing(3)(4):
        t += x
    for x in Source(4):
        t += x
    for x in Source(5).items(2):
        t += x
    for x in Source(5).items(step=3):
        t += x
    return t


def ident(x):
    return x


def train():
    t = 0
    for i in range(120):
        t += summed(count(20))[0] + int(floats(scaled(count(20), 1.5))[0]) + summed(mapped(ident, count(20)))[0]
        t += len(list(pairs(count(10)))) + summed(relay(count(5), 3))[0] + summed(through(3, count(5)))[0]
        t += first_over(count(30), 12)[1] + use_shapes() + summed(scaled(scaled(count(10), 2), 3))[0]
    print(t)


def frames(n=6):
    f, out = sys._getframe(2), []
    while f and len(out) < n and f.f_code.co_name != "test":
        values = {k: v for k, v in sorted(f.f_locals.items()) if isinstance(v, (int, float))}
        out.append((f.f_code.co_name, f.f_lineno, values))
        f = f.f_back
    return out


class Nosy(int):
    """Looks at the frames whenever it is computed with."""
    def look(self, what):
        print(what, int(self), frames())

    def __add__(self, o):
        self.look("add")
        return int(self) + o

    def __mul__(self, o):
        self.look("mul")
        return int(self) * o

    def __rmul__(self, o):
        self.look("rmul")
        return int(self) * o

    __radd__ = __add__


class Looks:
    """An iterator that looks when asked, in the middle of any number of generators."""
    def __init__(self, n, at=()):
        self.n, self.at, self.i = n, at, 0

    def __iter__(self):
        return self

    def __next__(self):
        self.i += 1
        if self.i in self.at:
            print("next", self.i, frames())
        if self.i > self.n:
            raise StopIteration
        return self.i


class Dies:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Dies({self.name})"

    def __del__(self):
        print("del", self.name, frames())


def held(n):
    d = Dies("held")
    for i in range(n):
        yield i
    return d


def swapped(n):
    for i in range(n):
        d = Dies(i)
        yield i + 1


def test_looking():
    def callback(x):
        if x == 3:
            print("callback", frames())
        return x
    print(summed(mapped(callback, count(5))))
    print(floats(scaled(mapped(callback, count(5)), 0.5)))
    print(summed(relay(mapped(callback, count(4)), 2)))
    print(summed(through(4, mapped(callback, count(4)))))
    for at in ((2,), (1, 4), (5,)):
        print(summed(scaled(Looks(4, at), 3)))
        print(floats(scaled(scaled(Looks(4, at), 2), 0.5)))
        print(summed(through(2, scaled(Looks(4, at), 1))))
        print(first_over(relay(scaled(Looks(4, at), 1), 1), 2))
    print(summed(scaled([Nosy(1), 2, Nosy(3)], 2)))
    print(floats(scaled(through(2, iter([1, Nosy(2)])), 2)))
    print(summed(held(3)), summed(through(2, held(2))), summed(swapped(2)), floats(scaled(swapped(2), 2)))


def test_errors():
    def raises(x):
        if x == 2:
            raise KeyError(x)
        return x
    trace(summed, mapped(raises, count(5)))
    trace(floats, through(3, scaled(mapped(raises, count(5)), 2)))
    trace(summed, scaled(["a", None], 2))
    trace(summed, scaled(count(None), 2))
    trace(summed, through(2, 5))
    show(floats, scaled(count(3), "x"))
    show(first_over, through(3, count(9)), 4)
    show(first_over, through(3, count(9)), 40)


def test_returns():
    def value(g):
        try:
            while True:
                next(g)
        except StopIteration as e:
            return e.value, e.args
    for make in (lambda: scaled(count(3), 2), lambda: through(3, scaled(count(3), 2)), lambda: relay(scaled(count(2), 2), 1),
                 lambda: through(2, iter("ab")), lambda: through(0, scaled([], 1)), lambda: held(0)):
        print(value(make()))


def test_depth():
    def deep(n, g):
        return deep(n - 1, g) if n else next(g)
    limit = sys.getrecursionlimit()
    g = through(400, count(1000))
    print(next(g))
    for n in (10, 300, limit, 550):
        try:
            print(n, deep(n, g))
        except RecursionError:
            print(n, "RecursionError")
            g = through(400, count(1000))
            print(next(g))

    def down(n):
        return summed(count(3)) if not n else down(n - 1)
    low, high = 0, 2 * limit
    while high - low > 1:
        mid = (low + high) // 2
        try:
            down(mid)
            low = mid
        except RecursionError:
            high = mid
    print("loops over a generator just below the limit:", limit - low < 12)  # how warm code is decides by a level or two

    def endless(n):
        yield from endless(n + 1)
    for _ in range(2):
        try:
            for x in endless(0):
                print(x)
        except RecursionError as e:
            n, b = 0, e.__traceback__
            while b:
                n, b = n + 1, b.tb_next
            print("levels", n)


def test_deep():
    def looping(n):
        if n:
            for x in looping(n - 1):
                yield x + 1
        else:
            yield 0

    def delegating(n):
        if n:
            yield from delegating(n - 1)
        yield n
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20000)
    print(list(looping(6000)), sum(delegating(6000)))
    sys.setrecursionlimit(limit)


def test_calls():
    print(use_shapes())
    for args, kw in (((), {}), ((1,), {}), ((1, 2, 3), {}), ((1,), {"d": 1}), ((1, 2, 3, 4), {"d": 1, "c": 2}), ((1,), {"e": 1}),
                     ((1, 2), {"b": 3, "d": 1})):
        show(lambda: list(shapes(*args, **kw)))
    for args in ((), (1, 2, 3, 4), ("a", "b", "c")):
        show(lambda: list(defaults(*args)))
    g = defaults(1)
    w = weakref.ref(g)
    print(g.__name__, g.__qualname__, g.gi_frame.f_back, g.gi_frame.f_lineno, gc.is_tracked(g))
    del g
    print(w())
    defaults.__name__, defaults.__qualname__ = "renamed", "else.where"
    defaults.__defaults__ = (50,)
    print(defaults(1, 2).__name__, defaults(1, 2).__qualname__, list(defaults(1, 2)))
    show(lambda: list(defaults(1)))
    defaults.__code__ = count.__code__
    show(lambda: list(defaults(3)))

    def plain(a, b=1):
        return [a, b]
    defaults.__code__ = plain.__code__
    show(lambda: [x for x in defaults(3)])


def test_company():
    """The same generator in two loops, and one that is closed or thrown into by its consumer."""
    g = count(10)
    out = []
    for x in g:
        out.append(x)
        for y in g:
            out.append(-y)
            if y % 3 == 2:
                break
    print(out)
    g = scaled(count(6), 2)
    for x in g:
        print(x, g.gi_running, g.gi_frame.f_locals["n"])
        if x == 4:
            g.close()
    g = scaled(count(6), 2)
    try:
        for x in g:
            if x == 4:
                g.throw(LookupError, x)
    except LookupError as e:
        print(repr(e), list(g))
    box = []

    def again(x):
        for y in box[0]:
            return y
        return x
    box.append(mapped(again, count(2)))
    trace(summed, box[0])


def test():
    test_looking()
    test_errors()
    test_returns()
    test_depth()
    test_deep()
    test_company()
    test_calls()


main(train, test)
