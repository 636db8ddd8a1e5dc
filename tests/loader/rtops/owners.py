"""Owners of attributes, of every kind: what rtops_attr.py asks."""
import sys
import types


def make_classes():
    class Data:
        def __get__(self, o, t):
            return ("data", o is None, t.__name__)

        def __set__(self, o, v):
            o.__dict__["data_set"] = v

    class NonData:
        def __get__(self, o, t):
            return ("nondata", o is None, t.__name__)

    class Value:
        pass

    class Plain:
        klass = 7
        inst = Value()
        data = Data()
        nondata = NonData()

        def __init__(self):
            self.x = 1
            self.y = 2

        def meth(self):
            return "meth"

        @classmethod
        def cm(cls):
            return "cm " + cls.__name__

        @staticmethod
        def sm():
            return "sm"

        @property
        def prop(self):
            return "prop"

        @prop.setter
        def prop(self, v):
            self.__dict__["prop_set"] = v

        @property
        def badprop(self):
            raise AttributeError("bad")

    class Slots:
        __slots__ = ("x", "y", "z")

        def __init__(self):
            self.x, self.y = 1, 2

        def meth(self):
            return "slots meth"

    class SlotsAndDict(Slots):
        klass = 3

    class Hook(Plain):
        def __getattr__(self, name):
            if len(name) > 100:
                raise AttributeError(name)
            return "hooked " + name

    class Full(Plain):
        def __getattribute__(self, name):
            return "full " + name if name in ("x", "y", "meth", "missing") else object.__getattribute__(self, name)

    class Setter(Plain):
        def __setattr__(self, name, v):
            object.__setattr__(self, name, ("set", v))

    class L(list):
        def __init__(self):
            self.x = 1

    class D(dict):
        klass = 4

    class I(int):
        klass = 5

    class T(tuple):
        def meth(self):
            return len(self)

    class E(Exception):
        def meth(self):
            return "E"

    class Meta(type):
        @property
        def prop(cls):
            return "meta prop"

        def meth(cls):
            return "meta meth"

        klass = "meta klass"
        nondata = 9

    class MetaHook(Meta):
        def __getattr__(cls, name):
            return "meta hook " + name if name != "e" else None

    class WithMeta(Plain, metaclass=Meta):
        x = 8

    class WithMetaHook(Plain, metaclass=MetaHook):
        pass

    class Many:
        def __init__(self):
            for i in range(40):
                setattr(self, "a%d" % i, i)
            self.x = "many"

    class Late(Plain):
        pass

    late = [Late() for _ in range(40)]
    materialised = Plain()
    materialised.__dict__
    replaced = Plain()
    replaced.__dict__ = {"x": "replaced", 5: 6}
    own = Plain()
    own.__dict__ = {"e": 1}
    general = Plain()
    general.__dict__ = {1: 2, "x": "general", "meth": "shadow"}
    shadow = Plain()
    shadow.meth = lambda: "shadowed"
    shadow.klass = "inst klass"
    shadow.nondata = "inst nondata"
    shadow.__dict__["data"] = "not seen"
    empty = Plain()
    del empty.x, empty.y
    module = types.ModuleType("mod")
    module.x, module.meth, module.klass = 1, lambda: "mod meth", 2
    hooked = types.ModuleType("hooked")
    hooked.__getattr__ = lambda name: "module hook " + name if len(name) < 100 else 0
    hooked.x = 3

    class Mod(types.ModuleType):
        @property
        def prop(self):
            return "mod prop"

    changed = types.ModuleType("changed")
    changed.__class__ = Mod
    return [Plain(), Plain(), materialised, replaced, own, general, shadow, empty, Slots(), SlotsAndDict(), Hook(),
            Full(), Setter(), L(), D(), I(3), T((1, 2)), E("arg"), WithMeta(), Many(), late[-1], module, hooked,
            changed, Plain, Slots, WithMeta, WithMetaHook, Hook, int, type, list, Meta, object, [1], (1,), "s", 5,
            2.5, True, None, sys, len, Plain.meth, Plain().meth, lambda: 0, types.SimpleNamespace(x=1), {1: 2},
            NotImplemented, super(SlotsAndDict, SlotsAndDict())]
