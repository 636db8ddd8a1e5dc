#!/usr/bin/env python3
"""Random Python programs: closed, deterministic, terminating, typed at first and then deliberately not.

    pygen.py SEED            one program on standard output

A program has the shape of those in tests/run: `train` calls its functions with the types they were written for,
`test` with others, while attacks change globals, classes, methods, code, defaults and builtins under running loops.

How it stays finite: function k calls only functions below k; every loop has a constant bound, and the product of the
bounds a statement stands under, times the cost of what it calls, stays below BUDGET.  Numbers cannot explode: a product
of two variables is always reduced, and containers grow only while they are short.
"""
import random
import sys

BUDGET = 4000
INT, FLOAT, STR, BOOL, LIST, FLIST, TUPLE, DICT, OBJ = "int float str bool list flist tuple dict obj".split()
SCALARS = (INT, FLOAT, STR, BOOL)
TYPES = (INT, INT, FLOAT, FLOAT, STR, BOOL, LIST, FLIST, TUPLE, DICT, OBJ)
EDGES = ("0", "1", "-1", "2**30", "2**31 - 1", "-2**31", "2**60", "2**62", "2**63 - 1", "-2**63", "2**64", "-2**63 - 1")
ODD = ('float("nan")', 'float("inf")', "-0.0", "1e308", "True", "None", '"s"', "MyInt(3)", "MyFloat(1.5)", "(1, 2)", "[1.5]", "{}",
       "2**70", "Loud()", "b'x'", "1j")

PRELUDE = '''\
import builtins
import gc
import sys


class MyInt(int):
    def __add__(self, o): return ("MyInt+", int(self))
    def __lt__(self, o): return True
    def __mul__(self, o): return MyInt(int(self))


class MyFloat(float):
    def __radd__(self, o): return 0.25
    def __mul__(self, o): return "MyFloat*"


class Loud:
    def __repr__(self): return "Loud()"
    def __bool__(self): raise ValueError("loud bool")
    def __len__(self): return 2
    def __iter__(self): return iter([1, 2.5])
    def __getitem__(self, i): return i
    def __add__(self, o): raise KeyError("loud add")


class Cm:
    def __init__(self, eat): self.eat = eat
    def __enter__(self): return 3
    def __exit__(self, t, v, tb): return self.eat and t is not None and issubclass(t, ArithmeticError)


class Last:
    """Counts deaths."""
    dead = 0
    def __del__(self): Last.dead += 1


PENDING = []
TOTAL = 0


def hook():
    if PENDING:
        PENDING.pop()()


def note(x, len=len, ord=ord):
    global TOTAL
    r = repr(x)
    for c in r[:200]:
        TOTAL = (TOTAL * 31 + ord(c)) % 1000000007
    return r if len(r) < 60 else r[:57] + "..."


def run(f, *args):
    """One call, told on one line: the value, or the exception with the lines it passed through."""
    try:
        print(f.__name__, note(f(*args)))
    except Exception as e:
        lines, tb = [], e.__traceback__.tb_next
        while tb:
            lines.append(tb.tb_lineno)
            tb = tb.tb_next
        if isinstance(e, UnboundLocalError):
            # Warm code loads in one step with the store before it, and is then in that one's line.
            lines[-1:] = []
        print(f.__name__, type(e).__name__, note(str(e)), lines[:6])
'''


class Function:
    def __init__(self, name, params, result, cost):
        self.name, self.params, self.result, self.cost = name, params, result, cost


