"""A function with more than 256 constants, names, locals and a loop body longer than 255 code units."""
import dis
from support import main, show, trace

BODY = "\n".join(f"    v{i} = v{i - 1} + {1000 + i} * k" if i else "    v0 = k" for i in range(300))
NAMES = "\n".join(f"        g{i} = n{i} + i" for i in range(270))
SOURCE = f"""
def locals_and_consts(k):
{BODY}
    return v299 + v7

def long_loop(n, o):
    t = 0
    for i in range(n):
        if i == 3:
            continue
        o.a0 = i
{chr(10).join(f"        t += o.a{i % 40} * {i + 2000} - t // {i + 3}" for i in range(90))}
        if t > 10**15:
            break
    return t

def names(n):
    global {", ".join(f"g{i}" for i in range(270))}
    for i in range(n):
{NAMES}
    return g0 + g269

def far_jump(x):
    if x > 10:
{chr(10).join(f"        x = x + {i + 3000}" for i in range(200))}
    else:
        x = x - 1
    return x

def call_many({", ".join(f"p{i}=0" for i in range(260))}):
    return p0 + p259

def big_call(x):
    return call_many({", ".join("x" for i in range(260))}), call_many({", ".join(f"p{i}=x" for i in range(260))})

def big_display(x):
    return ({", ".join("x" for i in range(300))}), [{", ".join(f"x + {i}" for i in range(40))}], {{{", ".join(f"{i}: x" for i in range(280))}}}
"""
for i in range(270):
    globals()[f"n{i}"] = i
exec(compile(SOURCE, "<generated>", "exec"), globals())


class O:
    pass


def make():
    o = O()
    for i in range(40):
        setattr(o, f"a{i}", i)
    return o


def train():
    t = 0
    o = make()
    for i in range(30):
        t += locals_and_consts(i) + long_loop(20, o) + names(2) + far_jump(i) + big_call(i)[1] + big_display(i)[1][3]
    print(t, any(i.opname == "EXTENDED_ARG" for i in dis.get_instructions(long_loop)))


def test():
    for k in (1, 0.5, 2**63, True):
        show(locals_and_consts, k)
        show(far_jump, k)
        show(far_jump, k * 100)
        show(big_call, k)
        print(len(big_display(k)[0]), big_display(k)[1][39], len(big_display(k)[2]))
    trace(locals_and_consts, "x")
    trace(far_jump, "x")
    trace(big_call, "x")
    o = make()
    show(long_loop, 6, o)
    o.a39 = 0.5
    show(long_loop, 5, o)
    o.a7 = "x"
    trace(long_loop, 5, o)
    del o.a7
    trace(long_loop, 5, o)
    globals()["n100"] = 1.5
    show(names, 3)
    print(g100)
    del globals()["n200"]
    trace(names, 2)


main(train, test)
