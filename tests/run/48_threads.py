"""The same hot functions in several threads, with switches forced, exceptions per thread and thread-locals."""
import sys
import threading
from support import main, show

SHARED = {"n": 0}
LOCK = threading.Lock()


def work(n, step):
    t = 0
    for i in range(n):
        t += i * step
        if i % 7 == 0:
            t -= step
    return t


def fwork(n, x):
    for _ in range(n):
        x = x * 1.0000001 + 0.5
    return x


def locked(n):
    for _ in range(n):
        with LOCK:
            SHARED["n"] += 1


def raising(n, at):
    t = 0
    for i in range(n):
        t += 10 // (at - i)
    return t


class Obj:
    def __init__(self): self.v = 0
    def run(self, n):
        for _ in range(n):
            self.v += 1
        return self.v


def recurse(n):
    return 0 if n == 0 else 1 + recurse(n - 1)


def in_threads(jobs):
    results = [None] * len(jobs)

    def go(k, f, args):
        try:
            results[k] = f(*args)
        except Exception as e:
            results[k] = f"{type(e).__name__}: {e}"
    threads = [threading.Thread(target=go, args=(k, f, a)) for k, (f, a) in enumerate(jobs)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def train():
    print(in_threads([(work, (20000, 3)), (fwork, (20000, 1.0)), (locked, (2000,)), (Obj().run, (20000,)), (raising, (50, 1000))]))
    print(work(20000, 1), recurse(100), SHARED["n"] > 0)


def test():
    sys.setswitchinterval(1e-5)
    print(in_threads([(work, (30000, 3)), (work, (30000, 2**40)), (work, (20000, 0.5)), (work, (10, "x")), (work, (30000, 2**62))]))
    print(in_threads([(fwork, (20000, 1.0)), (fwork, (20000, 1)), (fwork, (20000, float("inf"))), (fwork, (3, None))]))
    print(in_threads([(raising, (50, 25)), (raising, (50, 10**30)), (raising, (50, 0.5)), (recurse, (5000,)), (recurse, (300,))]))
    SHARED["n"] = 0
    print(in_threads([(locked, (3000,))] * 4), SHARED["n"])
    objs = [Obj() for _ in range(3)]
    objs[1].v = 0.5
    objs[2].v = 2**62 - 100
    print(in_threads([(o.run, (20000,)) for o in objs]))
    stop = threading.Event()

    def rebinder():
        while not stop.is_set():
            Obj.extra = 1
            del Obj.extra
    t = threading.Thread(target=rebinder)
    t.start()
    o = Obj()
    print(o.run(30000), work(30000, 1))
    stop.set()
    t.join()
    show(in_threads, [(work, (5, 1))])


main(train, test)
