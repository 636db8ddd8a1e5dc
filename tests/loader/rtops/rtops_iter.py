"""Iteration: every step of every iterator, and what the iterator keeps alive between steps."""
import itertools
import sys
import weakref

import rtops
from rtops_harness import Miss, check, outcome, run


class Stop:
    """Raises StopIteration, or something else, from __next__."""

    def __init__(self, *items):
        self.items = list(items)

    def __iter__(self):
        return self

    def __next__(self):
        item = self.items.pop(0) if self.items else StopIteration("end")
        if isinstance(item, BaseException):
            raise item
        return item


class GetItem:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError
        return i


class OldIndex:
    def __index__(self):
        return 3


def split_dict():
    class P:
        pass
    p = P()
    p.a, p.b, p.c = 1, 2, 3
    return p.__dict__


def holes():
    d = {i: str(i) for i in range(10)}
    for i in (0, 3, 4, 9):
        del d[i]
    return d


def gen(n):
    for i in range(n):
        yield i
    raise ZeroDivisionError("gen")


MAKERS = [
    lambda: range(0), lambda: range(5), lambda: range(10, 0, -3), lambda: range(2 ** 62, 2 ** 62 + 3),
    lambda: range(-2 ** 63, -2 ** 63 + 2), lambda: range(2 ** 70, 2 ** 70 + 2), lambda: range(-2 ** 62, 2 ** 62, 2 ** 61),
    lambda: [], lambda: [1, "a", None], lambda: (), lambda: (1, 2), lambda: "abc", lambda: b"ab", lambda: {1: 2, 3: 4},
    lambda: {"a": 1, "b": 2}, lambda: {"a": 1}.values(), lambda: {"a": 1, "b": []}.items(), lambda: {}.items(),
    lambda: holes(), lambda: holes().values(), lambda: holes().items(), split_dict, lambda: split_dict().values(),
    lambda: split_dict().items(), lambda: {1, 2}, lambda: gen(3), lambda: Stop(1, 2), lambda: Stop(1, ZeroDivisionError("x")),
    GetItem, lambda: enumerate([]), lambda: enumerate("abc"), lambda: enumerate([7, 8], 5), lambda: enumerate((1, 2), -3),
    lambda: enumerate(range(3), 2 ** 63 - 2), lambda: enumerate(range(3), 2 ** 64), lambda: enumerate(gen(2)),
    lambda: enumerate(Stop(1, StopIteration())), lambda: enumerate(Stop(1, KeyError("k"))), lambda: enumerate([1], OldIndex()),
    lambda: zip(), lambda: zip([1, 2], "ab"), lambda: zip([1, 2, 3], (1, 2)), lambda: zip((1,), [1, 2]),
    lambda: zip(range(3), gen(2)), lambda: zip(gen(2), [1, 2, 3]), lambda: zip([1], [2], [3]), lambda: zip([1, 2]),
    lambda: zip([1, 2], [3], strict=True), lambda: zip([1], [2, 3], strict=True), lambda: zip(Stop(1), Stop(2, 3)),
    lambda: reversed([1, 2]), lambda: map(str, [1]), lambda: itertools.count(2 ** 63 - 9), lambda: iter(int, 0),
    lambda: type("L", (list,), {})([1, 2]), lambda: iter([1, 2].pop, 1),
]


def steps(step, it):
    out = []
    for _ in range(8):
        v = outcome(step, it)
        out.append(v)
        if v is Miss or type(v).__name__ == "Raised":
            break
    out += [outcome(step, it), outcome(step, it)]  # exhausted iterators stay so, or not
    return out


def oracle(it):
    for v in it:
        return v
    return Miss


