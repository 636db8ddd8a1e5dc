"""Small pieces of everyday Python, each timed by itself: what one kind of operation gains, and which gains nothing.

    python3 pieces.py N [NAME ...]      prints for each piece its name, the least CPU time of three runs in ms, and its result

make pieces records, compiles and compares them.  Pyperformance's programs tell less of this: what is slow in one operation is a few
per cent of each of them."""
import sys
import time


class Counter:
    def __init__(self):
        self.x = 1


def list_append(n):
    l = []
    for i in range(n):
        l.append(i)
    return len(l)


def list_pop(n):
    l = list(range(n))
    s = 0
    while l:
        s += l.pop()
    return s


def dict_get(n):
    d = {"a": 1, "b": 2}
    s = 0
    for i in range(n):
        s += d.get("a", 0)
    return s


def dict_item(n):
    d = {"a": 1, "b": 2}
    s = 0
    for i in range(n):
        s += d["a"]
    return s


def dict_store(n):
    d = {}
    for i in range(n):
        d[i & 1023] = i
    return len(d)


def in_dict(n):
    d = {"a": 1, "b": 2}
    s = 0
    for i in range(n):
        if "a" in d:
            s += 1
    return s


def in_set(n):
    d = {1, 2, 3}
    s = 0
    for i in range(n):
        if i in d:
            s += 1
    return s


def str_startswith(n):
    t = "hello world"
    s = 0
    for i in range(n):
        if t.startswith("hell"):
            s += 1
    return s


def str_item(n):
    t = "hello world" * 10
    s = 0
    for i in range(n):
        if t[i % 100] == "l":
            s += 1
    return s


def str_equal(n):
    t = ["abc", "abd", "abe"]
    s = 0
    for i in range(n):
        c = t[i % 3]
        if c == "abd":
            s += 1
        elif c == "zzz":
            s += 2
    return s


def bool_add(n):
    s = 0
    for i in range(n):
        s += i % 3 == 0
    return s


def min_of_three(n):
    s = 0
    for i in range(n):
        s += min(i, 5, 7)
    return s


def set_add(n):
    d = set()
    for i in range(n):
        d.add(i & 255)
    return len(d)


