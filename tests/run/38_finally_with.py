"""try/finally/else and with: order of everything, exceptions in __enter__, __exit__, in the body, swallowed or replaced."""
from support import main, show, trace

LOG = []


class Cm:
    def __init__(self, name, swallow=False, enter=None, exit=None):
        self.name, self.swallow, self.e_enter, self.e_exit = name, swallow, enter, exit
    def __enter__(self):
        LOG.append("enter " + self.name)
        if self.e_enter:
            raise self.e_enter
        return len(self.name)
    def __exit__(self, t, v, tb):
        LOG.append(f"exit {self.name} {t.__name__ if t else None} {v}")
        if self.e_exit:
            raise self.e_exit
        return self.swallow


class NoExit:
    def __enter__(self): pass


class Half:
    def __exit__(self, *a): pass


def single(cm, v):
    with cm as n:
        r = 10 // v + n
    return r


def double(a, b, v):
    with a as x, b as y:
        if v == 3:
            return "early", x, y
        return 10 // v


def loop(cm, values):
    t = 0
    for v in values:
        with cm:
            if v == 7:
                continue
            if v == 8:
                break
            t += 10 // v
    return t


def tfe(v, log):
    try:
        log.append("try")
        r = 10 // v
    except ZeroDivisionError:
        log.append("except")
        r = "zero"
    else:
        log.append("else")
        r = r + 1
    finally:
        log.append("finally")
    return r


def deep_finally(v, log):
    try:
        try:
            try:
                return 10 // v
            finally:
                log.append(1)
        finally:
            log.append(2)
    finally:
        log.append(3)


def loop_finally(values, log):
    for v in values:
        try:
            if v == 1:
                continue
            if v == 2:
                break
            if v == 3:
                return "returned"
            log.append(10 // v)
        finally:
            log.append(f"f{v}")
    else:
        return "else"
    return "after"


def train():
    t = 0
    for i in range(1500):
        LOG.clear()
        t += single(Cm("a"), 5) + double(Cm("a"), Cm("b"), 5) + loop(Cm("l"), [1, 2, 4]) + tfe(5, [])
        t += deep_finally(2, []) + len(loop_finally([5, 6], []))
    print(t)


def test():
    def logged(f, *args):
        LOG.clear()
        show(f, *args)
        print("   ", LOG, [a for a in args if type(a) is list and a and a[0] in ("try", 1, "f1")])
    for v in (5, 0, 2.5, "x", True, None):
        for swallow in (False, True, 0.0, [1]):
            logged(single, Cm("a", swallow), v)
        logged(single, Cm("a", enter=OSError("enter")), v)
        logged(single, Cm("a", exit=KeyError("exit")), v)
        for log in ([],):
            show(tfe, v, log)
            print("   ", log)
            log.clear()
            show(deep_finally, v, log)
            print("   ", log)
    logged(double, Cm("a"), Cm("b"), 3)
    logged(double, Cm("a"), Cm("b"), 3.0)
    logged(double, Cm("a", True), Cm("b"), 0)
    logged(double, Cm("a"), Cm("b", True), 0)
    logged(double, Cm("a", True), Cm("b", enter=ValueError("v")), 5)
    logged(double, Cm("a"), Cm("b", exit=ValueError("v")), 0)
    for cm in (NoExit(), Half(), 5, None):
        logged(single, cm, 5)
        trace(single, cm, 5)
    logged(loop, Cm("l"), [1, 7, 2, 8, 3])
    logged(loop, Cm("l", True), [1, 0, "x", 2.5])
    logged(loop, Cm("l"), [1, 0, 2])
    for values in ([5, 1, 4], [5, 2, 4], [5, 3, 4], [0], [2.0], [True], ["x"], []):
        log = []
        show(loop_finally, values, log)
        print("   ", log)
    trace(single, Cm("a", exit=KeyError("exit")), 0)
    trace(double, Cm("a", exit=KeyError("one")), Cm("b", exit=ValueError("two")), 0)
    trace(deep_finally, 0, [])


main(train, test)
