"""Micro figures: ns per operation of the helpers, beside the interpreter's own time for the same bytecode."""
import sys
import time

import rtops


class P:
    k = 1

    def __init__(self):
        self.x = 1
        self.y = 2.0

    def meth(self):
        pass


class S:
    __slots__ = ("x",)

    def __init__(self):
        self.x = 1


class Q(P):
    pass


def interp(statement, **names):
    """ns of one statement inside a loop, the loop's own time taken off."""
    ns = dict(names, lst=[])
    args = ", ".join(names)
    body = "\n  ".join([statement] * 10)
    exec("def f(%s):\n for _ in range(2000):\n  %s" % (args, body), ns)
    exec("def g(%s):\n for _ in range(2000):\n  pass" % args, ns)
    best = []
    for f in (ns["f"], ns["g"]):
        times = []
        for _ in range(40):
            t = time.thread_time()
            f(**names)
            times.append(time.thread_time() - t)
        best.append(min(times))
    return (best[0] - best[1]) / 20000 * 1e9


def row(what, helper, args, statement, **names):
    base = min(rtops.time_empty() for _ in range(30))
    ours = min(helper(*args) for _ in range(40)) - base
    print("    %-34s %6.1f   interpreter %6.1f" % (what, max(ours, 0), interp(statement, **names)))


o, m, s, two = P(), P(), S(), Q()
m.__dict__
mod = sys
cells = [rtops.cell() for _ in range(30)]
poly = rtops.cell()
for v in (P(), Q()):
    rtops.load_attr(poly, v, "x")
lst, tup, dct, big = [1, 2, 3], (1, 2, 3), {"a": 1, "b": 3}, list(range(10))
row("load inline value", rtops.time_load_attr, (cells[0], o, "x"), "o.x", o=o)
row("load inline value, entry 1", rtops.time_load_attr, (poly, o, "x"), "o.x", o=o)
row("load from instance dict", rtops.time_load_attr, (cells[1], m, "x"), "o.x", o=m)
row("load slot", rtops.time_load_attr, (cells[2], s, "x"), "o.x", o=s)
row("load class attribute", rtops.time_load_attr, (cells[3], o, "k"), "o.k", o=o)
row("load module attribute", rtops.time_load_attr, (cells[4], mod, "path"), "o.path", o=mod)
row("load attribute of a class", rtops.time_load_attr, (cells[5], P, "k"), "o.k", o=P)
row("store inline value", rtops.time_store_attr, (cells[6], o, "x", 5), "o.x = 5", o=o)
row("store slot", rtops.time_store_attr, (cells[7], s, "x", 5), "o.x = 5", o=s)
row("store in instance dict", rtops.time_store_attr, (cells[8], m, "x", 5), "o.x = 5", o=m)
row("load method", rtops.time_load_method, (cells[9], o, "meth"), "o.meth", o=o)
row("load method of list", rtops.time_load_method, (cells[10], lst, "append"), "o.append", o=lst)
row("load global", rtops.time_load_global, (cells[11], "lst"), "lst")
row("load builtin", rtops.time_load_global, (cells[12], "len"), "len")
row("list[int]", rtops.time_get_item, (cells[13], lst, 1), "o[1]", o=lst)
row("tuple[int]", rtops.time_get_item, (cells[14], tup, 1), "o[1]", o=tup)
row("dict[str]", rtops.time_get_item, (cells[15], dct, "a"), "o['a']", o=dct)
row("dict[int]", rtops.time_get_item, (cells[18], {1: 2, 700: 3}, 700), "o[700]", o={1: 2, 700: 3})
row("dict[str] = v", rtops.time_set_item, (cells[19], dct, "a", 5), "o['a'] = 5", o=dct)
row("str[int]", rtops.time_get_item, (cells[16], "hello", 1), "o[1]", o="hello")
row("list[int] = v", rtops.time_set_item, (cells[17], lst, 1, 5), "o[1] = 5", o=lst)
row("list[2:7]", rtops.time_get_slice, (big, 2, 7, None), "o[2:7]", o=big)
row("list[5::-1]", rtops.time_get_slice, (big, 5, None, -1), "o[5::-1]", o=big)
row("list[:6] = list", rtops.time_set_slice, (big, None, 6, None, [1, 2, 3, 4, 5, 6]), "o[:6] = v", o=big, v=[1, 2, 3, 4, 5, 6])
row("str[1:3]", rtops.time_get_slice, ("hello", 1, 3, None), "o[1:3]", o="hello")
row("int + int (small)", rtops.time_add, (5, 6), "a + b", a=5, b=6)
row("int + int", rtops.time_add, (5000, 6000), "a + b", a=5000, b=6000)
row("int + int, two digits", rtops.time_add, (2 ** 40, 2 ** 41), "a + b", a=2 ** 40, b=2 ** 41)
row("float + float", rtops.time_add, (1.5, 2.5), "a + b", a=1.5, b=2.5)
row("int + float", rtops.time_add, (1, 2.5), "a + b", a=1, b=2.5)
row("str + str", rtops.time_add, ("abc", "def"), "a + b", a="abc", b="def")
row("int < int", rtops.time_less, (5, 6), "a < b", a=5, b=6)
row("float < float", rtops.time_less, (1.5, 2.5), "a < b", a=1.5, b=2.5)
row("str == str", rtops.time_equal, ("hello", "hellp"), "a == b", a="hello", b="hellp")
row("str in (str, str, str)", rtops.time_contains, ("c", ("a", "b", "c")), "a in b", a="c", b=("a", "b", "c"))
row("int in list", rtops.time_contains, (3, lst), "a in b", a=3, b=lst)
row("str in dict", rtops.time_contains, ("a", dct), "a in b", a="a", b=dct)
