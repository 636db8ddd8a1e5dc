"""What a compiler would hoist, cache or keep in a register, changed behind its back by a call in the loop."""
from support import main, show, trace


class Box:
    def __init__(self, v):
        self.v = v
        self.items = [1, 2, 3]
        self.step = 1


class Slots:
    __slots__ = ("v", "items", "step")
    def __init__(self, v):
        self.v, self.items, self.step = v, [1, 2, 3], 1


FACTOR = 2
HOOK = None


def nothing():
    pass


def loop_attr(o, n, hook):
    t = 0
    for i in range(n):
        t += o.v
        hook()
        t += o.v * o.step
    return t


def loop_len(lst, n, hook):
    t = 0
    for i in range(n):
        t += len(lst)
        hook()
        t += len(lst) * 10
    return t


def loop_item(lst, n, hook):
    t = 0
    for i in range(n):
        a = lst[0]
        hook()
        t += a + lst[0]
    return t


def loop_global(n, hook):
    t = 0
    for i in range(n):
        t += FACTOR
        hook()
        t += FACTOR * 10
    return t


def loop_store(o, n, hook):
    for i in range(n):
        o.v = o.v + 1
        hook()
        o.v = o.v + 1
    return o.v


def loop_two(a, b, n):
    """a and b may be the same object."""
    for i in range(n):
        a.v = a.v + 1
        b.v = b.v * 2
        a.step = b.v - a.v
    return a.v, b.v, a.step, b.step


def loop_rows(rows, n):
    """Rows may be the same list."""
    for k in range(n):
        for i in range(1, len(rows)):
            rows[i][0] = rows[i - 1][0] + rows[i][0] * 0.5
            rows[i - 1][1] = rows[i][0]
    return rows


def loop_method(o, n, hook):
    t = 0
    items = o.items
    for i in range(n):
        items.append(i)
        hook()
        t += len(o.items)
    return t


def loop_closure(n, hook):
    x = 1

    def change():
        nonlocal x
        x = x * 1.5

    t = 0
    for i in range(n):
        t += x
        if hook is None:
            change()
        t += x
    return t


def float_sum(values, n):
    s = 0
    for _ in range(n):
        for v in values:
            s += v
    return s


def train():
    t = 0
    b, s = Box(1), Slots(1)
    for i in range(150):
        t += loop_attr(b, 20, nothing) + loop_attr(s, 20, nothing) + loop_len([1, 2], 20, nothing) + loop_item([1, 2], 20, nothing)
        t += loop_global(20, nothing) + loop_store(Box(0), 20, nothing) + loop_store(Slots(0), 20, nothing) + loop_two(Box(1), Box(1), 8)[0]
        t += int(loop_rows([[0.5, 1.0] for _ in range(6)], 3)[2][0]) + loop_method(Box(1), 5, nothing) + loop_closure(10, 0)
        t += int(float_sum([0.5, 1.5, 2.5], 3))
    print(t)


def every(n, f):
    """Calls f on the n-th call only."""
    count = [0]

    def hook():
        count[0] += 1
        if count[0] == n:
            f()
    return hook


def test():
    for make in (Box, Slots):
        for value in (5, 2**63, 0.5, "s", None):
            o = make(1)
            show(loop_attr, o, 6, every(3, lambda: setattr(o, "v", value)))
            o = make(1)
            show(loop_store, o, 6, every(3, lambda: setattr(o, "v", value)))
        o = make(1)
        show(loop_attr, o, 6, every(2, lambda: delattr(o, "v")))
        o = make(1)
        show(loop_attr, o, 6, every(2, lambda: setattr(make, "v", property(lambda self: 100))))
        if make is Box:
            del Box.v
        o = Box(1)
        show(loop_two, o, o, 5)
        show(loop_two, Box(0.5), Box(2**62), 4)
    lst = [1, 2, 3]
    show(loop_len, lst, 5, lambda: lst.append(0))
    show(loop_len, lst, 5, lambda: lst.clear())
    lst = [1, 2]
    show(loop_item, lst, 5, every(2, lambda: lst.__setitem__(0, 0.5)))
    show(loop_item, lst, 5, every(2, lambda: lst.clear()))
    trace(loop_item, [1], 5, every(2, lambda: 1 // 0))

    def set_factor(v):
        global FACTOR
        FACTOR = v
    for v in (7, 0.5, 2**64, "x"):
        show(loop_global, 5, every(3, lambda: set_factor(v)))
        set_factor(2)
    row = [0.5, 1.0]
    show(loop_rows, [row, row, row], 3)
    show(loop_rows, [[1, 2], row, [True, 2**70]], 2)
    o = Box(1)
    show(loop_method, o, 5, every(2, lambda: setattr(o, "items", [9])))
    show(loop_method, o, 3, every(1, lambda: setattr(o, "items", "text")))
    show(loop_closure, 5, None)
    show(float_sum, [1, 2, 0.5], 2)
    show(float_sum, [], 2)
    show(float_sum, [2**62, 2**62, 0.5], 2)
    show(float_sum, ["x"], 1)


main(train, test)
