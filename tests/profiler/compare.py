"""What sampling costs a program, switched on and off within one and the same process.

    VENV/bin/python compare.py PYPROF [--rates 100,1000] [--seconds S] [--only WORD,...] [--others]

Two runs of one program differ by ten per cent and more on a machine that others share, and so do two seconds of one run:
neither can show one per cent.  Under `pyprof record` the program itself stops and starts the clocks of its threads, which
are perf events or CPU timers, after every piece of work, some 20 ms, and tells the recorder to look on or away, which may look
from outside; each piece with sampling is set against the two without around it.  A server's recorder is told every 150 ms.
Other samplers (--others: py-spy, austin, and pyprof attach) cannot be switched like that: they are started and ended beside
the program, for a second at a time, and what they cost is known less well.

Printed are the median of the ratios and the range in which the true median lies with 90 % probability, of the CPU time and
of the wall time of the same work, and the CPU time of the sampler itself as a part of the program's (of pyprof record, but for the
server: while it samples half of the time).  For gunicorn, with two
workers that serve a small Flask site under load from loopback, wall is a request's time, and the 99th percentile of that is
given too.  The programs are five of tests/profiler/programs, one with 16 threads, and gunicorn; the environment has py-spy,
austin-dist, gunicorn and flask (make compare)."""
import argparse
import http.client
import itertools
import json
import math
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.path.dirname(sys.executable)
FOLDER = tempfile.mkdtemp()
SETTLES, MEASURED = 2.0, 1.0  # seconds, of samplers that read symbols first
TURN = 0.15  # seconds that a server is sampled, or not, at one time

# Each piece of work leaves a row: when it ended, CPU and wall seconds of a unit of work, and whether the clocks ran.
SWITCH = """
import contextlib, ctypes, fcntl, io, json, os, random, select, signal, sys, threading, time
ENABLE, DISABLE = 0x2400, 0x2401  # PERF_EVENT_IOC_
TIMER_SETTIME, TIMER_GETTIME = 223, 224
libc = ctypes.CDLL(None)
def clocks():
    def what(fd):
        try:
            return os.readlink(f'/proc/self/fd/{fd}')
        except OSError:
            return ''
    def period(timer):
        spec = (ctypes.c_long * 4)()
        libc.syscall(TIMER_GETTIME, timer, spec)
        return timer, spec[0] * 10**9 + spec[1]
    events = [int(fd) for fd in os.listdir('/proc/self/fd') if 'perf_event' in what(fd)]
    with open('/proc/self/timers') as f:
        return events, [period(int(line.split()[1])) for line in f if line.startswith('ID:')]
def switch(found, on, recorder=os.getppid()):
    for fd in found[0]:
        fcntl.ioctl(fd, ENABLE if on else DISABLE, 0)
    for timer, ns in found[1]:  # from somewhere within a period: pieces of work are not much longer
        spec = (0, ns, 0, random.randint(1, ns)) if on else (0, 0, 0, 0)
        libc.syscall(TIMER_SETTIME, timer, 0, (ctypes.c_long * 4)(*spec), None)
    if recorder and found[1]:  # it may look from outside, too
        os.kill(recorder, signal.SIGUSR1 if on else signal.SIGUSR2)
"""
WORKER = SWITCH + """
path, log, on, found = sys.argv[1], [], False, clocks()
with open(path) as f:
    code = compile(f.read(), path, 'exec')
def work(size):
    sys.argv = [path, str(size)]
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, {'__name__': '__main__'})
size, took = 1, 0
while took < 0.01:
    begun = time.process_time()
    work(size := size * 2)
    took = time.process_time() - begun
print(len(found[0] + found[1]), flush=True)
while not select.select([0], [], [], 0)[0]:
    on = not on
    switch(found, on)
    wall, cpu = time.monotonic(), time.process_time()
    work(size)
    cpu, end = time.process_time() - cpu, time.monotonic()
    log.append((end, cpu, end - wall, on))
print(json.dumps(log))
"""
THREADS = SWITCH + """
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])  # how two CPUs hand the GIL over is another matter, and noise
done, ended = [0] * 16, False
def work(k):
    s = 0.5
    while not ended:
        for i in range(100):
            s = s * 1.0000001 + (i & 3)
        done[k] += 1
threads = [threading.Thread(target=work, args=(k,)) for k in range(16)]
[t.start() for t in threads]
log, on, asked, found = [], False, threading.Thread(target=sys.stdin.readline), clocks()
print(len(found[0] + found[1]), flush=True)
asked.start()
while asked.is_alive():
    on = not on
    switch(found, on)
    before, wall, cpu = sum(done), time.monotonic(), time.process_time()
    time.sleep(0.05)
    end, n = time.monotonic(), sum(done) - before
    log.append((end, (time.process_time() - cpu) / n, (end - wall) / n, on))
ended = True
print(json.dumps(log))
"""
SITE = SWITCH + """
import flask
app = flask.Flask(__name__)
PAGE = "<ul>{% for r in rows %}<li>{{ r.name }}: {{ r.n * 2 }}</li>{% endfor %}</ul>"
EACH, found, state = 10, clocks(), {'n': 0, 'on': True, 'wall': 0, 'cpu': 0}
HERE = os.path.dirname(os.path.abspath(__file__))
log = open(os.path.join(HERE, f'log{os.getpid()}'), 'w')
@app.before_request
def follow():  # both workers have one recorder: who makes the requests says whether it samples
    state['n'] += 1
    if state['n'] % EACH:
        return
    end, cpu, on = time.monotonic(), time.process_time(), not os.path.exists(os.path.join(HERE, 'off'))
    if on == state['on']:
        print(json.dumps((end, (cpu - state['cpu']) / EACH, (end - state['wall']) / EACH, on)), file=log, flush=True)
    else:  # the requests since were served in part with and in part without
        state['on'] = on
        switch(found, on, None)
    state['wall'], state['cpu'] = time.monotonic(), time.process_time()
@app.after_request
def tell(response):
    response.headers['Sampled'] = str(int(state['on']))
    return response
@app.route("/page")
def page():
    return flask.render_template_string(PAGE, rows=[{"name": "row %d" % i, "n": i} for i in range(60)])
@app.route("/data")
def data():
    return flask.jsonify([{"id": i, "text": str(i) * 3} for i in range(200)])
"""


