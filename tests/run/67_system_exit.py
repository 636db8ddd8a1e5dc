"""SystemExit raised deep inside hot functions, through finally blocks and a with, gives its status."""
import sys
from support import main


class Cm:
    def __enter__(self): return self
    def __exit__(self, t, v, tb): print("exit", t.__name__ if t else None, v)


def leaf(n, limit):
    if n > limit:
        sys.exit(n % 200)
    return n


def loop(n, limit):
    t = 0
    try:
        for i in range(n):
            t += leaf(i, limit)
    finally:
        if t > 10**9 or limit < 100:
            print("finally", t)
    return t


def train():
    t = 0
    for i in range(400):
        t += loop(50, 1000)
    print(t)


def test():
    for status in (0, "message", None, 2.5):
        try:
            sys.exit(status)
        except SystemExit as e:
            print(repr(e.code))
    with Cm():
        loop(100.0 and 100, 42.5)


main(train, test)
