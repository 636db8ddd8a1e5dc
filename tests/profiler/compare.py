"""What sampling costs the program, against the samplers that people know: py-spy and austin.

    VENV/bin/python compare.py PYPROF [RATE] [PAIRS]     in an environment that has py-spy, austin-dist, gunicorn and flask

Programs: the five of overhead.py, one with 16 threads, and gunicorn with two workers serving a small Flask site under load
from loopback.  Every sampler runs in turn with a plain run before it; printed are the medians of the ratios of the
program's CPU time to the plain run's, the sampler's own CPU time as a part of the program's, and its samples."""
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PYPROF = os.path.abspath(sys.argv[1])
RATE = sys.argv[2] if len(sys.argv) > 2 else "100"
PAIRS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
BIN = os.path.dirname(sys.executable)
FOLDER = tempfile.mkdtemp()
OUT = os.path.join(FOLDER, "out")
TICK = os.sysconf("SC_CLK_TCK")
SECONDS = 2.0

THREADS = """
import sys, threading
def work(n):
    s = 0.5
    for i in range(n):
        s = s * 1.0000001 + (i & 3)
    return s
t = [threading.Thread(target=work, args=(int(sys.argv[1]) * 1000,)) for _ in range(16)]
[x.start() for x in t]; [x.join() for x in t]
"""
DRIVER = """
import os, runpy, sys
sys.argv = sys.argv[1:]
print('go', flush=True)
sys.stdin.readline()
before = sum(os.times()[:2])
runpy.run_path(sys.argv[0], run_name='__main__')
print('cpu', sum(os.times()[:2]) - before, flush=True)
"""
SITE = """
import flask, json
app = flask.Flask(__name__)
PAGE = "<ul>{% for r in rows %}<li>{{ r.name }}: {{ r.n * 2 }}</li>{% endfor %}</ul>"
@app.route("/page")
def page():
    return flask.render_template_string(PAGE, rows=[{"name": "row %d" % i, "n": i} for i in range(60)])
@app.route("/data")
def data():
    return flask.jsonify([{"id": i, "text": str(i) * 3} for i in range(200)])
"""


def samplers(pid, db):
    """Each from outside, as an operator has it; pyprof also as the parent."""
    return {
        "pyprof attach": [PYPROF, "attach", "-q", "-s", "--force", "-r", RATE, "-o", db, str(pid)],
        "py-spy": [f"{BIN}/py-spy", "record", "-s", "-r", RATE, "-f", "raw", "-o", OUT, "-p", str(pid)],
        "py-spy nonblocking": [f"{BIN}/py-spy", "record", "-s", "--nonblocking", "-r", RATE, "-f", "raw", "-o", OUT, "-p", str(pid)],
        "austin": [f"{BIN}/austin", "-C", "-i", str(int(1e6 / float(RATE))), "-o", OUT, "-p", str(pid)],
    }


NAMES = ["pyprof record", *samplers(0, "")]


def cpu_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    except OSError:
        return 0


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(c) for c in f.read().split()]


def samples_of(name, db, log):
    try:
        if name.startswith("pyprof"):
            import sqlite3
            return sqlite3.connect(db).execute("SELECT sum(n) FROM self_sample").fetchone()[0]
        with open(OUT) as f:
            lines = [l for l in f if not l.startswith("#")]
        if name.startswith("py-spy"):
            return sum(int(l.rsplit(" ", 1)[1]) for l in lines)
        return len(lines)
    except Exception:
        return -1


