"""Subscripts, slices, membership, unpacking and the making of containers."""
import array
import collections
import gc
import sys
import weakref

import rtops
from rtops_harness import Miss, check, outcome, run

BIG = 10 ** 30
INDEXES = [0, 1, 2, -1, -3, -4, 3, 7, -8, 300, 2 ** 31, -2 ** 31, 2 ** 62, 2 ** 63, -2 ** 63, -2 ** 63 - 1, BIG, -BIG, True,
           False, None, 1.0, "a", (), b"a", slice(1, 2), slice(None), [1]]


class Index:
    def __init__(self, i):
        self.i = i

    def __index__(self):
        return self.i


class BadIndex:
    def __index__(self):
        raise ZeroDivisionError("index")


INDEXES += [Index(1), Index(BIG), BadIndex(), type("IntSub", (int,), {})(1)]


class Missing(dict):
    def __missing__(self, key):
        return "missing %r" % (key,)


class Py:
    def __init__(self):
        self.log = []

    def __getitem__(self, key):
        if key == 7:
            raise KeyError(key)
        return ("py", key)

    def __setitem__(self, key, value):
        if key == 7:
            raise KeyError(key)
        self.log.append((key, value))
        return "ignored"


class PyList(list):
    def __getitem__(self, key):
        return "pylist"

    def __setitem__(self, key, value):
        list.__setitem__(self, 0, value)


class Inherits(PyList):
    pass


class Static:
    __getitem__ = staticmethod(lambda key: ("static", key))
    __setitem__ = classmethod(lambda cls, key, value: None)


class Generic:
    def __class_getitem__(cls, key):
        return ("class item", key)


class Meta(type):
    def __getitem__(cls, key):
        return ("meta item", key)


class WithMeta(metaclass=Meta):
    pass


class BadHash:
    def __hash__(self):
        raise ZeroDivisionError("hash")


def containers():
    return [[1, "two", 3.0], [], (1, "two", 3.0), (), {0: "a", 1: "b", "a": 1, True: 2, None: 3, (): 4}, {}, "abc", "",
            "h\xe9llo", "\u20acuro", "\U0001f600x", b"abc", bytearray(b"abc"), array.array("i", [1, 2, 3]),
            array.array("d", [1.0, 2.0]), collections.deque([1, 2, 3]), range(5), memoryview(b"abc"), {1, 2}, Missing(),
            Py(), PyList([1, 2]), Inherits([1, 2]), Static(), Generic, WithMeta, Generic(), collections.OrderedDict(a=1),
            collections.defaultdict(list), 5, None, int, len, "x" * 300, type("S", (str,), {})("abc"),
            type("T", (tuple,), {})((1, 2, 3)), type("L", (list,), {})((1, 2, 3))]


def get_items():
    for shared in (True, False):
        cell = rtops.cell()
        for _ in range(3):
            for o in containers():
                for key in INDEXES + [BadHash(), Miss]:
                    if not shared:
                        cell = rtops.cell()
                    want = outcome(lambda: o[key])
                    for _ in range(1 if shared else 3):
                        check(outcome(rtops.get_item, cell, o, key), want, o, key)


def set_items():
    def store(o, key, v):
        o[key] = v
        return 0
    cell = rtops.cell()
    for _ in range(2):
        for ours, theirs in zip(containers(), containers()):
            if ours in (Generic, WithMeta):
                continue
            for key in INDEXES + [BadHash()]:
                for v in (5, "v", [key]):
                    check(outcome(rtops.set_item, cell, ours, key, v), outcome(store, theirs, key, v), ours, key, v)
                check(repr(getattr(ours, "log", ours)), repr(getattr(theirs, "log", theirs)), key)


def getitem_rebound():
    class C:
        def __getitem__(self, key):
            return 1

        def __setitem__(self, key, v):
            out.append(1)
    cell, setter, o, out = rtops.cell(), rtops.cell(), C(), []

    def agree():
        for _ in range(40):
            check(outcome(rtops.get_item, cell, o, 0), outcome(lambda: o[0]))
            out.clear()
            rtops.set_item(setter, o, 0, 0)
            ours = out[:]
            out.clear()
            o[0] = 0
            check(ours, out)
    agree()
    C.__getitem__ = lambda self, key: 2
    C.__setitem__ = lambda self, key, v: out.append(2)
    agree()
    C.__getitem__ = int
    agree()
    C.__getitem__.__class__
    C.__getitem__ = lambda self, key: 3
    agree()
    D = type("D", (), {"__getitem__": lambda self, key: "D", "__setitem__": lambda self, key, v: None})
    o.__class__ = D
    agree()


