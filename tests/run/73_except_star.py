"""Exception groups and except*: split, partial handling, nothing left, a plain exception, handlers that raise."""
from support import main, show, trace


def handle(f):
    out = []
    try:
        f()
    except* ValueError as g:
        out.append(("value", [str(e) for e in g.exceptions]))
    except* (KeyError, IndexError) as g:
        out.append(("lookup", [type(e).__name__ for e in g.exceptions]))
    else:
        out.append("else")
    finally:
        out.append("finally")
    return out


def nested(f):
    try:
        try:
            f()
        except* TypeError as g:
            raise KeyError("while handling") from g
    except* KeyError as g:
        return_value = [str(e) for e in g.exceptions]
    except* OSError as g:
        return_value = "os"
    else:
        return_value = None
    return return_value


def loop(fs):
    n = 0
    for f in fs:
        try:
            f()
        except* ValueError:
            n += 1
        except* Exception as g:
            n += 100 * len(g.exceptions)
    return n


def reraise(f):
    try:
        f()
    except* ValueError:
        raise


def fine():
    return 1


def group(*es):
    def f():
        raise ExceptionGroup("g", list(es))
    return f


def plain(e):
    def f():
        raise e
    return f


def train():
    t = 0
    for i in range(1500):
        t += len(handle(fine)) + loop([fine, fine])
    for i in range(100):
        t += len(handle(group(ValueError("a"), KeyError("b"))))
    print(t)


def test():
    cases = [fine, group(ValueError(1)), group(ValueError(1), ValueError(2), KeyError(3)), plain(ValueError("p")), plain(KeyError("k")),
             group(ExceptionGroup("inner", [IndexError(1), ValueError(2)]))]
    for f in cases:
        show(handle, f)
        show(loop, [f, fine, f])
        show(nested, f)
    show(nested, group(TypeError(1)))
    show(nested, group(TypeError(1), OSError(2)))
    for f in (group(OSError("o"), ValueError("v")), plain(OSError("o")), group(ExceptionGroup("i", [OSError(1)]), KeyError(2)), plain(KeyboardInterrupt("i"))):
        trace(handle, f)
        trace(reraise, f)
    trace(handle, 5)
    trace(loop, [plain(SystemExit(1))])


main(train, test)
