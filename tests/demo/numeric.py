"""Numbers: heat spreads over a plate, planets circle a star, an integral is refined.  Prints what it found."""
import math


def make_plate(n):
    plate = [[0.0] * n for _ in range(n)]
    for i in range(n):
        plate[0][i] = 100.0
        plate[i][0] = 75.0 * i / n
    return plate


def relax(plate, sweeps, omega):
    n = len(plate)
    change = 0.0
    for _ in range(sweeps):
        change = 0.0
        for i in range(1, n - 1):
            above, row, below = plate[i - 1], plate[i], plate[i + 1]
            for j in range(1, n - 1):
                old = row[j]
                new = old + omega * ((above[j] + below[j] + row[j - 1] + row[j + 1]) * 0.25 - old)
                row[j] = new
                change += (new - old) * (new - old)
    return change


def orbit(bodies, steps, dt):
    for _ in range(steps):
        for i in range(len(bodies)):
            a = bodies[i]
            for j in range(i + 1, len(bodies)):
                b = bodies[j]
                dx = a[0] - b[0]
                dy = a[1] - b[1]
                d2 = dx * dx + dy * dy + 0.01
                f = dt / (d2 * math.sqrt(d2))
                a[2] -= dx * b[4] * f
                a[3] -= dy * b[4] * f
                b[2] += dx * a[4] * f
                b[3] += dy * a[4] * f
        for b in bodies:
            b[0] += dt * b[2]
            b[1] += dt * b[3]
    return bodies


def energy(bodies):
    e = 0.0
    for i, a in enumerate(bodies):
        e += 0.5 * a[4] * (a[2] * a[2] + a[3] * a[3])
        for b in bodies[i + 1:]:
            e -= a[4] * b[4] / math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + 0.01)
    return e


def simpson(n):
    h = 3.0 / n
    total = 1.0 + 1.0 / (1.0 + 81.0)
    for i in range(1, n):
        x = i * h
        y = 1.0 / (1.0 + x * x * x * x)
        total += 4.0 * y if i & 1 else 2.0 * y
    return total * h / 3.0


def main():
    plate = make_plate(110)
    print("heat", repr(relax(plate, 260, 1.5)), repr(plate[40][40]))
    bodies = [[0.0, 0.0, 0.0, 0.0, 100.0]] + [[1.0 + k, 0.3 * k, 0.0, 9.0 / (1 + 0.4 * k), 0.1 * k + 0.05] for k in range(5)]
    print("orbit", repr(energy(orbit(bodies, 12000, 0.0005))))
    print("integral", repr(simpson(3000000)))


main()