def cpu_of(pid):
    """Seconds on the CPU, of all its threads, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return 1e-9 * total


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(c) for c in f.read().split()]


class Recorder:
    """pyprof record, the program's parent: the program switches its clocks by itself."""
    name, switched_within = "pyprof record", True

    def __init__(self, rate, command, **how):
        db = os.path.join(FOLDER, "p.db")
        self.process = subprocess.Popen([ARGS.pyprof, "record", "-q", "--force", "-r", rate, "-o", db, "--", *command], **how)

    def target(self):
        while not children(self.process.pid):
            time.sleep(0.05)
        return children(self.process.pid)[0]

    def run(self, workers):
        """Stretches with and without sampling, as far as they are made here, and the sampler's part of the CPU time."""
        own, used = cpu_of(self.process.pid), sum(map(cpu_of, workers))
        time.sleep(ARGS.seconds)
        return [], (cpu_of(self.process.pid) - own) / (sum(map(cpu_of, workers)) - used)

    def run_in_turn(self, workers):
        """The same of a server, which cannot tell when its recorder samples: it is told."""
        own = used = 0
        off, on = os.path.join(FOLDER, "off"), True
        for _ in range(max(5, int(ARGS.seconds / TURN))):
            on = not on
            before = cpu_of(self.process.pid), sum(map(cpu_of, workers))
            open(off, "w").close() if not on else os.unlink(off)
            self.process.send_signal(signal.SIGUSR1 if on else signal.SIGUSR2)
            time.sleep(TURN)
            if on:
                own, used = own + cpu_of(self.process.pid) - before[0], used + sum(map(cpu_of, workers)) - before[1]
        return own / used


class Outsider:
    """A sampler that is started beside a program and ended again."""
    switched_within = False

    def __init__(self, name, rate, command, **how):
        self.name, self.rate = name, rate
        self.process = subprocess.Popen(command, **how)

    def target(self):
        return self.process.pid

    def command(self):
        out, pid = os.path.join(FOLDER, "out"), str(self.process.pid)
        spy = [f"{BIN}/py-spy", "record", "-s", "-r", self.rate, "-f", "raw", "-o", out, "-p", pid]
        return {
            "pyprof attach": [ARGS.pyprof, "attach", "-q", "-s", "--force", "-r", self.rate, "-o", out + ".db", pid],
            "py-spy": spy,
            "py-spy nonblocking": [*spy, "--nonblocking"],
            "austin": [f"{BIN}/austin", "-C", "-i", str(int(1e6 / float(self.rate))), "-o", out, "-p", pid],
        }[self.name]

    def run(self, workers):
        stretches, parts = [], []
        for _ in range(max(3, int(ARGS.seconds / (SETTLES + 2 * MEASURED)))):
            begin = time.monotonic()
            time.sleep(MEASURED)
            stretches.append((begin, time.monotonic()))
            sampler = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(SETTLES)
            begin, own, used = time.monotonic(), cpu_of(sampler.pid), sum(map(cpu_of, workers))
            time.sleep(MEASURED)
            stretches.append((begin, time.monotonic()))
            parts.append((cpu_of(sampler.pid) - own) / (sum(map(cpu_of, workers)) - used))
            sampler.terminate()
            sampler.wait()
        begin = time.monotonic()
        time.sleep(MEASURED)
        return [*stretches, (begin, time.monotonic())], statistics.median(parts)


OUTSIDERS = ["pyprof attach", "py-spy", "py-spy nonblocking", "austin"]


def start(name, rate, command, **how):
    return Recorder(rate, command, **how) if name == Recorder.name else Outsider(name, rate, command, **how)


