"""Attributes: every kind of owner and attribute, through one cell each and through shared cells, with everything that
has to make a cached answer wrong done in between."""
import sys
import types

import rtops
from owners import make_classes
from rtops_harness import Miss, check, outcome, run

NAMES = ["x", "y", "z", "meth", "cm", "sm", "prop", "badprop", "data", "nondata", "inst", "klass", "__class__",
         "__dict__", "__doc__", "__module__", "__name__", "__init__", "__slots__", "missing", "real", "append", "args",
         "path", "join", "mro", "e", "n" * 120]

LOAD = {name: eval("lambda o: o.%s" % name) for name in NAMES}
CALL = {name: eval("lambda o: o.%s()" % name) for name in NAMES}


def make_store(name):
    ns = {}
    exec("def store(o, v): o.%s = v\ndef delete(o): del o.%s" % (name, name), ns)
    return ns["store"], ns["delete"]


STORE = {name: make_store(name) for name in NAMES}


def bind(func, o, want):
    return want if o is None else func.__get__(o)  # None.__get__ cannot be asked this way


def quick(cell, o, name, want, *about):
    """Every hot path answers with the attribute or not at all, whatever kind of site it was made for."""
    for look in (rtops.attr_fast, rtops.attr_dict, rtops.attr_named, rtops.field, rtops.field_dict, rtops.field_named):
        got = look(cell, o, name)
        if got is not Miss:
            check(got, want, "quick", look.__name__, *about)


def loads():
    """A cell per name, shared by all the owners, in two orders and three times: fills, hits and misses."""
    for name in NAMES:
        for owners in (make_classes(), make_classes()[::-1]):
            cell, method = rtops.cell(), rtops.cell()
            for _ in range(3):
                for o in owners:
                    want = outcome(LOAD[name], o)
                    check(outcome(rtops.load_attr, cell, o, name), want, "load", type(o), name)
                    quick(cell, o, name, want, type(o), name)
                    pair = outcome(rtops.load_method, method, o, name)
                    if type(pair) is tuple:
                        got = pair[1] if pair[0] is Miss else bind(pair[0], o, want)
                        assert pair[0] is Miss or pair[1] is o
                        check(got, want, "method", type(o), name)
                    else:
                        # _PyObject_GetMethod words it "'%.50s'", adds no context after a descriptor's __get__.
                        check(pair.facts[:2], want.facts[:2], "method", type(o), name)


def repeated():
    """A cell per owner and name, so that every hit is one of entry 0; and again after another value."""
    for o in make_classes():
        for name in NAMES:
            cell, method = rtops.cell(), rtops.cell()
            for _ in range(4):
                want = outcome(LOAD[name], o)
                check(outcome(rtops.load_attr, cell, o, name), want, "load", type(o), name)
                fast = rtops.attr_fast(cell, o, name)
                assert fast is Miss or fast is want, (type(o), name)
                rtops_call = outcome(lambda: call_pair(rtops.load_method(method, o, name)))
                want = outcome(CALL[name], o)
                if not type(want).__name__ == "Raised":
                    check(rtops_call, want, "call", type(o), name)


def call_pair(pair):
    return pair[1]() if pair[0] is Miss else pair[0](pair[1])


def stores():
    """Two copies of every owner: one changed by the helper, the other by the interpreter."""
    for name in NAMES:
        if name in ("__class__", "__dict__", "__slots__", "__doc__", "__module__", "__name__", "__init__"):
            continue
        store, delete = STORE[name]
        cell = rtops.cell()
        for again in range(3):
            for ours, theirs in zip(make_classes(), make_classes()):
                if isinstance(ours, type) or ours is sys:
                    continue
                for v, ours_store in ((again, rtops.store_attr), ("v", rtops.store_dict), ([again], rtops.store_dict)):
                    want = outcome(store, theirs, v)
                    want = 0 if want is None else want
                    check(outcome(ours_store, cell, ours, name, v), want, "store", type(ours), name)
                    check(outcome(LOAD[name], ours), outcome(LOAD[name], theirs), "after store", type(ours), name)
                compare_dicts(ours, theirs)
                want = outcome(delete, theirs)
                check(outcome(rtops.del_attr, ours, name), 0 if want is None else want, "del", type(ours), name)


def compare_dicts(ours, theirs):
    if isinstance(getattr(ours, "__dict__", None), dict) and not isinstance(ours, types.ModuleType):
        check([k for k in ours.__dict__], [k for k in theirs.__dict__], "order", type(ours))


def insertion_order():
    class P:
        pass
    cells = {}
    for order in ("abc", "cab", "bca", "abc", "ca", "b", "cba") * 3:
        ours, theirs = P(), P()
        for i, name in enumerate(order):
            rtops.store_attr(cells.setdefault(name, rtops.cell()), ours, name, i)
            setattr(theirs, name, i)
        check(list(ours.__dict__.items()), list(theirs.__dict__.items()), order)


