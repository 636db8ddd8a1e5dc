#!/usr/bin/env python3
"""make demo: the whole loop on three programs.  One recorded run, one compile, then runs without and with the bundle, in turn."""
import os
import resource
import shutil
import statistics
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tools", "bench"))
import cycle  # noqa: E402

PROGRAMS = (("numeric", "numeric"), ("objects", "object-oriented"), ("stdlib", "standard library (difflib)"))
PAIRS = 5


def timed(c, argv, outputs, **env):
    """CPU seconds of a run: what a busy machine disturbs least."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    outputs.append(c.run(argv, **env))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def demo(c, name, title):
    argv = [c.python, os.path.join(HERE, name + ".py")]
    print(f"{name}: pyprof record", end="", flush=True)
    db = c.record(name, argv)
    print(", pyopt compile", end="", flush=True)
    pyob, report = c.compile(name, db)
    print(f", {PAIRS} pairs of runs", flush=True)
    outputs = []
    offs, ons = cycle.interleave(PAIRS, lambda: timed(c, argv, outputs), lambda: timed(c, c.with_bundle(pyob, argv), outputs))
    stats = c.path(name + ".json")
    outputs.append(c.run(c.with_bundle(pyob, argv), PYOPT_STATS=stats))
    if len(set(outputs)) != 1:
        raise cycle.Failed(f"{name}: the output with the bundle differs")
    return (title, statistics.median(offs), statistics.median(ons), cycle.ratio(offs, ons), report["compiled"], cycle.left_hot(report),
            c.deopts(stats))


def main():
    build, python = os.path.abspath(sys.argv[1]), sys.argv[2]
    scratch = tempfile.mkdtemp(prefix="demo-")
    c = cycle.Cycle(build, python, scratch)
    try:
        rows = [demo(c, name, title) for name, title in PROGRAMS]
    except cycle.Failed as e:
        print(f"\ndemo: {e}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch)
    print(f"\n{'program':30}{'off':>9}{'on':>9}{'ratio':>8}{'compiled':>10}{'left':>6}{'deopts':>8}")
    for title, off, on, ratio, compiled, left, deopts in rows:
        print(f"{title:30}{off:7.2f} s{on:7.2f} s{ratio:7.2f}x{compiled:10}{left:6}{deopts:8}")
    print(f"\nCPU seconds of a whole process, medians of {PAIRS} interleaved pairs on {python}; compiled: functions in the bundle;")
    print("left: functions that had samples and stayed with the interpreter (pyopt explain says why); deopts: guards that failed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