class Meets:
    """Says what it is compared with."""
    log = []

    def __init__(self, h, equal):
        self.h, self.equal = h, equal

    def __hash__(self):
        self.log.append("hash")
        return self.h

    def __eq__(self, other):
        self.log.append(("eq", other if type(other) in (int, str, tuple) else type(other).__name__))
        return self.equal

    def __repr__(self):
        return "Meets"


class Plain:
    pass


def kinds_of_keys():
    """Keys of every kind in dicts, dicts of other classes and sets: found, missing, replaced, and who is asked."""
    plain, other = Plain(), Plain()
    keys = [0, -1, 2 ** 61 - 1, 2 ** 61, 2 ** 70, -2 ** 70, 1.5, 2.0, 2, True, None, "a", "2", b"a", (), (1,), (1, 2), (1.0, 2), ("a", (2, 3)),
            ((((1,),),),), (1,) * 9, plain, (plain, 1), frozenset((1, 2)), float("inf"), 10 ** 30 + 0.0, Ellipsis, int, len, (Meets(7, False),),
            Meets(7, True), Meets(8, False), 7, 8, [], (1, [])]
    probes = keys + [other, (other, 1), (2, 1), "b", b"b", 3.5, -2, (1, 2, 3), frozenset((2, 1)), float("nan"), str("2"), tuple([1, 2]), 2 ** 61 - 1 + 0]
    classes = [dict, collections.Counter, collections.OrderedDict, Missing, type("Sub", (dict,), {}),
               lambda: collections.defaultdict(lambda: "made")]
    for make in classes:
        for n in (1, 12, len(keys)):
            for p in probes:
                def each(get, put):
                    d, got = make(), []
                    for k in keys[:n]:
                        try:
                            d[k] = 0
                        except TypeError:
                            pass
                    Meets.log.clear()
                    got.append(outcome(lambda: get(d, p)))
                    got.append(outcome(lambda: put(d, p, "new")))
                    got.append(outcome(lambda: put(d, p, ["newer"])))
                    got.append(outcome(lambda: get(d, p)))
                    return got, Meets.log[:], [(type(k).__name__, v) for k, v in d.items()]
                cell, cell2 = rtops.cell(), rtops.cell()

                def put(d, k, v):
                    d[k] = v
                    return 0
                check(each(lambda d, k: rtops.get_item(cell, d, k), lambda d, k, v: rtops.set_item(cell2, d, k, v)),
                      each(lambda d, k: d[k], put), n, p)
    for n in (0, 1, 5, 12, len(keys), 3000):
        members = []
        for k in keys[:n] + list(range(100, 100 + n - len(keys))):
            try:
                hash(k)
                members.append(k)
            except TypeError:
                pass
        for make in (set, frozenset):
            for gone in ((), members[::2]):
                s = set(members)
                s.difference_update(gone)
                s = make(s)
                for p in probes + [100, 2999, 5000]:
                    Meets.log.clear()
                    got = outcome(rtops.contains, p, s), Meets.log[:]
                    Meets.log.clear()
                    check(got, (outcome(lambda: int(p in s)), Meets.log[:]), n, p)
        for p in probes:
            one, two = set(members), set(members)
            Meets.log.clear()
            got = outcome(rtops.set_add, one, p), Meets.log[:], len(one)
            Meets.log.clear()
            check(got, (outcome(lambda: two.add(p) or 0), Meets.log[:], len(two)), n, p)
    for s in ({1}, frozenset((1,)), {1: 2}, [1], (1,), "1", 5):
        for x in (1, "1", "", 1.0, None, 2):
            check(outcome(rtops.contains, x, s), outcome(lambda: int(x in s)), s, x)


