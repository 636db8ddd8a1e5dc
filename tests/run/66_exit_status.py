"""An uncaught exception out of a hot function: traceback on stderr, exit status, atexit and __del__ at shutdown."""
import atexit
import sys
from support import main


class Last:
    def __del__(self): print("last object gone")


def work(values):
    t = 0
    for v in values:
        t += v * 2
    return t


def outer(values):
    return work(values) + 1


keeper = Last()


def train():
    t = 0
    for i in range(800):
        t += outer(list(range(50)))
    print(t)


def test():
    atexit.register(lambda: print("atexit", outer([1, 2, 3]), outer([0.5])))
    sys.excepthook = hook
    try:
        outer([1, "x", None])
    except TypeError as e:
        raise RuntimeError("wrapped") from e


def hook(t, v, tb):
    n = 0
    while tb:
        n += 1
        last = tb
        tb = tb.tb_next
    print("hook", t.__name__, v, n, last.tb_frame.f_code.co_name, outer([2**63]))
    sys.__excepthook__(t, v, v.__traceback__)


main(train, test)
