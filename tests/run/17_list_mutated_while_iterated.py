"""Lists that grow, shrink and change type under a running loop; iterators that outlive their exhaustion."""
from support import main, show


def grow(seq, limit):
    n = 0
    for x in seq:
        n += x
        if len(seq) < limit:
            seq.append(x + 1)
    return n, len(seq)


def shrink(seq):
    seen = []
    for x in seq:
        seen.append(x)
        if len(seq) > 2:
            seq.pop()
    return seen, seq


def remove_even(seq):
    for x in seq:
        if x % 2 == 0:
            seq.remove(x)
    return seq


def clear_inside(seq, at):
    seen = []
    for x in seq:
        seen.append(x)
        if x == at:
            seq.clear()
    return seen


def indexed(seq, at):
    t = 0
    n = len(seq)
    for i in range(n):
        if i == at:
            del seq[2:]
        t += seq[i]
    return t


def retype(seq):
    t = 0
    for i, x in enumerate(seq):
        t += x
        if i + 1 < len(seq) and i == 2:
            seq[i + 1] = 0.5
        if i == 5:
            seq[6:] = [2**64, True]
    return t


def rebind(seq):
    out = []
    for x in seq:
        out.append(x)
        seq = [99]
    return out, seq


def iterate_twice(it):
    a = []
    for x in it:
        a.append(x)
    for x in it:
        a.append(x * 100)
    return a


def revive(seq):
    """An exhausted list iterator stays exhausted even when the list grows again."""
    it = iter(seq)
    n = 0
    for x in it:
        n += 1
    seq.append(5)
    for x in it:
        n += 100
    return n


def train():
    t = 0
    base = list(range(30))
    for i in range(400):
        t += grow([1, 2, 3], 20)[0] + len(shrink(base[:])[0]) + len(remove_even(base[:])) + len(clear_inside(base[:], 50))
        t += indexed(base[:], 99) + len(rebind(base)[0]) + len(iterate_twice(base)) + revive(base[:])
        t += int(retype([1, 2, 3]))
    print(t)


def test():
    show(grow, [1.5], 6)
    show(grow, [2**62], 5)
    show(grow, [True], 3)
    show(shrink, [1, 2, 3, 4, 5, 6, 7])
    show(remove_even, [2, 2, 2, 3, 4.0, 4])
    show(remove_even, [1, "x"])
    show(clear_inside, [1, 2, 3, 4], 2)
    show(clear_inside, [1, 2, 3, 4], 4)
    show(clear_inside, (1, 2), 2)
    show(indexed, [1, 2, 3, 4, 5], 3)
    show(indexed, [1, 2, 3, 4, 5], 0)
    show(retype, list(range(12)))
    show(rebind, [1, 2, 3])
    show(iterate_twice, [1, 2])
    show(iterate_twice, iter([1, 2]))
    show(iterate_twice, (x for x in (1, 2)))
    show(iterate_twice, {3: 1})
    show(iterate_twice, "ab")
    show(revive, [1, 2])


main(train, test)
