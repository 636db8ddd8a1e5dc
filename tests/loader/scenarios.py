"""Runs every scenario and prints what it saw; run.sh compares the output with the plain interpreter's.
With the argument `refs` (debug builds): prints the drift of total references instead."""
import gc
import os
import signal
import sys
import threading
import traceback
import weakref

import funcs


def text(f, *args):
    try:
        return repr(f(*args))
    except BaseException:
        return traceback.format_exc().replace(os.path.dirname(os.path.abspath(__file__)), '')


def frame_text(f):
    back = []
    g = f
    while g:
        back.append((g.f_code.co_name, g.f_lineno))
        g = g.f_back
    return (f.f_code.co_name, f.f_lineno, f.f_lasti, sorted(f.f_locals.items(), key=repr)[:3], back[:3])


def values():
    yield text(funcs.add, 1.5, 2.5)
    yield text(funcs.add, 1, 2)
    yield text(funcs.add, 'a', 'b')
    yield text(funcs.add, 1, 'x')
    yield text(funcs.add, 1)
    yield text(lambda: funcs.add(b=2.0, a=1.0))
    yield text(funcs.total, 100, 1)
    yield text(funcs.total, 10000000, 1000)
    yield text(funcs.total, 3000000, 1)
    yield text(funcs.total, 3.5, 1)
    yield text(funcs.total, 2 ** 70, 2 ** 69)
    yield text(funcs.outer, 1.0, 2.0)
    yield text(funcs.outer, 1.0, 2)
    yield text(funcs.outer, 1.0, 'y')
    yield text(funcs.outer, 1, 'y')
    yield text(funcs.guarded, 1)
    yield text(funcs.guarded, 2)
    yield text(funcs.guarded, 3)
    yield text(funcs.divide, 7, 2)
    yield text(funcs.divide, 7, 0)
    yield text(funcs.divide, 'a', 0)
    yield text(funcs.wide, 1)
    yield text(funcs.wide, 'a')
    yield text(funcs.wide_try, 'a')
    yield text(funcs.covered, 1)
    yield text(list, funcs.numbers(3))


def calls():
    p = funcs.make(5)
    yield (p.x, p.y, type(p).__name__)
    yield text(funcs.Point)
    yield text(funcs.Point, 1, 2, 3)
    yield vars(funcs.Point(1, y=9))
    saved = funcs.Point.__init__.__defaults__
    funcs.Point.__init__.__defaults__ = (33,)
    yield funcs.make(1).y
    funcs.Point.__init__.__defaults__ = None
    yield text(funcs.make, 1)
    funcs.Point.__init__.__defaults__ = saved
    old, funcs.Point.__init__ = funcs.Point.__init__, lambda self, x: 5
    yield text(funcs.make, 1)
    funcs.Point.__init__ = old
    yield funcs.make(2).x
    for f in (funcs.fading, len, abs, str, funcs.Point, lambda x: x, [].append, p.__setattr__, 3):
        r = text(funcs.call1, f, 2.0)
        yield 'Point' if 'funcs.Point object' in r else r.split('\n')[-2:]

    class Sub(funcs.Point):
        def twice(self, x):
            return x * 2
        __call__ = twice
    yield funcs.call1(Sub, 4).x
    for f in (funcs.variadic, funcs.maker(1), funcs.call1(funcs.maker, 2), funcs.maker, funcs.variadic):
        r = funcs.call1(f, 2.0)
        yield r if isinstance(r, tuple) else (r(1), r(2), funcs.call1(r, 3), r.__closure__[0].cell_contents)
    for f in (funcs.gap, funcs.need, funcs.first, funcs.only, funcs.only2, funcs.Method().keyword, funcs.Method.keyword,
              funcs.add, print, dict, funcs.variadic, lambda x, y: (x, y)) * 2:
        yield text(funcs.callkw, f, 1.5).split('\n')[-2:]
    yield vars(funcs.callkw(funcs.Point, 7))

    class Meta(type):
        pass

    class Made(funcs.Point, metaclass=Meta):
        pass
    yield funcs.call1(Made, 1).x
    Meta.__call__ = lambda cls, *a: ('made', cls.__name__, a)
    yield funcs.call1(Made, 1)
    del Meta.__call__
    yield funcs.call1(Made, 2).x
    Made.__new__ = lambda cls, *a: object.__new__(funcs.Point)
    yield type(funcs.call1(Made, 3)).__name__
    yield funcs.variadic(1, 2, 3, 4), text(funcs.variadic), funcs.variadic(a=1)
    yield funcs.call1(Sub(1).twice, 4), funcs.call1(Sub(1), 8)
    code = funcs.fading.__code__
    funcs.fading.__code__ = funcs.look.__code__.replace(co_code=(lambda x: None).__code__.co_code,
                                                        co_stacksize=5)
    yield text(funcs.call1, funcs.fading, 2.0)
    funcs.fading.__code__ = code
    yield funcs.call1(funcs.fading, 2.0)


