"""sys._getframe, f_back, f_locals, f_lineno, f_code, frames kept alive after return, inspect.stack."""
import inspect
import sys
from support import main, show


def leaf():
    return 1


def who():
    f = sys._getframe(1)
    return f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, sorted(f.f_locals.items(), key=str)


def chain_names(limit=6):
    f = sys._getframe()
    out = []
    while f and len(out) < limit:
        out.append((f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno))
        f = f.f_back
    return out


def hot(n, callback):
    t = 0
    u = 1.5
    for i in range(n):
        t += i * 2
        u = u * 0.5 + 1.0
        if i == n - 2:
            callback()
        v = t
    return t, u, v


def outer(a, callback):
    b = a + 1
    r = hot(a, callback)
    c = r[0]
    return c + b


def recursive(n, callback):
    if n == 0:
        return callback()
    x = n * 10
    return recursive(n - 1, callback)


kept = []


def keep():
    kept.append(sys._getframe(1))


def keep_tb():
    try:
        raise ValueError
    except ValueError as e:
        kept.append(e.__traceback__.tb_frame.f_back)


def float_loop(n):
    x = 0.0
    y = []
    for i in range(n):
        x += 0.5
        if i % 3 == 0:
            y.append(sys._getframe().f_locals["x"])
    return y, x


def depth():
    n = 0
    f = sys._getframe()
    while f:
        n += 1
        f = f.f_back
    return n


def nested_depth(k):
    return depth() if k == 0 else nested_depth(k - 1)


def train():
    t = 0
    for i in range(600):
        t += outer(12, leaf) + recursive(5, leaf) + len(float_loop(3)[0])
        nested_depth(3)
    print(t)


def test():
    print(outer(5, lambda: print(who())))
    print(outer(5, lambda: print(chain_names())))
    print(recursive(3, lambda: chain_names(7)))
    print(outer(4, keep), outer(4, keep_tb))
    for f in kept:
        while f and f.f_code.co_name in ("hot", "outer", "keep_tb"):
            print(f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, {k: v for k, v in f.f_locals.items() if k != "callback"})
            f = f.f_back
    print(float_loop(7))
    base = depth()
    print([nested_depth(k) - base for k in (0, 1, 5, 50)])
    print([(f.function, f.code_context[0].strip()) for f in recursive(2, inspect.stack)[1:4]])
    print(outer(6, lambda: print([type(v).__name__ for v in sys._getframe(1).f_locals.values()])))

    def clear_attempt():
        try:
            sys._getframe(1).clear()
        except RuntimeError as e:
            print(e)
    print(outer(3, clear_attempt))

    def write_attempt():
        sys._getframe(1).f_locals["t"] = 1000
    print(outer(4, write_attempt))

    def jump_attempt():
        try:
            sys._getframe(1).f_lineno = 5
        except ValueError as e:
            print(e)
    print(outer(4, jump_attempt))
    show(hot, 2.5, leaf)
    for f in kept:
        f.clear()
        print(f.f_locals if f.f_code.co_name != "hot" else sorted(f.f_locals))


main(train, test)
