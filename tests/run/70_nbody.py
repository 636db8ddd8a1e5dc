"""A numeric program as people write them (gravity on lists), then with ints, huge ints, shared lists and missing fields."""
from support import main, show, trace


def combinations(l):
    out = []
    for i in range(len(l) - 1):
        for y in l[i + 1:]:
            out.append((l[i], y))
    return out


def advance(dt, n, bodies, pairs):
    for _ in range(n):
        for ([x1, y1, z1], v1, m1), ([x2, y2, z2], v2, m2) in pairs:
            dx = x1 - x2
            dy = y1 - y2
            dz = z1 - z2
            mag = dt * ((dx * dx + dy * dy + dz * dz) ** -1.5)
            b1m = m1 * mag
            b2m = m2 * mag
            v1[0] -= dx * b2m
            v1[1] -= dy * b2m
            v1[2] -= dz * b2m
            v2[0] += dx * b1m
            v2[1] += dy * b1m
            v2[2] += dz * b1m
        for r, [vx, vy, vz], m in bodies:
            r[0] += dt * vx
            r[1] += dt * vy
            r[2] += dt * vz


def energy(bodies, pairs):
    e = 0.0
    for ([x1, y1, z1], v1, m1), ([x2, y2, z2], v2, m2) in pairs:
        dx = x1 - x2
        dy = y1 - y2
        dz = z1 - z2
        e -= (m1 * m2) / ((dx * dx + dy * dy + dz * dz) ** 0.5)
    for r, [vx, vy, vz], m in bodies:
        e += m * (vx * vx + vy * vy + vz * vz) / 2.
    return e


def system():
    return [([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 39.5), ([4.84, -1.16, -0.1], [0.6, 2.81, -0.02], 0.037),
            ([8.34, 4.12, -0.4], [-1.01, 1.82, 0.008], 0.011), ([12.89, -15.11, -0.22], [1.08, 0.86, -0.01], 0.0017)]


def run(bodies, steps, dt):
    pairs = combinations(bodies)
    advance(dt, steps, bodies, pairs)
    return energy(bodies, pairs)


def train():
    print(repr(run(system(), 700, 0.01)))


def test():
    show(run, system(), 50, 0.01)
    show(run, system(), 5, 1)
    b = system()
    b[1] = ([4, -1, 0], [0, 2, 0], 1)
    show(run, b, 10, 0.01)
    print(b)
    b = system()
    b[2] = (b[1][0], b[1][1], 0.5)
    trace(run, b, 3, 0.01)
    b = system()
    shared = b[1][1]
    b[2] = (b[2][0], shared, 0.5)
    show(run, b, 10, 0.01)
    print(shared, b[2][1] is b[1][1])
    b = system()
    x = b[1][0][0]
    keep = list(b[1][0])
    show(run, b, 3, 0.5)
    print(x, keep)
    b = system()
    b[3] = ((1.0, 2.0, 3.0), [0.0, 0.0, 0.0], 1.0)
    trace(run, b, 1, 0.01)
    b = system()
    b[3] = ([1.0, 2.0], [0.0, 0.0, 0.0], 1.0)
    trace(run, b, 1, 0.01)
    b = system()
    b[0] = ([10**200, 0, 0], [0.0, 0.0, 0.0], 1.0)
    trace(run, b, 1, 0.01)
    b = system()
    b[0] = ([float("nan"), 0.0, 0.0], [0.0, float("inf"), 0.0], 1.0)
    show(run, b, 2, 0.01)
    show(run, [], 5, 0.01)
    show(run, system(), 2, float("nan"))
    show(run, system(), 2, "x")


main(train, test)