def dicts():
    """Tables of every size and kind, with holes and collisions; keys that are equal but not identical."""
    def keys_of(kind, n):
        if kind == "str":
            return ["k%d" % i for i in range(n)]
        if kind == "int":
            return [i * 7 - 20 for i in range(n)]
        return [(i if i % 3 else str(i)) if i % 5 else float(i) for i in range(n)]

    class AsInt(int):
        def __eq__(self, other):
            return other == 1000

        def __hash__(self):
            return 8
    get, put = rtops.cell(), rtops.cell()
    for kind in ("str", "int", "mixed"):
        for n in (0, 1, 5, 6, 80, 300, 40000):
            keys = keys_of(kind, n)
            ours, theirs = dict.fromkeys(keys, 0), dict.fromkeys(keys, 0)
            for k in keys[1::3]:
                del ours[k], theirs[k]
            probes = keys[:12] + keys[-12:] + ["k1", -1, -2, 0, 1, 8, 2 ** 30, 2 ** 61 - 1, 2 ** 61, True, 1.0, "", None]
            probes += ["".join(list(k)) if type(k) is str else k + 0 for k in keys[:5]]
            for k in probes:
                check(outcome(rtops.get_item, get, ours, k), outcome(lambda: theirs[k]), kind, n, k)
                check(outcome(rtops.contains, k, ours), outcome(lambda: int(k in theirs)), kind, n, k)
                check(outcome(rtops.set_item, put, ours, k, [k]), 0)
                theirs[k] = [k]
                check(outcome(rtops.contains, k, ours), outcome(lambda: int(k in theirs)), kind, n, k)
                check(outcome(rtops.get_item, get, ours, k), outcome(lambda: theirs[k]), kind, n, k)
            check(list(ours.items()), list(theirs.items()))
    odd = {AsInt(5): "odd", 8: "eight"}
    check(rtops.get_item(get, odd, 8), odd[8])

    class Never(int):
        def __eq__(self, other):
            return False

        __hash__ = int.__hash__
    odd = {Never(8): "never", 8: "eight"}
    check(rtops.get_item(get, odd, 8), "eight")

    class LikeK(str):
        def __eq__(self, other):
            return other == "k"

        def __hash__(self):
            return hash("k")
    odd = {LikeK("x"): "like", 5: 6}
    check(rtops.get_item(get, odd, "k"), "like")
    check(rtops.contains("k", odd), 1)

    class P:
        def __init__(self):
            self.a = self.b = self.c = 1
    split = P()
    split.__dict__
    del split.b
    for name in ("a", "b", "c", "d"):
        check(outcome(rtops.get_item, get, split.__dict__, name), outcome(lambda: split.__dict__[name]), name)
        check(rtops.contains(name, split.__dict__), int(name in split.__dict__), name)
    for name in ("a", "b", "d"):
        rtops.set_item(put, split.__dict__, name, 2)
    check(list(split.__dict__.items()), [("a", 2), ("c", 1), ("b", 2), ("d", 2)])

    class Node:
        pass
    d = {"a": 1, "b": 2}
    node = Node()
    node.d = d
    rtops.set_item(put, d, "a", node)
    ref = weakref.ref(node)
    del d, node
    gc.collect()
    assert ref() is None, "the collector does not know the dict"


BOUNDS = [None, 0, 1, 3, -1, -4, 5, -9, 2 ** 63 - 1, -2 ** 63, BIG, True, Index(2), 1.5, BadIndex()]
STEPS = [None, 1, 2, -1, -3, 0, BIG, -2 ** 63, Index(-1), "s"]


def slices():
    for o in ([1, 2, 3, 4], [], (1, 2, 3, 4), (), "abcd", "", "h\xe9l\u20ac", b"abcd", bytearray(b"abcd"), range(9), {}, 5,
              collections.deque([1]), Py(), array.array("i", [1, 2, 3])):
        for a in BOUNDS:
            for b in BOUNDS:
                check(outcome(rtops.get_slice2, o, a, b), outcome(lambda: o[a:b]), o, a, b)
                for c in STEPS:
                    check(outcome(rtops.get_slice3, o, a, b, c), outcome(lambda: o[a:b:c]), o, a, b, c)
    t, s, lst = (1, 2, 3), "abc", [1, 2]
    assert rtops.get_slice2(t, None, None) is t and rtops.get_slice3(s, None, None, 1) is s
    assert rtops.get_slice2(lst, None, None) is not lst
    check(sys.getsizeof(rtops.get_slice2([1] * 5, 1, 4)), sys.getsizeof(([1] * 5)[1:4]))
    new = rtops.get_slice2([1, 2, 3], 0, 2)
    new.append(4)
    check(new, [1, 2, 4])


