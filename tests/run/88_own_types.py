"""isinstance, iteration, unpacking and slices where the hot path knows CPython's own types and the cold one does not."""
import abc
import sys
from support import main, show, trace


def kind(x):
    if isinstance(x, int):
        return 1
    if isinstance(x, (str, bytes)):
        return 2
    return 3 if isinstance(x, dict) else 4


def always(x):
    return 10 if isinstance(x, list) else 20


def kinds(values):
    t = 0
    for v in values:
        t += kind(v) + always(values)
    return t


def is_of(x, c):
    return isinstance(x, c)


def keys(d):
    n = 0
    for k in d:
        n += 1
    return n


def pairs(d):
    t = 0
    for k, v in d.items():
        t += v
    return t


def first_two(rows):
    t = []
    for r in rows:
        a, b = r
        t.append(b)
    return t


def letters(s):
    t = 0
    for c in s:
        t += c == "a"
    return t


def dying(make):
    at = 0
    for x in make():
        at += 1
    return at


class Claims:
    """Says it is an int."""
    @property
    def __class__(self):
        SEEN.append(sys._getframe(1).f_code.co_name)
        return int


class Meta(type):
    def __instancecheck__(cls, x):
        SEEN.append(sys._getframe(1).f_code.co_name)
        return x == 5


class Five(metaclass=Meta): pass
class Abstract(abc.ABC): pass


Abstract.register(float)


class MyInt(int): pass
class MyDict(dict):
    def __iter__(self): return iter("xyz")
    def items(self): return [(1, 2)]


class Mortal:
    def __init__(self, name): self.name = name
    def __del__(self):
        f = sys._getframe(1)
        SEEN.append((self.name, f.f_code.co_name, f.f_locals.get("at"), f.f_lineno - f.f_code.co_firstlineno))


class Grows:
    def __iter__(self): return self
    def __next__(self):
        SEEN.append(sys._getframe(1).f_locals.get("at"))
        if len(SEEN) > 3:
            raise ValueError("enough")
        return 1


SEEN = []


def train():
    rows = [(1, 2), [3, 4]] * 100
    d = {str(i): i for i in range(200)}
    for _ in range(40):
        kinds([1, "a", b"b", 2, {}, 1.5] * 50)
        is_of(1, int)
        keys(d), keys(set(range(100)))
        pairs(d)
        first_two(rows)
        letters("abcdef" * 40)
        dying(lambda: [1, 2, 3])


def shrink(d):
    n = 0
    for k in d:
        n += 1
        del d[k]
        d[k + "x"] = 1
    return n


def test():
    train()
    for x in (1, True, MyInt(3), "s", b"b", {}, MyDict(), None, 1.5, [], Claims()):
        show(kind, x)
        show(always, x)
        for c in (int, str, (int, str), (str, (int, list)), Five, Abstract, (Abstract, int), object, type, 5, (int, 5), (5, int), ()):
            show(is_of, x, c)
    show(is_of, 5, Five)
    print(SEEN)
    SEEN.clear()
    for x in ({}, {"a": 1}, MyDict(a=1), {1, 2}, "ab", range(3), [1], (1, 2), None, {"a": "b"}):
        show(keys, x)
        show(pairs, x)
        show(letters, x)
        show(first_two, x)
    trace(shrink, {"a": 1, "b": 2, "c": 3})
    for rows in ([(1, 2, 3)], [(1,)], ["ab"], [{1: 2, 3: 4}], [5], [iter((1, 2))], [(1, 2), 7]):
        trace(first_two, rows)
    for make in (lambda: [Mortal("l"), 1], lambda: (Mortal("t"), 1), lambda: {Mortal("k"): 1, 2: 3}, lambda: {1: Mortal("v")}.items(),
                 lambda: {Mortal("s")}, lambda: {1: Mortal("w")}.values()):
        show(dying, make)
        print(SEEN)
        SEEN.clear()
    trace(dying, Grows)
    print(SEEN)
    d = {i: Mortal(str(i)) for i in range(3)}
    SEEN.clear()
    at = 0
    for k, v in d.items():
        at += 1
        d[k] = None
    del v
    print(SEEN)


main(train, test)
