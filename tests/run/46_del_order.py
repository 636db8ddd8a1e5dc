"""__del__: when objects die, in which order, with which locals, and exceptions inside."""
import sys
from support import main, show

LOG = []


class D:
    def __init__(self, name): self.name = name
    def __del__(self): LOG.append(self.name)


class Peek:
    """Looks at its killer's frame."""
    def __init__(self, name): self.name = name
    def __del__(self):
        f = sys._getframe(1)
        LOG.append((self.name, f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno))


class Evil:
    """Changes a global that the loop reads."""
    def __del__(self):
        global FACTOR
        FACTOR = 0.5


class Raises:
    def __del__(self): raise ValueError("in del")


class Undead:
    saved = []
    def __del__(self): Undead.saved.append(self)


FACTOR = 2


def rebind(make, n):
    x = make("first")
    for i in range(n):
        x = make(i)
        LOG.append("bound")
    LOG.append("end")
    return n


def exit_order(make):
    a = make("a")
    b = make("b")
    c = make("c")
    a2 = a
    LOG.append("leaving")


def temporaries(make):
    make("t1")
    LOG.append("after t1")
    (make("t2"), make("t3"))
    LOG.append("after t2")
    [make("l1"), make("l2")][0].name
    LOG.append("after l")


def containers(make, n):
    lst = [make(i) for i in range(n)]
    lst[1] = 5
    LOG.append("replaced")
    del lst[0]
    LOG.append("deleted")
    lst.clear()
    LOG.append("cleared")


def attribute(make, o):
    o.x = make("old")
    o.x = make("new")
    LOG.append("stored")
    o.x = None
    LOG.append("none")


def use_factor(n, at, make):
    t = 0
    for i in range(n):
        x = make(i) if i == at else None
        t += FACTOR * i
    return t


def on_error(make, v):
    a = make("a")
    b = make("b")
    return 1 // v


def argument(x, make):
    x = make("replaces the argument")
    LOG.append("body")


def rebound_by_loop(make, n):
    for x in [make(i) for i in range(n)]:
        LOG.append("iter")
    LOG.append("done")


def del_statement(make):
    a = make("a")
    b = a
    del a
    LOG.append("still alive")
    del b
    LOG.append("dead")


class O:
    pass


def plain(name):
    return name


def log(what):
    print(what, LOG)
    LOG.clear()


def train():
    for i in range(400):
        rebind(plain, 5)
        exit_order(plain)
        containers(plain, 4)
        attribute(plain, O())
        use_factor(10, 99, plain)
        on_error(plain, 1)
        argument(i, plain)
        rebound_by_loop(plain, 5)
        del_statement(plain)
        LOG.clear()
    print("trained", FACTOR)


def test():
    for make in (D, Peek):
        print("==", make.__name__)
        rebind(make, 3)
        log("rebind")
        exit_order(make)
        log("exit")
        temporaries(make)
        log("temporaries")
        containers(make, 4)
        log("containers")
        attribute(make, O())
        log("attribute")
        try:
            on_error(make, 0)
        except ZeroDivisionError as e:
            log("raised")
            e.__traceback__ = None
        log("error")
        argument(make("argument"), make)
        log("argument")
        rebound_by_loop(make, 3)
        log("loop")
        del_statement(make)
        log("del")
    show(use_factor, 6, 2, lambda n: Evil())
    print(FACTOR)
    show(use_factor, 6, 2, lambda n: Undead())
    print(len(Undead.saved))
    hook = sys.unraisablehook
    sys.unraisablehook = lambda u: LOG.append(("unraisable", str(u.exc_value)))
    show(use_factor, 6, 2, lambda n: Raises())
    show(rebind, lambda n: Raises(), 2)
    sys.unraisablehook = hook
    log("raises")


main(train, test)
