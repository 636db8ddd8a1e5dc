"""Globals that change value, type and existence between and inside hot loops."""
from support import main, show, trace

COUNT = 0
SCALE = 3
TABLE = [1, 2, 3, 4]


def helper(x):
    return x + 1


def use(n):
    t = 0
    for i in range(n):
        t += helper(i) * SCALE + TABLE[i % 4]
    return t


def bump(n):
    global COUNT
    for _ in range(n):
        COUNT += 1
    return COUNT


def change_inside(n, at, value):
    global SCALE
    t = 0
    for i in range(n):
        if i == at:
            SCALE = value
        t += SCALE
    return t


def late(n):
    t = 0
    for i in range(n):
        if i == 3:
            later()
        t += helper(i)
    return t


def later():
    pass


def set_and_read(v):
    global FRESH
    FRESH = v
    return FRESH


def drop_and_read(v):
    global FRESH
    FRESH = v
    del FRESH
    return FRESH


def by_dict(n):
    t = 0
    for i in range(n):
        globals()["SCALE"] = i
        t += SCALE
    return t


def train():
    global SCALE, COUNT
    t = COUNT = 0
    for i in range(200):
        t += use(20) + bump(20) + change_inside(20, 99, 0) + late(10) + set_and_read(i) + by_dict(5)
        SCALE = 3
    print(t)


def new_helper(x):
    return x * 0.5


def test():
    global SCALE, TABLE, helper, later, COUNT
    show(use, 4)
    for SCALE in (2.5, 2**63, True, "s", None):
        show(use, 2)
    SCALE = 3
    for TABLE in ((1, 2, 3, 4), {0: 1, 1: 2}, [1.5] * 4, [], "abcd"):
        show(use, 3)
    TABLE = [1, 2, 3, 4]
    for v in (2.5, 2**70, None):
        show(change_inside, 6, 3, v)
        SCALE = 3
    for COUNT in (2**62 - 2, 2**63 - 2, 0.5, True, "x"):
        show(bump, 4)
    old = helper
    helper = new_helper
    show(use, 4)
    helper = int
    show(use, 4)
    helper = None
    trace(use, 4)
    del helper
    trace(use, 4)
    helper = old

    def later():
        global helper
        helper = new_helper
    show(late, 6)
    helper = old

    def later():
        global helper
        del helper
    trace(late, 6)
    helper = old
    show(set_and_read, 1.5)
    trace(drop_and_read, 1)
    del globals()["SCALE"]
    trace(use, 2)
    show(by_dict, 4)
    # Enough new names to make the module dictionary grow.
    for i in range(500):
        globals()[f"filler{i}"] = i
    show(use, 3)
    for i in range(500):
        del globals()[f"filler{i}"]
    show(use, 3)


main(train, test)
