"""__getattr__, __getattribute__, __setattr__, __delattr__ and module __getattr__, added and removed while hot."""
import sys
import types
from support import main, show, trace


class Plain:
    def __init__(self, v): self.v = v
    def get(self): return self.v


def read(o, n):
    t = 0
    for _ in range(n):
        t += o.v
    return t


def call(o, n):
    t = 0
    for _ in range(n):
        t += o.get()
    return t


def write(o, n):
    for i in range(n):
        o.v = i
    return o.v


def read_module(m):
    return m.v + m.v


def midway(o, n, hook):
    t = 0
    for i in range(n):
        if i == n // 2:
            hook(o)
        t += o.v
        o.v = 1
    return t


def nop(o):
    pass


m = types.ModuleType("m")
m.v = 3


def train():
    t = 0
    p = Plain(3)
    for i in range(250):
        t += read(p, 20) + call(p, 20) + write(p, 20) + midway(p, 10, nop)
    for i in range(5000):
        t += read_module(m)
    print(t)


def test():
    def hook_getattribute(o):
        type(o).__getattribute__ = lambda self, name: 50
    def hook_setattr(o):
        type(o).__setattr__ = lambda self, name, v: None
    def hook_getattr(o):
        del o.v
        type(o).__getattr__ = lambda self, name: 9
    for hook, name in ((hook_getattribute, "__getattribute__"), (hook_setattr, "__setattr__"), (hook_getattr, "__getattr__")):
        class Local(Plain):
            pass
        o = Local(2)
        show(midway, o, 6, hook)
        show(read, o, 2)
        show(call, o, 2)
        show(write, o, 2)
        delattr(Local, name)
        show(read, o, 2)
        show(write, o, 3)

    class Logged(Plain):
        def __getattribute__(self, name):
            print("get", name, end=" ")
            return object.__getattribute__(self, name)
        def __delattr__(self, name): print("delattr", name)
    o = Logged(1)
    show(read, o, 2)
    show(call, o, 1)
    del o.v
    class Angry(Plain):
        def __getattribute__(self, name): raise RuntimeError("no " + name)
    for f in (read, call, write):
        show(f, Angry(1), 1)
    trace(read, Angry(1), 1)
    show(read_module, m)
    m.v = 0.5
    show(read_module, m)
    del m.v
    trace(read_module, m)
    m.__getattr__ = lambda name: "module " + name
    show(read_module, m)
    class Mod(types.ModuleType):
        @property
        def v(self): return 8
    m.__class__ = Mod
    show(read_module, m)
    show(read_module, sys)


main(train, test)
