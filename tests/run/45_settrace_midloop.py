"""sys.settrace and sys.setprofile switched on and off in the middle of hot loops; events must be the interpreter's."""
import sys
from support import main, show

EVENTS = []


def tracer(frame, event, arg):
    name = frame.f_code.co_name
    if name in ("callee", "hot", "raiser", "method", "catcher", "looper"):
        line = frame.f_lineno and frame.f_lineno - frame.f_code.co_firstlineno
        EVENTS.append((name, event, line, arg if isinstance(arg, (int, float)) else type(arg).__name__))
    return tracer


def profiler(frame, event, arg):
    name = frame.f_code.co_name
    if name in ("callee", "hot", "raiser", "method", "catcher", "looper"):
        EVENTS.append((name, event, getattr(arg, "__name__", arg)))


def callee(x):
    y = x + 1
    return y * 2


class K:
    def method(self, x):
        return callee(x)


def raiser(x):
    if x == 4:
        raise ValueError(x)
    return abs(x)


def catcher(x):
    try:
        return raiser(x)
    except ValueError:
        return -1


def hot(n, at, switch, off):
    k = K()
    t = 0
    for i in range(n):
        if i == at:
            switch()
        t += callee(i)
        t += k.method(i)
        t += catcher(i)
        if i == off:
            stop()
    return t


def looper(n, at, switch):
    t = 0.0
    for i in range(n):
        if i == at:
            switch()
        t += i * 0.5
    return t


def start_trace():
    sys.settrace(tracer)


def start_profile():
    sys.setprofile(profiler)


def trace_caller():
    sys.settrace(tracer)
    sys._getframe(1).f_trace = tracer


def opcodes_caller():
    sys.settrace(tracer)
    f = sys._getframe(1)
    f.f_trace = tracer
    f.f_trace_opcodes = True


def lines_off():
    sys.settrace(tracer)
    f = sys._getframe(1)
    f.f_trace = tracer
    f.f_trace_lines = False


def stop():
    sys.settrace(None)
    sys.setprofile(None)


def nop():
    pass


def report(what, result):
    stop()
    print(what, result, len(EVENTS))
    for e in EVENTS[:80]:
        print("  ", *e)
    EVENTS.clear()


def train():
    t = 0
    for i in range(300):
        t += hot(20, 99, nop, 99) + looper(20, 99, nop)
    print(t)


def test():
    for switch in (start_trace, start_profile, trace_caller, opcodes_caller, lines_off):
        report(f"hot {switch.__name__}", hot(6, 3, switch, 4))
        report(f"looper {switch.__name__}", looper(5, 2, switch))
    report("never off", hot(5, 4, start_trace, 99))
    sys.settrace(tracer)
    r = hot(3, 99, nop, 99)
    report("from outside", r)
    sys.setprofile(profiler)
    r = hot(3, 99, nop, 99)
    report("profiled from outside", r)
    sys.settrace(tracer)
    try:
        hot(2.5, 0, nop, 0)
    except TypeError as e:
        report("error", e)

    def raising(frame, event, arg):
        if frame.f_code.co_name == "callee" and frame.f_locals.get("x") == 3:
            raise KeyError("from the tracer")
        return raising

    def bad():
        sys.settrace(raising)
    show(hot, 6, 1, bad, 99)
    print(sys.gettrace())
    report("after", hot(3, 99, nop, 99))


main(train, test)
