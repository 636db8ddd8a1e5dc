"""Collections that find nothing: that they say so only when it is true, and leave everything as the interpreter's would."""
import gc
import random

import rtops
from rtops_harness import check, run

FULL = 2


class Slots:
    __slots__ = ("a", "b")


class MoreSlots(Slots):
    __slots__ = ("c", "__weakref__")


class Plain:
    pass


class Mixed(Slots):  # slots and a dict
    pass


class Many:
    __slots__ = ["s%d" % i for i in range(20)]


class OfList(list):
    pass


class Fin:
    log = []

    def __init__(self, other=None):
        self.other = other

    def __del__(self):
        Fin.log.append("fin")


class quiet:
    """No collection but those that are asked for."""

    def __enter__(self):
        self.before = gc.get_threshold()
        gc.collect()
        gc.set_threshold(100000, 100000, 100000)
        return self

    def __exit__(self, *exc):
        gc.set_threshold(*self.before)


def make_due(generation):
    """The next collection is one of that generation."""
    if generation == 1:
        gc.collect(0)
        gc.set_threshold(100000, 0, 100000)
    elif generation == FULL:
        keep = [[] for _ in range(len(gc.get_objects()))]  # a quarter of the old ones must be new
        gc.collect(1)
        gc.set_threshold(100000, 100000, 0)
        return keep


def leaves():
    """Objects that refer to nothing the collector knows, and their like that do."""
    out = []
    for cls in Slots, MoreSlots, Plain, Mixed, Many:
        for value in 1.5, "text", 10**30, None, [], {}, (1, "a"), cls, cls():
            o = cls()
            if cls is Many:
                o.s0 = o.s19 = value
            else:
                o.a = value
            out.append(o)
        out.append(cls())
    with_dict = Plain()
    with_dict.__dict__["x"] = [with_dict.__dict__.get("x")]
    out += [with_dict, [1, 2.5, "x"], [1, [2]], OfList([1]), lambda: out, lambda: 1, {"a": 1}, {"a": []}, (1, 2), (1, [])]
    return out


def nothing_is_found():
    for generation in 0, 1, FULL:
        with quiet():
            keep = make_due(generation)
            made = leaves()
            before = [s["collections"] for s in gc.get_stats()]
            check(rtops.collect_nothing(), True)
            after = [s["collections"] for s in gc.get_stats()]
            check([b - a for a, b in zip(before, after)], [int(g == generation) for g in range(3)])
            check(gc.get_count()[0] < 20, True, "the count starts over")
            # One up, or still the oldest.
            there = {id(o) for o in gc.get_objects(generation=min(generation + 1, FULL))}
            check([type(o) for o in made if gc.is_tracked(o) and id(o) not in there], [])
            check(gc.is_tracked(made[-2]), False, "a tuple of atoms")
            check(gc.is_tracked(made[-1]), True, "a tuple of a list")
            check(gc.collect(), 0)
            del keep, made


def counts_as_the_interpreter():
    """Each generation's counter, after the same three collections by either."""
    def three(collect):
        with quiet():
            gc.collect()
            collect(), collect()
            gc.set_threshold(100000, 1, 100000)
            collect()
            return gc.get_count()[1:]

    check(three(rtops.collect_nothing), three(lambda: gc.collect(1 if gc.get_count()[1] > gc.get_threshold()[1] else 0)))


def dicts_in_full():
    for ours in True, False:
        with quiet():
            keep = make_due(FULL)
            d = {"a": []}
            d["a"] = 1  # tracked, without need
            check(gc.is_tracked(d), True)
            check(rtops.collect_nothing() if ours else bool(gc.collect() + 1), True)
            check(gc.is_tracked(d), False)
            del keep


