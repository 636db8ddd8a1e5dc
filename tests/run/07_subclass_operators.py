"""Subclasses of int, float and str walk into loops trained on the exact types."""
from support import MyFloat, MyInt, PlainFloat, PlainInt, main, show


class Meters(float):
    def __add__(self, other): return Meters(float(self) + float(other))
    __radd__ = __add__
    def __mul__(self, other): return Meters(float(self) * float(other))
    def __repr__(self): return f"{float(self)}m"


class Mod7(int):
    def __add__(self, other): return Mod7((int(self) + int(other)) % 7)
    __radd__ = __add__
    def __iadd__(self, other): return Mod7((int(self) + int(other)) % 7 + 0)
    def __index__(self): return 1
    def __bool__(self): return False


class Shout(str):
    def __add__(self, other): return Shout(str.__add__(self, other).upper())
    def __eq__(self, other): return "shout-eq"
    __hash__ = str.__hash__
    def __len__(self): return 99


def total(values, start):
    for v in values:
        start += v
    return start


def scale(values, k):
    out = []
    for v in values:
        out.append(v * k)
    return out


def pick(seq, i):
    return seq[i]


def join(parts):
    s = parts[0]
    for p in parts[1:]:
        s = s + p
    return s


def same(a, b):
    if a == b:
        return "same"
    return "different"


def truth(x):
    if x:
        return 1
    return 2


def train():
    t = 0
    ints, floats, strs = list(range(100)), [i * 0.5 for i in range(100)], list("abcdefgh")
    for i in range(250):
        t += total(ints, 0) + int(total(floats, 0.0)) + len(scale(ints, 3)) + len(scale(floats, 2.0)) + len(join(strs))
    for i in range(8000):
        t += pick(ints, i % 100) + truth(i) + (same("a", "b") == "same")
    print(t)


def test():
    show(total, [Mod7(5), 3, Mod7(6), 2], 0)
    show(total, [1, 2, Mod7(5), 3], 0)
    show(total, [1, MyInt(2)], 0)
    show(total, [1.0, Meters(2), 3.5], 0.0)
    show(total, [1.0, MyFloat(2)], 0.0)
    show(total, [PlainInt(3), PlainInt(4)], PlainInt(1))
    show(total, [PlainFloat(3), 2], PlainFloat(1))
    show(scale, [1, MyInt(2), 2.0, "ab", [0], PlainInt(6), True, MyFloat(1)], 3)
    show(scale, [Meters(2), 1.5], 2.0)
    for i in (0, -1, True, Mod7(0), Mod7(2), PlainInt(2), MyInt(-2), 3, 2**70, 1.0, "0", None):
        show(pick, [10, 20, 30], i)
        show(pick, (10, 20, 30), i)
        show(pick, "xyz", i)
    show(join, ["a", Shout("b"), "c"])
    show(join, [Shout("b"), "c", "d"])
    show(same, Shout("b"), "c")
    show(same, "b", Shout("b"))
    for v in (Mod7(5), PlainInt(0), Shout(""), MyFloat(0), MyInt(1)):
        show(truth, v)


main(train, test)
