"""locals(), vars(), dir(), eval and exec inside hot functions: they see exactly the bound names, boxed."""
from support import main, show


def snapshot(n):
    a = 1
    b = 0.5
    for i in range(n):
        a += i
        b *= 1.5
    c = None
    if n == 3:
        del c
    return sorted(locals().items(), key=lambda kv: kv[0])


def in_loop(n):
    out = []
    for i in range(n):
        x = i * i
        if i % 10 == 9 or n < 5:
            out.append(dict(locals(), out=None))
    return out


def same_dict(n):
    d1 = locals()
    t = n + 1
    d2 = locals()
    return d1 is d2, sorted(d1)


def write_back(n):
    t = 1
    locals()["t"] = 100
    for i in range(n):
        t += 1
    return t


def with_eval(n):
    t = 0
    for i in range(n):
        t += i
    return eval("t + n"), eval("i")


def with_exec(n):
    t = n
    exec("t = 50; fresh = 1")
    return t, "fresh" in locals()


def with_cells(n):
    k = n + 1

    def inner():
        return k, sorted(locals())
    return inner(), sorted(locals().items(), key=str)[1:]


def directory(n):
    z = n
    return dir(), vars() is locals()


class Body:
    a = 1
    names = sorted(k for k in locals() if not k.startswith("__"))


def train():
    t = 0
    for i in range(600):
        t += len(snapshot(10)) + len(in_loop(20)) + same_dict(i)[0] + write_back(5) + with_eval(5)[0] + with_exec(i)[0]
        t += len(with_cells(i)) + len(directory(i))
    print(t, Body.names)


def test():
    for n in (0, 1, 3, 5, True):
        print(snapshot(n)[:3] if n != 3 else snapshot(n))
        show(in_loop, n)
        show(write_back, n)
        show(with_eval, n)
        show(with_exec, n)
        show(same_dict, n)
        show(directory, n)
        print(with_cells(n)[0])
    print(snapshot(0))
    show(snapshot, 2.5)
    show(with_exec, "s")
    show(with_cells, "s")
    show(same_dict, 2**63 - 1)
    show(same_dict, 0.5)
    print(in_loop(12))


main(train, test)
