"""Text processing as people write it: a scanner, a recursive-descent parser and an evaluator, with bad input in the test."""
from support import main, show, trace


class Token:
    __slots__ = ("kind", "text", "pos")

    def __init__(self, kind, text, pos):
        self.kind, self.text, self.pos = kind, text, pos


class ParseError(Exception):
    def __init__(self, message, pos):
        super().__init__(f"{message} at {pos}")
        self.pos = pos


def scan(s):
    out = []
    i = 0
    n = len(s)
    while i < n:
        c = s[i]
        if c.isspace():
            i += 1
        elif c.isdigit():
            j = i
            while j < n and (s[j].isdigit() or s[j] == "."):
                j += 1
            out.append(Token("num", s[i:j], i))
            i = j
        elif c.isalpha() or c == "_":
            j = i
            while j < n and (s[j].isalnum() or s[j] == "_"):
                j += 1
            out.append(Token("name", s[i:j], i))
            i = j
        elif c in "+-*/()=,%":
            out.append(Token(c, c, i))
            i += 1
        else:
            raise ParseError(f"bad character {c!r}", i)
    out.append(Token("end", "", n))
    return out


class Parser:
    def __init__(self, tokens, env):
        self.tokens = tokens
        self.i = 0
        self.env = env

    def peek(self):
        return self.tokens[self.i].kind

    def take(self, kind):
        t = self.tokens[self.i]
        if t.kind != kind:
            raise ParseError(f"expected {kind}, got {t.kind}", t.pos)
        self.i += 1
        return t

    def expr(self):
        v = self.term()
        while self.peek() in "+-":
            if self.take(self.peek()).kind == "+":
                v = v + self.term()
            else:
                v = v - self.term()
        return v

    def term(self):
        v = self.factor()
        while (k := self.peek()) in ("*", "/", "%"):
            self.take(k)
            w = self.factor()
            v = v * w if k == "*" else v // w if k == "/" else v % w
        return v

    def factor(self):
        k = self.peek()
        if k == "num":
            t = self.take("num").text
            return float(t) if "." in t else int(t)
        if k == "name":
            name = self.take("name").text
            if self.peek() == "(":
                self.take("(")
                args = [self.expr()]
                while self.peek() == ",":
                    self.take(",")
                    args.append(self.expr())
                self.take(")")
                return self.env[name](*args)
            return self.env[name]
        if k == "-":
            self.take("-")
            return -self.factor()
        self.take("(")
        v = self.expr()
        self.take(")")
        return v


def evaluate(s, env):
    p = Parser(scan(s), env)
    v = p.expr()
    p.take("end")
    return v


def train():
    t = 0
    env = {"x": 3, "max": max, "sq": lambda v: v * v}
    for i in range(120):
        env["x"] = i
        t += evaluate("1 + 2 * (x - 4) / 3 + max(x, 10, 5) - sq(x + 1) % 7", env)
        t += evaluate("((((x))))*2+3*4-5*6+7*8", env)
    print(t)


class Text(str):
    def isdigit(self): return False


def test():
    env = {"x": 2**62, "f": lambda *a: a, "y": 0.5, "s": "text", "fail": lambda v: v[0]}
    for s in ("x*x", "y/2", "1.5+x", "f(1,2,3)", "-x-x", "s+s", "s*3", "1/0", "1%0", "1/0.0", "", "1+", "(1", "f(", "$", "1 2", "z", "x(1)",
              "fail(1)", "fail(s)", "s-1", "1.2.3", "é+1", "٣+1", "((((1", "9" * 30, "max(1)", "f(f(f(1)))", "--1", "s%1"):
        show(evaluate, s, env)
    trace(evaluate, "1 + fail(2)", env)
    trace(evaluate, "1 + (2 * $)", env)
    trace(evaluate, "s - 1", env)
    show(evaluate, "(" * 60 + "1" + ")" * 60, env)
    try:
        evaluate("(" * 600 + "1", env)
    except RecursionError as e:
        print(e)
    show(evaluate, list("1+2"), env)
    show(evaluate, b"1+2", env)
    show(evaluate, Text("12"), env)
    show(evaluate, 5, env)
    saved = Parser.peek
    Parser.peek = lambda self: "num"
    trace(evaluate, "x", env)
    Parser.peek = saved
    show(evaluate, "x-x+1", env)


main(train, test)
