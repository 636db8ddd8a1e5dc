"""The types, values and expressions of a random program (pygen.py)."""
import pygen_classes

BUDGET = 4000  # what one call of a function may cost, in statements
INT, FLOAT, STR, BOOL, LIST, FLIST, TUPLE, DICT, OBJ = "int float str bool list flist tuple dict obj".split()
SCALARS = (INT, FLOAT, STR, BOOL)
TYPES = (INT, INT, FLOAT, FLOAT, STR, BOOL, LIST, FLIST, TUPLE, DICT, OBJ)
EDGES = ("0", "1", "-1", "2**30", "2**31 - 1", "-2**31", "2**60", "2**62", "2**63 - 1", "-2**63", "2**64", "-2**63 - 1")
ODD = ('float("nan")', 'float("inf")', "-0.0", "1e308", "True", "None", '"s"', "MyInt(3)", "MyFloat(1.5)", "(1, 2)", "[1.5]", "{}",
       "2**70", "Loud()", "b'x'", "1j")


class Expressions:
    """Of Generator: everything that makes the text of a value."""

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
        kind = self.r.randrange(18)
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
            return pygen_classes.int_of(self, o, e) if o else e()
        if kind == 14:
            return f"({self.expr(BOOL, d)} and {e()} or {e()})"
        if kind == 15:
            return self.pick("NS.k", f"NS.f({e()})", f"math.floor({self.expr(FLOAT, d)})", f"math.gcd({e()}, {e()})")
        if kind == 16:
            v = self.name("w")
            return self.pick(f"sum({v} ^ {e()} for {v} in {self.value(self.pick(LIST, TUPLE))})", f"sum(gen({self.r.randrange(1, 4)}, {e()}))",
                             f"next(gen(2), {e()})") if self.weight < 50 else e()
        v = self.name("w")
        return f"sum([{v} * {self.r.randrange(5)} + {e()} for {v} in {self.value(self.pick(LIST, TUPLE))}])" if self.weight < 50 else e()

    def expr_float(self, d):
        e = lambda: self.expr(FLOAT, d)
        kind = self.r.randrange(13)
        if kind < 5:
            return f"({e()} {self.pick('+', '-')} {e()})"
        if kind == 11:
            return self.pick("NS.x", "math.pi", f"math.sqrt(abs({e()}))", f"math.sin({e()})", f"math.copysign({e()}, {e()})")
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
            return pygen_classes.float_of(self, o) if o else e()
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
                         lambda: f"({self.value(OBJ)} {self.pick('<', '<', '==', '!=')} {self.value(OBJ)})",
                         lambda: f"(not {self.expr(BOOL, d)})", lambda: f"({self.expr(BOOL, d)} {self.pick('and', 'or')} {self.expr(BOOL, d)})",
                         lambda: f"({self.expr(v, d)} < {self.expr(v, d)} <= {self.expr(v, d)})",
                         lambda: f"({self.expr(INT, d)} in {self.value(self.pick(LIST, TUPLE, DICT))})",
                         lambda: f"isinstance({self.value(self.pick(INT, FLOAT, BOOL, OBJ))}, {self.pick('int', 'float', '(int, str)', 'C0')})",
                         lambda: f"({self.value(self.pick(*TYPES))} is {self.pick('None', self.value(INT))})".replace("is ", "is not ", self.chance(.5)),
                         lambda: f"bool({self.value(self.pick(LIST, STR, INT, FLOAT, OBJ))})")()

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
