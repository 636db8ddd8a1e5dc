#!/usr/bin/env python3
"""The differential runner: what a program prints, says on stderr and ends with may not depend on pyopt.

For every program of this folder: the plain interpreter's run is the expectation; the training run is
recorded and compiled; then `test` (whose input the profile has never seen) and `train` run with the bundle in
every mode, and with one bundle of all programs made by `compile --all`.  The oracle is CPython itself.

    run.py [-k PATTERN] [--python PYTHON] [--keep] ...      make check-run

What failed leaves its profile and bundle in build/check-run.
"""
import argparse
import collections
import concurrent.futures
import difflib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
STRESS = ("deopt:1", "deopt:2", "deopt:7")
TOOL_SECONDS = 1200  # the C compiler takes what it takes on a busy machine
# Programs whose imports are compiled too: what a training run of a second spends most of its time on.
WITH_LIBRARY = ("37_exceptions_in_loops.py", "57_decorators_functools.py", "58_imports_inside.py", "72_tokenizer.py")
EMPTY = 11  # pyopt's status for "nothing to work on"

Result = collections.namedtuple("Result", "status out err")


class Failure(Exception):
    """One program in one mode is not what it should be."""
    def __init__(self, mode, text):
        super().__init__(text)
        self.mode = mode


class Timeout(Failure):
    pass


class Runner:
    def __init__(self, opts, scratch):
        self.opts = opts
        self.scratch = scratch
        self.python = opts.python
        self.pyprof = os.path.join(opts.build, "bin", "pyprof")
        self.pyopt = os.path.join(opts.build, "bin", "pyopt")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PYOPT", "PYPROF", "PYTHON"))}
        self.env.update(PYTHONHASHSEED="0", PYTHONUNBUFFERED="1", LC_ALL="C.UTF-8", NO_COLOR="1",
                        XDG_CACHE_HOME=os.path.join(opts.build, "check-run-cache"))
        self.exits = collections.Counter()
        self.entries = 0
        self.units = set()
        self.lock = threading.Lock()

    def run(self, mode, argv, timeout=None, **env):
        timeout = timeout or self.opts.timeout
        try:
            p = subprocess.run(argv, cwd=HERE, env={**self.env, **env}, stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=timeout)
        except subprocess.TimeoutExpired as e:
            raise Timeout(mode, f"no end after {timeout} s; stdout ends with:\n" +
                          "\n".join((e.stdout or b"").decode(errors="replace").splitlines()[-3:]))
        return Result(p.returncode, p.stdout.decode(errors="backslashreplace"), p.stderr.decode(errors="backslashreplace"))

    def tool(self, mode, argv):
        r = self.run(mode, argv, TOOL_SECONDS)
        if r.status not in (0, EMPTY):
            raise Failure(mode, f"{' '.join(argv[:2])} ended with status {r.status}:\n{r.err[-2000:]}")
        return r

    def target(self, program, *args):
        return [self.python, "-B", program, *args]

    def optimised(self, mode, program, what, bundle, **env):
        stats = os.path.join(self.scratch, f"{program}.{re.sub('[^a-z0-9]+', '-', mode)}.{what}.json")
        r = self.run(mode, [self.pyopt, "run", bundle, "--", *self.target(program, what)], PYOPT_STATS=stats, **env)
        if os.path.exists(stats):
            self.count(stats)
        return r

    def count(self, stats):
        with open(stats) as f:
            try:
                data = json.load(f)
            except ValueError:
                return  # the process was killed while it wrote
        with self.lock:
            for u in data["units"]:
                self.entries += u["entries"]
                self.units.add((u["qualname"], u["filename"], u["line"]))
                for e in u["exits"]:
                    self.exits[e["kind"], e["reason"]] += e["hits"]

    def save(self, program):
        """The profile and bundle that a program failed with: another profile may not show it."""
        folder = os.path.join(self.opts.build, "check-run")
        os.makedirs(folder, exist_ok=True)
        for end in (".db", ".pyob"):
            if os.path.exists(os.path.join(self.scratch, program + end)):
                shutil.copy(os.path.join(self.scratch, program + end), folder)

    # One program -------------------------------------------------------------------------

    def expectation(self, program):
        return {what: self.run(f"plain {what}", self.target(program, what)) for what in ("train", "test")}

    def record(self, program, plain):
        """By signals: from outside, a short run shows few types of operands."""
        db = os.path.join(self.scratch, program + ".db")
        r = self.run("record", [self.pyprof, "record", "-r", str(self.opts.rate), "--clock", "perf", "-o", db, "--force", "--",
                                *self.target(program, "train", str(self.opts.times))])
        # Recording runs train() more often: the same lines, some of them again.
        if r.status != plain["train"].status or set(r.out.splitlines()) != set(plain["train"].out.splitlines()):
            raise Failure("record", "the recorded run is not the plain one:\n" + difference(plain["train"], r))
        return db

    def bundle(self, program, db):
        pyob = os.path.join(self.scratch, program + ".pyob")
        own = [] if program in WITH_LIBRARY else ["--files", os.path.join(HERE, "*")]
        r = self.tool("compile", [self.pyopt, "compile", db, "--verify", "--python", self.python, "-f", "-o", pyob, *own])
        if r.status == EMPTY:
            raise Failure("compile", "nothing was hot enough to compile; does train() run long enough?\n" + r.err)
        return pyob

    def modes(self, program, pyob, all_bundle):
        """(mode, bundle, what, environment) of every run to compare."""
        yield "off", pyob, "test", {"PYOPT": "off"}
        for what in ("test", "train"):
            yield "on", pyob, what, {}
            yield "all", all_bundle, what, {}
            for s in STRESS:
                yield s, pyob, what, {"PYOPT_STRESS": s}
        for s in STRESS:
            yield "all " + s, all_bundle, "test", {"PYOPT_STRESS": s}

    def program(self, program, all_future):
        """Raises the first failure of each mode, all of them in one list."""
        failures = []
        plain = self.expectation(program)
        for what, r in plain.items():
            if r.status and not (what == "test" and re.search("exit|status", program)):
                raise Failure(f"plain {what}", f"the program itself ended with status {r.status}:\n{r.err[-1500:]}")
        try:
            pyob = self.bundle(program, self.record(program, plain))
        except Failure as e:
            failures.append(e)
            pyob = None
        try:
            all_bundle = all_future.result()
        except Failure:
            all_bundle = None  # reported once, by main
        for mode, bundle, what, env in self.modes(program, pyob, all_bundle):
            if not bundle:
                continue
            try:
                r = self.optimised(mode, program, what, bundle, **env)
                if r != plain[what]:
                    failures.append(Failure(f"{mode} {what}", difference(plain[what], r)))
            except Failure as e:
                failures.append(e)
        return failures