class Generator:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.seed = seed
        self.lines = []
        self.indent = 0
        self.functions = []
        self.classes = []
        self.globals = {}
        self.fresh = 0
        self.vars = {}       # the function's variables: name -> type
        self.weight = 1      # how often the statement being written runs per call
        self.cost = 0
        self.loops = 0
        self.in_try = 0

    # Text ----------------------------------------------------------------------------------

    def put(self, text):
        self.lines.append("    " * self.indent + text)

    def name(self, stem):
        self.fresh += 1
        return f"{stem}{self.fresh}"

    def pick(self, *choices):
        return self.r.choice(choices)

    def chance(self, p):
        return self.r.random() < p

    # Values and expressions ----------------------------------------------------------------

    def literal(self, t):
        r = self.r
        if t == INT:
            return self.pick(str(r.randrange(-20, 100)), str(r.randrange(10)), self.pick(*EDGES) if self.chance(.2) else str(r.randrange(1000)))
        if t == FLOAT:
            return repr(self.pick(r.randrange(-80, 80) / 8, 0.5, 1.0, -0.0 if self.chance(.2) else 2.25, 1e10))
        if t == STR:
            return repr("".join(self.pick(*"abcxyz 019") for _ in range(r.randrange(5))))
        if t == BOOL:
            return self.pick("True", "False")
        if t == LIST:
            return "[" + ", ".join(self.literal(INT) for _ in range(r.randrange(1, 6))) + "]"
        if t == FLIST:
            return "[" + ", ".join(self.literal(FLOAT) for _ in range(r.randrange(1, 6))) + "]"
        if t == TUPLE:
            return "(" + ", ".join(self.literal(INT) for _ in range(r.randrange(2, 5))) + ")"
        if t == DICT:
            return "{" + ", ".join(f"{k}: {self.literal(INT)}" for k in range(r.randrange(1, 5))) + "}"
        return f"{r.choice(self.classes)['name']}({self.literal(INT)}, {self.literal(FLOAT)})"

    def have(self, t):
        """A variable or global of type t, or None."""
        names = [n for n, u in self.vars.items() if u == t]
        if self.chance(.15) or not names:
            names += [n for n, u in self.globals.items() if u == t]
        return self.r.choice(names) if names else None

    def value(self, t):
        v = self.have(t)
        return v if v and self.chance(.85) else self.literal(t)

    def expr(self, t, depth=2):
        if depth <= 0 or self.chance(.2):
            return self.value(t)
        call = self.call_of(t, depth) if self.chance(.12) else None
        if call:
            return call
        return getattr(self, "expr_" + t)(depth - 1)

    def index(self, seq, depth):
        return self.pick(f"{self.expr(INT, depth)} % len({seq})", f"{self.expr(INT, depth)} % len({seq})", "0", "-1", str(self.r.randrange(4)))

    def expr_int(self, d):
        e = lambda: self.expr(INT, d)
        kind = self.r.randrange(16)
        if kind < 5:
            return f"({e()} {self.pick('+', '-', '+', '-', '&', '|', '^')} {e()})"
        if kind == 5:
            return f"({e()} * {self.r.randrange(-9, 10)})"
        if kind == 6:
            return f"(({e()} * {e()}) % {self.pick('1000003', '2**61', '97', '2**64')})"
        if kind == 7:
            return f"({e()} {self.pick('//', '%')} {self.pick(str(self.r.randrange(1, 9)), e())})"
        if kind == 8:
            return f"({e()} {self.pick('>>', '<<')} {self.r.randrange(0, 9)})"
        if kind == 9:
            return self.pick(f"-{e()}", f"~{e()}", f"abs({e()})", f"min({e()}, {e()})", f"max({e()}, {e()})")
        if kind == 10:
            s = self.value(self.pick(LIST, TUPLE))
            return f"{s}[{self.index(s, d - 1)}]"
        if kind == 11:
            return self.pick(f"len({self.value(self.pick(LIST, STR, TUPLE, DICT, FLIST))})", f"int({self.expr(BOOL, d)})",
                             f"ord({self.value(STR)}[:1] or 'q')", f"({e()} if {self.expr(BOOL, d)} else {e()})")
        if kind == 12:
            return f"{self.value(DICT)}.get({e()}, {e()})"
        if kind == 13:
            o = self.have(OBJ)
            return f"{o}.{self.pick('a', 'a', 'get()', 'step(2)')}" if o else e()
        if kind == 14:
            return f"({self.expr(BOOL, d)} and {e()} or {e()})"
        v = self.name("w")
        return f"sum([{v} * {self.r.randrange(5)} + {e()} for {v} in {self.value(self.pick(LIST, TUPLE))}])" if self.weight < 50 else e()

    def expr_float(self, d):
        e = lambda: self.expr(FLOAT, d)
        kind = self.r.randrange(12)
        if kind < 5:
            return f"({e()} {self.pick('+', '-')} {e()})"
        if kind == 5:
            return self.pick(f"({e()} * {self.literal(FLOAT)})", f"(({e()} * {e()}) % 1e9)")
        if kind == 6:
            return f"({e()} / {self.pick('2.0', '3', e())})"
        if kind == 7:
            return f"({e()} {self.pick('+', '-')} {self.expr(INT, d)})"
        if kind == 8:
            s = self.value(FLIST)
            return f"{s}[{self.index(s, d - 1)}]"
        if kind == 9:
            return self.pick(f"-{e()}", f"abs({e()})", f"max({e()}, {e()})", f"float({self.value(BOOL)})", f"({e()} % 7.5)")
        if kind == 10:
            o = self.have(OBJ)
            return f"{o}.{self.pick('x', 'x', 'scale(0.5)')}" if o else e()
        return f"({e()} if {self.expr(BOOL, d)} else {e()})"

    def expr_str(self, d):
        e = lambda: self.expr(STR, d)
        return self.pick(lambda: f"({e()}[:6] + {e()}[:6])", lambda: f"{e()}[{self.r.randrange(-3, 3)}:]", lambda: f"{e()}.upper()",
                         lambda: f"f\"{{{self.value(INT)}}}-{{{self.value(FLOAT)}!r}}\"", lambda: f"chr({self.expr(INT, d)} % 128)",
                         lambda: f"str({self.expr(INT, d)})", lambda: f"({e()} if {self.expr(BOOL, d)} else {e()})")()

    def expr_bool(self, d):
        t = self.pick(INT, INT, FLOAT, STR)
        op = self.pick("<", "<=", "==", "!=", ">", ">=")
        v = self.pick(INT, FLOAT)
        return self.pick(lambda: f"({self.expr(t, d)} {op} {self.expr(t, d)})", lambda: f"({self.expr(t, d)} {op} {self.expr(t, d)})",
                         lambda: f"(not {self.expr(BOOL, d)})", lambda: f"({self.expr(BOOL, d)} {self.pick('and', 'or')} {self.expr(BOOL, d)})",
                         lambda: f"({self.expr(v, d)} < {self.expr(v, d)} <= {self.expr(v, d)})",
                         lambda: f"({self.expr(INT, d)} in {self.value(self.pick(LIST, TUPLE, DICT))})",
                         lambda: f"isinstance({self.value(self.pick(INT, FLOAT, BOOL, OBJ))}, {self.pick('int', 'float', '(int, str)')})",
                         lambda: f"({self.value(self.pick(*TYPES))} is {self.pick('None', self.value(INT))})".replace("is ", "is not ", self.chance(.5)),
                         lambda: f"bool({self.value(self.pick(LIST, STR, INT, FLOAT))})")()

    def expr_list(self, d):
        v = self.name("c")
        return self.pick(lambda: f"[{self.expr(INT, d)} for {v} in range({self.r.randrange(1, 5)})]",
                         lambda: f"[{v} + {self.value(INT)} for {v} in {self.value(self.pick(LIST, TUPLE))}][:9]",
                         lambda: f"sorted({self.value(LIST)})", lambda: f"{self.value(LIST)}[{self.r.randrange(3)}:] + [{self.expr(INT, d)}]",
                         lambda: f"[{self.expr(INT, d)}, {self.expr(INT, d)}]", lambda: f"list({self.value(TUPLE)})",
                         lambda: f"[*{self.value(TUPLE)}, {self.expr(INT, d)}]")()

    def expr_flist(self, d):
        v = self.name("c")
        return self.pick(lambda: f"[{self.expr(FLOAT, d)}, {self.expr(FLOAT, d)}]", lambda: f"[{v} * 0.5 for {v} in {self.value(FLIST)}][:9]",
                         lambda: f"{self.value(FLIST)}[:]")()

    def expr_tuple(self, d):
        return self.pick(f"({self.expr(INT, d)}, {self.expr(INT, d)})", f"tuple({self.value(LIST)})", f"({self.expr(INT, d)}, *{self.value(TUPLE)})[:5]")

    def expr_dict(self, d):
        v = self.name("c")
        return self.pick(f"{{{v}: {self.expr(INT, d)} for {v} in range(3)}}", f"{{0: {self.expr(INT, d)}, 1: {self.expr(INT, d)}}}",
                         f"dict({self.value(DICT)})")

    def expr_obj(self, d):
        c = self.r.choice(self.classes)
        return f"{c['name']}({self.expr(INT, d)}, {self.expr(FLOAT, d)})"

    def call_of(self, t, depth):
        fs = [f for f in self.functions if f.result == t and self.weight * f.cost < BUDGET // 4]
        if not fs:
            return None
        f = self.r.choice(fs)
        self.cost += self.weight * f.cost
        args = [self.expr(p, min(depth - 1, 1)) for p in f.params]
        if args and self.chance(.2):
            args[-1] = f"p{len(args) - 1}={args[-1]}"
        return f"{f.name}({', '.join(args)})"

    # Statements ----------------------------------------------------------------------------

    def block(self, depth, n=None):
        """An indented block; what it binds is forgotten behind it half of the time, so unbound locals happen, but rarely."""
        self.indent += 1
        saved = dict(self.vars)
        for _ in range(n or self.r.randrange(1, 4)):
            self.statement(depth)
        if self.chance(.95):
            self.vars = saved
        self.indent -= 1

    def assign(self, depth):
        t = self.r.choice(TYPES)
        v = self.have(t) if self.chance(.6) else None
        if v in self.globals:
            v = None
        text = self.expr(t, 3)
        v = v or self.name("v")
        self.put(f"{v} = {text}")
        self.vars[v] = t

    def augment(self, depth):
        t = self.pick(INT, INT, FLOAT, FLOAT, STR)
        v = self.have(t)
        if not v or v in self.globals:
            return self.assign(depth)
        if t == INT:
            self.put(f"{v} {self.pick('+=', '-=', '^=', '+=', '//=', '%=')} {self.expr(INT, 2)}")
        elif t == FLOAT:
            self.put(self.pick(f"{v} {self.pick('+=', '-=', '/=')} {self.expr(FLOAT, 2)}", f"{v} *= {self.literal(FLOAT)}"))
        else:
            self.put(f"{v} = ({v} + {self.expr(STR, 1)})[-20:]")

    def if_(self, depth):
        self.put(f"if {self.expr(BOOL, 2)}:")
        self.block(depth - 1)
        if self.chance(.3):
            self.put(f"elif {self.expr(BOOL, 1)}:")
            self.block(depth - 1)
        if self.chance(.5):
            self.put("else:")
            self.block(depth - 1)

    def for_(self, depth):
        n = self.r.randrange(2, 9)
        if self.weight * n > BUDGET // 8 or self.loops >= 2:
            return self.augment(depth)
        v = self.name("i")
        kind = self.r.randrange(7)
        binds = {v: INT}
        if kind < 3:
            head = f"for {v} in range({self.pick(str(n), f'0, {n}', f'{n}, 0, -1', f'{n} % (len({self.value(LIST)}) + 1)')}):"
        elif kind == 3:
            head = f"for {v} in {self.value(self.pick(LIST, TUPLE))}[:9]:"
        elif kind == 4:
            head = f"for {v} in {self.value(FLIST)}[:9]:"
            binds = {v: FLOAT}
        elif kind == 5:
            w = self.name("i")
            head = f"for {v}, {w} in enumerate({self.value(FLIST)}[:9]):"
            binds[w] = FLOAT
        else:
            w = self.name("i")
            head = f"for {v}, {w} in {self.value(DICT)}.items():"
            binds[w] = INT
        self.put(head)
        self.vars.update(binds)
        self.loop_body(depth, n)
        if self.chance(.15):
            self.put("else:")
            self.block(depth - 1, 1)

    def while_(self, depth):
        n = self.r.randrange(2, 8)
        if self.weight * n > BUDGET // 8 or self.loops >= 2:
            return self.augment(depth)
        v = self.name("k")
        self.put(f"{v} = 0")
        self.put(f"while {v} < {n}" + (f" and {self.expr(BOOL, 1)}:" if self.chance(.4) else ":"))
        self.indent += 1
        self.put(f"{v} += 1")
        self.indent -= 1
        self.loop_body(depth, n)
        self.vars[v] = INT

    def loop_body(self, depth, n):
        self.weight *= n
        self.loops += 1
        if self.chance(.3):
            self.indent += 1
            self.put("hook()")
            self.indent -= 1
        self.block(depth - 1)
        if self.chance(.25):
            self.indent += 1
            self.put(f"if {self.expr(BOOL, 1)}:")
            self.indent += 1
            self.put(self.pick("break", "continue"))
            self.indent -= 2
        self.loops -= 1
        self.weight //= n

    def try_(self, depth):
        self.put("try:")
        self.in_try += 1
        self.block(depth - 1)
        self.in_try -= 1
        e = self.name("e")
        catch = self.pick("ZeroDivisionError", "(TypeError, IndexError)", "Exception", "KeyError", "ArithmeticError")
        self.put(f"except {catch} as {e}:")
        self.indent += 1
        self.put(f"{self.name('v')} = str({e})")
        self.indent -= 1
        self.block(depth - 1, 1)
        if self.chance(.3):
            self.put("else:")
            self.block(depth - 1, 1)
        if self.chance(.3):
            self.put("finally:")
            self.block(depth - 1, 1)

    def with_(self, depth):
        v = self.name("v")
        self.put(f"with Cm({self.pick('True', 'False')}) as {v}:")
        self.vars[v] = INT
        self.block(depth - 1)

    def store(self, depth):
        kind = self.r.randrange(8)
        if kind < 2 and (o := self.have(OBJ)):
            self.put(self.pick(f"{o}.a = {self.expr(INT, 2)} % 2**66", f"{o}.x = {self.expr(FLOAT, 2)}", f"{o}.a += {self.literal(INT)}",
                               f"{o}.x *= {self.literal(FLOAT)}", f"{o}.bump({self.expr(INT, 1)} % 1000)"))
        elif kind == 2 and (s := self.have(LIST)):
            self.put(f"{s}[{self.index(s, 1)}] = {self.expr(INT, 2)}")
        elif kind == 3 and (s := self.have(FLIST)):
            self.put(self.pick(f"{s}[{self.index(s, 1)}] = {self.expr(FLOAT, 2)}", f"{s}[0] {self.pick('+=', '-=')} {self.expr(FLOAT, 1)}",
                               f"{s}[0] *= {self.literal(FLOAT)}"))
        elif kind == 4 and (s := self.have(LIST)):
            self.put(f"if len({s}) < 12:")
            self.indent += 1
            self.put(f"{s}.append({self.expr(INT, 1)})")
            self.indent -= 1
        elif kind == 5 and (s := self.have(DICT)):
            self.put(self.pick(f"{s}[{self.expr(INT, 1)} % 6] = {self.expr(INT, 2)}", f"{s}.pop({self.literal(INT)}, 0)"))
        elif kind == 6 and (s := self.have(LIST)):
            self.put(self.pick(f"{s}[0], {s}[-1] = {s}[-1], {s}[0]", f"{s}[1:2] = [{self.expr(INT, 1)}]", f"del {s}[3:]"))
        else:
            self.unpack(depth)

    def unpack(self, depth):
        a, b = self.name("v"), self.name("v")
        self.put(self.pick(f"{a}, {b} = {self.expr(INT, 1)}, {self.expr(INT, 2)}", f"{a}, *_ = {self.value(TUPLE)}; {b} = {a}",
                           f"{a} = {b} = {self.expr(INT, 2)}"))
        self.vars[a] = self.vars[b] = INT

    def alias(self, depth):
        """A second name for a number that is then changed: the first name must keep the old value."""
        t = self.pick(FLOAT, FLOAT, INT, FLIST)
        v = self.have(t)
        if not v or v in self.globals:
            return self.assign(depth)
        a = self.name("a")
        self.put(f"{a} = {v}")
        self.vars[a] = t
        if t == FLIST:
            self.put(f"{self.pick(a, v)}[0] += 1.0")
        else:
            self.put(f"{v} {self.pick('+=', '-=', '*=')} {self.literal(t)}" if t == FLOAT else f"{v} += {self.literal(t)}")

    def closure(self, depth):
        v, f = self.have(INT), self.name("g")
        if not v or v in self.globals or self.weight > 100 or self.loops:
            return self.assign(depth)
        p = self.name("q")
        self.put(f"def {f}({p}):")
        self.indent += 1
        if self.chance(.5) and not v.startswith("i"):
            self.put(f"nonlocal {v}")
            self.put(f"{v} = {v} + {p}")
        self.put(f"return {v} + {p} * {self.r.randrange(9)}")
        self.indent -= 1
        r = self.name("v")
        self.put(f"{r} = {f}({self.expr(INT, 1)}) + {f}({self.literal(INT)})")
        self.vars[r] = INT

    def global_(self, depth):
        g = self.r.choice(sorted(self.globals))
        self.put(f"globals()[{g!r}] = {self.expr(self.globals[g], 1)}" if self.chance(.5) else f"note({g})")

    def raise_(self, depth):
        self.put(f"if {self.expr(BOOL, 1)} and {self.expr(INT, 1)} % 5 == 1:")
        self.indent += 1
        self.put(self.pick(f"raise ValueError({self.value(INT)})", f"return {self.expr(self.result, 1)}", "raise KeyError('gone')"))
        self.indent -= 1

    def misc(self, depth):
        v = self.name("v")
        self.put(self.pick(f"assert {self.expr(BOOL, 1)} or True", f"{v} = Last()", f"{v} = sorted(k for k in locals() if k != 'e')[:3]",
                           f"{v} = (lambda z: z + {self.literal(INT)})({self.expr(INT, 1)})", "hook()",
                           f"{v} = [y for z in {self.value(LIST)} if (y := z % 7) > 2]", f"{v} = {self.value(INT)}; del {v}",
                           f"{v} = sys._getframe().f_lineno"))

    def statement(self, depth):
        if depth <= 0:
            return self.pick(self.assign, self.augment, self.store, self.augment)(0)
        self.r.choices((self.assign, self.augment, self.if_, self.for_, self.while_, self.try_, self.with_, self.store, self.alias, self.closure,
                        self.global_, self.raise_, self.misc),
                       (20, 18, 12, 14, 6, 5, 2, 14, 6, 3, 2, 3, 4))[0](depth)

    # Definitions ---------------------------------------------------------------------------

    def class_(self, k):
        c = {"name": f"C{k}", "slots": self.chance(.4)}
        base = f"(C{k - 1})" if k and self.chance(.4) else ""
        self.put(f"class C{k}{base}:")
        self.indent += 1
        if c["slots"]:
            self.put('__slots__ = ("a", "x")' if not base else "__slots__ = ()")
        self.put("def __init__(self, a, x):")
        self.put("    self.a = a")
        self.put("    self.x = x")
        self.put(f"def get(self): return self.a + {self.r.randrange(9)}")
        self.put("def bump(self, n):")
        self.put("    self.a = (self.a + n) % 2**65")
        self.put("    return self.a")
        self.put("def step(self, n):")
        self.put("    t = 0")
        self.put("    for i in range(n):")
        self.put(f"        t += self.a {self.pick('+', '-', '^')} i")
        self.put("    return t")
        self.put(f"def scale(self, k): return self.x * k + {self.r.randrange(4)}")
        self.put(f"def __repr__(self): return f'C{k}({{self.a!r}}, {{self.x!r}})'")
        self.indent -= 1
        self.put("")
        self.put("")
        self.classes.append(c)

    def function(self, k):
        params = [self.r.choice(TYPES) for _ in range(self.r.randrange(1, 4))]
        self.result = self.pick(INT, INT, FLOAT, FLOAT, STR, LIST, FLIST, TUPLE)
        self.vars = {f"p{i}": t for i, t in enumerate(params)}
        self.weight, self.cost, self.loops, self.in_try = 1, 1, 0, 0
        args = [f"p{i}" for i in range(len(params))]
        if params[-1] in SCALARS and self.chance(.3):
            args[-1] += "=" + self.literal(params[-1])
        self.put(f"def f{k}({', '.join(args)}):")
        self.indent += 1
        for _ in range(self.r.randrange(3, 9)):
            before = len(self.lines)
            self.statement(3)
            self.cost += (len(self.lines) - before) * 8
        self.put(f"return {self.expr(self.result, 2)}")
        self.indent -= 1
        self.put("")
        self.put("")
        self.functions.append(Function(f"f{k}", params, self.result, self.cost))

    def attacks(self):
        """Functions that change the world; test() lets hook() call them from inside running loops."""
        texts = []
        for g, t in self.globals.items():
            texts.append(f"globals().__setitem__({g!r}, {self.odd()})")
            texts.append(f"globals().__setitem__({g!r}, {self.literal(t)})")
        for c in self.classes:
            n = c["name"]
            texts += [f"setattr({n}, 'get', lambda self: {self.odd()})", f"setattr({n}, 'bump', lambda self, n: {self.literal(INT)})",
                      f"setattr({n}, 'scale', lambda self, k=1: {self.literal(FLOAT)})", f"setattr({n}, 'step', C0.step)"]
        for f in self.functions:
            same = [g for g in self.functions if g.params == f.params]
            texts.append(f"setattr({f.name}, '__code__', {self.r.choice(same).name}.__code__)")
            texts.append(f"globals().__setitem__({f.name!r}, lambda *a, **k: {self.literal(f.result)})")
            texts.append(f"setattr({f.name}, '__defaults__', ({self.odd()},))")
        texts += ["setattr(builtins, 'len', lambda s: 3)", "setattr(builtins, 'abs', lambda s: 0.5)", "delattr(builtins, 'len')",
                  "setattr(builtins, 'range', lambda *a: [0, 1.5, 2])", "setattr(builtins, 'isinstance', lambda a, b: 1)", "gc.collect()",
                  "sys.settrace(lambda f, e, a: None)", "sys.setprofile(lambda f, e, a: None)"]
        return self.r.sample(texts, min(len(texts), 8))

    def odd(self):
        return self.r.choice(ODD + EDGES)

    def calls(self, f, odd):
        """Argument lists for one function: of its types, or with one to all of them replaced."""
        args = [self.literal(p) for p in f.params]
        if odd:
            for i in range(len(args)):
                if self.chance(.5) or len(args) == 1:
                    args[i] = self.odd() if self.chance(.8) else self.literal(self.r.choice(TYPES))
        return "".join(", " + a for a in args)

    def program(self):
        self.put(f'"""pygen {self.seed}"""')
        self.lines += PRELUDE.split("\n") + [""]
        for k in range(self.r.randrange(2, 4)):
            self.class_(k)
        for k in range(self.r.randrange(3, 6)):
            t = self.r.choice(TYPES)
            self.put(f"G{k} = {self.literal(t)}")
            self.globals[f"G{k}"] = t
        self.put("")
        self.put("")
        for k in range(self.r.randrange(4, 9)):
            self.function(k)
        self.put("REAL = {n: getattr(builtins, n) for n in ('len', 'abs', 'range', 'isinstance')}")
        self.put("KEEP = {k: v for k, v in globals().items() if k != 'TOTAL'}")
        self.put("CODES = {f: (f.__code__, f.__defaults__) for f in (" + ", ".join(f.name for f in self.functions) + ",)}")
        self.put("CLASSES = [(c, k, v) for c in (" + ", ".join(c["name"] for c in self.classes) + ",) for k, v in vars(c).items() if callable(v)]")
        self.put("")
        self.put("")
        self.lines += ["def restore():", "    for n, v in REAL.items():", "        setattr(builtins, n, v)", "    sys.settrace(None)",
                       "    sys.setprofile(None)", "    PENDING.clear()", "    for f, (c, d) in CODES.items():", "        f.__code__, f.__defaults__ = c, d",
                       "    for c, k, v in CLASSES:", "        setattr(c, k, v)", "    globals().update(KEEP)", "", ""]
        self.put("def train():")
        self.put("    for _ in range(12):")
        for f in self.functions:
            for _ in range(2):
                self.put(f"        run({f.name}{self.calls(f, False)})")
        self.put("    print(TOTAL, Last.dead)")
        self.put("")
        self.put("")
        self.put("def test():")
        for f in self.functions:
            self.put(f"    run({f.name}{self.calls(f, False)})")
            for _ in range(3):
                self.put(f"    run({f.name}{self.calls(f, True)})")
        for a in self.attacks():
            f = self.r.choice(self.functions)
            self.put(f"    PENDING.append(lambda: {a})")
            self.put(f"    run({f.name}{self.calls(f, False)})")
            self.put("    hook()")
            for g in self.r.sample(self.functions, 2):
                self.put(f"    run({g.name}{self.calls(g, self.chance(.3))})")
            self.put("    restore()")
        self.put("    print(TOTAL, Last.dead)")
        self.put("")
        self.put("")
        self.lines += ['if __name__ == "__main__":', '    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 1):',
                       '        {"train": train, "test": test}[sys.argv[1]]()']
        return "\n".join(self.lines) + "\n"


def generate(seed):
    return Generator(seed).program()


if __name__ == "__main__":
    sys.stdout.write(generate(int(sys.argv[1])))
