"""Sampling from outside, orders to a running recorder, limits and privacy.

    python3.11 outside.py PYPROF PYTHON     one line per check that fails, and the count"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from checks import run_checks

PYPROF, PYTHON = sys.argv[1:3]
FOLDER = tempfile.mkdtemp()
SPIN = """
import sys, threading, time, zlib
def spin(seconds):
    end = time.process_time() + seconds
    s = 0
    while time.process_time() < end:
        for i in range(2000):
            s += i & 3
    return s
def sleeper():
    time.sleep(20)
"""


def path(name):
    return os.path.join(FOLDER, name)


class Target:
    """A Python that runs; it has come so far that it prints a line."""

    def __init__(self, source, *args):
        self.p = subprocess.Popen([PYTHON, "-c", SPIN + "print('go', flush=True)\n" + source, *args],
                                  stdout=subprocess.PIPE)
        assert self.p.stdout.readline() == b"go\n"
        self.pid = str(self.p.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.p.kill()
        self.p.wait()
        self.p.stdout.close()


def pyprof(*args, status=0):
    done = subprocess.run([PYPROF, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == status, (args, done.returncode, done.stderr[-300:])
    return done.stdout.decode()


def one(db, sql):
    c = sqlite3.connect(db)
    try:
        return c.execute(sql).fetchone()[0]
    finally:
        c.close()


def self_samples(db, name):
    return one(db, f"SELECT coalesce(sum(n), 0) FROM self_sample JOIN code ON code.id = code WHERE qualname = '{name}'")


def check_attach():
    """a process is sampled from outside and does not notice"""
    db = path("attach.db")
    with Target("spin(1.0); print('done'); sys.exit(7)") as t:
        pyprof("record", "-q", "-o", db, "-p", t.pid)
        assert t.p.stdout.read() == b"done\n" and t.p.wait() == 7
    assert self_samples(db, "spin") > 20
    assert one(db, "SELECT clock || processes FROM run") == "attach1"
    assert one(db, "SELECT count(*) FROM site_type JOIN type ON type.id = type WHERE name = 'builtins.int'") > 1
    assert one(db, "SELECT argv FROM run").startswith(f'["{PYTHON}", "-c"')
    assert abs(one(db, "SELECT cpu FROM run") - 1) < 0.7


def check_attach_ends_by_itself():
    """a duration ends the recording, and so does Ctrl-C; the process runs on"""
    with Target("spin(20)") as t:
        pyprof("attach", "-q", "-d", "0.5", "-o", path("d.db"), t.pid)
        p = subprocess.Popen([PYPROF, "attach", "-q", "-o", path("c.db"), t.pid])
        time.sleep(0.7)
        p.send_signal(signal.SIGINT)
        assert p.wait() == 0 and t.p.poll() is None
    assert self_samples(path("d.db"), "spin") > 5 and self_samples(path("c.db"), "spin") > 5
    assert 0.4 < one(path("d.db"), "SELECT seconds FROM run") < 3


def check_attach_recorder_killed():
    """a recorder that is killed leaves the process running and a sound file"""
    with Target("spin(20)") as t:
        p = subprocess.Popen([PYPROF, "attach", "-q", "-o", path("k.db"), t.pid])
        time.sleep(0.4)
        p.kill()
        p.wait()
        assert t.p.poll() is None
        assert "State:\tT" not in open(f"/proc/{t.pid}/status").read()
    assert one(path("k.db"), "PRAGMA integrity_check") == "ok"


def check_attach_threads():
    """threads that wait count only when asked for; with --gil one thread at a time does"""
    source = ("[threading.Thread(target=sleeper, daemon=True).start() for _ in range(5)]\n"
              "threading.Thread(target=lambda: [zlib.compress(bytes(10**7), 9) for _ in range(1000)], daemon=True).start()\nspin(20)")
    with Target(source) as t:
        for name, flag in ("busy", []), ("idle", ["--idle"]), ("gil", ["--gil"]):
            pyprof("attach", "-q", "-d", "0.7", "-o", path(name + ".db"), *flag, t.pid)
    assert self_samples(path("busy.db"), "sleeper") == 0 and self_samples(path("busy.db"), "spin") > 5
    assert self_samples(path("idle.db"), "sleeper") > 50
    assert one(path("gil.db"), "SELECT off_gil FROM run") == 0 and self_samples(path("gil.db"), "spin") > 10
    assert one(path("busy.db"), "SELECT off_gil FROM run") > 5


def check_attach_short_calls():
    """functions that run for less time than reading their frames takes are met as often as others, and nothing is lost"""
    source = ("def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n"
              "def short(k): return k\n"
              "def calls(n):\n    for k in range(n):\n        short(k); short(k)\n"
              "def gen(n):\n    for k in range(n):\n        yield k\n"
              "while True:\n    fib(16)\n    calls(3000)\n    sum(gen(6000))")
    with Target(source) as t:
        pyprof("attach", "-q", "-r", "500", "-d", "2", "-o", path("short.db"), t.pid)
    samples, lost = one(path("short.db"), "SELECT samples FROM run"), one(path("short.db"), "SELECT unreadable FROM run")
    assert samples > 300 and lost <= 0.02 * samples, (samples, lost)
    part = self_samples(path("short.db"), "short") / (self_samples(path("short.db"), "short") + self_samples(path("short.db"), "calls"))
    assert 0.15 < part < 0.7 and self_samples(path("short.db"), "gen") > 0.05 * samples, (part, samples)


def check_attach_subprocesses():
    """children are sampled with --subprocesses, those there and those that come"""
    source = ("import subprocess\nchild = 'def child(n):\\n  for i in range(n): pass\\nfor i in range(1000): child(100000)'\n"
              "a = subprocess.Popen([sys.executable, '-c', child])\nprint('one', flush=True)\nspin(0.5)\n"
              "b = subprocess.Popen([sys.executable, '-c', child])\nprint('two', flush=True)\nspin(20)")
    with Target(source) as t:
        t.p.stdout.readline()
        p = subprocess.Popen([PYPROF, "attach", "-q", "-s", "-o", path("s.db"), t.pid])
        try:
            for _ in range(60):
                time.sleep(0.5)
                pyprof("control", str(p.pid), "flush")
                if one(path("s.db"), "SELECT coalesce(max(processes), 0) FROM run") == 3 and self_samples(path("s.db"), "child") > 20:
                    break
        finally:
            p.send_signal(signal.SIGINT)
            p.wait()
            subprocess.run(["pkill", "-KILL", "-P", t.pid])
    assert one(path("s.db"), "SELECT processes FROM run") == 3
    assert self_samples(path("s.db"), "child") > 20 and self_samples(path("s.db"), "spin") > 10


def check_attach_many_threads():
    """hundreds of threads that wait: the recorder slows down rather than take more than its part of a core"""
    with Target("[threading.Thread(target=sleeper, daemon=True).start() for _ in range(400)]\nprint('up', flush=True)\nspin(20)") as t:
        t.p.stdout.readline()
        before = os.times()
        pyprof("attach", "-q", "-d", "3", "-o", path("many-threads.db"), t.pid)
        after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert used < 0.5 and one(path("many-threads.db"), "SELECT rate FROM run") < 60, used
    assert self_samples(path("many-threads.db"), "spin") > 3 and self_samples(path("many-threads.db"), "sleeper") == 0


def check_attach_namespace():
    """a process in another pid namespace, as in a container"""
    with tempfile.NamedTemporaryFile("w", suffix=".py", dir=FOLDER) as f:
        f.write(SPIN + "import os\nopen(sys.argv[1], 'w').write('up')\nspin(20)")
        f.flush()
        up = path("up")
        p = subprocess.Popen(["unshare", "-p", "-f", "--mount-proc", PYTHON, f.name, up], stderr=subprocess.DEVNULL)
        while p.poll() is None and not os.path.exists(up):
            time.sleep(0.05)
        if p.poll() is not None:
            return  # not permitted here
        pid = open(f"/proc/{p.pid}/task/{p.pid}/children").read().split()[0]
        pyprof("attach", "-q", "-d", "1", "-o", path("ns.db"), pid)
        assert "spin  " + f.name in pyprof("dump", "-p", pid)
        os.kill(int(pid), signal.SIGKILL)
        p.wait()
    assert self_samples(path("ns.db"), "spin") > 5


def check_attach_refused():
    """what cannot be sampled is refused with one clear line"""
    with subprocess.Popen(["sleep", "20"]) as p:
        pyprof("record", "-o", path("no.db"), "-p", str(p.pid), status=7)
        p.kill()
    pyprof("dump", "-p", "999999999", status=3)
    pyprof("attach", "12x", status=2)
    pyprof("attach", "-i", "-g", "1", status=2)
    pyprof("record", "-p", "1", "--", "true", status=2)
    assert not os.path.exists(path("no.db"))


def check_dump():
    """the stacks of all threads, now"""
    with Target("threading.Thread(target=sleeper, daemon=True).start()\nspin(20)") as t:
        time.sleep(0.2)
        text = pyprof("dump", "-p", t.pid)
        threads = json.loads(pyprof("dump", "--json", "-p", t.pid))["threads"]
    assert "sleeper  <string>:" in text and "spin  <string>:" in text and "Thread.run" in text, text
    assert len(threads) == 2 and threads[0]["frames"][-1]["name"] == "<module>"
    assert [f["name"] for f in threads[1]["frames"]][0] == "sleeper" and not threads[1]["running"], threads
    assert threads[1]["frames"][0]["line"] == 11, threads


def check_top():
    """the live picture, without a terminal"""
    with Target("spin(20)") as t:
        text = pyprof("top", "-p", t.pid, "-n", "2", "-d", "0.4")
    assert text.count("process ") == 2 and "100.0%  <module>" in text and "%  spin" in text, text


def check_control():
    """sampling starts and stops by order and by signal"""
    p = subprocess.Popen([PYPROF, "record", "-q", "--paused", "-r", "500", "-o", path("o.db"), "--", PYTHON, "-c",
                          SPIN + "print('go', flush=True)\nspin(100)"], stdout=subprocess.PIPE)
    p.stdout.readline()

    def ask(*order):
        return json.loads(pyprof("control", str(p.pid), *order))

    def changes(wanted):
        """Samples are being taken, or not any more; a paused thread looks up twice a second of its CPU time."""
        for _ in range(40):
            before = ask()["samples"]
            time.sleep(0.7)
            if (ask()["samples"] - before > 0) == wanted:
                return True
        return False

    try:
        status = ask()
        assert status == {"recorder": p.pid, "sampling": False, "samples": 0, "rate": 500}, status
        assert ask("start")["sampling"] is True and changes(True)
        assert ask("stop")["sampling"] is False and changes(False)
        os.kill(p.pid, signal.SIGUSR1)
        assert changes(True)
        ask("flush")
        time.sleep(0.5)
        assert self_samples(path("o.db"), "spin") > 0
        os.kill(p.pid, signal.SIGUSR2)
        assert changes(False)
    finally:
        p.terminate()
        p.wait()
    pyprof("control", str(p.pid), status=3)
    pyprof("control", str(p.pid), "dance", status=2)


def record(name, *options, source="spin(0.7)"):
    pyprof("record", "-q", "-r", "1000", "-o", path(name), *options, "--", PYTHON, "-c", SPIN + source)
    return path(name)


def check_duration():
    """a command runs on when its recording is over"""
    db, begun = path("t.db"), time.time()
    out = pyprof("record", "-q", "-r", "1000", "-d", "0.5", "-o", db, "--", PYTHON, "-c", SPIN + "spin(2); print('done')")
    assert out == "done\n" and 0.4 < one(db, "SELECT seconds FROM run") < time.time() - begun - 0.5
    assert self_samples(db, "spin") > 10


def check_privacy():
    """bytecode and the names of locals can be left out, and what is left is a sound profile"""
    db = record("nc.db", "--no-code")
    assert one(db, "SELECT count(*) FROM code WHERE body IS NOT NULL") == 0 and self_samples(db, "spin") > 50
    assert "spin" in pyprof("report", db)
    db = record("nl.db", "--no-locals")
    report = pyprof("report", "--json", db)
    names = [s["name"] for f in json.loads(report)["functions"] if f["name"] == "spin" for s in f["sites"] if "name" in s]
    assert names and all(n.startswith(".") for n in names), names
    assert "seconds" not in report.replace('"seconds":', "")


def check_limits():
    """a profile stays within its size, and its stacks within their number"""
    many = ("def f(d, k):\n    return spin(0.002) if d == 0 else (f(d - 1, k // 2) if k & 1 else g(d - 1, k // 2))\n"
            "def g(d, k):\n    return spin(0.002) if d == 0 else (f(d - 1, k // 2) if k & 1 else g(d - 1, k // 2))\n"
            "for k in range(400): f(9, k)")
    db = record("many.db", source=many)
    whole = one(db, "SELECT count(*) FROM stack")
    db = record("few.db", "--max-stacks", "100", source=many)
    assert whole > 300 and one(db, "SELECT count(*) FROM stack") <= 100 and self_samples(db, "spin") > 100
    db = record("size.db", "--max-size", "120k", source=many)
    assert os.path.getsize(db) <= 120 << 10 and one(db, "PRAGMA integrity_check") == "ok"


def main():
    failed = run_checks("outside", globals())
    shutil.rmtree(FOLDER)
    return failed


sys.exit(main())
