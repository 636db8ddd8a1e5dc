"""The instance dictionary made visible: key order, deletion, sharing broken, replaced, keys that are not plain."""
from support import main, show, trace


class P:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def total(self):
        return self.a + self.b

    def step(self):
        self.a = self.a + 1
        self.b = self.b - 1
        return self.a


class Key(str):
    def __eq__(self, other): return str.__eq__(self, other)
    __hash__ = str.__hash__


def run(p, n):
    t = 0
    for _ in range(n):
        t += p.total() + p.step()
    return t


def order(p):
    return list(p.__dict__), list(vars(p).values())


def train():
    t = 0
    for i in range(500):
        p = P(i, 3)
        t += run(p, 20) + len(order(p)[0])
    print(t)


def test():
    p = P(1, 2)
    show(run, p, 3)
    print(order(p))
    del p.a
    show(run, p, 1)
    p.a = 5
    print(order(p))
    show(run, p, 2)
    print(order(p))
    q = P(1, 2)
    q.__dict__ = {"b": 1.5, "a": 2, "zz": None}
    show(run, q, 2)
    print(order(q))
    q.__dict__ = {}
    show(run, q, 1)
    trace(P.total, q)
    q.__dict__[Key("a")] = 10
    q.__dict__[Key("b")] = 20
    show(run, q, 2)
    print(order(q))
    r = P(1, 2)
    d = r.__dict__
    show(run, r, 2)
    print(d)
    d["a"] = 2**63 - 1
    show(run, r, 2)
    print(d)
    d[1] = "not a name"
    show(run, r, 1)
    d.clear()
    show(run, r, 1)
    d.update(a=0.5, b=0.25)
    show(run, r, 2)
    s = P(1, 2)
    s.__dict__ = d
    show(run, s, 1)
    print(r.a, s.a, order(r) == order(s))
    try:
        s.__dict__ = 5
    except TypeError as e:
        print(e)
    del s.__dict__
    trace(P.step, s)
    s.total = lambda: "instance total"
    trace(run, s, 1)
    u = P(1, 2)
    u.total = lambda: 1000
    show(run, u, 3)
    for i in range(60):
        setattr(u, f"x{i}", i)
    show(run, u, 3)
    for i in range(60):
        delattr(u, f"x{i}")
    show(run, u, 3)
    print(len(u.__dict__))


main(train, test)
