"""Records programs of known shape and compares the profile with exact counts.

    python3.11 accuracy.py PYPROF PYTHON [PROGRAM...]     exit 1 when a bound is missed

ACCURACY_ATTACH=1 samples each program from outside; ACCURACY_CLOCK names record's clock.

Prints per program: samples; mean error of branch odds, weighted by how often each branch ran, how many intervals hold the
true odds, and how far the blocks' frequencies by these odds overlap the true ones; largest error of a type's share at sites
with enough samples; and for shares.py, which measures itself, the largest error of a function's share of time."""
import collections
import concurrent.futures
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ENOUGH = 200  # samples at a site
SLACK = float(os.environ.get("ACCURACY_SLACK", "1"))  # for short runs on a busy machine
BRANCH_BOUND, TYPE_BOUND, TIME_BOUND, OVERLAP_BOUND = 0.05 * SLACK, 0.05 * SLACK, 0.03 * SLACK, 1 - 0.07 * SLACK
TRACED_SIZE = 2
SURE = 1e-4  # no odds are nearer to 0 and 1: a loop must end


def user_seconds(command):
    """CPU time of one command alone: others may run meanwhile."""
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, use = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    assert p.returncode == 0, command
    return use.ru_utime


def calibrate(python, path, seconds):
    """The size at which the program runs about that long."""
    size = 20
    while True:
        used = user_seconds([python, path, str(size)])
        if used > 0.3:
            return max(1, int(size * seconds / used))
        size *= 4


def record(pyprof, python, path, size, rate):
    db = os.path.join(tempfile.mkdtemp(), "p.db")
    if os.environ.get("ACCURACY_ATTACH"):
        p = subprocess.Popen([python, path, str(size)], stdout=subprocess.PIPE)
        subprocess.run([pyprof, "record", "-q", "-r", str(rate), "-o", db, "-p", str(p.pid)], check=True)
        return sqlite3.connect(db, check_same_thread=False), p.communicate()[0]
    clock = ["--clock", os.environ.get("ACCURACY_CLOCK", "auto")]
    out = subprocess.run([pyprof, "record", "-q", "-r", str(rate), *clock, "-o", db, "--", python, path, str(size)],
                         check=True, stdout=subprocess.PIPE).stdout
    return sqlite3.connect(db, check_same_thread=False), out


