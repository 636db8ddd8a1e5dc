"""Branches of known odds: 1/2, 1/10, 2/3, and a rare expensive path."""
import sys


def f(data, table):
    s = 0
    t = 0.0
    out = []
    for x in data:
        if x & 1:
            s += x
        else:
            t = t * 1.5 + 0.25
            t = t - 3.0
            if t > 1e9:
                t = 0.0
        if x % 10 == 3:
            out.append(len(out))
            if len(out) > 100:
                out = []
        elif x % 3:
            s -= 1
            s += table["7"]
        else:
            k = str(x % 50)
            if k in table:
                s += table[k]
        if s > 1000000:
            s = 0
    return s


def main(n):
    table = {str(i): i for i in range(50)}
    x = 12345
    data = []
    for _ in range(5000):
        x = (x * 1103515245 + 12345) % 2147483648
        data.append(x >> 8)
    for _ in range(n):
        f(data, table)


main(int(sys.argv[1]))
