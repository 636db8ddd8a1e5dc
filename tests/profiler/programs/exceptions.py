"""try/except with a failure one time in five, with statements, and finally."""
import sys


class Guard:
    def __init__(self):
        self.n = 0

    def __enter__(self):
        self.n += 1
        return self

    def __exit__(self, kind, value, trace):
        self.n -= 1
        return kind is KeyError


def look(d, keys):
    found = 0
    for k in keys:
        try:
            found += d[k]
        except KeyError:
            found -= 1
        finally:
            found ^= 1
    return found


def guarded(g, d, keys):
    s = 0
    for k in keys:
        with g:
            s += d[k]
    return s


def main(n):
    d = {i: i for i in range(100) if i % 5}
    keys = list(range(100))
    g = Guard()
    for _ in range(n):
        look(d, keys)
        guarded(g, d, keys)


main(int(sys.argv[1]) * 3)
