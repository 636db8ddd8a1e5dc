"""Generators whose iterators, finalizers, tracers, signal handlers and threads look back at them."""
import gc
import inspect
import signal
import sys
import threading
import time
import warnings
import weakref
from support import main, show, trace


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def squares(data):
    return (x * x for x in data)


def halves(data):
    total = 0.0
    for x in data:
        y = x * 0.5
        total = total + y
        yield y


def guarded(log, n):
    i = 0
    try:
        while i < n:
            yield i
            i += 1
    finally:
        log.append("fin")


def relay(it):
    got = yield from it
    return got


def tree(n):
    if n:
        yield from tree(n // 2)
        yield n
        yield from tree(n // 3)


def holder(make):
    kept = make(1)
    yield 1
    kept = make(2)
    for x in (make(3), make(4)):
        yield x.n


class It:
    """An iterator whose __next__ runs what the test wants."""
    def __init__(self, n, hook):
        self.n, self.hook = n, hook

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        r = self.hook(self.n)
        if self.n < 0:
            raise StopIteration
        return self.n if r is None else r


def drain(it):
    t = 0
    for x in it:
        t += x
    return t


class Plain:
    def __init__(self, n):
        self.n = n


def train():
    t = 0
    for i in range(200):
        t += drain(count(20)) + sum(squares([1, 2, 3])) + drain(guarded([], 4)) + drain(relay(count(5))) + int(drain(halves([1.0, 2.0])))
        t += sum(tree(20)) + drain(holder(Plain)) + drain(squares(It(4, lambda n: None)))
    print(t)


def test_frames():
    log = []

    def where(n):
        f, r = sys._getframe(1), []
        while f and len(r) < 5:
            r.append((f.f_code.co_name, f.f_lineno))
            f = f.f_back
        log.append(r[:4])
        log.append(sys.exc_info())
    log.append(list(squares(It(2, where))))
    log.append(list(halves(It(2, where))))
    log.append(list(relay(squares(It(2, where)))))
    box = []

    def again(n):
        for f in (next, lambda g: g.send(None), lambda g: g.close(), lambda g: g.throw(KeyError)):
            try:
                f(box[0])
            except ValueError as e:
                log.append(str(e))
        f = sys._getframe(2)
        log.append((inspect.getgeneratorstate(box[0]), box[0].gi_running, box[0].gi_yieldfrom,
                    {k: v for k, v in f.f_locals.items() if not isinstance(v, It)}))
    for make in (squares, halves):
        box[:] = [make(It(2, again))]
        log.append(list(box[0]))
    keep = []
    g = halves(It(2, lambda n: keep.append(sys._getframe(2)) or (gc.collect(), None)[1]))
    log.append(list(g))
    del g
    log.append([(f.f_code.co_name, f.f_lineno, sorted(f.f_locals), f.f_back) for f in keep])
    for line in log:
        print(line)

    def stop(n):
        raise StopIteration("s")
    print(list(squares(It(2, stop))))
    try:
        1 / 0
    except ZeroDivisionError:
        print(list(squares(It(2, lambda n: print(repr(sys.exc_info()[1]))))))
        try:
            list(squares([None]))
        except TypeError as e:
            print(repr(e.__context__))
            trace(list, squares([None]))

    class Times:
        def __mul__(self, other):
            raise StopIteration("mul")
    trace(list, squares([Times()]))


def test_ends():
    log = []

    class D(Plain):
        def __del__(self):
            f = sys._getframe(1)
            log.append(("del", self.n, f.f_code.co_name, f.f_lineno))

        def __mul__(self, other):
            return self.n
    for k in (0, 1, 2):
        for end in ("close", "del", "keep", "throw"):
            for make in (lambda: count(5), lambda: squares([D(1), D(2), D(3)]), lambda: guarded(log, 3), lambda: tree(4),
                         lambda: holder(D), lambda: relay(guarded(log, 4))):
                g = make()
                w = weakref.ref(g, lambda r: log.append("weak"))
                for _ in range(k):
                    next(g)
                f = g.gi_frame
                log.append((f.f_lineno, f.f_lasti))
                if end == "close":
                    log.append((g.close(), f.f_lineno, f.f_lasti, sorted(f.f_locals), g.gi_frame))
                    f = None
                elif end == "throw":
                    try:
                        g.throw(LookupError)
                    except LookupError as e:
                        log.append(e.__traceback__.tb_next.tb_lineno)
                elif end == "del":
                    f = None
                g = None
                if f:
                    log.append((f.f_lineno, f.f_lasti, sorted(f.f_locals), f.f_back))
                    f.clear()
                    f = None
                gc.collect()
                log.append(w() is None)
    print(any(x > 2 for x in squares([1, 2, 3, 4])), all(x < 2 for x in squares([1, 2])), next(squares([7])))
    for line in log:
        print(line)


def test_cycles():
    log = []

    class C:
        pass
    c = C()
    c.g, c.g2, c.append = squares(It(3, lambda n: None)), guarded(c, 3), log.append
    next(c.g2)
    w = weakref.ref(c)
    del c
    gc.collect()
    print(w() is None)
    g = guarded(log, 3)
    next(g)
    log.append(g)
    g = None
    log.pop().close()
    g2 = halves(iter([]))
    items = [g2, 1.0]
    g2 = relay(items)
    items.append(g2)
    next(g2)
    w = weakref.ref(g2)
    del items, g2
    with warnings.catch_warnings():
        gc.collect()
    print(w() is None, log)


def test_tracing():
    log = []

    def tracer(f, e, a):
        if f.f_code.co_filename == __file__ and f.f_code.co_name in ("count", "tree", "guarded", "<genexpr>", "relay", "halves"):
            log.append((f.f_code.co_name, e, f.f_lineno, a if isinstance(a, (int, float, type(None))) else type(a).__name__))
        return tracer
    for switch in (sys.settrace, sys.setprofile):
        switch(tracer)
        list(count(2)), list(tree(2)), list(guarded(log, 2)), list(squares([1, 2])), list(relay(count(2)))
        for make in (lambda: guarded(log, 3), lambda: count(3), lambda: relay(count(3))):
            g = make()
            next(g)
            g.close()
            g = make()
            next(g)
            del g
        switch(None)
        log.append("----")
        g = count(4)
        next(g)
        switch(tracer)
        next(g)
        switch(None)
        log.append(list(g))

        def on_and_off(n):
            if n == 2:
                switch(tracer)
            if n == 1:
                switch(None)

        def with_frame(n):
            if n == 1:
                sys._getframe(2).f_trace = tracer
                switch(tracer)

        def raising(n):
            if n == 1:
                switch(tracer)
                raise LookupError
        for hook in (on_and_off, with_frame):
            for make in (squares, halves, lambda it: relay(halves(it))):
                log.append("----")
                list(make(It(4, hook)))
                switch(None)
        for make in (squares, halves, lambda it: relay(halves(it))):
            log.append("----")
            try:
                list(make(It(4, raising)))
            except LookupError:
                pass
            switch(None)
    for line in log:
        print(line)


def test_signals():
    def interrupt(*a):
        raise KeyboardInterrupt
    old = signal.signal(signal.SIGALRM, interrupt)
    for what, loop in (("for", lambda: drain(count(10**9))), ("sum", lambda: sum(count(10**9))), ("relay", lambda: drain(relay(count(10**9)))),
                       ("genexpr", lambda: max(x for x in count(10**9)))):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        start = time.perf_counter()
        try:
            loop()
        except KeyboardInterrupt:
            print(what, time.perf_counter() - start < 5)
    signal.signal(signal.SIGALRM, old)


def test_threads():
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    out, errors, items = [], [], []

    def work():
        out.append((sum(count(20000)), sum(squares(range(20000))), sum(tree(3000)), sum(relay(count(5000)))))
    shared = squares(It(100, lambda n: time.sleep(0.0001)))

    def share():
        while True:
            try:
                for x in shared:
                    items.append(x)
                return
            except ValueError as e:
                errors.append(str(e))
    threads = [threading.Thread(target=work) for _ in range(3)] + [threading.Thread(target=share) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    sys.setswitchinterval(old)
    print(out, set(errors) <= {"generator already executing"}, sorted(items) == [n * n for n in range(100)])


def test():
    test_frames()
    test_ends()
    test_cycles()
    test_tracing()
    test_signals()
    test_threads()


main(train, test)
