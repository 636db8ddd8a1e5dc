"""What recording must survive, many times over: each storm prints how many runs went as they must.

    python3.11 storms.py PYPROF PYTHON [RUNS] [STORM...]     RUNS: of each storm (default: 20)

OPTIONS in the environment go to the recorder (OPTIONS=--native).

In every run the program's output and exit status must be those of an unprofiled run."""
import ctypes
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

PYPROF, PYTHON = sys.argv[1:3]
RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
FOLDER = tempfile.mkdtemp()
OPTIONS = os.environ.get("OPTIONS", "").split()
DICE = random.Random(int(os.environ.get("SEED", "1")))
SPIN = "def spin(n):\n    s = 0\n    for i in range(n):\n        s += i & 3\n    return s\n"
SHORT = SPIN + "import json\nfor i in range(800): json.dumps([spin(5000)] * 100)\nprint('done')\nraise SystemExit(7)\n"
MS_RDONLY, MS_REMOUNT = 1, 32


def command(db, source=SHORT, *options):
    return [PYPROF, "record", "-q", "--force", "-r", "2000", *OPTIONS, *options, "-o", db, "--", PYTHON, "-c", source]


def is_sound(db, needed=True):
    """The file opens, passes SQLite's own check and can be read; a file that was never begun is as good."""
    if not os.path.exists(db) or os.path.getsize(db) == 0:
        return not needed
    c = sqlite3.connect(db)
    try:
        if c.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return False
        if c.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):  # killed while making it
            return not needed
    finally:
        c.close()
    return subprocess.run([PYPROF, "report", "--json", db], stdout=subprocess.DEVNULL).returncode == 0


def run_time():
    begun = time.time()
    subprocess.run(command(os.path.join(FOLDER, "t.db")), stdout=subprocess.DEVNULL)
    return time.time() - begun


def ends_as_always(source):
    """The program prints done and ends with 7, and leaves a sound database."""
    db = os.path.join(FOLDER, "ends.db")
    for _ in range(RUNS):
        done = subprocess.run(command(db, source), stdout=subprocess.PIPE, timeout=120)
        yield done.stdout == b"done\n" and done.returncode == 7 and is_sound(db)


def storm_recorder_killed():
    """SIGKILL of the recorder at a random time: the program ends as ever, the file is sound"""
    whole, db = run_time(), os.path.join(FOLDER, "rk.db")
    for _ in range(RUNS):
        r, w = os.pipe()
        p = subprocess.Popen(command(db, SHORT.replace("raise", f"import os; os.write({w}, b'7')\nraise")),
                             stdout=subprocess.PIPE, pass_fds=[w])
        os.close(w)
        time.sleep(DICE.uniform(0, 1.1 * whole))
        p.kill()
        out = p.stdout.read()
        p.wait()
        end = os.read(r, 10)
        os.close(r)
        began = out or end  # a recorder killed before it has started the program starts none
        yield (not began or (out == b"done\n" and end == b"7")) and is_sound(db, needed=False)


def storm_recorder_stopped():
    """a recorder stopped for a minute, once: the program runs and ends as ever meanwhile, what is missed is counted"""
    db = os.path.join(FOLDER, "rs.db")
    source = SPIN + "import time\nend = time.time() + 50\nwhile time.time() < end: spin(1000)\nprint('done')\nraise SystemExit(7)"
    p = subprocess.Popen(command(db, source), stdout=subprocess.PIPE)
    time.sleep(1)
    p.send_signal(signal.SIGSTOP)
    stopped = time.time()
    out = p.stdout.readline()
    in_time = time.time() - stopped < 59
    time.sleep(max(0, stopped + 60 - time.time()))
    p.send_signal(signal.SIGCONT)
    status = p.wait()
    p.stdout.close()
    samples, lost = sqlite3.connect(db).execute("SELECT samples, lost FROM run").fetchone()
    yield in_time and out == b"done\n" and status == 7 and is_sound(db) and samples > 0 and lost > 0