def set_slices():
    def store2(o, a, b, v):
        o[a:b] = v
        return 0

    def store3(o, a, b, c, v):
        o[a:b:c] = v
        return 0
    values = [[], [9], [9, 8], (7, 8, 9), "xyz", range(4), {1: 2}, 5, None, iter([1, 2]), b"ab", [0] * 70]
    for make in (lambda: [1, 2, 3, 4], lambda: [], lambda: bytearray(b"abcd"), lambda: (1, 2), lambda: list(range(100)),
                 Py, lambda: array.array("i", [1, 2, 3])):
        for a in BOUNDS:
            for b in (None, 0, 3, -1, 70, BIG, 1.5):
                for v in values:
                    ours, theirs = make(), make()
                    v, w = (iter([1, 2]), iter([1, 2])) if hasattr(v, "__next__") else (v, v)
                    check(outcome(rtops.set_slice2, ours, a, b, v), outcome(store2, theirs, a, b, w), ours, a, b, v)
                    check(repr(getattr(ours, "log", ours)), repr(getattr(theirs, "log", theirs)), a, b, v)
                    for c in (None, 1, 2, -1, 0):
                        ours, theirs = make(), make()
                        v, w = (iter([1, 2]), iter([1, 2])) if hasattr(v, "__next__") else (v, v)
                        check(outcome(rtops.set_slice3, ours, a, b, c, v), outcome(store3, theirs, a, b, c, w), ours, a, b)
                        check(repr(getattr(ours, "log", ours)), repr(getattr(theirs, "log", theirs)), a, b, c, v)
    lst = [1, 2, 3]
    rtops.set_slice2(lst, 1, 2, lst)
    check(lst, [1, 1, 2, 3, 3])
    lst = [1, 2, 3]
    rtops.set_slice2(lst, None, None, lst)
    check(lst, [1, 2, 3])


def set_slice_drops():
    """The old items go last first, when the new ones are in place."""
    class Old:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            seen.append((self.n, repr(lst)))
    logs = []
    for f in (lambda o, v: rtops.set_slice2(o, 0, 3, v), lambda o, v: o.__setitem__(slice(0, 3), v)):
        for value in ([1, 2, 3], (4, 5, 6), [7]):
            seen = []
            lst = [Old(0), Old(1), Old(2), "end"]
            f(lst, value)
            logs.append(seen)
    check(logs[:3], logs[3:])


def typed_pieces():
    lst, tup, s = [10, 11, 12], (10, 11, 12), "a\xe9\u20ac"
    for i in range(-5, 6):
        for f, o in ((rtops.list_item, lst), (rtops.tuple_item, tup), (rtops.str_item, s)):
            want = outcome(lambda: o[i])
            check(f(o, i), want if -3 <= i < 3 else Miss)
        ours, theirs = lst[:], lst[:]
        old = rtops.list_set_steal(ours, i, "new")
        if -3 <= i < 3:
            check(old, theirs[i])
            theirs[i] = "new"
        else:
            assert old is Miss
        check(ours, theirs)
    ours = []
    sizes = []
    for i in range(200):
        rtops.list_append(ours, i)
        sizes.append(sys.getsizeof(ours))
    theirs = []
    for i in range(200):
        theirs.append(i)
        assert sizes[i] == sys.getsizeof(theirs)
    check(ours, theirs)


class Eq:
    def __eq__(self, other):
        if other == "boom":
            raise ZeroDivisionError("eq")
        return other == 3

    __hash__ = None


def membership():
    nan = float("nan")
    items = [0, 1, 3, 2 ** 70, 1.0, nan, float("nan"), "a", "b", "ab", "", "\xe9", None, True, (), (1,), [1], b"a", Eq(),
             "boom", {1}, frozenset([1])]
    where = [[], [1, "a", 2 ** 70, nan, None], (), (1, "a", 2 ** 70, nan, None, [1]), (3.0, "ab"), [Eq()], (Eq(), 1),
             {1: 2, "a": 3}, {1, "a"}, {frozenset([1])}, frozenset([1, 3]), "abc", "", b"abc", range(5), {}.keys(),
             {1: 2}.items(), iter([1, 2]), 5, None, Py(), type("C", (), {"__contains__": lambda s, x: "yes"})(),
             type("C", (), {"__contains__": None})(), collections.deque([1, 3])]
    for c in where:
        for x in items:
            if hasattr(c, "__next__"):
                got, want = outcome(rtops.contains, x, iter([1, 2])), outcome(lambda: int(x in iter([1, 2])))
            else:
                got, want = outcome(rtops.contains, x, c), outcome(lambda: int(x in c))
            check(got, want, x, c)

    class Shrink:
        def __eq__(self, other):
            lst.clear()
            return False
    lst = [Shrink(), 1, 2]
    check(rtops.contains(2, lst), 0)