def run_program(args, name):
    """CPU seconds of the program, which tells them itself, CPU seconds of the sampler, samples."""
    db = os.path.join(FOLDER, "p.db")
    command = [sys.executable, os.path.join(FOLDER, "driver.py"), *args]
    if name == "pyprof record":
        command = [PYPROF, "record", "-q", "--force", "-r", RATE, "-o", db, "--", *command]
    p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert p.stdout.readline() == b"go\n"
    before = os.times()
    sampler = None
    if name and name != "pyprof record":
        sampler = subprocess.Popen(samplers(p.pid, db)[name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)  # it has read the symbols
    p.stdin.write(b"\n")
    p.stdin.close()
    out = p.stdout.read()
    used = cpu_of(p.pid) if name == "pyprof record" else 0
    p.wait()
    if sampler:
        sampler.wait()
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
    cpu = float(re.search(rb"^cpu (.*)$", out, re.M)[1])
    if sampler:
        used -= cpu  # the program is a child too; what it used before is little
    return cpu, max(0.0, used), samples_of(name, db, out) if name else 0


def size_of(path):
    size = 20
    while True:
        cpu, _, _ = run_program([path, str(size)], None)
        if cpu > 0.3:
            return str(max(1, int(size * SECONDS / cpu)))
        size *= 4


def load(port, seconds):
    """Requests a second and the 99th percentile of their milliseconds, from two clients."""
    took = []

    def client():
        c = http.client.HTTPConnection("127.0.0.1", port)
        end = time.time() + seconds
        while time.time() < end:
            for path in "/page", "/data":
                begun = time.perf_counter()
                c.request("GET", path)
                assert len(c.getresponse().read()) > 100
                took.append(time.perf_counter() - begun)

    t = [threading.Thread(target=client) for _ in range(2)]
    [x.start() for x in t]
    [x.join() for x in t]
    took.sort()
    return len(took) / seconds, 1e3 * took[int(0.99 * len(took))]


def run_server(name):
    """CPU seconds per request of the workers, the sampler's CPU as a part, requests a second, p99."""
    db = os.path.join(FOLDER, "p.db")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    command = [f"{BIN}/gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--chdir", FOLDER, "site_app:app", "--log-level", "error"]
    if name == "pyprof record":
        command = [PYPROF, "record", "-q", "--force", "-r", RATE, "-o", db, "--", *command]
    p = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    load(port, 0.5)
    master = children(p.pid)[0] if name == "pyprof record" else p.pid
    workers = children(master)
    sampler = None
    if name and name != "pyprof record":
        sampler = subprocess.Popen(samplers(master, db)[name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
    before, own = sum(map(cpu_of, workers)), cpu_of(sampler.pid if sampler else p.pid)
    rps, p99 = load(port, 3)
    used = sum(map(cpu_of, workers)) - before
    own = cpu_of(sampler.pid if sampler else p.pid) - own if name else 0
    if sampler:
        sampler.terminate()
        sampler.wait()
    p.terminate()
    p.wait()
    return used / (rps * 3), own / used, rps, p99


def main():
    for name, text in ("threads.py", THREADS), ("site_app.py", SITE), ("driver.py", DRIVER):
        with open(os.path.join(FOLDER, name), "w") as f:
            f.write(text)
    programs = [os.path.join(HERE, "programs", n + ".py") for n in ("branchy", "classes", "numeric", "recursive", "strings")]
    programs.append(os.path.join(FOLDER, "threads.py"))
    print(f"{RATE} Hz, {PAIRS} pairs: CPU of the program against a plain run; the sampler's own CPU as a part of it; samples")
    for path in programs:
        size = size_of(path)
        for name in NAMES:
            rows = []
            for _ in range(PAIRS):
                plain = run_program([path, size], None)[0]
                cpu, own, samples = run_program([path, size], name)
                rows.append((cpu / plain, own / plain, samples))
            a, b, c = (statistics.median(x) for x in zip(*rows))
            print(f"  {os.path.basename(path):14} {name:20} {a:6.3f}  own {100 * b:5.1f} %  {c:6.0f} samples", flush=True)
    for name in NAMES:
        rows = []
        for _ in range(PAIRS):
            plain, with_it = run_server(None), run_server(name)
            rows.append((with_it[0] / plain[0], with_it[1], with_it[2] / plain[2], with_it[3] / plain[3]))
        a, b, c, d = (statistics.median(x) for x in zip(*rows))
        print(f"  gunicorn+flask {name:20} {a:6.3f}  own {100 * b:5.1f} %  requests/s {c:.3f}  p99 {d:.3f}", flush=True)


main()