def status_name(status):
    return f"{status} ({signal.Signals(-status).name})" if status < 0 else str(status)


def difference(want, got):
    """The first lines that differ, and the statuses if they do."""
    text = []
    if want.status != got.status:
        text.append(f"status: wanted {status_name(want.status)}, got {status_name(got.status)}")
    for name in ("out", "err"):
        a, b = getattr(want, name), getattr(got, name)
        if a != b:
            lines = list(difflib.unified_diff(a.splitlines(), b.splitlines(), "plain std" + name, "here", lineterm="", n=1))
            text += [l[:300] for l in lines[:14]]
            if len(lines) > 14:
                text.append(f"... {len(lines) - 14} more lines")
    return "\n".join(text)


def compile_all(runner, programs):
    pyob = os.path.join(runner.scratch, "all.pyob")
    runner.tool("compile --all", [runner.pyopt, "compile", "--all", "--verify", "-O", "0", "--python", runner.python, "-f", "-o", pyob,
                                  "support.py", *programs])
    return pyob


def check_exits(runner, wanted_file):
    """Every kind of exit the list names must have been taken somewhere."""
    print(f"entries {runner.entries}, units {len(runner.units)}, exits by reason:")
    by_reason = collections.Counter()
    for (kind, reason), n in runner.exits.items():
        by_reason[f"{kind} {reason}".strip()] += n
    for reason, n in sorted(by_reason.items(), key=lambda kv: -kv[1]):
        print(f"  {n:9} {reason}")
    with open(wanted_file) as f:
        wanted = [l.strip() for l in f if l.strip() and not l.startswith("#")]
    return [w for w in wanted if not any((reason + " ").find(w + " ") >= 0 for reason in by_reason)]


