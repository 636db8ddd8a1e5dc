"""UnboundLocalError and NameError: texts, positions, names deleted on one path, loop variables of empty loops."""
from support import main, show, trace


def maybe(flag):
    if flag:
        x = 5
    return x


def loop_var(n):
    for i in range(n):
        last = i * 2
    return i, last


def deleted(n, at):
    x = 1
    t = 0
    for i in range(n):
        t += x
        if i == at:
            del x
    return t


def delete_twice(flag):
    y = 1
    if flag:
        del y
    del y
    return "deleted"


def use_before(n):
    t = 0
    for i in range(n):
        if i > 0:
            t = prev + t  # not t += prev: 3.11 points at t or at prev, as two loads are one instruction once warm
        if n != 3:
            prev = i
    return t


def except_name(v):
    e = "before"
    try:
        1 // v
    except ZeroDivisionError as e:
        pass
    return e


def free(flag):
    def inner():
        return cell + 1
    if flag:
        cell = 10
    r = inner()
    if flag == 2:
        del cell
        r = inner()
    return r


def global_name(n):
    t = 0
    for i in range(n):
        t += undefined_sometimes
    return t


def walrus(vals):
    for v in vals:
        if (sq := v * v) > 10:
            break
    return sq


def with_del_arg(a, b):
    if b:
        del a
    return [a, b]


def aug(flag):
    if flag:
        n = 0
    n += 1
    return n


undefined_sometimes = 3


def train():
    t = 0
    for i in range(1, 2500):
        t += maybe(i) + loop_var(5)[1] + deleted(5, 99) + len(delete_twice(0)) + use_before(5) + len(except_name(1)) + free(1)
        t += global_name(3) + walrus([1, 2, 5]) + with_del_arg(i, 0)[0] + aug(1)
    print(t)


def test():
    global undefined_sometimes
    for f, args in ((maybe, [1, 0, "x", "", 0.0]), (loop_var, [3, 0, -1]), (delete_twice, [0, 1]), (use_before, [0, 1, 2, 3, 4]),
                    (except_name, [1, 0, 0.0]), (free, [1, 0, 2]), (aug, [1, 0])):
        for a in args:
            trace(f, a)
    for at in (0, 3, 4, 5):
        trace(deleted, 5, at)
    trace(walrus, [])
    trace(walrus, [2.5, 9])
    trace(with_del_arg, 1, 1)
    undefined_sometimes = 2**63
    trace(global_name, 2)
    del undefined_sometimes
    trace(global_name, 2)
    trace(global_name, 0)
    exec("def f():\n    return undefned_sometimes", g := {"undefined_sometimes": 1})
    trace(g["f"])
    try:
        maybe(0)
    except UnboundLocalError as e:
        print(e.name, e.args)


main(train, test)
