"""Calls of classes whose __init__ is inlined: plain in training; the test rebinds __init__ and __new__, swaps code, raises, looks at
frames, traces, recurses, collects garbage and lets finalizers change the class in between."""
import abc
import gc
import sys
import weakref
from support import main, show, trace


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def sum(self):
        return self.x + self.y


class Slots:
    __slots__ = ("a", "b", "__weakref__")

    def __init__(self, a):
        self.a = a
        self.b = a * 2.0


class Base:
    def __init__(self, v):
        self.v = v


class Child(Base):
    pass


class Own(Base):
    def __init__(self, v):
        self.v = v
        self.w = v + 1


class Checked:
    def __init__(self, v):
        if v < 0:
            raise ValueError("negative", v)
        self.v = 100 // v


class Fresh:
    def __init__(self, x, y):
        self.x = y


class Nested:
    def __init__(self, v):
        self.p = Point(v, v + 1)
        self.q = Base(self.p.x)


class Mangled:
    def __init__(self, other):
        self.a = 1
        self = other
        self.b = 2


def points(n):
    t = 0
    for i in range(n):
        p = Point(i, 1)
        t += p.sum()
    return t


def keep(n):
    kept = []
    for i in range(n):
        kept.append(Point(i, 1))
    return kept


def slots(xs):
    return [Slots(x).b for x in xs]


def make(v):
    return Point(v, v).x


def fresh(v):
    f = Fresh(v, v)
    return getattr(f, "x", f)


def make_kept(v):
    p = Point(v, v)
    return p


def child(v):
    return Child(v).v


def own(v):
    o = Own(v)
    return o.v, o.w


def checked(v):
    return Checked(v).v


def nested(v):
    n = Nested(v)
    return n.p.y, n.q.v


def mangled(other):
    m = Mangled(other)
    return sorted(vars(m)), sorted(vars(other))


def by_attr(module, v):
    return module.Point(v, 2).y


def dropped(v):
    Point(v, v)
    return v


def of(cls, v):
    return cls(v, v)


def train():
    t = points(20000) + len(keep(10000))
    me = sys.modules[__name__]
    for i in range(4000):
        t += make(i) + fresh(i) + child(i) + own(i)[1] + checked(i % 50 + 1) + nested(i)[0] + by_attr(me, i) + dropped(i)
        t += make_kept(i).y + of(Point, 3).x + len(slots([1.0, 2.0]))
        mangled(Base(1))
    print(t)


class Noisy:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name)


def frames(self, x, y):
    f = sys._getframe()
    names = []
    while f:
        names.append(f.f_code.co_name)
        f = f.f_back
    self.x, self.y = names, sorted(vars(self))


def rebinding():
    plain_init = Point.__init__

    def other(self, x, y):
        self.x, self.y = -x, y
    Point.__init__ = other
    show(make, 5)
    show(points, 3)
    Point.__init__ = frames
    show(make, 5)
    Point.__init__ = lambda self, x, y: 5
    show(make, 5)
    Point.__init__ = lambda self, x, y, z: None
    show(make, 5)
    Point.__init__ = abs
    show(make, 5)
    del Point.__init__
    show(make, 5)
    Point.__init__ = plain_init
    show(make, 5)
    code = plain_init.__code__
    plain_init.__code__ = other.__code__
    show(make, 5)
    plain_init.__code__ = (lambda self, x, y: x).__code__
    trace(make, 5)
    plain_init.__code__ = code
    show(make, 5)
    Fresh.__new__ = lambda cls, *args: "made"
    show(fresh, 5)
    Fresh.__new__ = lambda cls, *args: object.__new__(cls)
    show(fresh, 5)
    Fresh.__new__ = object.__new__
    show(fresh, 5)
    del Fresh.__new__  # CPython goes on as if there were one
    show(fresh, 6)
    Point.x = property(lambda self: "property")
    show(make, 7)
    del Point.x
    Point.__setattr__ = lambda self, name, v: object.__setattr__(self, name, [v])
    show(make, 8)
    del Point.__setattr__
    show(make, 9)


class Meta(type):
    def __call__(cls, *args):
        return "meta", args


class MetaToBe(type):
    pass


class Made(metaclass=MetaToBe):
    def __init__(self, x, y): self.x = x


class Abstract(abc.ABC):
    def __init__(self, x, y): self.x = x
    @abc.abstractmethod
    def f(self): pass


class Other(Point):
    def __init__(self, x, y): self.x = y


class WithNew(Point):
    def __new__(cls, *args): return 7


class Counted(Point):
    made = 0
    def __init_subclass__(cls): cls.tag = cls.__name__


class Deep(Counted):
    pass


class Long(list):
    def __init__(self, x, y): self.extend([x, y])