def every_step():
    for make in MAKERS:
        check(steps(rtops.next_typed, iter(make())), steps(oracle, iter(make())), "typed", make())
        check(steps(rtops.iter_next, iter(make())), steps(oracle, iter(make())), "generic", make())
        # and mixed, as after a deopt in the middle of a loop
        it, want = iter(make()), iter(make())
        for i in range(6):
            check(outcome((rtops.next_typed, oracle, rtops.iter_next)[i % 3], it), outcome(oracle, want), i, make())
        if hasattr(it, "__length_hint__"):
            check(it.__length_hint__(), want.__length_hint__())
        if hasattr(it, "__reduce__") and not hasattr(it, "gi_frame"):
            check(repr(outcome(it.__reduce__))[:60], repr(outcome(want.__reduce__))[:60])


def mutated():
    """The container changes between two steps."""
    def list_case(step):
        lst = [1, 2, 3]
        it = iter(lst)
        out = [step(it)]
        lst.clear()
        out.append(step(it))
        lst += [4, 5, 6]
        return out + [step(it)]

    def dict_case(change, view):
        def f(step):
            d = {"a": 1, "b": 2, "c": 3}
            it = iter(view(d))
            out = [step(it)]
            change(d)
            return out + steps(step, it)
        return f
    changes = [lambda d: d.clear(), lambda d: d.update(x=1), lambda d: d.pop("b"), lambda d: (d.pop("a"), d.update(z=9)),
               lambda d: d.update(a=5), lambda d: (d.pop("b"), d.pop("c"), d.update(q=1, r=2)), lambda d: d.update({5: 6})]
    cases = [list_case] + [dict_case(c, v) for c in changes for v in (dict.keys, dict.values, dict.items)]
    for case in cases:
        check(case(rtops.next_typed), case(oracle))
        check(case(rtops.iter_next), case(oracle))


class Item:
    pass


def kept_alive():
    """enumerate, zip and dict items hold on to the last pair; so must we."""
    def alive(make):
        def f(step):
            it = iter(make())
            refs, out = [], []
            for _ in range(3):
                pair = step(it)
                refs += [weakref.ref(x) for x in (pair if isinstance(pair, tuple) else (pair,)) if isinstance(x, Item)]
                del pair
                out.append([r() is not None for r in refs])
            del it
            return out + [[r() is not None for r in refs]]
        return f

    def items(n):
        for _ in range(n):
            yield Item()

    def popped():
        d = {i: Item() for i in range(5)}
        return d.items()
    for make in (lambda: enumerate(items(5)), lambda: zip(items(5), items(5)), lambda: zip(items(5), items(1)), popped,
                 lambda: items(5), lambda: zip(items(2), items(2))):
        case = alive(make)
        if make is popped:
            check(case(rtops.next_typed), case(unpacking_oracle))
        else:
            check(outcome(case, unpacking_step), outcome(case, unpacking_oracle))


def unpacking_step(it):
    return rtops.next_typed(it)


def unpacking_oracle(it):
    """The pair is unpacked by the loop, as compiled code does it, and not kept as the iterator's own tuple."""
    for v in it:
        if type(v) is tuple:
            a, b = v
            del v
            return a, b
        return v
    return Miss


def released_list():
    lst = [Item()]
    it = iter(lst)
    ref = weakref.ref(lst[0])
    del lst
    rtops.next_typed(it)
    assert ref() is not None
    assert rtops.next_typed(it) is Miss
    assert ref() is None
    assert rtops.next_typed(it) is Miss


def yield_from():
    async def coro():
        pass

    def plain(o):
        return rtops.yield_from_iter(o)
    g, c = gen(1), coro()
    assert plain(g) is g
    want = "(\"cannot 'yield from' a coroutine object in a non-coroutine generator\",)"
    check(outcome(plain, c).facts[:2], (TypeError, want))

    async def inside(o):
        return rtops.yield_from_iter(o)
    try:
        inside(c).send(None)
    except StopIteration as e:
        assert e.value is c
    c.close()
    assert type(plain([1])) is type(iter([1]))
    check(outcome(plain, 5), outcome(iter, 5))


def layouts():
    assert rtops.layouts_ok() is True


run(every_step, mutated, kept_alive, released_list, yield_from, layouts)
