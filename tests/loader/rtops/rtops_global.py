"""Globals, builtins, the names of class bodies, cells and free variables."""
import builtins
import types

import rtops
from rtops_harness import Miss, check, outcome, run

# Run as code of its own, with globals, locals and builtins of the test's choice.
SOURCE = """
def load(name=None): return %(name)s
def store(v):
    global %(name)s
    %(name)s = v
def delete():
    global %(name)s
    del %(name)s
def ours(): return rt_load(rt_cell, '%(name)s')
def borrowed(): return rt_borrowed(rt_cell, '%(name)s')
def ours_store(v): return rt_store('%(name)s', v)
def ours_delete(): return rt_delete('%(name)s')
"""


def space(name, ns=None, builtin_ns=None):
    ns = {} if ns is None else ns
    ns.update(rt_load=rtops.load_global, rt_borrowed=rtops.global_borrowed, rt_store=rtops.store_global,
              rt_delete=rtops.del_global, rt_cell=rtops.cell())
    if builtin_ns is not None:
        ns["__builtins__"] = builtin_ns
    exec(SOURCE % {"name": name}, ns)
    return types.SimpleNamespace(ns=ns, **{k: ns[k] for k in ("load", "store", "delete", "ours", "borrowed",
                                                              "ours_store", "ours_delete")})


def agree(s, *about):
    for _ in range(12):
        want = outcome(s.load)
        check(outcome(s.ours), want, *about)
        borrowed = s.borrowed()
        assert borrowed is Miss or borrowed is want, about


def rebinding():
    for name in ("value", "len", "nothing"):
        s = space(name)
        agree(s, name)
        for v in (1, 2, None, [3]):
            s.ours_store(v)
            agree(s, name, v)
            s.store((v, v))
            agree(s, name, v)
        check(outcome(s.ours_delete), 0)
        agree(s, name, "deleted")
        want = outcome(s.delete)
        check(outcome(s.ours_delete), want, name)
        for i in range(200):
            s.ns["other%d" % i] = i
        agree(s, name, "resized")
        s.store(5)
        for i in range(200):
            del s.ns["other%d" % i]
        agree(s, name, "shrunk")
        s.ns[7] = 8  # the table is no longer one of str keys
        agree(s, name, "general")
        keep = dict(s.ns)
        s.ns.clear()
        s.ns.update(dict(reversed(keep.items())))
        agree(s, name, "reordered")


def builtins_shadowed():
    s = space("rt_test_builtin")
    agree(s)
    try:
        builtins.rt_test_builtin = 1
        agree(s, "in builtins")
        builtins.rt_test_builtin = 2
        agree(s, "rebound in builtins")
        s.ns["rt_test_builtin"] = 3
        agree(s, "shadowed")
        del s.ns["rt_test_builtin"]
        agree(s, "uncovered")
        builtins.rt_test_other = 4
        agree(s, "builtins grew")
    finally:
        del builtins.rt_test_builtin, builtins.rt_test_other
    agree(s, "gone")


def odd_namespaces():
    class Globals(dict):
        def __getitem__(self, key):
            return dict.__getitem__(self, key) if key in self else "global " + key

        def __missing__(self, key):
            return "missing " + key

    class Builtins(dict):
        def __getitem__(self, key):
            if key == "boom":
                raise ZeroDivisionError(key)
            return dict.__getitem__(self, key)

    for name in ("len", "value", "boom"):
        for b in (None, {"len": 1}, {}, Builtins(len=2)):
            s = space(name, None, b)
            agree(s, name, b)
            s.store(1)
            agree(s, name, b)
        s = space(name, Globals())
        agree(s, name, "dict subclass")

    class P:
        pass
    b = {"first": 1, "len": 2}
    s = space("len", None, b)
    agree(s, "own builtins")
    for change in (lambda: b.update(len=3), lambda: (b.clear(), b.update(len=4, first=5)),
                   lambda: b.update(("x%d" % i, i) for i in range(100)), lambda: b.pop("first"),
                   lambda: (b.pop("len"), b.update(len=6)), lambda: b.update({5: 6}), lambda: b.pop("len")):
        change()
        agree(s, "own builtins changed")
    p = P()
    p.value = 1
    s = space("value", p.__dict__)  # a split table
    agree(s, "split")
    p.value = 2
    agree(s, "split")


