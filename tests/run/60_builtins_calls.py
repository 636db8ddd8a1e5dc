"""len isinstance abs min max ord chr: the types and values that the inlined forms must hand back to the real thing."""
from support import FLOATS, INTS, MyFloat, MyInt, PlainFloat, PlainInt, cross, main, show, trace


class Len:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n


class Abs:
    def __abs__(self): return "abs"


class Meta(type):
    def __instancecheck__(cls, o): return "truthy" if o == 1 else 0


class Virtual(metaclass=Meta):
    pass


class LyingClass:
    @property
    def __class__(self): return int


class Loud:
    def __lt__(self, o): return True
    def __gt__(self, o): return True
    def __repr__(self): return "Loud"


LETTERS = list("the quick brown fox")


def length(s):
    return len(s)


def is_int(x):
    return isinstance(x, int)


def is_any(x, t):
    return isinstance(x, t)


def dispatch(x):
    if isinstance(x, bool):
        return "bool"
    if isinstance(x, int):
        return "int"
    if isinstance(x, (float, complex)):
        return "number"
    return "other"


def absolute(x):
    return abs(x)


def smaller(a, b):
    return min(a, b)


def larger(a, b):
    return max(a, b)


def three(a, b, c):
    return min(a, b, c), max(a, b, c)


def of_list(v):
    return min(v), max(v)


def code(c):
    return ord(c)


def codes(words):
    t = 0
    for c in words:
        t += ord(c)
    return t


def char(i):
    return chr(i)


def shift(s, k):
    out = []
    for c in s:
        out.append(chr(ord(c) + k))
    return out


def clamp_all(values, lo, hi):
    return [max(lo, min(hi, v)) for v in values]


def sum_len(seqs):
    t = 0
    for s in seqs:
        t += len(s)
    return t


def train():
    t = 0
    for i in range(4000):
        t += length([1, 2]) + length("abc") + is_int(i) + is_any(i, int) + len(dispatch(i)) + absolute(-i) + smaller(i, 50) + larger(i, 50)
        t += three(i, 5, 9)[0] + code("A") + len(char(i % 128)) + int(absolute(-0.5 * i)) + int(smaller(i * 0.5, 2.0))
    for i in range(150):
        t += len(shift("hello", 1)) + clamp_all(range(20), 5, 10)[3] + sum_len(["a", [1], (2,), {3}]) + of_list([3, 1, 2])[0]
    for i in range(400):
        t += codes("abcdefghijklmnopqrstuvwxyz") + codes(LETTERS)
    print(t)


def test():
    for words in (["a", "b"], ["a", "bc"], ["a", ""], ["a", b"b"], ["a", b"bc"], ["a", 5], "é\U0001F40D"):
        show(codes, words)
    for s in ([], "é€", b"ab", bytearray(3), (), {1}, {1: 2}, range(2**40), Len(5), Len(0), Len(-1), Len(2**70), Len(1.5), Len("x"), Len(True), 5, None):
        show(length, s)
    show(length, range(2**63))
    vals = INTS[:6] + [True, 1.5, None, "s", MyInt(1), PlainInt(2), MyFloat(1), LyingClass(), Virtual]
    for v in vals:
        show(is_int, v)
        show(dispatch, v)
        for t in (int, bool, (int, str), (), ((int, (str,)),), int | str, Virtual, 5, "int", (str, 5), list[int]):
            show(is_any, v, t)
    for v in INTS + FLOATS + [True, MyInt(-3), PlainInt(-3), PlainFloat(-2.5), MyFloat(-2.0), Abs(), 3 + 4j, "x", None]:
        show(absolute, v)
    mixed = [1, 1.0, True, -0.0, 0, 2**64, float("nan"), float("inf"), PlainInt(1), MyInt(0), "a", Loud(), None]
    for f in (smaller, larger):
        cross(f, mixed, mixed)
    for args in ((1, 2, 3), (1.5, 1, 2**70), ("b", "a", "c"), (1, "a", 2), (float("nan"), 1, 2), (True, 1, 1.0)):
        show(three, *args)
    for v in ([], [1], "hello", [1.5, 1, True], {3: 1, 2: 2}, 5, [1, "a"], iter([2**70, -1]), [float("nan"), 1.0]):
        show(of_list, v)
    for c in ("a", "é", "\U0001F40D", "", "ab", b"a", b"ab", bytearray(b"z"), 5, None, "\ud800"):
        show(code, c)
    for i in (0, 65, 255, 256, 0x10FFFF, 0x110000, -1, 2**64, True, 65.0, "A", PlainInt(66)):
        show(char, i)
    show(shift, "az\xff", 1)
    show(shift, "a", -98)
    show(shift, [b"a"], 1)
    show(shift, "a", 1.5)
    trace(shift, "ab", 2**70)
    show(clamp_all, [1, 2.5, 20, float("nan"), True], 2, 10)
    show(clamp_all, "abc", "b", "b")
    trace(clamp_all, [1, "x"], 0, 5)
    show(sum_len, ["ab", Len(3), range(5)])
    trace(sum_len, ["ab", 5])


main(train, test)
