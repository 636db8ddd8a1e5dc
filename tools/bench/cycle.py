"""What a user does with pyprof and pyopt, as functions: record once, compile once, run with the bundle and without."""
import json
import math
import os
import statistics
import subprocess


class Failed(Exception):
    """A step of the cycle did not work; the text says which."""


class Cycle:
    def __init__(self, build, python, scratch):
        self.python = python
        self.scratch = scratch
        self.pyprof = os.path.join(build, "bin", "pyprof")
        self.pyopt = os.path.join(build, "bin", "pyopt")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PYOPT", "PYTHON"))}
        self.env["PYTHONHASHSEED"] = "0"

    def path(self, name):
        return os.path.join(self.scratch, name)

    def run(self, argv, timeout=900, stderr=subprocess.PIPE, **env):
        p = subprocess.run(argv, env={**self.env, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True,
                           timeout=timeout)
        if p.returncode:
            raise Failed(f"{' '.join(argv[:6])}: status {p.returncode}: {(p.stderr or p.stdout).strip()[-600:]}")
        return p.stdout

    def record(self, name, argv):
        db = self.path(name + ".db")
        self.run([self.pyprof, "record", "--force", "-o", db, "--", *argv])
        return db

    def compile(self, name, db):
        """The bundle, and pyopt's own report of what it compiled."""
        pyob = self.path(name + ".pyob")
        report = json.loads(self.run([self.pyopt, "compile", db, "--python", self.python, "-f", "-o", pyob, "--json"]))
        return pyob, report

    def with_bundle(self, pyob, argv):
        return [self.pyopt, "run", pyob, "--", *argv]

    def deopts(self, stats):
        """How many guards failed, from a PYOPT_STATS file."""
        with open(stats) as f:
            data = json.load(f)
        return sum(e["hits"] for u in data["units"] for e in u["exits"] if e["kind"] == "guard")


def interleave(pairs, off, on, most=0, settled=lambda offs, ons: True):
    """Calls off() and on() in turn, changing who goes first; the two lists of results.  So many pairs, and then, up to
    `most` of them, until it is settled()."""
    offs, ons = [], []
    for i in range(max(pairs, most)):
        if i >= pairs and settled(offs, ons):
            break
        order = ((off, offs), (on, ons))
        for f, results in order if i % 2 == 0 else order[::-1]:
            results.append(f())
    return offs, ons


def left_hot(report):
    """Functions that had samples and were left to the interpreter."""
    return sum(1 for f in report["functions"] if not f["compiled"] and f["share"] > 0)


def ratio(offs, ons):
    return statistics.median(a / b for a, b in zip(offs, ons))


def ratio_interval(offs, ons):
    """Where the true median of the ratios lies in nine cases of ten, by their order alone: each pair is as likely above
    it as below.  Of five pairs, the least and the greatest."""
    ratios = sorted(a / b for a, b in zip(offs, ons))
    n, outside, k = len(ratios), 0.0, 0
    while k < n // 2 and 2 * (outside + math.comb(n, k) / 2**n) <= 0.1:
        outside += math.comb(n, k) / 2**n
        k += 1
    return ratios[max(k - 1, 0)], ratios[n - max(k, 1)]
