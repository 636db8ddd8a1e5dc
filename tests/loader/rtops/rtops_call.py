"""Calls with * and **, dict displays, functions, raise, annotations, class building, imports."""
import sys
import types

import rtops
from rtops_harness import Miss, Raised, check, outcome, run


class Mapping:
    def __init__(self, *keys):
        self.k = keys

    def keys(self):
        return self.k

    def __getitem__(self, key):
        if key == "boom":
            raise ZeroDivisionError(key)
        return "v" + str(key)


class NoGetItem:
    keys = lambda self: ["a"]


class BadKeys:
    def keys(self):
        raise AttributeError("my own")


class KeyErr:
    keys = lambda self: ["a"]

    def __getitem__(self, key):
        raise KeyError("my own", key)


def takes(*args, **kwargs):
    return args, sorted(kwargs.items())


class Callable:
    def __call__(self, *args, **kwargs):
        return args, sorted(kwargs.items())

    def method(self, *args, **kwargs):
        return args, sorted(kwargs.items())


MAPPINGS = [{}, {"a": 1}, {"b": 2, "a": 3}, {1: 2}, Mapping("a", "c"), Mapping("boom"), Mapping(1), NoGetItem(), BadKeys(),
            KeyErr(), 5, None, [("a", 1)], "ab", type("D", (dict,), {})(a=1, q=2), types.MappingProxyType({"a": 4})]
ARGS = [(), (1, 2), [3], "ab", {5: 6}, 5, None, (i for i in ()), range(2), type("T", (tuple,), {})((1,)), object(),
        type("B", (), {"__iter__": lambda s: 1 / 0})()]
FUNCS = [takes, Callable(), Callable().method, Callable.method, len, int, dict, 5, None, list.append, lambda: 1,
         lambda a, b=2: (a, b), lambda **k: k, str.upper]


def call_both(f, args, kw):
    def ours():
        d = {}
        rtops.dict_merge(d, kw, f)
        return rtops.call_ex3(f, args, d)
    check(outcome(ours), outcome(lambda: f(*args, **kw)), f, args, kw)


def call_ex(all_args=[a for a in ARGS if type(outcome(tuple, a)) is tuple]):
    for f in FUNCS:
        for args in all_args:
            check(outcome(rtops.call_ex2, f, args), outcome(lambda: f(*args)), f, args)
            for kw in MAPPINGS:
                call_both(f, args, kw)


def call_ex_mapping():
    """A kwargs operand that is not yet a dict."""
    for kw in MAPPINGS:
        check(outcome(rtops.call_ex3, takes, (), kw), outcome(lambda: takes(**kw)), kw)


def merges():
    for a in MAPPINGS:
        for b in MAPPINGS:
            def ours():
                d = {}
                rtops.dict_merge(d, a, takes)
                rtops.dict_merge(d, b, takes)
                return rtops.call_ex3(takes, (), d)
            check(outcome(ours), outcome(lambda: takes(**a, **b)), a, b)

            def update():
                d = {}
                rtops.dict_update(d, a)
                rtops.dict_update(d, b)
                return d
            check(outcome(update), outcome(lambda: {**a, **b}), a, b)


def functions():
    def outer(x):
        def plain(a, b): return a, b
        def full(a, b=2, *, c: int = 3) -> str: return a, b, c, x
        return plain, full
    plain, full = outer(5)
    for f, flags, extra in ((plain, 0, ()), (full, 15, (full.__defaults__, full.__kwdefaults__, ("c", int, "return", str),
                                                        full.__closure__)),
                            (plain, 1, ((7,),)), (plain, 3, ((7,), {})), (plain, 4, (("a", int),)),
                            (full, 8, (full.__closure__,)), (full, 10, ({"c": 9}, full.__closure__))):
        g = rtops.make_function(f.__code__, flags, *extra)
        check((g.__name__, g.__qualname__, g.__module__, g.__doc__, g.__globals__ is globals()),
              (f.__name__, f.__qualname__, f.__module__, f.__doc__, True))
        given = dict(zip([bit for bit in (1, 2, 4, 8) if flags & bit], extra))
        check(g.__defaults__, given.get(1))
        check(g.__kwdefaults__, given.get(2))
        check(g.__annotations__, dict(zip(given[4][::2], given[4][1::2])) if 4 in given else {})
        check(g.__closure__, given.get(8))
        if 8 in given and flags == 15:
            check(g(1), full(1))


class Odd(Exception):
    def __new__(cls, *args):
        return 5 if not args else Exception.__new__(cls, *args)


class Other(Exception):
    def __new__(cls):
        return KeyError("made")


class Fails(Exception):
    def __init__(self):
        raise ZeroDivisionError("init")


def raises():
    things = [ValueError, ValueError("v"), KeyError, Odd, Other, Fails, 5, None, "s", int, object(), BaseException, SystemExit(3)]
    causes = things + [Odd("x")]

    def raise1(x):
        raise x

    def raise2(x, y):
        raise x from y
    for x in things:
        check(outcome(rtops.raise_, x), outcome(raise1, x), x)
        for y in causes:
            check(outcome(rtops.raise_, x, y), outcome(raise2, x, y), x, y)
    for x in things:
        if isinstance(x, BaseException):
            x.__cause__ = None
            x.__suppress_context__ = False

    def reraise():
        raise
    check(outcome(rtops.raise_), outcome(reraise))
    try:
        raise KeyError("k")
    except KeyError as e:
        try:
            rtops.raise_()
        except KeyError as f:
            assert e is f
        try:
            rtops.raise_(ValueError)
        except ValueError as f:
            assert f.__context__ is e
            f.__context__ = None


