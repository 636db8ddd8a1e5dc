"""Loops that go on natively behind an exception or a failed guard: every kind of jump back, what stands on the stack, what is
unbound, who looks meanwhile."""
import signal
import sys
import threading
from support import main, show, trace

SEEN = []


def catches(n, every):
    total = bad = 0
    for i in range(n):
        try:
            if i % every == every - 1:
                raise ValueError(i)
            total += i
        except ValueError as e:
            bad += e.args[0]
    return total, bad


def parses(texts):
    good, bad = [], 0
    for text in texts:
        try:
            good.append(int(text))
        except ValueError:
            bad += 1
            continue
    else:
        good.append(-1)
    return good[-3:], len(good), bad


def whiles(n, odd):
    i = total = 0
    while i < n:
        i += 1
        try:
            total += 10 // (i - odd)
        except ZeroDivisionError:
            total += 1000
    else:
        total += 1
    return i, total


def chain(n, odd):
    """Jumps back by None: a list that is followed."""
    node = None
    for i in range(n):
        node = (i if i != odd else str(i), node)
    total = 0
    while node is not None:
        value, node = node
        try:
            total += value
        except TypeError:
            total -= 1
    return total


def last_unbound(xs):
    """An empty operand stack, and below it a local that nothing has bound yet."""
    try:
        while True:
            try:
                xs.pop()
            except AttributeError:
                xs = [1, 2]
    except IndexError as never_before:
        return never_before.args


class Flag:
    def __init__(self, n): self.n = n

    def __bool__(self):
        self.n -= 1
        if self.n == -1:
            raise KeyError("asked too often")
        return self.n > 0


def asks(flag, odd):
    """The condition runs code, and may raise at the jump back."""
    turns = 0
    while flag:
        turns += 1
        try:
            if turns == odd:
                raise IndexError
        except IndexError:
            turns += 100
    return turns


def until(flag, odd):
    turns = 0
    while not flag:
        turns += 1
        try:
            if turns == odd:
                raise IndexError
            if turns > 20:
                return turns
        except IndexError:
            turns += 5
    return -turns


def nested(n, m, odd):
    total = 0
    for i in range(n):
        row = 0
        for j in range(m):
            try:
                if (i, j) == odd:
                    raise LookupError
                row += i * j
            except LookupError:
                row += 7
                if i == 3:
                    break
        else:
            total += 1
        total += row
    return total


def types_change(xs):
    total = 0
    for x in xs:
        total = total + x
    return total


def unbound(n, odd):
    """A local that only some turns bind."""
    out = []
    for i in range(n):
        if i > odd:
            out.append(late)
        try:
            if i == odd:
                raise KeyError
            if i > odd + 2:
                late = i
        except KeyError:
            if odd % 2:
                late = "now"
    return out[-3:], len(out)


def deletes(n, odd):
    x = 0
    for i in range(n):
        try:
            if i == odd:
                del x
            x += i
        except UnboundLocalError as e:
            x = -i
    return x


class Manager:
    def __enter__(self): return self
    def __exit__(self, *exc): return exc[0] is KeyError


def inside_with(n, odd):
    total = 0
    with Manager():
        for i in range(n):
            try:
                if i == odd:
                    raise ValueError
                if i == odd + 50:
                    raise KeyError(i)
                total += i
            except ValueError:
                total += 1000
    return total


def finals(n, odd):
    total = 0
    for i in range(n):
        try:
            if i % odd == 0:
                continue
            total += i
        finally:
            total += 1
    return total


def frames(n, odd):
    held = []
    for i in range(n):
        try:
            if i % odd == 0:
                raise ValueError
        except ValueError:
            held.append(sys._getframe())
            held[-1].f_lineno
    return len({id(f) for f in held}), sorted(held[0].f_locals)


def helper(i, odd):
    if i == odd:
        raise ValueError(i)
    return i


def calls(n, odd):
    total = 0
    for i in range(n):
        try:
            total += helper(i, odd)
        except ValueError as e:
            total -= len(e.__traceback__.tb_frame.f_locals)
    return total


def looks_at_code(n, odd):
    codes = set()
    for i in range(n):
        try:
            if i % odd == 0:
                raise ValueError
        except ValueError:
            code = sys._getframe().f_code
            codes.add(code)
            assert code == looks_at_code.__code__ and code.co_code == looks_at_code.__code__.co_code
    return len(codes), hash(looks_at_code.__code__) == hash(code)


