#!/usr/bin/env python3
"""make bench: pyperformance's standard-library benchmarks, each recorded once, compiled once, and run in
interleaved pairs of processes without and with its bundle.  Prints the median ratio per result, where the true median lies
in nine cases of ten (low, high), and the geometric mean.  While that is a wide range, more pairs are run: the machine is noisy.  With --instructions, what valgrind counts is
compared instead: it says nothing of caches and branches, and is the same every time."""
import argparse
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import cycle  # noqa: E402

NARROW = 1.1  # high / low of a ratio that needs no more pairs
COUNTED_SECONDS = 0.05  # of the plain run of a result, when instructions are counted: valgrind takes fifty times that
VALGRIND = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]


def make_venv(python, build):
    """A virtual environment of the target Python with pyperformance; made once."""
    version = subprocess.run([python, "-c", "import sys, sysconfig; print('%d.%d.%d' % sys.version_info[:3], sysconfig.get_config_var('SOABI'))"],
                             capture_output=True, text=True, check=True).stdout.strip().replace(" ", "-")
    venv = os.path.join(build, "bench", "venv-" + version)
    exe = os.path.join(venv, "bin", "python")
    done = os.path.join(venv, "installed")
    wanted = open(os.path.join(HERE, "requirements.txt")).read()
    if not os.path.exists(done) or open(done).read() != wanted:
        print("bench: installing pyperformance", file=sys.stderr)
        subprocess.run([python, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([exe, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", os.path.join(HERE, "requirements.txt")],
                       check=True, stderr=subprocess.DEVNULL)
        with open(done, "w") as f:
            f.write(wanted)
    folder = subprocess.run([exe, "-c", "import os, pyperformance; print(os.path.dirname(pyperformance.__file__))"],
                            capture_output=True, text=True, check=True).stdout.strip()
    return exe, os.path.join(folder, "data-files", "benchmarks")


def load_list(names):
    """(name, script folder, options) of every benchmark asked for."""
    out = []
    with open(os.path.join(HERE, "benchmarks.txt")) as f:
        for line in f:
            words = line.split("#")[0].split()
            if words:
                name = words[-1] if words[1:2] == ["--pure-python"] else words[0]
                if not names or name in names:
                    out.append((name, words[0], words[1:]))
    unknown = set(names) - {n for n, _, _ in out}
    if unknown:
        sys.exit(f"bench: no such benchmark: {', '.join(sorted(unknown))}")
    return out


class Bench:
    def __init__(self, opts, exe, folder, scratch):
        self.opts = opts
        self.exe = exe
        self.folder = folder
        self.c = cycle.Cycle(opts.build, exe, scratch)

    def worker(self, out, mode, arg, script, args):
        return [self.exe, os.path.join(HERE, "worker.py"), out, mode, arg, script, *args]

    def take(self, argv, out, **env):
        self.c.run(argv, **env)
        with open(out) as f:
            return json.load(f)

    def instructions(self, task, n, script, args, around):
        """Of n loops of one task: a run of three times as many has what one of n has of start-up and warming up."""
        some, out, counts = self.c.path("some.json"), self.c.path("out.json"), []
        for times in 1, 3:
            with open(some, "w") as f:
                json.dump({task: times * n}, f)
            text = self.c.run(around([*VALGRIND, *self.worker(out, "run", some, script, args)]), stderr=subprocess.STDOUT)
            counts.append(int(re.search(r"I +refs: +([0-9,]+)", text)[1].replace(",", "")))
        return (counts[1] - counts[0]) / 2

    def pairs(self, counts, measured, script, args, pyob):
        """What the runs without and with the bundle have measured, as two lists of dictionaries."""
        if self.opts.instructions:
            return [[{k: self.instructions(k, n, script, args, around) / n for k, n in counts.items()}]
                    for around in (lambda argv: argv, lambda argv: self.c.with_bundle(pyob, argv))]
        out = self.c.path("out.json")
        return cycle.interleave(self.opts.pairs, lambda: self.take(measured, out),
                                lambda: self.take(self.c.with_bundle(pyob, measured), out), self.opts.most, settled)

    def one(self, name, script, args):
        """The rows of one script, a list of dictionaries."""
        c, out = self.c, self.c.path("out.json")
        loops = c.path("loops.json")
        counts = self.take(self.worker(loops, "calibrate", str(self.opts.seconds), script, args), loops)
        measured = self.worker(out, "cpu" if self.opts.cpu else "measure", loops, script, args)
        db = c.record(name, self.worker(out, "record", loops, script, args))
        pyob, report = c.compile(name, db)
        values = self.worker(out, "values", "-", script, args)
        plain = [self.take(values, out) for _ in range(2)]
        same = {k: plain[0][k] != plain[1][k] or v == plain[0][k] for k, v in self.take(c.with_bundle(pyob, values), out).items()}
        few = {k: math.ceil(n * COUNTED_SECONDS / self.opts.seconds) for k, n in counts.items()}
        offs, ons = self.pairs(few if self.opts.instructions else counts, measured, script, args, pyob)
        stats = c.path("stats.json")
        self.take(c.with_bundle(pyob, measured), out, PYOPT_STATS=stats)
        deopts = c.deopts(stats)
        rows = []
        for k in counts:
            a, b = [r[k] for r in offs], [r[k] for r in ons]
            low, high = cycle.ratio_interval(a, b)
            rows.append({"name": k, "benchmark": name, "ratio": cycle.ratio(a, b), "low": low, "high": high, "pairs": len(a), "off": statistics.median(a), "on": statistics.median(b), "same": same.get(k, True),
                         "units": report["compiled"], "left": cycle.left_hot(report), "deopts": deopts, "loops": counts[k]})
        return rows


def settled(offs, ons):
    """Every result of the script is known well enough."""
    for k in offs[0]:
        low, high = cycle.ratio_interval([r[k] for r in offs], [r[k] for r in ons])
        if high > NARROW * low:
            return False
    return True


def amount(t, counted):
    for unit, scale in (("G", 1e-9), ("M", 1e-6), ("k", 1e-3)) if counted else (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if t * scale >= 1:
            break
    return f"{t * scale:.3g} {unit}"


def parse_args():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("-b", metavar="NAMES", default="", help="comma-separated names; default: all")
    p.add_argument("--python", default="python3.11")
    p.add_argument("--build", default=os.path.join(HERE, "..", "..", "build"))
    p.add_argument("--pairs", type=int, default=5, help="pairs of processes, at least")
    p.add_argument("--most", type=int, default=15, help="pairs, while low and high are far apart")
    p.add_argument("--seconds", type=float, default=1.0, help="of the plain run of each result")
    p.add_argument("--quick", action="store_true", help="three pairs of 0.2 s: a first look")
    p.add_argument("--cpu", action="store_true", help="CPU time instead of pyperf's clock, for a busy machine")
    p.add_argument("--instructions", action="store_true", help="instructions instead of time (needs valgrind): no noise, but no caches either")
    p.add_argument("--json", metavar="FILE", help="also write the results there")
    opts = p.parse_args()
    if opts.quick:
        opts.pairs, opts.most, opts.seconds = 3, 3, 0.2
    opts.build = os.path.abspath(opts.build)
    return opts


def main():
    opts = parse_args()
    if opts.instructions and not shutil.which("valgrind"):
        sys.exit("bench: --instructions needs valgrind: apt-get install valgrind")
    todo = load_list([n for n in opts.b.split(",") if n])
    exe, folder = make_venv(opts.python, opts.build)
    scratch = tempfile.mkdtemp(prefix="bench-")
    bench = Bench(opts, exe, folder, scratch)
    rows, failed, skipped = [], [], []
    print(f"{'result':28}{'off':>10}{'on':>10}{'ratio':>8}{'low':>7}{'high':>7}{'pairs':>7}{'units':>7}{'left':>6}{'deopts':>9}")
    for name, stem, args in todo:
        script = os.path.join(folder, "bm_" + stem, "run_benchmark.py")
        if not os.path.exists(script):
            print(f"{name:28}skipped: not in this pyperformance")
            skipped.append(name)
            continue
        try:
            got = bench.one(name, script, args)
        except (cycle.Failed, subprocess.TimeoutExpired) as e:
            print(f"{name:28}FAILED: {e}", flush=True)
            failed.append(name)
            continue
        for r in got:
            note = "" if r["same"] else "  RESULT DIFFERS"
            print(f"{r['name']:28}{amount(r['off'], opts.instructions):>10}{amount(r['on'], opts.instructions):>10}{r['ratio']:7.2f}x{r['low']:7.2f}{r['high']:7.2f}"
                  f"{r['pairs']:7}{r['units']:7}{r['left']:6}{r['deopts']:9}{note}", flush=True)
            if not r["same"]:
                failed.append(r["name"])
        rows += got
    shutil.rmtree(scratch)
    mean = math.exp(statistics.mean(math.log(r["ratio"]) for r in rows)) if rows else float("nan")
    print(f"geometric mean of {len(rows)} results: {mean:.3f}x")
    if opts.json:
        with open(opts.json, "w") as f:
            json.dump({"python": opts.python, "results": rows, "geomean": mean, "failed": failed, "skipped": skipped}, f, indent=1)
    print(f"bench: {len(rows)} results, {len(failed)} failed, {len(skipped)} skipped")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