def frames():
    for what in ('plain', 'fail'):
        yield text(funcs.peek, what)
        f = funcs.seen.pop()
        yield frame_text(f)
        yield f.f_code is funcs.peek.__code__
        f.clear()
        yield frame_text(f)

    def direct(x):
        return funcs.call1(funcs.peek, x)
    for what in ('plain', 'fail'):
        yield text(direct, what)
        yield frame_text(funcs.seen.pop())
    try:
        funcs.outer(1.0, 'y')
    except TypeError as e:
        tb = e.__traceback__
        while tb:
            yield (tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_lasti, sorted(tb.tb_frame.f_locals, key=repr)[:4],
                   tb.tb_frame.f_code is getattr(funcs, tb.tb_frame.f_code.co_name, None) or
                   tb.tb_frame.f_code is getattr(getattr(funcs, tb.tb_frame.f_code.co_name, None), '__code__', None))
            tb = tb.tb_next
    tb = None
    for f in (funcs.add, funcs.total, funcs.wide):
        c = f.__code__
        again = compile_again(c.co_name)
        yield c.co_code == again.co_code, c == again, hash(c) == hash(again)
        if not hasattr(sys, 'gettotalrefcount'):  # there the constant is visible
            yield c.co_consts == again.co_consts, c.replace() == again


def compile_again(name):
    with open(funcs.__file__) as f:
        module = compile(f.read(), funcs.__file__, 'exec')
    return next(c for c in module.co_consts if getattr(c, 'co_name', None) == name)


def tracing():
    def run(f, *args):
        sys.settrace(funcs.tracer)
        try:
            r = text(f, *args)
        finally:
            sys.settrace(None)
        return r

    def run_profile(f, *args):
        sys.setprofile(funcs.profiler)
        try:
            r = text(f, *args)
        finally:
            sys.setprofile(None)
        return r
    for call in ((funcs.add, 1.0, 2.0), (funcs.add, 1, 'x'), (funcs.total, 3, 1), (funcs.outer, 1.0, 'y'),
                 (funcs.guarded, 3), (funcs.peek, 'plain'), (funcs.recur, 3), (funcs.divide, 1, 0)):
        funcs.log.clear()
        yield run(*call)
        yield list(funcs.log)
        funcs.log.clear()
        yield run_profile(*call)
        yield [e for e in funcs.log if e[1] not in ('format_exc', 'text')][:12]
    for f in (run_profile, text) * 2:  # specialised code that is also run under a profiler
        for _ in range(40):
            f(funcs.guarded, 3)
    yield len(funcs.log)
    for what in ('trace', 'profile', 'trace and fail'):
        funcs.log.clear()
        try:
            yield text(funcs.peek, what)
        finally:
            sys.settrace(None)
            sys.setprofile(None)
        yield [e for e in funcs.log if e[1] in ('peek', 'look', 'text')][:12]
    yield sys.gettrace(), sys.getprofile()

    def raising(frame, event, arg):
        if event == 'return' and frame.f_code.co_name == 'add':
            raise RuntimeError('from tracer')
        return raising
    sys.settrace(raising)
    yield text(funcs.add, 1, 2)
    yield sys.gettrace()
    sys.settrace(None)
    funcs.seen.clear()


