"""Runs one pyperf script in this process, every task of it, and reports as JSON what it measured.

    worker.py OUT.json calibrate SECONDS SCRIPT ARGS...         how many loops make a run of SECONDS, per task
    worker.py OUT.json measure   LOOPS.json SCRIPT ARGS...      seconds per loop, after one warm-up
    worker.py OUT.json cpu       LOOPS.json SCRIPT ARGS...      the same in CPU time, for a machine that does other things
    worker.py OUT.json record    LOOPS.json SCRIPT ARGS...      the same loops RECORD_TIMES over, to be sampled
    worker.py OUT.json run       LOOPS.json SCRIPT ARGS...      so many loops of the tasks that are in LOOPS.json, and no others
    worker.py OUT.json values    - SCRIPT ARGS...               a digest of what each benchmark function returns

The time is the one pyperf measures: of the benchmark function, without start-up and imports.
"""
import hashlib
import json
import os
import re
import runpy
import sys
import time

import pyperf

MAX_LOOPS = 1 << 30
RECORD_TIMES = 4  # pyperf's own run of a script, twenty processes, takes two to three times as long as that


def calibrate(task, seconds):
    """Doubles until a fifth of the goal is reached, then extrapolates."""
    loops = 1
    while True:
        t = task.task_func(task, loops)
        if t >= seconds / 5 or loops >= MAX_LOOPS:
            return max(1, round(loops * seconds / t))
        loops *= 2


def measure(task, loops):
    task.task_func(task, max(1, loops // 4))
    return task.task_func(task, loops) / loops / (task.inner_loops or 1)


def measure_cpu(task, loops):
    task.task_func(task, max(1, loops // 4))
    began = time.process_time()
    task.task_func(task, loops)
    return (time.process_time() - began) / loops / (task.inner_loops or 1)


def repeat(task, loops):
    return task.task_func(task, RECORD_TIMES * loops)


def run(task, loops):
    return task.task_func(task, loops)


HOW = {"measure": measure, "cpu": measure_cpu, "record": repeat, "run": run}


def digest(value):
    return hashlib.sha256(re.sub(r"0x[0-9a-f]+", "0x", repr(value)).encode(errors="replace")).hexdigest()


def main():
    out, mode, arg, script = sys.argv[1:5]
    results = {}
    loops = json.load(open(arg)) if mode in HOW else None

    def worker(runner, task):
        if mode == "calibrate":
            results[task.name] = calibrate(task, float(arg))
        elif mode != "run" or task.name in loops:
            results[task.name] = HOW[mode](task, loops[task.name])

    def bench_func(runner, name, func, *args, **kwargs):
        results[name] = digest(func(*args))

    def bench_async_func(runner, name, func, *args, **kwargs):
        import asyncio
        results[name] = digest(asyncio.run(func(*args)))

    def bench_time_func(runner, name, func, *args, **kwargs):
        func(1, *args)
        results[name] = "ran"

    if mode == "values":
        pyperf.Runner.bench_func = bench_func
        pyperf.Runner.bench_async_func = bench_async_func
        pyperf.Runner.bench_time_func = bench_time_func
    else:
        pyperf.Runner._worker = worker
    sys.path[0] = os.path.dirname(os.path.abspath(script))  # as if it had been started itself
    sys.argv = [script, *sys.argv[5:], "--worker", "--loops=1", "--warmups=0"]
    runpy.run_path(script, run_name="__main__")
    with open(out, "w") as f:
        json.dump(results, f)


main()