def parse_args():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("-k", metavar="PATTERN", default="", help="only programs whose name has this regular expression")
    p.add_argument("--python", default="python3.11", help="the interpreter to test with")
    p.add_argument("--build", default=os.path.join(HERE, "..", "..", "build"), help="where bin/pyprof and bin/pyopt are")
    p.add_argument("--keep", action="store_true", help="leave profiles, bundles and statistics in place")
    p.add_argument("-j", type=int, default=2, help="programs at a time")
    p.add_argument("--rate", type=int, default=2000, help="samples a second while training")
    p.add_argument("--times", type=int, default=30, help="how often train() runs while it is recorded")
    p.add_argument("--timeout", type=int, default=60)
    p.add_argument("--plain", action="store_true", help="only show that the programs are deterministic under the interpreter")
    p.add_argument("--refs", action="store_true", help="on a debug build: do total references drift?")
    opts = p.parse_args()
    real = subprocess.run([opts.python, "-c", "import os, sys; print(os.path.realpath(sys.executable))"], capture_output=True, text=True)
    if real.returncode:
        sys.exit(f"run.py: {opts.python} does not run")
    opts.python = real.stdout.strip()
    opts.build = os.path.abspath(opts.build)
    opts.programs = sorted(f for f in os.listdir(HERE) if re.match(r"\d+_.*\.py$", f) and re.search(opts.k, f))
    if not opts.programs:
        sys.exit(f"run.py: no program matches {opts.k!r}")
    return opts


def plain_twice(runner, program):
    plain, again = runner.expectation(program), runner.expectation(program)
    return [Failure(f"plain {w} twice", difference(plain[w], again[w])) for w in plain if plain[w] != again[w]]


def references(runner, program, all_bundle):
    """Runs test() several times in one process; the totals of a debug build must move as they do without pyopt."""
    argv = [runner.python, "-B", "refs.py", program]
    plain = runner.run("refs plain", argv)
    if plain.status:
        raise Failure("refs plain", f"status {plain.status}\n{plain.err[-500:]}")
    base = [int(n) for n in plain.out.split()]
    failures = []
    for mode, env in (("all", {}), *(("all " + s, {"PYOPT_STRESS": s}) for s in STRESS)):
        r = runner.run("refs " + mode, [runner.pyopt, "run", all_bundle, "--", *argv], **env)
        if r.status:
            failures.append(Failure("refs " + mode, f"status {r.status}\n{r.err[-500:]}"))
            continue
        drift = [int(n) for n in r.out.split()]
        if min(drift) > max(base): # a native run may well gain fewer: no frame object, no cached tuple
            failures.append(Failure("refs " + mode, f"references gained per run: plain {base}, here {drift}"))
    return failures


def work(opts, runner):
    failed = []

    def report(program, failures):
        failed.append(program)
        for f in failures:
            kind = "TIMEOUT" if isinstance(f, Timeout) else "FAILED"
            print(f"{kind} {program} [{f.mode}]\n{f}", flush=True)
        runner.save(program)

    with concurrent.futures.ThreadPoolExecutor(opts.j) as pool:
        all_future = None
        if not opts.plain:
            all_future = pool.submit(compile_all, runner, opts.programs)
        if opts.plain:
            jobs = {pool.submit(plain_twice, runner, p): p for p in opts.programs}
        elif opts.refs:
            bundle = all_future.result()
            jobs = {pool.submit(references, runner, p, bundle): p for p in opts.programs}
        else:
            jobs = {pool.submit(runner.program, p, all_future): p for p in opts.programs}
        for done in concurrent.futures.as_completed(jobs):
            try:
                failures = done.result()
            except Failure as e:
                failures = [e]
            if failures:
                report(jobs[done], failures)
        if all_future and all_future.exception():
            report("compile --all", [all_future.exception()])
    return failed


def main():
    opts = parse_args()
    # Who is started in the background ignores SIGINT, and so would the programs, some of which wait for one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    scratch = tempfile.mkdtemp(prefix="check-run-")
    print(f"check-run: {len(opts.programs)} programs, {opts.python}", flush=True)
    runner = Runner(opts, scratch)
    failed = work(opts, runner)
    total = len(opts.programs)
    if not (opts.plain or opts.refs or opts.k):
        total += 2
        opcodes = subprocess.run([opts.python, "-B", "opcodes.py", *opts.programs], cwd=HERE, env=runner.env)
        if opcodes.returncode:
            failed.append("opcodes")
        missing = check_exits(runner, os.path.join(HERE, "exits.txt"))
        if missing:
            print("FAILED exits: never taken in the whole set:", ", ".join(missing))
            failed.append("exits")
    if opts.keep:
        print(f"kept: {scratch}")
    else:
        shutil.rmtree(scratch)
    bad = len(set(failed))
    print(f"check-run: {total - bad} passed, {bad} failed")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