def storm_target_killed():
    """SIGKILL of the program at a random time: the recorder says so, the file is sound"""
    whole, db = run_time(), os.path.join(FOLDER, "tk.db")
    for _ in range(RUNS):
        source = "import os, sys\nos.write(1, b'%d\\n' % os.getpid())\n" + SHORT
        p = subprocess.Popen(command(db, source), stdout=subprocess.PIPE)
        pid = int(p.stdout.readline())
        time.sleep(DICE.uniform(0, 0.8 * whole))
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        yield p.wait() in (128 + signal.SIGKILL, 7) and is_sound(db)
        p.stdout.close()


def storm_attached_recorder_killed():
    """SIGKILL of a recorder that samples from outside: the program ends as ever, the file is sound"""
    whole, db = run_time(), os.path.join(FOLDER, "ak.db")
    for _ in range(RUNS):
        t = subprocess.Popen([PYTHON, "-c", SHORT], stdout=subprocess.PIPE)
        time.sleep(0.1)
        p = subprocess.Popen([PYPROF, "attach", "-q", "--force", "-r", "1000", *OPTIONS, "-o", db, str(t.pid)], stderr=subprocess.DEVNULL)
        time.sleep(DICE.uniform(0, whole))
        p.kill()
        p.wait()
        yield t.stdout.read() == b"done\n" and t.wait() == 7 and is_sound(db, needed=False)
        t.stdout.close()