def events(n, odd, start, stop):
    """Tracing or profiling is switched on, and off again, in a turn of the loop."""
    total = 0
    for i in range(n):
        try:
            if i % odd == 0:
                raise ValueError
            total += i
        except ValueError:
            if i == 3 * odd:
                start()
            if i == 5 * odd:
                stop()
    return total


def note(frame, event, arg):
    if frame.f_code is not events.__code__ and event not in ("call", "return"):
        return note
    SEEN.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno))
    return note


def trace_on():
    sys.settrace(note)
    sys._getframe(1).f_trace = note


def watch_events(start, stop):
    SEEN.clear()
    total = events(60, 7, start, stop)
    return total, len(SEEN), SEEN[:12], SEEN[-6:]


def profile_elsewhere(n):
    """Another thread is profiled while this one's loops are taken up."""
    go, done = threading.Event(), threading.Event()

    def other():
        count = []
        sys.setprofile(lambda frame, event, arg: count.append(event))
        catches(50, 5)
        sys.setprofile(None)
        SEEN.append(count.count("return") - count.count("call"))
        go.set()
        done.wait()
    SEEN.clear()
    t = threading.Thread(target=other)
    first = catches(n, 9)
    t.start()
    go.wait()
    second = catches(n, 9)
    done.set()
    t.join()
    return first == second, SEEN


def interrupted(n):
    """Signals are served at the jumps back of a loop that was taken up."""
    served = []

    def handler(*args):
        served.append(1)
        signal.setitimer(signal.ITIMER_REAL, 0.001)
    old = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    turns = caught = 0
    while len(served) < n:
        turns += 1
        try:
            if turns == 10:
                raise ValueError
        except ValueError:
            caught += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)
    return caught, turns > 10


def ends(n, odd):
    """The exception leaves the function after loops were taken up."""
    for i in range(n):
        try:
            if i % odd == 0:
                raise ValueError(i)
        except ValueError:
            pass
        if i == n - 1:
            raise RuntimeError(i)


class Loud:
    def __init__(self, n): self.n = n
    def __del__(self): SEEN.append(self.n)


def lives(n, odd):
    SEEN.clear()
    last = None
    for i in range(n):
        last = Loud(i)
        try:
            if i == odd:
                raise ValueError
        except ValueError:
            SEEN.append("caught")
    return SEEN[-4:], len(SEEN)


def cells(n, odd):
    total = 0

    def add(x):
        nonlocal total
        total += x
    for i in range(n):
        try:
            if i == odd:
                raise ValueError
            add(i)
        except ValueError:
            add(-1)
    return total


def everything(n, odd):
    show(catches, n, odd)
    show(parses, [str(i) if i % odd else "?" for i in range(n)])
    show(whiles, n, odd)
    show(chain, n, odd)
    show(last_unbound, list(range(n)) if odd % 2 else ())
    show(asks, Flag(n), odd)
    show(until, Flag(1), odd)
    show(nested, 6, n // 6, (3, odd % 5))
    show(nested, 6, n // 6, (2, odd % 5))
    show(unbound, n, odd)
    show(deletes, n, odd)
    show(inside_with, n, odd)
    show(finals, n, odd)
    show(frames, n, odd)
    show(calls, n, odd)
    show(looks_at_code, n, odd)
    show(lives, n, odd)
    show(cells, n, odd)


def train():
    for _ in range(3):
        everything(3000, 2500)
    show(types_change, list(range(20000)))
    show(events, 20000, 19000, int, int)
    show(interrupted, 3)
    show(ends, 3000, 2900)


def test():
    everything(300, 7)
    everything(301, 20)
    everything(100, 100)
    show(types_change, [*range(500), 0.5, *range(500)])
    show(types_change, [*range(300), 2**70, *range(300), True, -1])
    show(types_change, [*range(300), "x"])
    show(asks, Flag(0), 3)
    trace(asks, Flag(-1), 5)
    show(watch_events, trace_on, lambda: sys.settrace(None))
    show(watch_events, lambda: sys.setprofile(note), lambda: sys.setprofile(None))
    show(profile_elsewhere, 200)
    show(interrupted, 5)
    trace(ends, 200, 9)


main(train, test)
