"""A float may be overwritten in place only when nobody else can see it: here everybody looks."""
from support import main, show


class P:
    __slots__ = ("x", "y")


class Q:
    pass


def alias_local(x, n):
    a = x
    for _ in range(n):
        b = x
        x += 1.0
        if b == x:
            return "aliased"
    return a, x


def alias_list(values, n):
    first = values[0]
    for i in range(n):
        old = values[0]
        values[0] = values[0] * 0.5 + 1.0
        if old is values[0]:
            return "aliased"
    return first, values[0], old


def alias_slots(p, n):
    seen = []
    for i in range(n):
        keep = p.x
        p.x = p.x + p.y
        if i % 100 == 0:
            seen.append(keep)
    return seen, p.x


def alias_attr(q, n):
    keep = None
    for i in range(n):
        before = q.v
        q.v -= 0.25
        if i == 3:
            keep = before
    return keep, q.v


def shared_elements(n):
    one = 1.0
    rows = [one] * 4
    for i in range(n):
        rows[1] += 0.5
        rows[2] -= 0.5
    return rows, one


def swap(values, n):
    for i in range(n):
        values[0], values[1] = values[1], values[0]
        values[0] += 1.0
    return values


def returned(q):
    old = q.v
    q.v = q.v + 1.0
    return old


def captured(x, n):
    fs = []
    for i in range(n):
        x = x + 1.0
        if i < 3:
            fs.append(lambda y=x: y)
    return [f() for f in fs], x


def closure_cell(n):
    x = 0.0
    got = []

    def bump():
        nonlocal x
        x += 1.5
    for i in range(n):
        got.append(x)
        bump()
    return got[:4], x


def in_dict(d, n):
    keep = []
    for i in range(n):
        if i < 3:
            keep.append(d["k"])
        d["k"] = d["k"] * 1.5
    return keep


def in_tuple(n):
    x = 0.5
    out = []
    for i in range(n):
        out.append((x, i))
        x += 0.5
    return out[:5], x


def constants(n):
    """The constant 0.5 of the code object itself must never be written to."""
    values = [0.0, 0.0]
    for i in range(n):
        values[0] = 0.5
        values[0] += 1.0
        values[1] = values[0]
        values[0] *= 2.0
    return values, 0.5


def default_argument(n, step=0.25):
    for i in range(n):
        step += 1.0
    return step


def run(n):
    p, q = P(), Q()
    p.x, p.y, q.v = 0.0, 0.5, 100.0
    print(alias_local(0.0, n), alias_list([3.0, 4.0], n), alias_slots(p, n)[1], alias_attr(q, n))
    print(shared_elements(n), swap([1.0, 2.0], n), [returned(q) for _ in range(n)][-1], q.v)
    print(captured(1.0, n), closure_cell(n), in_tuple(n), constants(n))
    print(default_argument(n), default_argument(n), in_dict({"k": 1e-300}, 30))


def train():
    run(6000)


def test():
    run(7)
    p, q = P(), Q()
    x = 7.5
    p.x = p.y = q.v = x
    print(alias_slots(p, 3), x)
    print(alias_attr(q, 6), x)
    lst = [x, x]
    print(alias_list(lst, 3), swap(lst, 3), x)
    d = {"k": x}
    print(in_dict(d, 5), d, x)
    for v in (1, True, 2**62, float("inf"), float("nan")):
        q.v = v
        show(returned, q)
        show(alias_attr, q, 5)
        show(alias_local, v, 5)
        show(alias_list, [v, 1.0], 4)
    print(constants(3), constants.__code__.co_consts)
    print(default_argument(3), default_argument.__defaults__)
    run(300)


main(train, test)
