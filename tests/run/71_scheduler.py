"""An object-oriented program (tasks, queues, virtual dispatch), then with foreign tasks, patched methods and errors."""
from support import main, show, trace


class Packet:
    def __init__(self, link, ident, kind):
        self.link = link
        self.ident = ident
        self.kind = kind
        self.datum = 0
        self.data = [0] * 4

    def append_to(self, lst):
        self.link = None
        if lst is None:
            return self
        p = lst
        while p.link is not None:
            p = p.link
        p.link = self
        return lst


class State:
    def __init__(self):
        self.pending = True
        self.waiting = False
        self.holding = False

    def ready(self):
        return self.pending and not self.holding


class Task(State):
    def __init__(self, ident, pri, queue):
        super().__init__()
        self.ident = ident
        self.pri = pri
        self.queue = queue
        self.count = 0

    def fn(self, sched, pkt):
        raise NotImplementedError

    def add(self, p, old):
        if self.queue is None:
            self.queue = p
            self.pending = True
            if self.pri > old.pri:
                return self
        else:
            p.append_to(self.queue)
        return old

    def run(self, sched):
        p = self.queue
        if p is not None:
            self.queue = p.link
            p.link = None
        self.pending = self.queue is not None
        self.count += 1
        return self.fn(sched, p)


class Idle(Task):
    def fn(self, sched, pkt):
        self.seed = getattr(self, "seed", 1)
        if self.seed & 1 == 0:
            self.seed //= 2
        else:
            self.seed = self.seed // 2 ^ 0xD008
        return sched.send(self.seed % 3, Packet(None, self.ident, self.seed & 3))


class Worker(Task):
    def fn(self, sched, pkt):
        if pkt is None:
            return 0
        for i in range(4):
            pkt.datum += i
            pkt.data[i] = pkt.datum + self.count
        if pkt.kind > 1:
            pkt.kind -= 2
            return sched.send((self.ident + 1) % 3, pkt)
        return pkt.datum


class Scheduler:
    def __init__(self):
        self.tasks = []
        self.total = 0
        self.trace = 0

    def make(self, cls, pri):
        t = cls(len(self.tasks), pri, None)
        self.tasks.append(t)
        return t

    def send(self, to, pkt):
        t = self.tasks[to]
        t.add(pkt, self.tasks[0])
        return pkt.kind

    def loop(self, n):
        for i in range(n):
            for t in self.tasks:
                if t.ready() or isinstance(t, Idle):
                    self.total += t.run(self)
        return self.total


def build():
    s = Scheduler()
    for cls, pri in ((Worker, 10), (Worker, 20), (Worker, 30), (Idle, 0)):
        s.make(cls, pri)
    return s


def train():
    s = build()
    print(s.loop(6000), [t.count for t in s.tasks])


class FloatWorker(Worker):
    def fn(self, sched, pkt):
        r = super().fn(sched, pkt)
        return r * 0.5


class Duck:
    count = 0
    pri = 3
    def ready(self): return "yes"
    def run(self, sched): return 2**62
    def add(self, p, old): return self


def test():
    s = build()
    show(s.loop, 50)
    s.make(FloatWorker, 40)
    s.send(4, Packet(None, 0, 1))
    show(s.loop, 20)
    s.tasks.append(Duck())
    show(s.loop, 5)
    print([t.count for t in s.tasks])
    s = build()
    s.loop(10)
    s.tasks[1].__class__ = FloatWorker
    s.tasks[2].ready = lambda: False
    show(s.loop, 30)
    s.tasks[0].queue = Packet(None, 0, "kind")
    s.tasks[0].pending = True
    trace(s.loop, 1)
    s = build()
    s.loop(5)
    s.tasks[0].run = lambda sched: 0.25
    show(s.loop, 5)
    s.make(Task, 1)
    s.send(4, Packet(None, 1, 1))
    trace(s.loop, 1)
    s = build()
    Worker.fn = lambda self, sched, pkt: None
    trace(s.loop, 5)
    del Worker.fn
    trace(s.loop, 5)
    s = build()
    s.total = 2**63 - 5
    Idle.fn = lambda self, sched, pkt: 7
    show(s.loop, 5)
    del s.total
    trace(s.loop, 1)


main(train, test)
