"""Sequences taken apart: whose references the parts live by, who sees them end, and parameters that only a caller's local keeps."""
import sys
import weakref
from support import main, show


log = []
at_end = None


class Loud:
    """An object whose end does whatever the test wants."""
    def __init__(self, n=0):
        self.n = n

    def __del__(self):
        if at_end:
            at_end(self)

    def __repr__(self):
        return f"{type(self).__name__}({self.n})"


# ---- parts ----

def energy(pairs):
    t = 0.0
    for ([x1, y1], v1, m1), ([x2, y2], v2, m2) in pairs:
        dx = x1 - x2
        dy = y1 - y2
        t += (dx * dx + dy * dy) * m1 * m2
        v1[0] -= dx * m2
        v2[0] += dy * m1
    return t


def kept(rows):
    t = 0
    last = None
    for (a, b), c in rows:
        last = a
        t += c
    return t, last, b


def twice(rows):
    t = 0
    for a, a in rows:
        t += 1
    return t, a


def over_itself(rows):
    t = 0
    for row in rows:
        row, n = row
        t += n
    return t, row


def swapped(n, a, b):
    for _ in range(n):
        a, b = b, a
    return a, b


def called_between(rows, f):
    t = 0
    for a, b in rows:
        t += f(a)
        t += b
    return t


def counted(rows):
    out = []
    for (a, b), c in rows:
        out.append((sys.getrefcount(a), sys.getrefcount(b)))
    return out


def from_list(rows):
    t = 0
    for row in rows:
        [a, b] = row
        t += b
    return t, a


def body(i):
    return ([float(i), i + 0.5], [0.0], 1.0 + i)


def bodies(n):
    made = [body(i) for i in range(n)]
    return [(made[i], made[i - 1]) for i in range(n)]


def rows(n, make):
    return [((make(i), make(-i)), i) for i in range(n)]


def fresh(n, make):
    """Each row is gone as soon as nobody but the loop has it."""
    for i in range(n):
        yield (make(i), make(-i)), i


# ---- lent parameters ----

class Node:
    __repr__ = Loud.__repr__

    def __init__(self, n):
        self.n = n
        self.held = None

    def step(self, by):
        self.held = None
        self.n += by
        return self.n

    def look(self, f):
        return f(self)

    def swallow(self, other):
        old = self.held
        self.held = other
        return self.n


def steps(node, n):
    t = 0
    for i in range(n):
        t += node.step(i)
    return t


def looks(node, n, f):
    t = 0
    for i in range(n):
        t += node.look(f)
    return t


def swallows(node, n, make):
    t = 0
    for i in range(n):
        t += node.swallow(make(i))
    return t


def rebound(node, n):
    """The caller's local is another object by the time of the next call."""
    t = 0
    for i in range(n):
        t += node.step(i)
        node = Node(t)
    return t


def number(i):
    return i


def one(x):
    return 1


def train():
    for _ in range(60):
        energy(bodies(30))
        kept(rows(30, float))
        kept(fresh(30, float))
        twice([(1, 2)] * 60)
        over_itself([((1, 2), 3)] * 60)
        swapped(60, 1, "b")
        called_between([(1, 2)] * 40, one)
        counted(rows(30, Node))
        from_list([[1, 2]] * 60)
        steps(Node(1), 60)
        looks(Node(1), 500, one)  # hot for certain: test() counts references
        swallows(Node(1), 60, Node)
        rebound(Node(1), 30)
    print("trained")


# ---- the test ----

def frames(depth=2):
    """Names of the frames above, their lines, and what their locals are."""
    out = []
    f = sys._getframe(depth)
    while f and f.f_code.co_name not in ("show", "train", "test", "report"):
        out.append((f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno,
                    sorted((k, v if type(v) in (int, float) else type(v).__name__) for k, v in f.f_locals.items())))
        f = f.f_back
    return out


def report(f, *args, end=None):
    global at_end
    at_end = end
    show(f, *args)
    at_end = None
    for entry in log:
        print("   ", entry)
    log.clear()