def init_fast():
    """The usual __init__: from the second object on every store is the inline one."""
    class P:
        pass
    cells = [rtops.cell() for _ in range(5)]
    for i in range(50):
        o = P()
        for k, cell in enumerate(cells):
            if i > 1:
                assert rtops.store_fast(cell, o, k), (i, k)
            else:
                rtops.store_attr(cell, o, "a%d" % k, k)
        assert list(o.__dict__) == ["a0", "a1", "a2", "a3", "a4"]


def stores_of_several():
    """A site with two to four types stores without the slow path, whatever keeps the attribute, in the right order."""
    class A:
        pass

    class B(A):
        pass

    class S:
        __slots__ = "x", "__weakref__"

    class T(S):
        __slots__ = ()
    for classes in (A, B), (A, S), (S, A, T), (T, B, S, A):
        cell, want = rtops.cell(), [classes[0]() for _ in range(2)]
        for cls in classes * 3:
            rtops.store_attr(cell, cls(), "x", 0)
        for k, cls in enumerate(classes * 3):
            o, first, second = cls(), [k], [-k]
            if not hasattr(cls, "x"):
                o.before = 1
            for v in first, second:
                assert rtops.store_fast(cell, o, v), (classes, cls)
                assert o.x is v
            assert sys.getrefcount(first) == 2
            if not hasattr(cls, "x"):
                assert list(o.__dict__) == ["before", "x"]
        assert not rtops.store_fast(cell, object.__new__(type("New", (), {})), 1)


class Watch:
    """One attribute of one object through one cell, against the interpreter, again and again."""

    n_found = 0

    def __init__(self, o, name):
        self.o, self.name = o, name
        self.cell, self.method, self.found = rtops.cell(), rtops.cell(), rtops.cell()
        self()

    def __call__(self, *about):
        for _ in range(3):
            want = outcome(getattr, self.o, self.name)
            check(outcome(rtops.load_attr, self.cell, self.o, self.name), want, self.name, *about)
            quick(self.cell, self.o, self.name, want, self.name, *about)
            pair = outcome(rtops.load_method, self.method, self.o, self.name)
            if type(pair) is tuple:
                check(pair[1] if pair[0] is Miss else bind(pair[0], self.o, want), want, self.name, *about)
            found = rtops.find_method(self.found, self.o, self.name)
            if found is not Miss:
                check(bind(found, self.o, want), want, self.name, *about)
                Watch.n_found += 1


def invalidation():
    class Desc:
        pass

    class Base:
        k = 1

        def meth(self):
            return 1

    class C(Base):
        d = Desc()

        def __init__(self):
            self.x = 1

    class Other:
        k = "other"
        x = "class x"

        def meth(self):
            return "other"

    class Meta(type):
        d = Desc()

    class M(metaclass=Meta):
        d = 1

    o, p, q = C(), C(), C()
    names = ["x", "k", "meth", "d", "new", "__class__"]
    watches = [Watch(w, n) for w in (o, p, q, C) for n in names] + [Watch(M, "d")]

    def all_(*about):
        for w in watches:
            w(*about)
    all_()
    steps = [
        lambda: setattr(q, "k", 1), lambda: delattr(q, "k"), lambda: setattr(q, "k", 2), lambda: delattr(q, "k"),
        lambda: setattr(q, "meth", 1), lambda: delattr(q, "meth"), lambda: setattr(q, "meth", 2),
        lambda: setattr(Base, "k", 2), lambda: setattr(C, "k", 3), lambda: delattr(C, "k"),
        lambda: setattr(Base, "meth", lambda self: 5), lambda: setattr(o, "meth", 6), lambda: delattr(o, "meth"),
        lambda: setattr(C, "x", property(lambda self: "prop")), lambda: delattr(C, "x"),
        lambda: setattr(Desc, "__get__", lambda s, i, t: "got"), lambda: setattr(o, "d", "inst d"),
        lambda: setattr(Desc, "__set__", lambda s, i, v: None), lambda: delattr(Desc, "__get__"),
        lambda: setattr(Desc, "__get__", lambda s, i, t: "again"), lambda: delattr(Desc, "__set__"),
        lambda: setattr(o, "new", 1), lambda: setattr(p, "new", 2), lambda: delattr(o, "new"),
        lambda: o.__dict__, lambda: setattr(o, "new", 3), lambda: o.__dict__.update({"k": "dict k"}),
        lambda: o.__dict__.pop("k"), lambda: [o.__dict__.__setitem__("f%d" % i, i) for i in range(50)],
        lambda: o.__dict__.pop("x"), lambda: o.__dict__.__setitem__("x", "moved"), lambda: o.__dict__.clear(),
        lambda: setattr(o, "__dict__", {"x": "other dict"}), lambda: dir(p), lambda: setattr(p, "meth", 1),
        lambda: delattr(p, "meth"), lambda: vars(p), lambda: setattr(p, "__class__", Other),
        lambda: setattr(p, "__class__", C), lambda: setattr(C, "__bases__", (Other, Base)),
        lambda: setattr(C, "__getattr__", lambda self, n: "hook"), lambda: delattr(C, "__getattr__"),
        lambda: setattr(C, "__getattribute__", lambda self, n: "all"), lambda: delattr(C, "__getattribute__"),
        lambda: C.__annotations__, lambda: setattr(C, "__slots__", ()), lambda: setattr(Desc, "__set__", None),
    ]
    for i, step in enumerate(steps):
        step()
        all_("step", i)