def trace(python, path, size):
    done = subprocess.run([python, os.path.join(HERE, "exact.py"), path, str(size)], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def steady(less, more):
    """What is done again and again: what is done once, to begin with, is most of a short trace and none of a long run."""
    def counts(rows):
        return collections.Counter({tuple(row[:-1]): row[-1] for row in rows})
    return {kind: [(*place, n) for place, n in ((counts(more[kind]) - counts(less[kind])) or counts(more[kind])).items()]
            for kind in more}


def branch_errors(db, exact):
    out = collections.defaultdict(collections.Counter)
    for name, line, a, b, n in exact["edges"]:
        out[name, line, a][b] += n
    weighted = weight = inside = total = 0
    worst = []
    for name, line, unit, taken, low, high in db.execute(
            "SELECT qualname, firstlineno, unit, taken, low, high FROM branch JOIN code ON code.id = code"):
        seen = out.get((name, line, unit))
        if not seen:
            continue
        runs = sum(seen.values())
        # The fall-through is the nearest unit behind; everything else is the jump.
        true = 1 - seen[unit + 1] / runs
        weighted += abs(true - taken) * runs
        weight += runs
        inside += low - 0.02 <= true <= high + 0.02
        total += 1
        worst.append((abs(true - taken) * runs, name, unit, round(true, 3), round(taken, 3),
                      round(low, 3), round(high, 3), runs))
    worst.sort(reverse=True)
    return weighted / max(1, weight), inside, total, worst[:6]


def frequencies(edges, odds):
    """How often each unit of a function runs per call, by the odds of its branches: what flows in flows out."""
    units = sorted({*edges, *(b for seen in edges.values() for b in seen)})
    index = {unit: i for i, unit in enumerate(units)}
    rows = [[float(i == k) for k in range(len(units))] + [float(i == 0)] for i in range(len(units))]
    for a, seen in edges.items():
        for b, n in seen.items():
            part = n / sum(seen.values())
            if a in odds:
                jumps = sum(seen[c] for c in seen if c != a + 1)
                part = 1 - odds[a] if b == a + 1 else odds[a] * n / jumps
            rows[index[b]][index[a]] -= part * (1 - SURE**2)  # what is never left can be solved too
    for i in range(len(units)):  # Gauss and Jordan
        top = max(range(i, len(units)), key=lambda k: abs(rows[k][i]))
        rows[i], rows[top] = rows[top], rows[i]
        pivot = [x / rows[i][i] for x in rows[i]]
        rows = [pivot if k == i else [x - row[i] * y for x, y in zip(row, pivot)] if row[i] else row for k, row in enumerate(rows)]
    return {unit: rows[i][-1] for unit, i in index.items()}


def overlap(db, exact):
    """Of the units run, the part that the odds put where it belongs, function by function, weighted by how much runs there."""
    functions = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    for name, line, a, b, n in exact["edges"]:
        functions[name, line][a][b] += n
    known = collections.defaultdict(dict)
    for name, line, unit, taken in db.execute("SELECT qualname, firstlineno, unit, taken FROM branch JOIN code ON code.id = code"):
        known[name, line][unit] = min(max(taken, SURE), 1 - SURE)
    good = whole = 0
    for function, edges in functions.items():
        if function not in known:
            continue
        true, told = frequencies(edges, {}), frequencies(edges, known[function])
        runs, said = sum(true.values()), sum(told.values())
        weight = sum(sum(seen.values()) for seen in edges.values())
        good += weight * sum(min(true[u] / runs, told[u] / said) for u in true)
        whole += weight
    return good / whole


def type_errors(db, exact):
    true = collections.defaultdict(collections.Counter)
    for name, line, unit, slot, kind, n in exact["types"]:
        true[name, line, unit, slot][kind] += n
    seen = collections.defaultdict(collections.Counter)
    for name, line, unit, slot, kind, n in db.execute(
            "SELECT qualname, firstlineno, unit, slot, t.name, n FROM site_type "
            "JOIN code ON code.id = code JOIN type t ON t.id = type WHERE slot < 1000"):
        seen[name, line, unit, slot][kind] += n
    worst, sites, small = [], 0, 0
    for place, kinds in seen.items():
        n = sum(kinds.values())
        if place not in true:
            continue
        if n < ENOUGH:
            small += 1
            continue
        sites += 1
        runs = sum(true[place].values())
        for kind in set(kinds) | set(true[place]):
            error = abs(kinds[kind] / n - true[place][kind] / runs)
            worst.append((error, *place[:1], *place[2:], kind, n, round(true[place][kind] / runs, 3)))
    worst.sort(reverse=True)
    return (worst[0][0] if worst else 0), sites, small, worst[:5]


def time_errors(db, out):
    try:
        true = json.loads(out)
    except ValueError:
        return None
    whole = sum(true.values())
    seen = dict(db.execute("SELECT qualname, sum(n) FROM self_sample JOIN code ON code.id = code GROUP BY 1"))
    n = sum(seen.get(k, 0) for k in true)
    return max(abs(seen.get(k, 0) / n - v / whole) for k, v in true.items())


def main(pyprof, python, *programs):
    seconds = float(os.environ.get("ACCURACY_SECONDS", "4"))
    rate = os.environ.get("ACCURACY_RATE", "997")
    verbose = os.environ.get("ACCURACY_VERBOSE")
    folder = os.path.join(HERE, "programs")
    missed = 0
    odds, overlaps = [], []
    def measure(name):
        path = os.path.join(folder, name)
        exact = steady(trace(python, path, TRACED_SIZE), trace(python, path, 2 * TRACED_SIZE))
        db, out = record(pyprof, python, path, calibrate(python, path, seconds), rate)
        return name, exact, db, out

    pool = concurrent.futures.ThreadPoolExecutor(int(os.environ.get("ACCURACY_JOBS", "1")))
    for name, exact, db, out in pool.map(measure, programs or sorted(os.listdir(folder))):
        samples, = db.execute("SELECT sum(samples) FROM run").fetchone()
        dp, inside, total, worst_branches = branch_errors(db, exact)
        dt, sites, small, worst_types = type_errors(db, exact)
        share = time_errors(db, out)
        odds.append(dp)
        overlaps.append(overlap(db, exact))
        print(f"{name:16} {samples:5} samples  branches {total:3}: mean error {dp:.3f}, in interval {inside:3}, overlap {overlaps[-1]:.3f}"
              f"  types {sites:3} sites (+{small}): worst {dt:.3f}"
              + (f"  time: worst {share:.3f}" if share is not None else ""), flush=True)
        if verbose:
            for w in worst_branches + worst_types:
                print("     ", w)
        missed += dt > TYPE_BOUND or (share or 0) > TIME_BOUND
    mean, same = sum(odds) / len(odds), sum(overlaps) / len(overlaps)
    print(f"mean error of branch odds over {len(odds)} programs: {mean:.3f}, overlap of blocks: {same:.3f}")
    return 1 if missed or mean > BRANCH_BOUND or same < OVERLAP_BOUND else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
