#!/usr/bin/env python3
"""make fuzz-run: random programs (pygen.py) under the interpreter and under pyopt; any difference is a failure.

Programs go in batches: one recorded run, one compile and a few processes serve twenty of them, as the C compiler is
what takes the time.  What fails in a batch is run again alone, and saved with its seed.

    fuzz_run.py -n 1000 --seed 1           seeds 1 to 1000
    fuzz_run.py --check FILE               one program; the status says whether it fails (for reduce.py)
"""
import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import pygen  # noqa: E402

TRAIN_TIMES = "25"
MEMORY = 1 << 30  # "s" * 2**31 is a MemoryError and not two gigabytes
COMPILE_SECONDS = 1200  # of a batch, on a machine that does other things too
FAST, FULL, FULL_EVERY = "0", "2", 10  # levels of the C compiler, which has most of the time: every tenth batch gets what users get
STRESS = ("", "deopt:1", "deopt:2", "deopt:7")

# Runs programs one after another in fresh modules, a heading before each.
BATCH = '''\
import sys
for name in sys.argv[3:]:
    print("==", name, flush=True)
    with open(name) as f:
        code = compile(f.read(), name, "exec")
    module = type(sys)("batch")
    module.__dict__["__name__"] = "batch"
    exec(code, module.__dict__)
    for _ in range(int(sys.argv[2])):
        module.__dict__[sys.argv[1]]()
'''


class Run:
    def __init__(self, opts, scratch):
        self.opts = opts
        self.scratch = scratch
        self.level = opts.level or FAST
        self.pyprof = os.path.join(opts.build, "bin", "pyprof")
        self.pyopt = os.path.join(opts.build, "bin", "pyopt")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PYOPT", "PYTHON"))}
        self.env.update(PYTHONHASHSEED="0", LC_ALL="C.UTF-8", XDG_CACHE_HOME=os.path.join(scratch, "cache"))
        with open(os.path.join(scratch, "batch.py"), "w") as f:
            f.write(BATCH)

    def process(self, argv, limit=False, timeout=None, **env):
        """(status, stdout and stderr); a timeout is a status of its own."""
        def limits():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if limit:
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            p = subprocess.run(argv, cwd=self.scratch, env={**self.env, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=timeout or self.opts.timeout, preexec_fn=limits)
        except subprocess.TimeoutExpired as e:
            return "timeout", (e.stdout or b"").decode(errors="backslashreplace")
        status = signal.Signals(-p.returncode).name if p.returncode < 0 else p.returncode
        return status, p.stdout.decode(errors="backslashreplace")

    def target(self, what, names, times="1"):
        return [self.opts.python, "-B", "batch.py", what, times, *names]

    def tool(self, argv):
        status, text = self.process(argv, timeout=COMPILE_SECONDS)
        if status not in (0, 11):
            raise RuntimeError(f"{' '.join(argv[:3])}: status {status}: {text[-800:]}")
        return status == 0

    def bundles(self, names):
        """(label, bundle) of the two ways to compile: from a profile of train(), and everything without one."""
        stem = os.path.splitext(names[0])[0]
        out = []
        db, pyob = stem + ".db", stem + ".pyob"
        self.tool([self.pyprof, "record", "--force", "-r", "4000", "--clock", "perf", "-o", db, "--", *self.target("train", names, TRAIN_TIMES)])
        if self.tool([self.pyopt, "compile", db, "--verify", "-O", self.level, "--python", self.opts.python, "-f", "-o", pyob]):
            out.append(("profile", pyob))
        if self.opts.all:
            pyob = stem + ".all.pyob"
            self.tool([self.pyopt, "compile", "--all", "--verify", "-O", "0", "--python", self.opts.python, "-f", "-o", pyob, *names])
            out.append(("all", pyob))
        return out

    def modes(self, bundles):
        for label, pyob in bundles:
            for stress in STRESS:
                env = {"PYOPT_STRESS": stress} if stress else {}
                yield f"{label} {stress or 'on'}", pyob, "test", env
            yield f"{label} on", pyob, "train", {}

    def differences(self, names):
        """{program: text of the first mode in which it differs}"""
        want = {what: self.process(self.target(what, names), limit=True) for what in ("test", "train")}
        for what, (status, text) in want.items():
            if status != 0:
                raise RuntimeError(f"the interpreter itself ends with {status}: {text[-500:]}")
        failed = {}
        for mode, pyob, what, env in self.modes(self.bundles(names)):
            got = self.process([self.pyopt, "run", pyob, "--", *self.target(what, names)], limit=True, **env)
            if got == want[what]:
                continue
            a, b = sections(want[what][1]), sections(got[1])
            for name in names:
                if a.get(name) != b.get(name):
                    failed.setdefault(name, f"{mode} {what}: status {got[0]}\n" + first_difference(a.get(name, []), b.get(name, [])))
                    if got[0] != 0:
                        break  # the ones behind it did not run
        return failed


def sections(text):
    out, lines = {}, []
    for line in text.splitlines():
        if line.startswith("== "):
            lines = out.setdefault(line[3:], [])
        else:
            lines.append(line)
    return out


def first_difference(a, b):
    for i in range(max(len(a), len(b))):
        x, y = a[i] if i < len(a) else "(nothing)", b[i] if i < len(b) else "(nothing)"
        if x != y:
            return f"  line {i + 1} of its output\n    plain: {x[:160]}\n    here:  {y[:160]}"
    return "  the same lines, another end"


def save(opts, scratch, name):
    folder = os.path.join(opts.build, "fuzz-run")
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(scratch, name), os.path.join(folder, name))
    return os.path.join(folder, name)