def dict_shadows():
    """The class's keys do not know the name, an instance's own dict does."""
    class K:
        k = 1

        def meth(self):
            return 2

        @property
        def prop(self):
            return 3
    inline, other, own = K(), K(), K()
    own.__dict__ = {"meth": 4, "k": 5, "prop": 6}
    other.__dict__ = {"unrelated": 7}
    for name in ("meth", "k", "prop"):
        for owners in ([inline, other, own], [own, other, inline], [other, own, inline]):
            cell, method = rtops.cell(), rtops.cell()
            for step in (None, lambda: other.__dict__.update({name: 8}), lambda: other.__dict__.pop(name),
                         lambda: other.__dict__.update({9: 9, name: 8}), lambda: other.__dict__.clear(),
                         lambda: other.__dict__.update(unrelated=7)):
                if step:
                    step()
                for o in owners * 3:
                    want = outcome(getattr, o, name)
                    check(outcome(rtops.load_attr, cell, o, name), want, name)
                    pair = rtops.load_method(method, o, name)
                    check(pair[1] if pair[0] is Miss else pair[0].__get__(o), want, name)


def slots_deleted():
    class S:
        __slots__ = ("x",)
    s = S()
    w = Watch(s, "x")
    for v in (1, "two"):
        s.x = v
        w()
        del s.x
        w()
    cell = rtops.cell()
    for v in (1, 2, 3):
        rtops.store_attr(cell, s, "x", v)
        w()
        if v == 2:
            del s.x


def module_rebound():
    m = types.ModuleType("m")
    m.x = 1
    w = Watch(m, "x")
    for step in (lambda: setattr(m, "x", 2), lambda: setattr(m, "y", 3), lambda: delattr(m, "x"),
                 lambda: setattr(m, "__getattr__", lambda n: n), lambda: setattr(m, "x", 4),
                 lambda: [setattr(m, "a%d" % i, i) for i in range(100)], lambda: m.__dict__.clear(),
                 lambda: m.__dict__.update({5: 6, "x": 7})):
        step()
        w()


def store_drops_last():
    """The old value is released when the new one is in place."""
    class P:
        pass

    class Old:
        def __del__(self):
            seen.append(o.x)
    for o in (P(), types.SimpleNamespace()):
        for materialise in (False, True):
            seen = []
            cell = rtops.cell()
            for i in range(4):
                o.x = Old()
                if materialise:
                    o.__dict__
                rtops.store_attr(cell, o, "x", i)
            assert seen == [0, 1, 2, 3], seen


def dict_store_is_seen():
    """A store into an instance dict changes ma_version_tag and lets the collector find the value."""
    import gc
    import weakref

    class P:
        pass
    o = P()
    o.x = 1
    o.__dict__
    cell = rtops.cell()
    for _ in range(3):
        rtops.store_attr(cell, o, "x", 1)
    assert rtops.attr_kind(cell) == 3
    cycle = P()
    rtops.store_attr(cell, o, "x", cycle)
    cycle.o = o
    ref = weakref.ref(o)
    del o, cycle
    gc.collect()
    assert ref() is None


def numbers():
    """Raw numbers into attributes: nobody who holds the old number sees it change, wherever it is kept."""
    class P:
        pass

    class S:
        __slots__ = ("x",)
    own = P()
    own.__dict__
    for dicts in (False, True):
        for owners in ([P()], [S()], [own], [own, P(), S()], [S(), own, P(), types.SimpleNamespace()]):
            cell = rtops.cell()
            for k in range(6):
                for o in owners:
                    for v in (k, k + 0.5, k + 10**6, -k / 4, 2**62 - k):
                        held = getattr(o, "x", None)
                        was = repr(held)
                        check(rtops.store_number(cell, o, "x", v, dicts), 0)
                        check(repr(held), was)
                        check(repr(o.x), repr(v))
                        held = None
                        check(rtops.store_number(cell, o, "x", v, dicts), 0)
                        check(repr(o.x), repr(v))
                    o.x = [k] if k % 2 else "s"


def class_is_gone():
    """An attribute of a class goes with the class, of which the version of the metaclass knows nothing."""
    import gc

    class Value:
        def __init__(self, n):
            self.n = n

    cell = rtops.cell()
    for n in range(40):
        owner = type("Owner", (), {"x": Value(n)})
        for _ in range(3):
            check(rtops.load_attr(cell, owner, "x").n, n)
        del owner
        gc.collect()
        filler = [Value("filler") for _ in range(8)]  # where the old value was
        del filler


run(loads, repeated, stores, insertion_order, init_fast, stores_of_several, invalidation, dict_shadows, slots_deleted, module_rebound, store_drops_last,
    dict_store_is_seen, numbers, class_is_gone)
assert Watch.n_found > 100, Watch.n_found