def against_neighbours(x):
    """Of each with sampling, the odd ones, to the mean of the two beside it."""
    return [x[k] / (0.5 * (x[k - 1] + x[k + 1])) for k in range(1, len(x) - 1, 2)]


def costs(rows, stretches, field):
    """Off, on, off and so on: each row's, or each stretch's median, for what disturbs is rare and large."""
    if not stretches:
        return [row[field] for row in rows[next(i for i, row in enumerate(rows) if not row[3]):]]
    return [statistics.median(r[field] for r in rows if begin <= r[0] <= end) for begin, end in stretches]


def turns(rows):
    """One row for those of each turn, on or off: medians."""
    return [[statistics.median(x) for x in zip(*list(group)[:-1])][:3] + [on] for on, group in
            ((on, list(group)) for on, group in itertools.groupby(rows, lambda row: row[3])) if len(group) > 1]


def median_and_range(ratios):
    """The range is that of the order statistics between which the median lies with 90 %."""
    x, n, tail, k = sorted(ratios), len(ratios), 0, 0
    while k < n and 20 * (tail + math.comb(n, k)) <= 2**n:
        tail, k = tail + math.comb(n, k), k + 1
    k = max(0, k - 1)
    return f"{statistics.median(x):.3f} ({x[k]:.3f} to {x[n - 1 - k]:.3f})"


def summary(logs, stretches, own):
    def of(field):
        return median_and_range([r for rows in logs for r in against_neighbours(costs(rows, stretches, field))])
    return f"CPU {of(1)}  wall {of(2)}  own {100 * own:4.1f} %"


def run_program(name, rate, command):
    s = start(name, rate, command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    n_clocks = int(s.process.stdout.readline())
    assert not s.switched_within or n_clocks, "the program finds no clocks of its threads"
    stretches, own = s.run([s.target()])
    s.process.stdin.write("end\n")
    s.process.stdin.close()
    log = json.loads(s.process.stdout.read())
    s.process.wait()
    return summary([log], stretches, own)


class Load:
    """Requests without end from two clients: (sampled, seconds) of each."""
    def __init__(self, port):
        self.port, self.took, self.ended = port, [], False
        self.threads = [threading.Thread(target=self.client) for _ in range(2)]
        [t.start() for t in self.threads]

    def client(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port)
        while not self.ended:
            for path in "/page", "/data":
                begun = time.monotonic()
                c.request("GET", path)
                response = c.getresponse()
                assert len(response.read()) > 100
                self.took.append((response.headers["Sampled"] == "1", time.monotonic() - begun))

    def p99(self, sampled):
        took = sorted(t for s, t in self.took if s == sampled)
        return took[int(0.99 * len(took))]

    def stop(self):
        self.ended = True
        [t.join() for t in self.threads]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)


def run_server(name, rate):
    port = free_port()
    s = start(name, rate, [f"{BIN}/gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--chdir", FOLDER, "site_app:app",
                           "--log-level", "error"], stderr=subprocess.DEVNULL)
    wait_for(port)
    load, logs = Load(port), []
    time.sleep(5)
    workers = children(s.target())
    stretches, own = ([], s.run_in_turn(workers)) if s.switched_within else s.run(workers)
    load.stop()
    os.kill(s.target(), 15)
    s.process.wait()
    for pid in workers:
        with open(os.path.join(FOLDER, f"log{pid}")) as f:
            rows = [json.loads(line) for line in f][1:]
        logs.append(turns(rows) if s.switched_within else rows)
    p99 = f"  p99 {load.p99(True) / load.p99(False):.3f} of {len(load.took)} requests" if s.switched_within else ""
    return summary(logs, stretches, own) + p99


def programs():
    python = sys.executable
    for name in "branchy", "classes", "numeric", "recursive", "strings":
        yield name, lambda *a, path=os.path.join(HERE, "programs", name + ".py"): run_program(*a, [python, "-c", WORKER, path])
    yield "16 threads", lambda *a: run_program(*a, [python, "-c", THREADS])
    yield "gunicorn+flask", run_server


def main():
    with open(os.path.join(FOLDER, "site_app.py"), "w") as f:
        f.write(SITE)
    for rate in ARGS.rates.split(","):
        print(f"{rate} Hz, {ARGS.seconds:.0f} s each")
        for program, run in programs():
            for sampler in [Recorder.name, *(OUTSIDERS if ARGS.others else [])]:
                if not ARGS.only or any(word in f"{program} {sampler}" for word in ARGS.only.split(",")):
                    print(f"  {program:14} {sampler:18}  {run(sampler, rate)}", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)


def parse():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("pyprof", type=os.path.abspath)
    p.add_argument("--rates", default="100,1000")
    p.add_argument("--seconds", type=float, default=30)
    p.add_argument("--only", help="what is named 'PROGRAM SAMPLER' with one of these words in it")
    p.add_argument("--others", action="store_true", help="py-spy, austin and pyprof attach too")
    return p.parse_args()


if __name__ == "__main__":
    ARGS = parse()
    main()
