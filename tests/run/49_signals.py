"""Signals arrive inside pure loops: timers, os.kill from a thread, handlers that raise, look, or change globals."""
import os
import signal
import sys
import threading
import time
from support import main

STOP = False
HITS = 0


def spin_int(limit):
    i = 0
    while i < limit:
        i += 1
    return i


def spin_float(limit):
    x = 0.0
    while x < limit:
        x += 1.0
    return x


def spin_for(n):
    t = 0
    for i in range(n):
        t ^= i
    return t


def spin_nested(n):
    t = 0
    for i in range(n):
        for j in range(100):
            t += j
    return t


def spin_call(n):
    t = 0
    for i in range(n):
        t += spin_leaf(i)
    return t


def spin_leaf(i):
    return i & 1


def spin_flag():
    n = 0
    while not STOP:
        n += 1
    return n > 0


def spin_list(values):
    t = 0
    while True:
        for v in values:
            t ^= v
        if t < -1:
            break
    return t


def train():
    t = spin_int(30000) + int(spin_float(30000.0)) + spin_for(30000) + spin_nested(200) + spin_call(20000)
    print(t)


class Alarm(Exception):
    pass


def test():
    global STOP, HITS
    forever = 10**15

    def raise_alarm(sig, frame):
        raise Alarm(frame.f_code.co_name if frame.f_code.co_name != "spin_leaf" else "spin_call")
    signal.signal(signal.SIGALRM, raise_alarm)
    for f, arg in ((spin_int, forever), (spin_float, 1e300), (spin_for, forever), (spin_nested, forever), (spin_call, forever),
                   (spin_list, [1, 2, 3])):
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        try:
            f(arg)
            print("finished?")
        except Alarm as e:
            print("interrupted", f.__name__, e)
    for f, arg in ((spin_int, forever), (spin_for, forever), (spin_float, 1e300)):
        t = threading.Thread(target=lambda: (time.sleep(0.03), os.kill(os.getpid(), signal.SIGINT)))
        t.start()
        try:
            f(arg)
        except KeyboardInterrupt as e:
            tb = e.__traceback__.tb_next
            print("KeyboardInterrupt in", tb.tb_frame.f_code.co_name, type(list(tb.tb_frame.f_locals.values())[-1]).__name__)
        t.join()

    def set_stop(sig, frame):
        global STOP
        STOP = True
    signal.signal(signal.SIGALRM, set_stop)
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    print("flag", spin_flag())

    def look(sig, frame):
        global HITS
        HITS += 1
        v = frame.f_locals.get("i", 0)
        assert isinstance(v, int) and frame.f_back is not None
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    print(spin_int(3000000), spin_for(1000000), spin_nested(10000))
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(HITS > 0)

    def trace_on(sig, frame):
        sys.settrace(lambda f, e, a: None)
    signal.signal(signal.SIGALRM, trace_on)
    signal.setitimer(signal.ITIMER_REAL, 0.005)
    print(spin_int(1000000), spin_call(100000))
    sys.settrace(None)
    t = threading.Timer(0.03, lambda: ctypes_async(main_id))
    import ctypes
    main_id = threading.get_ident()

    def ctypes_async(ident):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(Alarm))
    t.start()
    try:
        spin_int(forever)
    except Alarm:
        print("asynchronous exception")
    t.join()


main(train, test)