def other_globals():
    """One cell, as one code object has it, used with several globals."""
    cell = rtops.cell()
    spaces = [space("len"), space("len", {"a": 1}), space("len", {"len": 2}), space("len", {"b": 1, "len": 3})]
    for s in spaces:
        s.ns["rt_cell"] = cell
    for _ in range(3):
        for s in spaces:
            agree(s)


def copies():
    """A copy of a dict has its keys' version too."""
    s = space("value")
    s.store(1)
    agree(s)
    copy = s.ns.copy()
    t = space("value", copy)
    t.ns["rt_cell"] = s.ns["rt_cell"]
    t.store(2)
    agree(t)
    agree(s)


class Ns(dict):
    def __getitem__(self, key):
        if key == "boom":
            raise ZeroDivisionError(key)
        if key == "made":
            return "made"
        return dict.__getitem__(self, key)

    def __setitem__(self, key, v):
        if key == "boom":
            raise ZeroDivisionError(key)
        dict.__setitem__(self, key, v)

    __delitem__ = lambda self, key: 1 / 0 if key == "boom" else dict.__delitem__(self, key)


def copy_to_subclass():
    """So does a dict subclass that starts as a copy, but its __getitem__ decides."""
    class Globals(dict):
        def __getitem__(self, key):
            return "decided" if key == "value" else dict.__getitem__(self, key)
    s = space("value")
    s.store(1)
    agree(s)
    t = space("value", Globals(s.ns))
    t.ns["rt_cell"] = s.ns["rt_cell"]
    agree(s)
    agree(t)
    check(outcome(t.load), "decided")


def names():
    """Code of a module or class body: locals are a mapping."""
    for name in ("value", "len", "made", "boom", "g"):
        for ns in (dict, Ns):
            def one(source, locals_):
                def f():
                    exec(source, {"rtops": rtops, "g": 1, "out": out}, locals_)
                    return out.pop()
                out = []
                return outcome(f)
            ours, theirs = ns(), ns()
            for _ in range(2):
                check(one("out.append(rtops.load_name('%s'))" % name, ours), one("out.append(%s)" % name, theirs), name)
                check(one("rtops.store_name('%s', 5); out.append(0)" % name, ours),
                      one("%s = 5; out.append(0)" % name, theirs), name)
                check(one("out.append(rtops.load_name('%s'))" % name, ours), one("out.append(%s)" % name, theirs), name)
                check(dict(ours), dict(theirs))
                for _ in range(2):
                    check(one("rtops.del_name('%s'); out.append(0)" % name, ours),
                          one("del %s; out.append(0)" % name, theirs), name)
    check(outcome(lambda: rtops.load_name("x")).facts[1], "(\"no locals when loading 'x'\",)")
    check(outcome(lambda: rtops.store_name("x", 1)).facts[1], "(\"no locals found when storing 'x'\",)")
    check(outcome(lambda: rtops.del_name("x")).facts[1], "(\"no locals when deleting 'x'\",)")


def derefs():
    def free(bound):
        if bound:
            v = 1

        def inner(op):
            # localsplus: op, then the free variable
            if op == "load":
                return rtops.load_deref(1)
            if op == "store":
                return rtops.store_deref(1, [5])
            if op == "del":
                return rtops.del_deref(1)
            return v

        def oracle(op):
            nonlocal v
            if op == "load":
                return v
            if op == "store":
                v = [5]
                return 0
            if op == "del":
                del v
                return 0
        return inner, oracle

    def own(op):  # localsplus: op, inner, then the cell
        if op == "bound":
            v = 1

        def inner():
            return v
        return rtops.load_deref(2)

    def own_oracle(op):
        if op == "bound":
            v = 1

        def inner():
            return v
        return v

    for bound in (0, 1):
        (ours, _), (_, theirs) = free(bound), free(bound)
        for op in ("load", "store", "load", "del", "load", "del", "store", "load"):
            check(outcome(ours, op), outcome(theirs, op), bound, op)
    for op in ("bound", "unbound"):
        check(outcome(own, op), outcome(own_oracle, op), op)


def class_derefs():
    def f(v):
        class Ours:
            got = rtops.load_class_deref(0)

            def method(self):
                return v

        class Theirs:
            got = v

            def method(self):
                return v

        class OursLocal:
            v = "local"
            got = rtops.load_class_deref(0)

            def method(self):
                return v
        check(Ours.got, Theirs.got)
        check(OursLocal.got, "local")
        return Ours, Theirs
    f(3)


run(rebinding, builtins_shadowed, odd_namespaces, other_globals, copies, copy_to_subclass, names, derefs, class_derefs)
