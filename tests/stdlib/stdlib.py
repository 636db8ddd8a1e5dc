#!/usr/bin/env python3
"""make stdlib: CPython's own tests, with every function of a test module and of the modules it is about compiled.

The tests run under the interpreter and under pyopt; which tests failed, and how many ran, must be the same.  Modules and
what is known to differ are in modules.txt.  Wants a Python that has its `test` package (Debian: libpython3.11-testsuite).

    stdlib.py [--build DIR] [--python PYTHON ...] [MODULE...]
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
WHERE = "import test, os, sysconfig; print(os.path.dirname(test.__file__)); print(sysconfig.get_path('stdlib')); import test.test_abc"
NOTED = re.compile(r"^(FAIL|ERROR): |^Ran \d+ tests?|^OK|^FAILED", re.M)
TIMEOUT = 900


def load_modules():
    """{module: tests that are known to differ, as regular expressions}"""
    out = {}
    with open(os.path.join(HERE, "modules.txt")) as f:
        for line in f:
            words = line.split("#")[0].split()
            if words:
                out[words[0]] = words[1:]
    return out


def find_python(candidates):
    """(executable, its test package, its library) of the first that has the tests."""
    for exe in candidates:
        p = subprocess.run([exe, "-c", WHERE], capture_output=True, text=True)
        if p.returncode == 0:
            return exe, *p.stdout.split("\n")[:2]
    return None


def sources(tests, library, module):
    """The module's own files, and those of what it tests, as far as the name tells."""
    name = module.removeprefix("test_")
    found = [p for p in (os.path.join(tests, module + ".py"), os.path.join(tests, module)) if os.path.exists(p)]
    for stem in (name, "_" + name, "_py" + name):
        found += [p for p in (os.path.join(library, stem + ".py"), os.path.join(library, stem)) if os.path.exists(p) and p != tests]
    return found


def outcome(text, status):
    """What is compared: the failures, how many ran, how it ended."""
    lines = sorted(re.sub(r" in [0-9.]+s$", "", s) for s in text.splitlines() if NOTED.match(s))
    return [*lines, f"status {status}"]


class Runner:
    def __init__(self, opts, python, tests, library, scratch):
        self.pyopt = os.path.join(os.path.abspath(opts.build), "bin", "pyopt")
        self.python, self.tests, self.library, self.scratch = python, tests, library, scratch
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PYOPT", "PYTHON"))}
        self.env.update(LC_ALL="C.UTF-8", PYTHONHASHSEED="0")

    def run(self, argv, folder):
        os.makedirs(folder)
        try:
            p = subprocess.run(argv, cwd=folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               timeout=TIMEOUT)
        except subprocess.TimeoutExpired as e:
            return "timeout", (e.stdout or b"").decode(errors="replace")
        return p.returncode, p.stdout.decode(errors="replace")

    def module(self, name, known):
        """(passed, a line about it)"""
        files = sources(self.tests, self.library, name)
        if not files:
            return None, "this Python has no such tests"
        own = os.path.join(self.scratch, name)
        pyob = own + ".pyob"
        status, text = self.run([self.pyopt, "compile", "--all", "-O", "0", "-f", "--python", self.python, "-o", pyob, *files], own + ".c")
        if status:
            return False, f"pyopt compile ended with {status}: {text.strip()[-300:]}"
        argv = [self.python, "-m", "unittest", "-v", "test." + name]
        off = outcome(*reversed(self.run(argv, own + ".off")))
        on = outcome(*reversed(self.run([self.pyopt, "run", pyob, "--", *argv], own + ".on")))
        os.remove(pyob)
        ran = next((s for s in on if s.startswith("Ran")), "nothing ran")
        more = [s for s in on if s not in off and not any(re.search(k, s) for k in known)]
        less = [s for s in off if s not in on]
        if off == on:
            return True, ran
        if known and all(s.startswith(("FAILED", "status", "OK")) for s in more + less):
            return True, f"{ran}; known to differ: {sum(s not in off and s not in more for s in on)} tests"
        return False, f"{ran}\n    plain: {less[:6]}\n    here:  {more[:6]}"


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--build", default=os.path.join(HERE, "..", "..", "build"))
    p.add_argument("--python", nargs="*", default=["python3.11"])
    p.add_argument("-j", type=int, default=os.cpu_count())
    p.add_argument("modules", nargs="*")
    opts = p.parse_args()
    found = find_python(opts.python)
    if not found:
        print(f"stdlib: skipped: none of {', '.join(opts.python)} has its test package (Debian: libpython3.11-testsuite)")
        return 0
    print("stdlib: with", found[0], flush=True)
    modules = load_modules()
    todo = {m: modules.get(m, []) for m in opts.modules or modules}
    scratch = tempfile.mkdtemp(prefix="stdlib-")
    runner = Runner(opts, *found, scratch)
    counts = {True: 0, False: 0, None: 0}
    with concurrent.futures.ThreadPoolExecutor(opts.j) as pool:
        futures = {pool.submit(runner.module, m, known): m for m, known in todo.items()}
        for done in concurrent.futures.as_completed(futures):
            passed, text = done.result()
            counts[passed] += 1
            print(f"{ {True: 'same', False: 'DIFFERS', None: 'skipped'}[passed]:8}{futures[done]:28}{text}", flush=True)
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"stdlib: {counts[True]} passed, {counts[False]} failed, {counts[None]} skipped")
    return counts[False] > 0


if __name__ == "__main__":
    sys.exit(main())
