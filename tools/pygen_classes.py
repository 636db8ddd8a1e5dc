"""The classes of a random program (pygen.py), what is done with their objects, and how they are changed under it.

Every class has the methods that expressions may call on any object: get, bump, step, scale, twice (a class method), plus
(a static one), the property half, the class attribute K and the operators of OPERATORS.  A derived class calls its
base's through super().  Objects of classes without slots get attributes of their own later on (`own`).
"""
OPERATORS = {
    "__add__": "(self, o): return self.a + (o if isinstance(o, int) else 1)",
    "__lt__": "(self, o): return self.x < (o.x if hasattr(o, 'x') else o)",
    "__eq__": "(self, o): return type(self) is type(o) and self.a == o.a",
    "__getitem__": "(self, i): return (self.a, i, 3)[i]",  # ends where it is iterated
    "__len__": "(self): return 3",
    "__contains__": "(self, i): return self.a == i",
    "__call__": "(self, n=2): return self.a - n",
}


def class_(g, k):
    """Writes class Ck; a description of it."""
    base = g.r.choice(g.classes) if k and g.chance(.6) else None
    slots = base["slots"] if base and g.chance(.7) else g.chance(.4)
    c = {"name": f"C{k}", "base": base, "slots": slots and (not base or base["slots"])}
    g.put(f"class C{k}{'(%s)' % base['name'] if base else ''}:")
    g.indent += 1
    if slots:
        g.put('__slots__ = ("a", "x")' if not base else "__slots__ = ()")
    if not base or g.chance(.5):
        g.put(f"K = {g.literal(g.pick('int', 'int', 'float'))}")
    for put in (through_super, bump, scale) if base else (init, get, bump, step, scale, own, others):
        put(g, c)
    for name in OPERATORS:
        if not base or g.chance(.2):
            g.put(f"def {name}{OPERATORS[name]}")
    if not base or g.chance(.3):
        g.put("__hash__ = object.__hash__")
    g.put(f"def __repr__(self): return f'C{k}({{self.a!r}}, {{self.x!r}})'")
    g.indent -= 1
    g.put("")
    g.put("")
    g.classes.append(c)


def init(g, c):
    g.put("def __init__(self, a, x):")
    g.put("    self.a = a")
    g.put("    self.x = x")


def get(g, c):
    g.put(f"def get(self): return self.a + {g.r.randrange(9)}")


def bump(g, c):
    if c["base"] and g.chance(.5):
        return
    g.put("def bump(self, n):")
    g.put("    self.a = (self.a + n) % 2**65")
    g.put("    return self.a")


def step(g, c):
    g.put("def step(self, n):")
    g.put("    t = 0")
    g.put("    for i in range(n):")
    g.put(f"        t += self.a {g.pick('+', '-', '^')} i")
    g.put("    return t")


def scale(g, c):
    if c["base"] and g.chance(.5):
        return
    g.put(f"def scale(self, k): return self.x * k + {g.r.randrange(4)}")


def own(g, c):
    """An attribute that some objects have and others do not; with a fourth one after it, a dict of the object's own."""
    g.put("def own(self, n):")
    if c["slots"]:
        g.put("    return n")
        return
    g.put("    self.d = n")
    g.put("    if n % 3 == 1: self.__dict__['e%d' % (n % 5)] = n")
    g.put("    return self.d + len(self.__dict__)")


def others(g, c):
    g.put("@property")
    g.put("def half(self): return self.x / 2")
    g.put("@classmethod")
    g.put(f"def twice(cls, n): return n * 2 + {g.r.randrange(3)}")
    g.put("@staticmethod")
    g.put("def plus(n, m=1): return n + m")


def through_super(g, c):
    if g.chance(.6):
        g.put("def __init__(self, a, x):")
        g.put("    super().__init__(a, x)" if g.chance(.7) else f"    super({c['name']}, self).__init__(a, x)")
        g.put(f"    if type(self.a) is int: self.a {g.pick('+=', '-=', '^=')} {g.r.randrange(5)}")
    if g.chance(.7):
        g.put(f"def get(self): return super().get() {g.pick('+', '-', '*')} {g.r.randrange(1, 4)}")
    if g.chance(.4):
        g.put("def step(self, n): return super().step(n) + self.a")
    if g.chance(.4):
        g.put("@property")
        g.put("def half(self): return super().half + 1.0")
    if g.chance(.3):
        g.put("@classmethod")
        g.put("def twice(cls, n): return super().twice(n) + 1")


def int_of(g, o, e):
    """An int from object o; e() makes another."""
    return g.pick(f"{o}.a", f"{o}.a", f"{o}.get()", f"{o}.step(2)", f"{o}.twice({e()})", f"{o}.plus({e()})", f"{o}.K", f"{o}.own({e()} % 9)",
                  f"({o} + {e()})", f"{o}[{e()}]", f"{o}({e()})", f"len({o})", f"getattr({o}, 'd', {e()})", f"({o} == {o})", f"({e()} in {o})")


def float_of(g, o):
    return g.pick(f"{o}.x", f"{o}.x", f"{o}.scale(0.5)", f"{o}.half")


def attacks(g):
    """Changes of the classes, as expressions."""
    texts = []
    for c in g.classes:
        n, other = c["name"], g.r.choice(g.classes)["name"]
        texts += [f"setattr({n}, 'get', lambda self: {g.odd()})", f"setattr({n}, 'bump', lambda self, n: {g.literal('int')})",
                  f"setattr({n}, 'scale', lambda self, k=1: {g.literal('float')})", f"setattr({n}, 'step', C0.step)",
                  f"setattr({n}, 'K', {g.odd()})", f"setattr({n}, 'half', {g.odd()})", f"setattr({n}, 'own', property(lambda self: abs))",
                  f"setattr({n}, 'twice', staticmethod(lambda n: {g.odd()}))", f"setattr({n}, '__add__', lambda self, o: {g.odd()})",
                  f"setattr({n}, '__getitem__', lambda self, i: (1, {g.odd()})[i])", f"setattr({n}, '__len__', lambda self: 2**70)",
                  f"setattr({n}, '__getattribute__', lambda self, k: object.__getattribute__(self, k))",
                  f"setattr({n}, 'd', {g.odd()})", f"setattr({n}, 'a', property(lambda self: {g.odd()}, lambda self, v: None))"]
        texts += [f"setattr({o}, '__class__', {other})" for o, t in g.globals.items() if t == "obj"]
    return texts


RESTORE = '''\
    for c, kept in CLASSES:
        for k in [k for k in vars(c) if k not in kept]:
            delattr(c, k)
        for k, v in kept.items():
            if vars(c)[k] is not v:
                setattr(c, k, v)'''