def unpacking():
    def boom():
        yield 1
        raise ZeroDivisionError("gen")
    ns = {}
    for n in range(5):
        exec("def u%d(s):\n [%s] = s\n return (%s)" % (n, ",".join("v%d" % i for i in range(n)),
                                                     "".join("v%d," % i for i in range(n))), ns)
        for after in range(4):
            left = "".join("v%d, " % i for i in range(n))
            right = "".join(", w%d" % i for i in range(after))
            exec("def x%d_%d(s):\n [%s*l%s] = s\n return (%sl%s,)" % (n, after, left, right, left, right), ns)
    makers = [lambda: (), lambda: (1,), lambda: (1, 2), lambda: [1, 2, 3], lambda: [1], lambda: "abcd", lambda: iter("ab"),
              lambda: {1: 2, 3: 4}, lambda: {5}, lambda: range(4), lambda: 5, lambda: None, boom, Py, lambda: object,
              lambda: map(int, "12x"), lambda: type("T", (tuple,), {"__iter__": lambda s: iter("xy")})((1, 2, 3))]
    for make in makers:
        for n in range(5):
            check(outcome(rtops.unpack, make(), n), outcome(ns["u%d" % n], make()), make(), n)
            for after in range(4):
                check(outcome(rtops.unpack_ex, make(), n, after), outcome(ns["x%d_%d" % (n, after)], make()), n, after)


def building():
    TUPLE, LIST, SET, MAP, CONST, STRING = range(6)
    values = [1, "a", 2.0, None, "a", 1, (3,)]
    for n in range(len(values) + 1):
        v = values[:n]
        check(rtops.build(TUPLE, *v), tuple(v))
        check(rtops.build(LIST, *v), list(v))
        check(sys.getsizeof(rtops.build(LIST, *v)), sys.getsizeof(eval("[%s]" % ",".join("v[%d]" % i for i in range(n)))))
        check(rtops.build(SET, *v), set(v))
    check(outcome(rtops.build, SET, 1, [2], 3), outcome(lambda: {1, [2], 3}))
    for n in (0, 1, 2, 5, 6, 10, 11, 22, 43):
        for key in (str, int, lambda i: str(i) if i % 2 else i):
            keys = [key(i) for i in range(n)]
            flat = [x for k in keys for x in (k, "v")]
            oracle = eval("{%s}" % ",".join("f(%r): 'v'" % k for k in keys), {"f": lambda x: x})
            got = rtops.build(MAP, *flat)
            check(list(got.items()), list(oracle.items()))
            check(sys.getsizeof(got), sys.getsizeof(oracle), n, keys)
            got = rtops.build(CONST, *(["v"] * n), tuple(keys))
            check(list(got.items()), list(oracle.items()))
            check(sys.getsizeof(got), sys.getsizeof(oracle), n, keys)
    one = 1
    check(outcome(rtops.build, MAP, 1, 2, [], 3), outcome(lambda: {one: 2, []: 3}))
    check(rtops.build(MAP, 1, 2, 1.0, 3), {one: 2, 1.0: 3})
    check(outcome(rtops.build, CONST, 1, (1, 2)).facts[1], "('bad BUILD_CONST_KEY_MAP keys argument',)")
    parts = ["a", "", "h\xe9", "\u20ac", "z"]
    for n in range(len(parts) + 1):
        check(rtops.build(STRING, *parts[:n]), "".join(parts[:n]))
    for args in ((1, 2), (None, None), ("a", [])):
        check(rtops.build_slice2(*args), slice(*args))
        check(rtops.build_slice3(*args, 3), slice(*args, 3))


def extending():
    class NoIter:
        __iter__ = None

    class BadIter:
        def __iter__(self):
            raise TypeError("my own")
    for make in (lambda: [1], lambda: (1, 2), lambda: "ab", lambda: {1: 2}, lambda: iter([3]), lambda: 5, lambda: None, NoIter,
                 BadIter, Py, lambda: range(3), lambda: object()):
        ours, theirs = [0], [0]
        want = outcome(lambda: [*theirs, *make()])
        got = outcome(rtops.list_extend, ours, make())
        check(ours if got == 0 else got, want)
        ours = {0}
        got = outcome(rtops.set_update, ours, make())
        check(ours if got == 0 else got, outcome(lambda: {*{0}, *make()}))
    check(outcome(rtops.set_update, {1}, [[]]), outcome(lambda: {1, *[[]]}))


run(kinds_of_keys, get_items, set_items, dicts, getitem_rebound, slices, set_slices, set_slice_drops, typed_pieces, membership, unpacking, building,
    extending)
