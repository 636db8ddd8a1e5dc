"""An unhandled KeyboardInterrupt inside a native loop ends the process as the interpreter would: by SIGINT."""
import signal
import sys
from support import main


def spin(n):
    i = 0
    while i < n:
        i += 1
    return i


def outer(n):
    try:
        return spin(n)
    finally:
        print("finally")
        sys.stdout.flush()


def train():
    print(spin(100000), outer(5))


def test():
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    print(outer(10.5))
    outer(10**15)


main(train, test)