def annotations():
    ns = {"rtops": rtops}
    exec("rtops.setup_annotations(); rtops.setup_annotations()", ns)
    check(ns["__annotations__"], {})
    ns["__annotations__"]["x"] = 1
    exec("rtops.setup_annotations()", ns)
    check(ns["__annotations__"], {"x": 1})

    class Locals(dict):
        def __getitem__(self, key):
            return {"rtops": rtops}[key] if key == "rtops" else dict.__getitem__(self, key)
    locals_ = Locals()
    exec("rtops.setup_annotations(); rtops.setup_annotations()", {}, locals_)
    check(dict(locals_), {"__annotations__": {}})
    check(outcome(lambda: rtops.setup_annotations()).facts[:2],
          (SystemError, "('no locals found when setting up annotations',)"))


def build_class():
    assert rtops.load_build_class() is __build_class__
    for b in ({}, {"__build_class__": 5}, type("B", (dict,), {})()):
        def one(source):
            ns = {"__builtins__": b, "load": rtops.load_build_class}
            return outcome(exec, source, ns)
        got, want = one("r = load()"), one("class C: pass")
        if type(got) is Raised:
            check(got, want)
        else:
            check(want.facts[0], TypeError)


def displayhook():
    seen, hook = [], sys.displayhook
    sys.displayhook = seen.append
    try:
        rtops.print_expr(5)
        check(seen, [5])
        sys.displayhook = lambda v: 1 / 0
        check(outcome(rtops.print_expr, 5).facts[0], ZeroDivisionError)
        del sys.displayhook
        check(outcome(rtops.print_expr, 5).facts[:2], (RuntimeError, "('lost sys.displayhook',)"))
    finally:
        sys.displayhook = hook


def package(**attrs):
    m = types.ModuleType(attrs.pop("name", "rt_pkg"))
    m.__dict__.update(attrs)
    return m


class NoName:
    @property
    def __name__(self):
        raise AttributeError("no name")


def imports():
    import os.path
    for name, fromlist, level in (("sys", None, 0), ("os.path", None, 0), ("os", ("path",), 0), ("rt_nothing", None, 0),
                                  ("x", None, 1), ("os.rt_nothing", None, 0), ("", None, 0)):
        got = outcome(rtops.import_name, name, fromlist, level)
        check(got, outcome(__import__, name, globals(), None, fromlist, level), name)
    calls = []
    ns = {"__builtins__": {"__import__": lambda *a: calls.append(a[:1] + a[2:]) or "module"}, "f": rtops.import_name}
    exec("r = f('a.b', ('c',), 2)", ns)
    exec("import a.b", ns)
    exec("def g(): return f('q', None, 0)\ng()", ns)
    check(ns["r"], "module")
    check([c[0] for c in calls], ["a.b", "a.b", "q"])
    check(calls[2][1], None)
    check(outcome(exec, "f('a', None, 0)", {"__builtins__": {}, "f": rtops.import_name}),
          outcome(exec, "import a", {"__builtins__": {}}))


def froms():
    sys.modules["rt_pkg.sub"] = "the submodule"
    spec = types.SimpleNamespace(_initializing=True)
    file = "/somewhere/rt_pkg.py"
    try:
        for m in (package(x=1), package(name="rt_pkg"), package(__file__=file), package(__file__=file, __spec__=spec),
                  package(__file__=file, __spec__=None), package(__file__=5), package(__name__=5), NoName(), 5,
                  package(__getattr__=lambda n: 1 / 0)):
            for name in ("x", "sub", "missing", "__path__"):
                def oracle():
                    ns = {"__builtins__": {"__import__": lambda *a: m}}
                    exec("from whatever import %s as got" % name, ns)
                    return ns["got"]
                check(outcome(rtops.import_from, m, name), outcome(oracle), m, name)
    finally:
        del sys.modules["rt_pkg.sub"]


def stars():
    class Setting(dict):
        def __setitem__(self, key, v):
            dict.__setitem__(self, key, ("set", v))
    cases = [package(a=1, _b=2, c=3), package(__all__=["a", "_b"], a=1, _b=2), package(__all__=("missing",)),
             package(__all__=["a", 5], a=1), package(__all__=5), package(__all__=[5], __name__=6), object(),
             types.SimpleNamespace(x=1, _y=2), package(**{"\u20ac": 1})]
    odd = package()
    odd.__dict__[7] = 8
    cases.append(odd)
    for m in cases:
        for ns_type in (dict, Setting):
            ours, theirs = ns_type(), ns_type()

            def star():
                exec("from whatever import *", {"__builtins__": {"__import__": lambda *a: m}}, theirs)
            got = outcome(exec, "f(m)", {"f": rtops.import_star, "m": m}, ours)
            check(got, outcome(star), m)
            check(dict(ours), dict(theirs), m)
    check(outcome(lambda: rtops.import_star(sys)).facts[:2], (SystemError, "(\"no locals found during 'import *'\",)"))


# Not in run(): here the interpreter itself loses a reference to the keywords.
call_ex(ARGS)
run(call_ex, call_ex_mapping, merges, functions, raises, annotations, build_class, displayhook, imports, froms, stars)