def storm_disk_full():
    """a disk that fills up at some point: the program ends as ever, what is on the disk is sound"""
    libc = ctypes.CDLL(None, use_errno=True)
    place = os.path.join(FOLDER, "small")
    os.mkdir(place)
    for i in range(RUNS):
        size = b"size=%dk" % (4 + 396 * i // RUNS)
        if libc.mount(b"tmpfs", place.encode(), b"tmpfs", 0, size):
            print("  (no tmpfs can be mounted here)")
            return
        db = os.path.join(place, "p.db")
        done = subprocess.run(command(db), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        began = done.returncode != 10 or done.stdout
        yield (done.stdout == b"done\n" and done.returncode == 7 if began else done.stderr.count(b"\n") == 1) and is_sound(db, needed=False)
        libc.umount(place.encode())


def storm_write_errors():
    """EIO and ENOSPC at the k-th write or sync of the recorder: the program ends as ever, the file is sound"""
    db = os.path.join(FOLDER, "eio.db")
    if not shutil.which("strace"):
        print("  (no strace here)")
        return
    for i in range(RUNS):
        call, error = DICE.choice(["pwrite64", "fdatasync", "fsync"]), DICE.choice(["EIO", "ENOSPC"])
        inject = ["strace", "-o", "/dev/null", "-e", "trace=" + call, "-e", f"inject={call}:error={error}:when={1 + i * 60 // RUNS}+"]
        done = subprocess.run([*inject, *command(db)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        began = done.returncode != 10 or done.stdout
        yield (done.stdout == b"done\n" and done.returncode == 7 if began else done.stderr.count(b"\n") == 1) and is_sound(db, needed=False)


def storm_forks():
    """processes that fork as fast as they can, children of children among them"""
    source = (SPIN + "import os\ndef brood(n, deep):\n    for i in range(n):\n        if os.fork() == 0:\n            spin(3000)\n"
              "            if deep: brood(3, deep - 1)\n            os._exit(0)\n    for i in range(n): assert os.wait()[1] == 0\n"
              "for i in range(6): brood(12, 1)\nspin(300000)\nprint('done')\nraise SystemExit(7)")
    yield from ends_as_always(source)


def storm_threads():
    """a thousand threads that come and go, with the smallest stacks"""
    source = (SPIN + "import threading\nthreading.stack_size(32768)\nfor i in range(20):\n"
              "    t = [threading.Thread(target=spin, args=(500,)) for _ in range(50)]\n"
              "    [x.start() for x in t]; [x.join() for x in t]\nprint('done')\nraise SystemExit(7)")
    yield from ends_as_always(source)


def storm_shutdown():
    """daemon threads that are busy while the interpreter ends"""
    source = (SPIN + "import threading, time\nfor i in range(4): threading.Thread(target=spin, args=(10**9,), daemon=True).start()\n"
              "time.sleep(0.02)\nprint('done')\nraise SystemExit(7)")
    yield from ends_as_always(source)


def storm_dlopen():
    """threads that load and unload libraries as fast as they can while native stacks are taken"""
    source = (SPIN + "import _ctypes, _bz2, _lzma, _decimal, _hashlib, shutil, tempfile, threading, zlib\n"
              "folder = tempfile.mkdtemp()\n"
              "files = []\nfor m in (_bz2, _lzma, _decimal, _hashlib):\n"
              "    if getattr(m, '__file__', None): files.append(shutil.copy(m.__file__, folder))\n"
              "libraries = files or ['libz.so.1', 'libm.so.6']\n"
              "def load(n):\n    for i in range(n):\n        for f in libraries: _ctypes.dlclose(_ctypes.dlopen(f, 2))\n"
              "t = [threading.Thread(target=load, args=(60,)) for _ in range(3)]\n[x.start() for x in t]\n"
              "while any(x.is_alive() for x in t): zlib.compress(b'abcd' * 20000); spin(2000)\n"
              "shutil.rmtree(folder)\nprint('done')\nraise SystemExit(7)")
    db = os.path.join(FOLDER, "dl.db")
    for _ in range(RUNS):
        done = subprocess.run(command(db, source, "--native"), stdout=subprocess.PIPE, timeout=120)
        samples, native = sqlite3.connect(db).execute("SELECT samples, native FROM run").fetchone()
        yield done.stdout == b"done\n" and done.returncode == 7 and is_sound(db) and native > samples / 2


def storm_signals():
    """a program that handles SIGPROF and is sent thousands of them gets every one that the kernel delivers"""
    source = ("import os, signal, sys, time\nn = 0\ndef h(s, f):\n    global n; n += 1\nsignal.signal(signal.SIGPROF, h)\n"
              "os.write(1, b'%d\\n' % os.getpid())\nend = time.time() + 0.6\nwhile time.time() < end: sum(range(1000))\n"
              "print('done' if n > 100 else n)\nraise SystemExit(7)")
    db = os.path.join(FOLDER, "si.db")
    for _ in range(RUNS):
        p = subprocess.Popen(command(db, source), stdout=subprocess.PIPE)
        pid = int(p.stdout.readline())
        end = time.time() + 0.5
        while time.time() < end:
            os.kill(pid, signal.SIGPROF)
            time.sleep(0.0001)
        out = p.stdout.read()
        yield p.wait() == 7 and out == b"done\n" and is_sound(db)
        p.stdout.close()


def storm_attach_churn():
    """threads and code objects that come and go while they are read from outside"""
    source = (SPIN + "import threading, time\nend = time.time() + 1\nk = 0\n"
              "def work(k):\n    d = {}\n    exec(f'def f{k}(x):\\n    return [i * {k} for i in range(x)]', d)\n    d[f'f{k}'](2000)\n"
              "while time.time() < end:\n    t = [threading.Thread(target=work, args=(k + i,)) for i in range(8)]\n"
              "    [x.start() for x in t]; [x.join() for x in t]; k += 8\nprint('done')\nraise SystemExit(7)")
    db = os.path.join(FOLDER, "ac.db")
    for _ in range(RUNS):
        t = subprocess.Popen([PYTHON, "-c", source], stdout=subprocess.PIPE)
        time.sleep(0.15)
        p = subprocess.run([PYPROF, "attach", "-q", "--force", "-r", "2000", *OPTIONS, "-o", db, str(t.pid)])
        yield t.stdout.read() == b"done\n" and t.wait() == 7 and p.returncode == 0 and is_sound(db)
        t.stdout.close()


def main(only):
    passed = failed = 0
    for name, storm in list(globals().items()):
        if not name.startswith("storm_") or (only and name[6:] not in only):
            continue
        begun = time.time()
        results = [bool(x) for x in storm()]
        passed, failed = passed + sum(results), failed + len(results) - sum(results)
        print(f"{sum(results):4} of {len(results):4}  {storm.__doc__}  ({time.time() - begun:.0f} s)", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"storms: {passed} passed, {failed} failed")
    return failed > 0


sys.exit(main(sys.argv[4:]))