def fuzz(opts, scratch):
    run = Run(opts, scratch)
    passed = failed = 0
    seeds = list(range(opts.seed, opts.seed + opts.n))
    for at in range(0, len(seeds), opts.batch):
        names = [f"p{s}.py" for s in seeds[at:at + opts.batch]]
        for name in names:
            with open(os.path.join(scratch, name), "w") as f:
                f.write(pygen.generate(int(re.sub(r"\D", "", name))))
        run.level = opts.level or (FULL if (at // opts.batch) % FULL_EVERY == FULL_EVERY - 1 else FAST)
        bad = {}
        todo = names
        while todo:  # a crash hides the programs behind it: they run again without the culprit
            try:
                found = run.differences(todo)
            except RuntimeError as e:
                found = {n: str(e) for n in todo}
            bad.update(found)
            todo = todo[todo.index(list(found)[0]) + 1:] if any("status 0\n" not in t for t in found.values()) and len(found) < len(todo) else []
        for name, text in bad.items():
            print(f"FAILED {save(opts, scratch, name)} (-O {run.level}) [{text}]", flush=True)
        failed += len(bad)
        passed += len(names) - len(bad)
        print(f"{passed + failed} of {opts.n}, {failed} failed", file=sys.stderr, flush=True, end="\r" if sys.stderr.isatty() else "\n")
        for f in os.listdir(scratch):
            if f.startswith("p"):
                os.remove(os.path.join(scratch, f))
    print(f"fuzz-run: {passed} passed, {failed} failed")
    return failed > 0


def check(opts, scratch):
    name = "p0.py"
    shutil.copy(opts.check, os.path.join(scratch, name))
    try:
        bad = Run(opts, scratch).differences([name])
    except RuntimeError as e:
        print(e)
        return 2
    print(*bad.values())
    return 1 if bad else 0


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("-n", type=int, default=40)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--batch", type=int, default=20)
    p.add_argument("--all", action="store_true", help="also a bundle of every function, made without a profile")
    p.add_argument("--python", default="python3.11")
    p.add_argument("--build", default=os.path.join(HERE, "..", "build"))
    p.add_argument("--timeout", type=int, default=120)
    p.add_argument("-O", dest="level", metavar="LEVEL", help="of the C compiler; default: 0, and 2 for every tenth batch")
    p.add_argument("--check", metavar="FILE")
    opts = p.parse_args()
    opts.build = os.path.abspath(opts.build)
    scratch = tempfile.mkdtemp(prefix="fuzz-run-")
    try:
        return check(opts, scratch) if opts.check else fuzz(opts, scratch)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    sys.exit(main())
