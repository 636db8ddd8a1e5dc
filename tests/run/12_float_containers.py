"""A numeric kernel over lists of lists of floats (SOR), whose rows change type, length and identity."""
from array import array
from support import main, show, trace


def relax(grid, omega, sweeps):
    m, n = len(grid), len(grid[0])
    c = 1.0 - omega
    for _ in range(sweeps):
        for i in range(1, m - 1):
            row, up, down = grid[i], grid[i - 1], grid[i + 1]
            for j in range(1, n - 1):
                row[j] = omega * 0.25 * (up[j] + down[j] + row[j - 1] + row[j + 1]) + c * row[j]
    return grid


def make(m, n):
    return [[float((i * 31 + j * 17) % 10) for j in range(n)] for i in range(m)]


def matmul(a, b):
    n, m, k = len(a), len(b[0]), len(b)
    out = []
    for i in range(n):
        row = []
        for j in range(m):
            s = 0.0
            for x in range(k):
                s += a[i][x] * b[x][j]
            row.append(s)
        out.append(row)
    return out


def dot(xs, ys):
    s = 0.0
    for x, y in zip(xs, ys):
        s += x * y
    return s


def saxpy(a, xs, ys):
    for i in range(len(xs)):
        ys[i] = a * xs[i] + ys[i]
    return ys


def train():
    g = relax(make(24, 24), 1.25, 12)
    a = matmul(make(14, 14), make(14, 14))
    t = 0.0
    for i in range(100):
        t += dot(g[3], g[4]) + saxpy(0.5, g[5], g[6][:])[3]
    print(repr(g[7][9]), repr(a[3][4]), repr(t))


def test():
    g = make(5, 5)
    g[2] = [1, 2, 3, 4, 5]
    show(relax, g, 1.25, 2)
    g = make(5, 5)
    g[2] = g[1]
    show(relax, g, 1.25, 2)
    g = make(4, 5)
    g[3] = tuple(g[3])
    show(relax, g, 1.5, 1)
    g = make(4, 5)
    g[1] = tuple(g[1])
    trace(relax, g, 1.5, 1)
    g = make(4, 5)
    g[2] = g[2][:3]
    trace(relax, g, 1.5, 1)
    print(g)
    g = make(4, 4)
    g[2] = array("d", g[2])
    show(relax, g, 1.5, 1)
    g = make(4, 4)
    g[1][2] = float("nan")
    show(relax, g, 1.5, 1)
    g = make(4, 4)
    g[1][2] = "x"
    trace(relax, g, 1.5, 1)
    show(relax, [], 1.5, 1)
    show(relax, [[1.0, 2.0]], 1.5, 1)
    show(matmul, [[1, 2], [3, 4]], [[1.5, 2], [True, 2**63]])
    show(matmul, [[1.0]], [[]])
    show(matmul, [[1.0, 2.0]], [[1.0]])
    show(matmul, [[1.0], [None]], [[1.0]])
    show(dot, [1, 2.0, True], (3, 4, 5))
    show(dot, "ab", [1, 2])
    ys = [1.0, 2.0]
    show(saxpy, 2.0, ys, ys)
    show(saxpy, 2.0, [1.0, 2.0, 3.0], [1.0])
    show(saxpy, 2, [1, 2], [3, 4])
    show(saxpy, 0.5, [2**70, 1j], [0.0, 1.0])


main(train, test)