def str_join(n):
    s = 0
    for i in range(n // 4):
        s += len(",".join(["a", "b", "c"]))
    return s


def f_string(n):
    s = 0
    for i in range(n // 4):
        s += len(f'{i}:{i + 1}')
    return s


def tuple_keys(n):
    d = {}
    for i in range(n):
        d[i & 15, i & 7] = i
    return len(d)


def unpack_pairs(n):
    l = [(i, i + 1) for i in range(1000)]
    s = 0
    for _ in range(n // 1000):
        for a, b in l:
            s += a * b
    return s


def dict_items(n):
    d = {i: i + 1 for i in range(1000)}
    s = 0
    for _ in range(n // 1000):
        for k, v in d.items():
            s += k + v
    return s


def generator_expression(n):
    return sum((i * i for i in range(n)))


def comprehension(n):
    s = 0
    for _ in range(n // 100):
        s += len([i * i for i in range(100) if i % 2])
    return s


def any_of(n):
    l = [0] * 50
    s = 0
    for _ in range(n // 50):
        s += any((x > 1 for x in l))
    return s


def sorted_by_key(n):
    s = 0
    for _ in range(n // 1000):
        s += sorted(range(100, 0, -1), key=lambda v: v * v)[0]
    return s


def try_nothing(n):
    s = 0
    for i in range(n):
        try:
            s += i
        except ValueError:
            s -= 1
    return s


def try_caught(n):
    s = 0
    d = {}
    for i in range(n // 10):
        try:
            s += d[i]
        except KeyError:
            s += 1
    return s


def closure(n):
    c = 0

    def inc(k):
        nonlocal c
        c += k
        return c
    for i in range(n):
        inc(1)
    return c


def keyword_call(n):

    def g(a, b=2, *, c=3):
        return a + b + c
    s = 0
    for i in range(n):
        s += g(i, c=1)
    return s


def attributes(n):
    a = Counter()
    s = 0
    for i in range(n):
        a.x += 1
        s += a.x
    return s


def with_statement(n):

    class C:
        def __enter__(self):
            return self

        def __exit__(self, *a):
            return False
    c = C()
    s = 0
    for i in range(n // 4):
        with c:
            s += 1
    return s


def str_concat(n):
    t = ""
    for i in range(n):
        t += "x"
    return len(t)


def long_ints(n):
    x = 1
    for i in range(n):
        x = x * 6364136223846793005 + 1442695040888963407 & 18446744073709551615
    return x


def crc_step(n):
    x = 4294967295
    for i in range(n):
        x = x >> 1 ^ 3988292384 if x & 1 else x >> 1
    return x


def long_modulo(n):
    x = 1
    m = (1 << 61) - 1
    for i in range(n):
        x = x * 48271 % m
    return x


def divmod_call(n):
    s = 0
    for i in range(n):
        q, r = divmod(i, 7)
        s += q + r
    return s


def bytes_item(n):
    b = bytes(range(256))
    s = 0
    for i in range(n):
        s += b[i & 255]
    return s


def bytearray_item(n):
    b = bytearray(256)
    for i in range(n):
        b[i & 255] = i & 127
    return sum(b)


def conditions(n):
    s = 0
    for i in range(n):
        if 3 <= i % 10 < 7 and (not i & 1) or i == 5:
            s += 1
    return s


def isinstance_of_two(n):
    l = [1, "a", 2.0, None]
    s = 0
    for i in range(n):
        if isinstance(l[i & 3], (int, float)):
            s += 1
    return s


def zip_lists(n):
    a = list(range(1000))
    b = list(range(1000))
    s = 0
    for _ in range(n // 1000):
        for x, y in zip(a, b):
            s += x * y
    return s


def complex_numbers(n):
    z = 0j
    c = 0.1 + 0.2j
    for i in range(n):
        z = z * z + c
    return abs(z)


def str_methods(n):
    s = 0
    for i in range(n // 4):
        s += len("  Hello,World ".strip().lower().split(",")[0])
    return s


def list_slice(n):
    l = list(range(20))
    s = 0
    for i in range(n // 4):
        s += len(l[2:10])
    return s


def global_variable(n):
    s = 0
    for i in range(n):
        s += G
    return s


G = 3


def deque_ends(n):
    from collections import deque
    d = deque()
    for i in range(n):
        d.append(i)
        s = d.popleft()
    return s


def generator(n):

    def g():
        for i in range(n):
            yield i
    s = 0
    for x in g():
        s += x
    return s


def generator_while(n):

    def g(n):
        i = 0
        while i < n:
            yield i
            i += 1
    s = 0
    for x in g(n):
        s += x
    return s


def generator_floats(n):

    def g(n):
        t = 0.0
        for i in range(n):
            t = t * 0.5 + i
            yield t
    s = 0.0
    for x in g(n):
        s += x
    return s


def generator_sum(n):
    data = list(range(1000))
    s = 0
    for _ in range(n // 1000):
        s += sum(x * x for x in data)
    return s


def generator_any(n):
    data = list(range(20))
    s = 0
    for i in range(n // 20):
        if any(x > 12 for x in data):
            s += 1
    return s


def generator_create(n):

    def g(x):
        yield x
    s = 0
    for i in range(n // 10):
        for x in g(i):
            s += x
    return s


def generator_send(n):

    def g():
        t = 0
        while True:
            t += yield t
    it = g()
    next(it)
    send = it.send
    for i in range(n // 2):
        s = send(i)
    return s


def yield_from(n):

    def tree(lo, hi):
        if lo < hi:
            m = (lo + hi) // 2
            yield from tree(lo, m)
            yield m
            yield from tree(m + 1, hi)
    s = 0
    for _ in range(n // 4000):
        for x in tree(0, 1000):
            s += x
    return s


def coroutine_calls(n):

    async def leaf(x):
        return x + 1

    async def loop(n):
        s = 0
        for i in range(n):
            s += await leaf(i)
        return s
    try:
        loop(n // 4).send(None)
    except StopIteration as e:
        return e.value


def super_call(n):

    class B:
        def f(self, x):
            return x + 1

    class C(B):
        def f(self, x):
            return super().f(x) * 2
    c = C()
    s = 0
    for i in range(n):
        s += c.f(i)
    return s


def property_getter(n):

    class B:
        @property
        def p(self):
            return 3
    b = B()
    s = 0
    for i in range(n):
        s += b.p
    return s


def nested_lists(n):
    g = [[i * j for j in range(100)] for i in range(100)]
    s = 0
    for _ in range(n // 10000):
        for i in range(100):
            for j in range(100):
                s += g[i][j]
    return s


def heap_queue(n):
    import heapq
    h = []
    for i in range(n // 4):
        heapq.heappush(h, (i * 7919 % 1000, i))
    while h:
        s = heapq.heappop(h)
    return s


def rounding(n):
    s = 0
    for i in range(n):
        s += round(i * 0.37) + int(i * 0.1)
    return s


def main(n, *only):
    pieces = {name: f for name, f in globals().items() if callable(f) and name not in ("Counter", "main")}
    for name in only or pieces:
        least = 1e9
        for _ in range(3):
            begun = time.process_time()
            result = pieces[name](n)
            least = min(least, time.process_time() - begun)
        print(name, round(least * 1000, 2), repr(result))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
