"""Structural pattern matching: MATCH_CLASS and MATCH_KEYS."""
import collections
import types

import rtops
from rtops_harness import check, outcome, run


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Bad:
    __match_args__ = ["x"]
    x = 1


class BadElement:
    __match_args__ = ("x", 5)
    x = 1


class Twice:
    __match_args__ = ("x", "x")
    x = 1


class Prop:
    __match_args__ = ("gone", "boom")

    @property
    def gone(self):
        raise AttributeError

    @property
    def boom(self):
        raise ZeroDivisionError("boom")


class Meta(type):
    def __instancecheck__(cls, o):
        if o == 3:
            raise ZeroDivisionError("instancecheck")
        return True

    @property
    def __match_args__(cls):
        raise ZeroDivisionError("match_args")


class WithMeta(metaclass=Meta):
    pass


SUBJECTS = [Point(1, 2), Point(None, []), Bad(), BadElement(), Twice(), Prop(), 3, "s", [1], {1: 2}, 2.5, (), None,
            type("IntSub", (int,), {})(4)]
CLASSES = [Point, Bad, BadElement, Twice, Prop, WithMeta, int, str, list, dict, float, tuple, object, bool, 5, None,
           type("NoArgs", (object,), {})]


def classes():
    for cls in CLASSES:
        for subject in SUBJECTS:
            for count in range(4):
                for names in ((), ("x",), ("x", "y"), ("x", "x"), ("missing",), ("real",)):
                    if len(set(names)) < len(names):
                        continue  # a syntax error for the interpreter
                    got = outcome(rtops.match_class, subject, cls, names, count)
                    check(got, outcome(class_oracle(count, names), subject, cls), subject, cls, count, names)
    check(outcome(rtops.match_class, Point(1, 2), Point, ("x", "x"), 0).facts[:2],
          (TypeError, "(\"Point() got multiple sub-patterns for attribute 'x'\",)"))


oracles = {}


def class_oracle(count, names):
    if (count, names) not in oracles:
        ps = ["p%d" % i for i in range(count)]
        ks = ["k%d" % i for i in range(len(names))]
        patterns = ps + ["%s=%s" % pair for pair in zip(names, ks)]
        ns = {}
        exec("def f(s, C):\n match s:\n  case C(%s): return (%s)\n return None" % (
            ", ".join(patterns), "".join(v + ", " for v in ps + ks)), ns)
        oracles[count, names] = ns["f"]
    return oracles[count, names]


class Get(dict):
    def get(self, key, default=None):
        if key == "boom":
            raise ZeroDivisionError(key)
        return ("got", key)


class NoGet:
    pass


collections.abc.Mapping.register(NoGet)


def key_oracle(keys):
    ns = {"K": types.SimpleNamespace(**{"k%d" % i: k for i, k in enumerate(keys)})}
    exec("def f(s):\n match s:\n  case {%s}: return (%s)\n return None" % (
        ", ".join("K.k%d: v%d" % (i, i) for i in range(len(keys))), "".join("v%d, " % i for i in range(len(keys)))), ns)
    return ns["f"]


def keys():
    subjects = [{}, {"a": 1, "b": 2, 3: 4}, Get(a=1), collections.defaultdict(list, a=1), types.MappingProxyType({"a": 1}),
                collections.ChainMap({"a": 1}, {"b": 2}), NoGet()]
    for s in subjects:
        for names in ((), ("a",), ("a", "b"), ("b", 3), ("boom",), ("a", "a"), ([],), ("a", []), (1.0, 1), (None,)):
            if hasattr(s, "__len__") and len(names) <= len(s):  # else the interpreter does not ask
                check(outcome(rtops.match_keys, s, names), outcome(key_oracle(names), s), s, names)
        assert not isinstance(s, collections.defaultdict) or len(s) == 1
    check(outcome(rtops.match_keys, NoGet(), ("a",)), outcome(lambda: NoGet().get))


run(classes, keys)