def classes():
    for cls in (Point, Other, WithNew, Deep, Long, Made, Abstract, Meta("M", (), {}), dict, lambda x, y: x, 5, None):
        print(getattr(cls, "__name__", cls), end=" ")
        try:
            r = of(cls, 3)
            print(type(r).__name__, getattr(r, "x", r))
        except TypeError as e:
            print(e)
    MetaToBe.__call__ = lambda cls, *args: "called"
    show(of, Made, 4)
    del MetaToBe.__call__
    print(of(Made, 4).x)
    print(Deep.tag)


def exceptions():
    trace(checked, -1)
    trace(checked, 0)
    trace(checked, "x")
    show(nested, "x")
    trace(nested, None)
    try:
        checked(-5)
    except ValueError as e:
        frame = e.__traceback__.tb_next.tb_next.tb_frame
        print(frame.f_code.co_name, sorted(frame.f_locals), frame.f_locals["v"], type(frame.f_locals["self"]).__name__)


def lifetimes():
    show(mangled, Base(3))
    ref = weakref.ref(make_kept(1))
    print(ref() is None)
    p = make_kept(2)
    ref = weakref.ref(p)
    print(ref() is p)
    del p
    print(ref() is None)
    make_kept(Noisy("argument")).x.name += "!"
    dropped(Noisy("dropped"))
    Point.__del__ = lambda self: print("gone", self.x)
    print(make(1), points(2))
    Point(5, 6)
    try:
        of(Other, 9).missing
    except AttributeError as e:
        print(e)
    del Point.__del__

    def failing(self, x, y):
        self.x = Noisy(x)
        raise KeyError(y)
    init = Point.__init__
    Point.__init__ = failing
    try:
        make("partial")
    except KeyError as e:
        print("caught", e)
        del e
    Point.__init__ = init


class Saboteur:
    """In a cycle: its finalizer runs in a collection, and that in the allocation of an instance."""
    def __init__(self, how): self.me, self.how = self, how
    def __del__(self):
        f = sys._getframe(1)
        self.how(f)


def sabotage(how):
    gc.collect()
    gc.disable()
    Saboteur(how)
    gc.set_threshold(1000, 1, 1)
    gc.enable()
    kept = keep(1500)
    gc.set_threshold(700, 10, 10)
    print(sum(p.x for p in kept) > 10000 * 300)


def collecting():
    init = Point.__init__

    def change(f):
        print("collected in", f.f_code.co_name)
        Point.__init__ = lambda self, x, y: init(self, x + 10000, y)
    sabotage(change)
    Point.__init__ = init
    sabotage(lambda f: print("at", f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, sorted(f.f_locals)))
    gc.disable()
    gc.collect()
    before = gc.get_count()[0]
    kept = [make_kept(i) for i in range(50)]
    print(len(kept), gc.get_count()[0] - before >= 50, all(map(gc.is_tracked, kept)))
    gc.enable()


def tracing():
    seen = []

    def tracer(f, event, arg):
        if f.f_code.co_filename == __file__ and f.f_code.co_name != "tracing":
            seen.append((event, f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno))
        return tracer

    def switch(self, x, y):
        sys.settrace(tracer)
        self.x, self.y = x, y
    init = Point.__init__
    Point.__init__ = switch
    show(points, 2)
    sys.settrace(None)
    Point.__init__ = init
    print(len(seen), seen[:12])
    del seen[:]
    sys.settrace(tracer)
    show(nested, 2)
    sys.settrace(None)
    print(seen)


class Tree:
    def __init__(self, depth):
        self.depth = depth
        self.child = Tree(depth - 1) if depth else None


class Ring:
    def __init__(self, n):
        self.n = n
        self.next = link(n - 1)


def link(n):
    return Ring(n) if n else None


def depth_of(make):
    sys.setrecursionlimit(300)
    low, high = 1, 400
    while low < high:
        mid = (low + high + 1) // 2
        try:
            make(mid)
            low = mid
        except RecursionError:
            high = mid - 1
    sys.setrecursionlimit(1000)
    return low


def recursion():
    for i in range(50):
        Tree(5)
        link(5)
    print(depth_of(Tree) in range(90, 160), depth_of(link) in range(60, 110))
    show(Tree, 5000)


def test():
    rebinding()
    classes()
    exceptions()
    lifetimes()
    collecting()
    tracing()
    recursion()
    print(points(50), slots([1, 2.5, "a"]) if False else slots([1, 2.5]))
    show(slots, [1.0, "a"])
    show(slots, [1.0, None])
    show(by_attr, sys, 1)
    show(by_attr, type("Ns", (), {"Point": staticmethod(lambda x, y: Base(x))}), 1)
    show(make, 2**70)


main(train, test)
