"""What tools see of a hot function: co_code, dis, inspect, marshal, pickle, replace, equality, hash. Nothing may have moved."""
import copy
import dis
import hashlib
import inspect
import io
import marshal
import pickle
import re
import types
from support import main, show


def hot(a, b=3, *rest, k=5, **kw):
    t = 0
    for i in range(a):
        t += i * b + k
        if t > 10**6:
            t = t % 1000
    return t


def other(a):
    return [x + 1 for x in range(a)], (lambda: a)()


class K:
    def method(self, n):
        t = 0.0
        for i in range(n):
            t += i * 0.5
        return t


def facts(f):
    c = f.__code__
    return (hashlib.sha256(c.co_code).hexdigest(), len(c.co_code), c.co_consts if f is not other else len(c.co_consts), c.co_names, c.co_varnames,
            c.co_stacksize, c.co_flags, c.co_argcount, c.co_nlocals, c.co_firstlineno, hashlib.sha256(c.co_linetable).hexdigest(),
            hashlib.sha256(c.co_exceptiontable).hexdigest(), list(c.co_lines())[:3], list(c.co_positions())[:4])


def text(f):
    out = io.StringIO()
    dis.dis(f, file=out, depth=0)
    return hashlib.sha256(re.sub(r"0x[0-9a-f]+", "", out.getvalue()).encode()).hexdigest()


def train():
    t = 0
    for i in range(300):
        t += hot(100) + len(other(20)[0]) + int(K().method(50))
    print(t)


def test():
    before = [(facts(f), text(f)) for f in (hot, other, K.method)]
    fresh = compile(open(__file__).read(), __file__, "exec")
    for i in range(200):
        hot(50)
        other(10)
        K().method(20)
    after = [(facts(f), text(f)) for f in (hot, other, K.method)]
    print(before == after)
    for f in (hot, other, K.method):
        print(facts(f)[:9], text(f))
    fresh_hot = next(c for c in fresh.co_consts if isinstance(c, types.CodeType) and c.co_name == "hot")
    print(fresh_hot == hot.__code__, hash(fresh_hot) == hash(hot.__code__), fresh_hot.co_code == hot.__code__.co_code)
    print(marshal.loads(marshal.dumps(hot.__code__)) == hot.__code__, len(marshal.dumps(hot.__code__)))
    again = types.FunctionType(marshal.loads(marshal.dumps(hot.__code__)), globals(), "again", (7,))
    again.__kwdefaults__ = {"k": 1}
    show(again, 5)
    show(again, 2.5)
    moved = hot.__code__.replace(co_name="moved", co_firstlineno=1000)
    f = types.FunctionType(moved, globals(), "moved", (3,))
    f.__kwdefaults__ = {"k": 5}
    show(f, 10)
    print(moved.co_consts == hot.__code__.co_consts, len(hot.__code__.co_consts))
    print(inspect.signature(hot), inspect.getsource(K.method) == open(__file__).read()[open(__file__).read().index("    def method"):][:len(inspect.getsource(K.method))])
    print(pickle.loads(pickle.dumps(hot)) is hot, copy.deepcopy(hot) is hot, inspect.getclosurevars(hot).builtins == {"range": range})
    print([i.opname for i in dis.get_instructions(hot)][:12])
    print(hot.__code__.co_consts[-1], hot(3), hot(10, 2.5), hot(4, 2**62))


main(train, test)
