#!/usr/bin/env python3
"""Random Python programs: closed, deterministic, terminating, typed at first and then deliberately not.

    pygen.py SEED            one program on standard output

A program has the shape of those in tests/run: `train` calls its functions with the types they were written for,
`test` with others, while attacks change globals, classes, methods, code, defaults and builtins under running loops.

How it stays finite: function k calls only functions below k; every loop has a constant bound, and the product of the
bounds a statement stands under, times the cost of what it calls, stays below BUDGET.  Numbers cannot explode: a product
of two variables is always reduced, and containers grow only while they are short.
"""
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pygen_classes  # noqa: E402
from pygen_exprs import BOOL, BUDGET, DICT, EDGES, FLIST, FLOAT, INT, LIST, OBJ, ODD, SCALARS, STR, TUPLE, TYPES, Expressions  # noqa: E402
from pygen_prelude import PRELUDE  # noqa: E402


class Function:
    def __init__(self, name, params, result, cost):
        self.name, self.params, self.result, self.cost = name, params, result, cost


class Generator(Expressions):
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
        self.yields = False  # is the function a generator?
        self.generators = []

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

    def yield_(self, depth):
        if not self.yields:
            return self.store(depth)
        v = self.have(self.r.choice(TYPES))
        if self.chance(.3):
            v = v if v and v not in self.globals else self.name("v")
            self.put(f"{v} = yield {self.expr(self.pick(INT, FLOAT, STR), 2)}")
        elif v and self.chance(.5):
            self.put(f"yield {v}")
        else:
            self.put(f"yield {self.expr(self.pick(INT, FLOAT, TUPLE), 2)}")

    def over_generator(self, depth):
        """A loop over an earlier generator, or all of it delegated to."""
        if not self.generators or self.loops or self.weight > 1:
            return self.for_(depth)
        g = self.r.choice(self.generators)
        call = f"{g.name}({self.calls(g, False)[2:]})"
        self.cost += g.cost
        if self.yields and self.chance(.4):
            v = self.name("v")
            self.put(f"{v} = yield from {call}")
            return
        v = self.name("i")
        self.put(f"for {v} in {call}:")
        self.vars[v] = INT
        self.loop_body(depth, 8)

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
                        self.global_, self.raise_, self.misc, self.yield_, self.over_generator),
                       (20, 18, 12, 14, 6, 5, 2, 14, 6, 3, 2, 3, 4, 18 if self.yields else 0, 4))[0](depth)

    # Definitions ---------------------------------------------------------------------------

    def function(self, k):
        params = [self.r.choice(TYPES) for _ in range(self.r.randrange(1, 4))]
        self.result = self.pick(INT, INT, FLOAT, FLOAT, STR, LIST, FLIST, TUPLE)
        self.vars = {f"p{i}": t for i, t in enumerate(params)}
        self.weight, self.cost, self.loops, self.in_try = 1, 1, 0, 0
        args = [f"p{i}" for i in range(len(params))]
        if params[-1] in SCALARS and self.chance(.3):
            args[-1] += "=" + self.literal(params[-1])
        self.yields = self.chance(.4)
        name = f"y{k}" if self.yields else f"f{k}"
        self.put(f"def {name}({', '.join(args)}):")
        self.indent += 1
        if self.yields:
            self.put("yield " + args[0].split("=")[0])
        for _ in range(self.r.randrange(3, 9)):
            before = len(self.lines)
            self.statement(3)
            self.cost += (len(self.lines) - before) * 8
        self.put(f"return {self.expr(self.result, 2)}")
        self.indent -= 1
        self.put("")
        self.put("")
        if self.yields:
            self.generators.append(Function(name, params, self.result, self.cost))
            self.put(f"def f{k}({', '.join(args)}):")
            self.put(f"    return drain({name}({', '.join(a.split('=')[0] for a in args)}), {self.r.randrange(4)})")
            self.put("")
            self.put("")
            self.yields = False
        self.functions.append(Function(f"f{k}", params, self.result, self.cost))

    def attacks(self):
        """Functions that change the world; test() lets hook() call them from inside running loops."""
        texts = []
        for g, t in self.globals.items():
            texts.append(f"globals().__setitem__({g!r}, {self.odd()})")
            texts.append(f"globals().__setitem__({g!r}, {self.literal(t)})")
        texts += pygen_classes.attacks(self)
        for f in self.functions:
            same = [g for g in self.functions if g.params == f.params]
            texts.append(f"setattr({f.name}, '__code__', {self.r.choice(same).name}.__code__)")
            texts.append(f"globals().__setitem__({f.name!r}, lambda *a, **k: {self.literal(f.result)})")
            texts.append(f"setattr({f.name}, '__defaults__', ({self.odd()},))")
        texts += [f"setattr(NS, 'k', {self.odd()})", f"setattr(NS, 'x', {self.odd()})", f"setattr(NS, 'f', lambda n: {self.odd()})",
                  "delattr(NS, 'x')", f"setattr(math, 'sqrt', lambda x: {self.odd()})"]
        texts += ["setattr(builtins, 'len', lambda s: 3)", "setattr(builtins, 'abs', lambda s: 0.5)", "delattr(builtins, 'len')",
                  "setattr(builtins, 'range', lambda *a: [0, 1.5, 2])", "setattr(builtins, 'isinstance', lambda a, b: 1)", "gc.collect()",
                  "sys.settrace(lambda f, e, a: None)", "sys.setprofile(lambda f, e, a: None)"]
        for g in self.generators:
            texts.append(f"globals().__setitem__({g.name!r}, lambda *a: iter([1, 2.5, {self.odd()}]))")
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
            pygen_classes.class_(self, k)
        for k in range(self.r.randrange(3, 6)):
            t = self.r.choice(TYPES)
            self.put(f"G{k} = {self.literal(t)}")
            self.globals[f"G{k}"] = t
        self.put("")
        self.put("")
        for k in range(self.r.randrange(4, 9)):
            self.function(k)
        self.put("REAL = {n: getattr(builtins, n) for n in ('len', 'abs', 'range', 'isinstance')}")
        self.put("SPACE, SQRT = dict(NS.__dict__), math.sqrt")
        self.put("KEEP = {k: v for k, v in globals().items() if k != 'TOTAL'}")
        self.put("CODES = {f: (f.__code__, f.__defaults__) for f in (" + ", ".join(f.name for f in self.functions) + ",)}")
        self.put("CLASSES = [(c, dict(vars(c))) for c in (" + ", ".join(c["name"] for c in self.classes) + ",)]")
        self.put("")
        self.put("")
        self.lines += ["def restore():", "    for n, v in REAL.items():", "        setattr(builtins, n, v)", "    sys.settrace(None)",
                       "    sys.setprofile(None)", "    PENDING.clear()", "    NS.__dict__.update(SPACE)", "    math.sqrt = SQRT", "    for f, (c, d) in CODES.items():", "        f.__code__, f.__defaults__ = c, d",
                       *pygen_classes.RESTORE.split("\n"), "    globals().update(KEEP)", "", ""]
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
            self.put("    run(hook)")
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