def wrong_shapes():
    good = bodies(3)
    b = body(7)
    for bad in ((b,), (b, b, b), [b, b], "ab", (b, None), (b, (1, 2)), (b, ([1.0], [0.0], 1.0)), (b, ([1.0, 2.0, 3.0], [0.0], 1.0)),
                (b, ((1.0, 2.0), [0.0], 1.0)), (b, ([1, 2.0], [0.0], 1.0)), (b, ([1.0, "y"], [0.0], 1.0)), (b, ([1.0, 2.0], (0.0,), 1.0)),
                (b, ([1.0, 2.0], [], 1.0)), (b, ([1.0, 2.0], [None], 1.0)), (b, ([1.0, 2.0], [0.0], "m")), (([10**400, 1.0], [0.0], 1.0), b)):
        show(energy, good + [bad] + good)
        print("   ", [v1 for (_, v1, _), _ in good])


def one_list_twice():
    shared = [1.0, 2.0]
    v = [0.0, 0.5]
    show(energy, [((shared, v, 1.0), (v, shared, 2.0))] * 3)
    print("   ", shared, v)


def the_end(o):
    log.append(("end", o.n))


def look_around(o):
    log.append(frames())


def emptied(rows):
    """What a row's first part was dies when the next is stored."""
    for row in rows:
        yield row
        row[0] = None


def deep(n):
    for i in range(n):
        yield ([Loud(i), i], Loud(-i)), i


class Clearing:
    """The finalizer changes the lists that are being taken apart."""
    def __init__(self, rows):
        self.rows = rows

    def __call__(self, o):
        log.append(("clears", o.n, len(self.rows)))
        for row in self.rows:
            if type(row) is list:
                row[:] = ["changed", 77]
        self.rows[2:] = []


class Tracing:
    """The finalizer switches tracing on, for the frames that are there too."""
    def __init__(self, first):
        self.first = first

    def __call__(self, o):
        if o.n != self.first:
            return
        f = sys._getframe(2)
        while f:
            f.f_trace = self.trace
            f = f.f_back
        sys.settrace(self.trace)

    def trace(self, frame, event, arg):
        if frame.f_code.co_filename == __file__ and frame.f_code.co_name not in ("show", "report", "__del__", "__call__"):
            log.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
        return self.trace


def traced(f, *args):
    global at_end
    at_end = Tracing(2)
    try:
        show(f, *args)
    finally:
        sys.settrace(None)
        at_end = None
    for entry in log[:60]:
        print("   ", entry)
    log.clear()


def lists_of(n):
    return [[Loud(i), i] for i in range(n)]


def test():
    wrong_shapes()
    one_list_twice()
    for source in rows, fresh:
        for end in the_end, look_around:
            report(kept, source(3, Loud), end=end)
            report(called_between, ((a, b) for (a, _), b in source(3, Loud)), one, end=end)
        report(kept, source(3, body))
    for end in the_end, look_around:
        report(twice, [(Loud(i), Loud(10 + i)) for i in range(3)], end=end)
        report(twice, ((Loud(i), Loud(10 + i)) for i in range(3)), end=end)
        report(over_itself, ((Loud(i), i) for i in range(3)), end=end)
        report(from_list, lists_of(3), end=end)
        report(from_list, iter(lists_of(3)), end=end)
    report(swapped, 3, Loud(1), Loud(2), end=the_end)
    report(counted, rows(3, Node))
    report(counted, fresh(3, Node))
    one_node = Node(1)
    report(counted, [((one_node, one_node), one_node)] * 2)
    mine = lists_of(5)
    report(from_list, emptied(mine), end=Clearing(mine))
    report(kept, deep(5), end=Clearing(mine))
    traced(kept, fresh(5, Loud))
    traced(called_between, ((Loud(i), i) for i in range(5)), one)
    traced(swallows, Node(1), 6, Loud)
    node = Node(5)
    node.held = Loud(3)
    report(steps, node, 3, end=look_around)
    report(swallows, Node(1), 4, Loud, end=look_around)
    report(looks, Node(1), 2, lambda o: (log.append(frames(1)), o.n)[1])
    print(looks(Node(1), 2, sys.getrefcount))
    report(steps, Node("x"), 2)
    report(rebound, Node(2.5), 3)
    ref = weakref.ref(Node(3))
    report(looks, Node(1), 3, lambda o: ref() is None)


main(train, test)