def retire():
    for i in range(3000):
        if funcs.fading(i) != i + 1.0:
            yield 'wrong', i
    for i in range(3000):
        if funcs.fading(i + 0.5) != i + 1.5:
            yield 'wrong', i
    yield text(funcs.fading, 'x')


def recursion():
    limit = sys.getrecursionlimit()
    yield funcs.recur(100)
    yield text(funcs.recur, 10000).split('\n')[-2:]

    def depth(n):
        try:
            funcs.recur(n)
            return True
        except RecursionError:
            return False
    low, high = 0, 2000
    while low + 1 < high:
        mid = (low + high) // 2
        low, high = (mid, high) if depth(mid) else (low, mid)
    yield low
    sys.setrecursionlimit(10 ** 6)
    yield funcs.recur(200000)
    out = []
    threading.stack_size(256 * 1024)
    t = threading.Thread(target=lambda: out.append(funcs.recur(50000)))
    t.start()
    t.join()
    threading.stack_size(0)
    sys.setrecursionlimit(limit)
    yield out


def threads():
    out = []

    def work(k):
        for i in range(300):
            out.append((k, funcs.add(float(i), 1.0), funcs.add(i, 1), funcs.total(50, 1),
                        funcs.recur(20), funcs.outer(float(i), i)))
    ts = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    sys.setswitchinterval(old)
    yield len(out), hash(tuple(sorted(out)))


def signals():
    hits = []

    def handler(signum, frame):
        hits.append((frame.f_code.co_name, sorted(frame.f_locals)[:2]))
        if len(hits) > 2:
            raise KeyboardInterrupt('enough')
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        funcs.total(2 ** 59, 0)
    except KeyboardInterrupt as e:
        names = []
        tb = e.__traceback__
        while tb:
            names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
            tb = tb.tb_next
        yield [n for n, _ in names], str(e), [n for n, _ in hits]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)

    events = set()

    def watcher(frame, event, arg):
        events.add((event, frame.f_code.co_name))
    for switch, current in (sys.settrace, sys.gettrace), (sys.setprofile, sys.getprofile):
        def watch_then_stop(signum, frame):
            if current():
                raise KeyboardInterrupt('enough')
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            switch(watcher)
        signal.signal(signal.SIGALRM, watch_then_stop)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        try:
            funcs.total(2 ** 59, 0)
        except KeyboardInterrupt as e:
            on = current() is watcher
            switch(None)
            yield str(e), on, sorted(events)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            switch(None)


def forks():
    pid = os.fork()
    if pid == 0:
        ok = funcs.add(1.0, 2.0) == 3.0 and funcs.recur(1000 - 500) == 500
        os._exit(0 if ok else 1)
    yield os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def code_objects():
    with open(funcs.__file__) as f:
        source = f.read()
    for _ in range(50):
        ns = {'sys': sys, '__name__': 'again'}
        exec(compile(source, funcs.__file__, 'exec'), ns)
        if ns['add'](1.0, 2.0) != 3.0 or ns['recur'](5) != 5 or ns['make'](3).x != 3:
            yield 'wrong'
        r = weakref.ref(ns['add'].__code__)
        ns.clear()
    gc.collect()
    yield r()
    import types
    f = types.FunctionType(funcs.add.__code__.replace(co_name='other'), {})
    yield f(1.0, 2.0), f.__code__.co_name


GROUPS = [values, calls, frames, tracing, retire, recursion, threads, signals, forks, code_objects]


def refs():
    """Total references after each round of everything that leaves nothing behind."""
    def once():
        for group in (values, calls, frames, tracing, threads, recursion):
            for _ in group():
                pass
        funcs.log.clear()
        funcs.seen.clear()
        gc.collect()
        return sys.gettotalrefcount()
    for _ in range(3):
        once()
    first = once()
    for _ in range(4):
        last = once()
    print('drift per round', (last - first) // 4)


if sys.argv[1:] == ['refs']:
    refs()
else:
    for group in GROUPS:
        for i, line in enumerate(group()):
            print(group.__name__, i, line)
