"""Floor division, remainder, power: signs, zero, the one overflowing quotient."""
from support import INTS, MyInt, PlainInt, cross, main, show, trace


def floordiv(a, b):
    return a // b


def mod(a, b):
    return a % b


def truediv(a, b):
    return a / b


def power(a, b):
    return a ** b


def both(a, b):
    q = a // b
    r = a % b
    return q, r, q * b + r == a


def digits(n):
    s = 0
    while n:
        s += n % 10
        n //= 10
    return s


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def train():
    t = 0
    for i in range(9000):
        t += floordiv(i, 7) + mod(i, 11) + power(i, 2) + digits(i) + gcd(i, 360)
        t += int(truediv(i, 4))
        t += both(i, 13)[0]
    print(t)


def test():
    small = [1, -1, 7, -7, 0, 2**63, True, -3]
    for f in (floordiv, mod, both):
        cross(f, INTS, small)
    cross(truediv, [0, 1, -1, 7, 2**53 + 1, 2**63, 10**400], [1, -3, 0, 2**63, 10**400])
    cross(power, [0, 1, -1, 2, -2, 10, 2**31], [0, 1, 2, 5, 63, 64, -1, -2, 0.5])
    for f in (floordiv, mod, truediv, power):
        cross(f, [5, 5.5, True], [2.0, 0.0, -0.0, MyInt(2), PlainInt(2), False, None, "x"])
    cross(mod, ["%d|", "a%s", b"%d", "nothing"], [3, (4,), 1.5])
    for n in (0, 10**18, 10**40, 99.0, True, 2**63 - 1):
        show(digits, n)
    show(gcd, 2**100, 2**70 * 3)
    show(gcd, -12, 18)
    show(gcd, 12.0, 18)
    trace(floordiv, -2**63, 0)
    trace(digits, None)
    trace(gcd, 1, "x")


main(train, test)
