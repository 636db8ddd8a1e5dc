"""Objects: a warehouse of robots, conveyors and orders, simulated by events.  Prints a summary of the day."""


class Random:
    """A small generator of our own: the same day on every machine."""
    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % n


class Event:
    __slots__ = ("time", "order", "actor")

    def __init__(self, time, order, actor):
        self.time = time
        self.order = order
        self.actor = actor

    def before(self, other):
        if self.time != other.time:
            return self.time < other.time
        return self.order < other.order


class Calendar:
    """A binary heap of events."""
    def __init__(self):
        self.heap = []
        self.count = 0

    def push(self, time, actor):
        self.count += 1
        heap = self.heap
        event = Event(time, self.count, actor)
        heap.append(event)
        i = len(heap) - 1
        while i > 0:
            parent = (i - 1) // 2
            if not event.before(heap[parent]):
                break
            heap[i] = heap[parent]
            i = parent
        heap[i] = event

    def pop(self):
        heap = self.heap
        top = heap[0]
        last = heap.pop()
        n = len(heap)
        if n:
            i = 0
            while True:
                child = 2 * i + 1
                if child >= n:
                    break
                if child + 1 < n and heap[child + 1].before(heap[child]):
                    child += 1
                if not heap[child].before(last):
                    break
                heap[i] = heap[child]
                i = child
            heap[i] = last
        return top


class Parcel:
    def __init__(self, weight, target):
        self.weight = weight
        self.target = target
        self.hops = 0
        self.next = None


class Station:
    """A queue of parcels; what becomes of one is the subclass's business."""
    def __init__(self, name, shop):
        self.name = name
        self.shop = shop
        self.head = None
        self.tail = None
        self.handled = 0
        self.busy_time = 0

    def put(self, parcel):
        parcel.next = None
        if self.tail is None:
            self.head = parcel
        else:
            self.tail.next = parcel
        self.tail = parcel

    def take(self):
        parcel = self.head
        if parcel is not None:
            self.head = parcel.next
            if self.head is None:
                self.tail = None
        return parcel

    def act(self, now):
        parcel = self.take()
        if parcel is None:
            return 7
        parcel.hops += 1
        self.handled += 1
        cost = self.handle(parcel, now)
        self.busy_time += cost
        return cost

    def handle(self, parcel, now):
        raise NotImplementedError


class Sorter(Station):
    def handle(self, parcel, now):
        self.shop.station(parcel.target).put(parcel)
        return 2


class Robot(Station):
    def __init__(self, name, shop, strength):
        super().__init__(name, shop)
        self.strength = strength
        self.lifted = 0

    def handle(self, parcel, now):
        if parcel.weight > self.strength:
            parcel.target = (parcel.target + 1) % self.shop.n_targets()
            self.shop.station(0).put(parcel)
            return 3
        self.lifted += parcel.weight
        self.shop.deliver(parcel)
        return 4 + parcel.weight // 8


class Dock(Station):
    def __init__(self, name, shop, random):
        super().__init__(name, shop)
        self.random = random

    def act(self, now):
        r = self.random
        for _ in range(1 + r.below(3)):
            self.shop.station(0).put(Parcel(1 + r.below(40), r.below(self.shop.n_targets())))
        self.handled += 1
        return 5 + r.below(4)


class Shop:
    def __init__(self):
        self.stations = []
        self.delivered = 0
        self.hops = 0
        self.weight = 0

    def station(self, target):
        return self.stations[target]

    def n_targets(self):
        return len(self.stations) - 1

    def deliver(self, parcel):
        self.delivered += 1
        self.hops += parcel.hops
        self.weight += parcel.weight

    def simulate(self, until):
        calendar = Calendar()
        for s in self.stations:
            calendar.push(0, s)
        now = 0
        while now < until:
            event = calendar.pop()
            now = event.time
            calendar.push(now + event.actor.act(now), event.actor)
        return now


def main():
    shop = Shop()
    shop.stations.append(Sorter("sorter", shop))
    for i in range(8):
        shop.stations.append(Robot(f"robot {i}", shop, 12 + 4 * i))
    shop.stations.append(Dock("dock", shop, Random(42)))
    print("end", shop.simulate(330000), "delivered", shop.delivered, "hops", shop.hops, "weight", shop.weight)
    for s in shop.stations:
        print(s.name, s.handled, s.busy_time)


main()