def cycle_of(kind):
    if kind == "list":
        a = []
        a.append(a)
    elif kind == "slots":
        a, b = Slots(), Slots()
        a.a, b.a = b, a
    elif kind == "plain":
        a, b = Plain(), Plain()
        a.other, b.other = b, a
    elif kind == "dict":
        a = Plain()
        a.__dict__  # now it has one
        a.me = a
    elif kind == "class":
        class a:
            pass
    elif kind == "class of leaves":
        class a:
            pass
        a.one = a()
    elif kind == "fin":
        a = Fin()
        a.other = Fin(a)
    elif kind == "closure":
        def a():
            return a
    elif kind == "hung":  # a leaf on a cycle
        a = [Slots(), Plain(), 1.5]
        a.append(a)


KINDS = "list", "slots", "plain", "dict", "class", "class of leaves", "fin", "closure", "hung"


def garbage_is_left():
    for kind in KINDS:
        for generation in 0, 1, FULL:
            with quiet():
                keep = make_due(generation)
                cycle_of(kind)
                count = gc.get_count()
                check(rtops.collect_nothing(), False, kind, generation)
                check(gc.get_count()[1:], count[1:])
                check(gc.collect() > 0, True, kind)
                check(gc.collect(), 0)
                del keep


def only_leaves_know_their_class():
    def make():
        class C:
            __slots__ = ("a",)
        return [C() for _ in range(10)]
    with quiet():
        made = make()
        check(rtops.collect_nothing(), True)
        check(len(type(made[0]).__mro__), 2)
        del made
        check(gc.collect() > 0, True)


def finalized_once():
    class Lazarus:
        def __del__(self):
            saved.append(self)
            Fin.log.append("lazarus")
    saved = []
    Fin.log.clear()
    with quiet():
        o = Lazarus()
        o.me = o
        del o
        gc.collect()
        check(Fin.log, ["lazarus"])
        check(rtops.collect_nothing(), True)
        saved.clear()
        check(gc.collect() > 0, True)
        check(Fin.log, ["lazarus"], "its finalizer ran before")
    saved.clear()


def left_to_the_interpreter():
    with quiet():
        gc.disable()
        check(rtops.collect_nothing(), False)
        gc.enable()
        seen = []
        gc.callbacks.append(lambda phase, info: seen.append((phase, info["generation"])))
        check(rtops.collect_nothing(), False)
        check(seen, [])
        gc.callbacks.clear()
        gc.set_debug(gc.DEBUG_SAVEALL)
        check(rtops.collect_nothing(), False)
        gc.set_debug(0)
        gc.set_threshold(0)
        check(rtops.collect_nothing(), False)
        gc.set_threshold(100000, 100000, 100000)
        check(rtops.collect_nothing(), True)


def failures_wait():
    with quiet():
        cycle_of("list")
        answers = rtops.collect_often(20)
        check(any(answers), False)
        gc.collect()
        check(rtops.collect_often(20), [True] * 20)


def random_graph(rng):
    made = []
    for _ in range(rng.randrange(5, 60)):
        made.append(rng.choice([Slots, MoreSlots, Plain, Mixed, list, dict, OfList, Fin, lambda: type("T", (), {}), lambda: (1, 2)])())
    for _ in range(rng.randrange(100)):
        a, b = rng.choice(made), rng.choice([*made, 1.5, "x", None])
        if isinstance(a, list):
            a.append(b)
        elif isinstance(a, dict):
            a[rng.randrange(10)] = b
        elif isinstance(a, tuple):
            made.append((a, b))
        elif isinstance(a, type):
            a.attr = b
        elif rng.random() < 0.1 and isinstance(a, Plain):
            a.__dict__
        else:
            a.a = b
    return rng.sample(made, rng.randrange(len(made)))


def random_graphs():
    rng = random.Random(5)
    kept, truths = [], 0
    for _ in range(150):
        with quiet():
            kept.append(random_graph(rng))
            if rng.random() < 0.3:
                kept.clear()
            said = rtops.collect_nothing()  # of what is new; it is in generation 1 now
            truths += said
            if said:
                check(gc.collect(1), 0)
    check(truths > 10, True)
    kept.clear()
    gc.collect()


run(nothing_is_found, counts_as_the_interpreter, dicts_in_full, garbage_is_left, only_leaves_know_their_class, finalized_once,
    left_to_the_interpreter, failures_wait, random_graphs)
