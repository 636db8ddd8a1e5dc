"""What recording must not do to a program, and what it must survive.

    python3.11 faults.py PYPROF PYTHON [core]     one line per check that fails, and the count; core: what depends on the Python

Each check is a function named check_*; its docstring is what it claims."""
import ctypes
import ctypes.util
import marshal
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from checks import run_checks

HERE = os.path.dirname(os.path.abspath(__file__))
PYPROF, PYTHON = sys.argv[1:3]
CORE = ("status_and_output", "code_is_whole", "threads_and_off_gil", "children", "clocks", "append", "interpreter_shutdown",
        "deep_and_generators", "small_stacks")
SPIN = "def spin(n):\n    s = 0\n    for i in range(n):\n        s += i & 3\n    return s\n"


class Recording:
    def __init__(self, *command, options=("-r", "500"), **how):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "p.db")
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("stderr", subprocess.PIPE)
        self.done = subprocess.run([PYPROF, "record", *options, "-o", self.path, "--", *command], **how)
        self.out = (self.done.stdout or b"").decode()
        self.err = (self.done.stderr or b"").decode()
        self.status = self.done.returncode
        self.db = sqlite3.connect(self.path) if os.path.exists(self.path) else None

    def one(self, sql, *args):
        return self.db.execute(sql, args).fetchone()[0]

    def self_samples(self, name):
        return self.one("SELECT coalesce(sum(n), 0) FROM self_sample JOIN code ON code.id = code "
                        "WHERE qualname = ?", name)


def python(source, **how):
    return Recording(PYTHON, "-c", source, **how)


def check_status_and_output():
    """the command's output and exit status are its own"""
    r = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(9)")
    assert r.status == 9 and r.out == "out\n" and r.err.startswith("err\n"), (r.status, r.out, r.err)


def check_code_is_whole():
    """stored code objects are what the compiler made, bit for bit"""
    path = os.path.join(HERE, "programs", "strings.py")
    r = Recording(PYTHON, path, "500")
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
    with open(path) as f:
        todo = [compile(f.read(), path, "exec")]
    want = {}
    while todo:
        code = todo.pop()
        want[code.co_qualname] = code
        todo += [c for c in code.co_consts if hasattr(c, "co_code")]
    seen = 0
    for name, body in r.db.execute("SELECT qualname, body FROM code WHERE filename = ?", (path,)):
        room = ctypes.create_string_buffer(1 << 20)
        n = zstd.ZSTD_decompress(room, ctypes.c_size_t(len(room)), body, ctypes.c_size_t(len(body)))
        got = marshal.loads(room.raw[:n])
        assert got == want[name] and got.co_linetable == want[name].co_linetable, name
        assert got.co_filename == path and got.co_exceptiontable == want[name].co_exceptiontable, name
        seen += 1
    assert seen == len(want), (seen, sorted(want))


def check_threads_and_off_gil():
    """threads are sampled, with and without the GIL"""
    r = python(SPIN + "import threading, zlib\n"
               "def native():\n    d = bytes(range(256)) * 40000\n    for _ in range(4): zlib.compress(d, 9)\n"
               "t = [threading.Thread(target=spin, args=(3000000,)), threading.Thread(target=native)]\n"
               "[x.start() for x in t]; [x.join() for x in t]")
    assert r.status == 0 and r.self_samples("spin") > 20 and r.self_samples("native") > 20, r.err
    assert r.one("SELECT off_gil FROM run") > 10


def check_outside():
    """what is looked at from outside adds up with what threads take themselves"""
    outside = ("-q", "-r", "1000", "--clock", "outside")
    # Native code without the GIL has its share, which only the thread itself can tell.
    r = python(SPIN + "import threading, time, zlib\nused = {}\n"
               "def native():\n    d = bytes(range(256)) * 40000\n    for _ in range(5): zlib.compress(d, 9)\n    used['native'] = time.thread_time()\n"
               "def python():\n    spin(10000000)\n    used['python'] = time.thread_time()\n"
               "t = [threading.Thread(target=f) for f in (native, python)]\n[x.start() for x in t]; [x.join() for x in t]\n"
               "print(used['native'] / sum(used.values()))", options=outside)
    samples, cpu = r.one("SELECT samples FROM run"), r.one("SELECT cpu FROM run")
    assert r.one("SELECT clock FROM run") == "outside" and 0.6 < (samples + r.one("SELECT lost FROM run")) / (1000 * cpu) < 1.3, (samples, cpu)
    assert abs(r.one("SELECT 1.0 * off_gil / samples FROM run") - float(r.out)) < 0.15, r.out
    assert r.one("SELECT unreadable FROM run") < 0.01 * samples
    # So have children that end before they can be looked at.
    r = python(SPIN + "import os, time\ndef young(n): return spin(n)\nused = 0\n"
               "for i in range(150):\n    if os.fork() == 0:\n        young(40000); os._exit(0)\n    os.wait()\n"
               "mine = time.process_time()\nspin(5000000)\nmine = time.process_time() - mine\n"
               "all = os.times()\nprint(all.children_user / (all.children_user + mine))", options=outside)
    young, spin = (r.one("SELECT total FROM code WHERE qualname = ?", name) for name in ("young", "spin"))
    assert abs(young / spin - float(r.out)) < 0.2, (young, spin, r.out)
    # A process that is stopped while it holds the GIL is not on the CPU.
    r = python(SPIN + "import os, signal, time\nme = os.getpid()\n"
               "if os.fork() == 0:\n    time.sleep(0.3); os.kill(me, signal.SIGSTOP); time.sleep(1.5); os.kill(me, signal.SIGCONT); os._exit(0)\n"
               "end = time.time() + 2.2\nwhile time.time() < end: spin(10000)", options=outside)
    assert r.one("SELECT samples FROM run") < 1300 * r.one("SELECT cpu FROM run"), (r.one("SELECT samples FROM run"), r.one("SELECT cpu FROM run"))
    # One that runs now and then is looked at less often meanwhile, and not less all in all.
    r = python(SPIN + "import time\nfor i in range(60):\n    time.sleep(0.1); spin(120000)", options=outside)
    samples = r.one("SELECT samples + lost FROM run")
    assert 0.5 < samples / (1000 * r.one("SELECT cpu FROM run")) < 1.5, (samples, r.one("SELECT cpu FROM run"))
    # There are no native stacks from outside.
    assert python("", options=outside + ("--native",)).status == 2
    assert python(SPIN + "spin(5000000)", options=("-r", "1000", "--native")).one("SELECT clock FROM run") != "outside"


def check_children():
    """forked and executed children are sampled, also when they leave by os._exit"""
    r = python(SPIN + "import os, subprocess, sys\n"
               "for i in range(3):\n    if os.fork() == 0:\n        spin(1500000); os._exit(0)\n"
               "for i in range(3): os.wait()\n"
               "subprocess.run([sys.executable, '-c', 'def child(n):\\n  for i in range(n): pass\\nchild(6000000)'])")
    assert r.status == 0 and r.self_samples("spin") > 30 and r.self_samples("child") > 10, r.err
    assert r.one("SELECT processes FROM run") == 5


def check_many_forks():
    """hundreds of short children use no more than they give back"""
    r = python(SPIN + "import os\nfor i in range(400):\n    if os.fork() == 0:\n        spin(2000); os._exit(0)\n    os.wait()\nspin(2000000)")
    assert r.status == 0 and r.self_samples("spin") > 20, r.err


def check_many_threads():
    """a thousand threads come and go"""
    r = python(SPIN + "import threading\nfor i in range(50):\n    spin(50000)\n"
               "    t = [threading.Thread(target=spin, args=(2000,)) for _ in range(20)]\n"
               "    [x.start() for x in t]; [x.join() for x in t]\n")
    assert r.status == 0 and r.self_samples("spin") > 5, r.err
    assert r.one("SELECT lost FROM run") <= 3 + 0.2 * r.one("SELECT samples FROM run"), r.err  # from outside it may be late


def check_own_sigprof():
    """a program with a SIGPROF handler and timer of its own gets its signals, and only those"""
    source = ("import signal, time\nn = 0\ndef h(s, f):\n    global n; n += 1\n"
              "signal.signal(signal.SIGPROF, h); signal.setitimer(signal.ITIMER_PROF, 0.05, 0.05)\n"
              "while time.process_time() < 1: pass\n"
              "signal.setitimer(signal.ITIMER_PROF, 0)\nprint(signal.getsignal(signal.SIGPROF) is h, n)")
    r = python(source)
    same, n = r.out.split()  # some 20; with the samples it would be some 200 more
    assert same == "True" and 8 <= int(n) <= 40, r.out
    assert r.one("SELECT samples FROM run") > 100


def check_default_sigprof():
    """SIGPROF sent to a program that does not handle it ends it as ever"""
    assert python("import os, signal; os.kill(os.getpid(), signal.SIGPROF)").status == 128 + signal.SIGPROF


def check_no_eintr():
    """a system call that waits is not interrupted"""
    r = python("import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nbad = 0\n"
               "for i in range(300):\n    bad += libc.poll(None, 0, 2) < 0\n    sum(range(20000))\nprint(bad)")
    assert r.out == "0\n", r.out


def check_recorder_killed():
    """a program whose recorder is killed runs on; the file is sound"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "p.db")
        p = subprocess.Popen([PYPROF, "record", "-o", path, "--", PYTHON, "-c",
                              SPIN + "import os\nprint(os.getpid(), flush=True)\nspin(8000000)\nprint('done')"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        p.stdout.readline()
        time.sleep(0.2)
        p.kill()
        assert p.stdout.read() == b"done\n"
        p.wait()
        assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def check_recorder_stopped():
    """a program whose recorder stands still runs on; what did not fit is counted"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "p.db")
        p = subprocess.Popen([PYPROF, "record", "-q", "-r", "2000", "-o", path, "--", PYTHON, "-c",
                              SPIN + "print('go', flush=True)\nspin(35000000)\nprint('done')"],
                             stdout=subprocess.PIPE)
        p.stdout.readline()
        time.sleep(0.2)
        p.send_signal(signal.SIGSTOP)
        assert p.stdout.readline() == b"done\n"
        p.send_signal(signal.SIGCONT)
        assert p.wait() == 0
        samples, lost = sqlite3.connect(path).execute("SELECT samples, lost FROM run").fetchone()
        assert samples > 50 and samples + lost > 500, (samples, lost)


def check_signal_passed_on():
    """SIGTERM for the recorder ends the command"""
    with tempfile.TemporaryDirectory() as folder:
        p = subprocess.Popen([PYPROF, "record", "-q", "-o", os.path.join(folder, "p.db"), "--", PYTHON, "-c",
                              "import signal, sys, time\n"
                              "signal.signal(signal.SIGTERM, lambda *a: sys.exit(3))\n"
                              "print('go', flush=True)\nwhile True: time.sleep(0.01)"], stdout=subprocess.PIPE)
        p.stdout.readline()
        p.terminate()
        assert p.wait() == 3


def check_clocks():
    """every clock gives samples"""
    for clock in "perf", "timer", "itimer", "outside":
        r = python(SPIN + "spin(20000000)", options=("-r", "400" if clock == "outside" else "200", "--clock", clock))
        assert r.one("SELECT clock FROM run") == clock and r.self_samples("spin") > 20, (clock, r.err)
    doctor = subprocess.run([PYPROF, "doctor"], stdout=subprocess.PIPE).stdout.decode()
    for rate, clock, told in ("100", "timer", "CPU timers: the clock up to"), ("2000", "outside", "faster: from outside"):
        r = python(SPIN + "spin(20000000)", options=("-r", rate))
        assert told not in doctor or r.one("SELECT clock FROM run") == clock, (rate, doctor)
        assert r.self_samples("spin") > 20, (rate, r.err)


def check_descriptors():
    """the program is handed the same low file numbers as ever"""
    source = "import os\nprint([os.open('/dev/null', 0) for i in range(4)])"
    plain = subprocess.run([PYTHON, "-c", source], stdout=subprocess.PIPE).stdout.decode()
    assert python(source).out == plain


def check_closed_descriptors():
    """a program that closes every file runs on"""
    r = python(SPIN + "import os\nos.closerange(3, 2000)\nx = os.open('/dev/null', os.O_RDWR)\nspin(3000000)\nprint(x)")
    assert r.status == 0 and r.out == "3\n", (r.status, r.out)


def check_append():
    """appending adds up"""
    r = python(SPIN + "spin(3000000)")
    first = r.one("SELECT sum(n) FROM self_sample")
    subprocess.run([PYPROF, "record", "-q", "-r", "500", "--append", "-o", r.path, "--", PYTHON, "-c",
                    SPIN + "spin(3000000)"], check=True)
    db = sqlite3.connect(r.path)
    assert db.execute("SELECT count(*), sum(samples) FROM run").fetchone()[0] == 2
    assert db.execute("SELECT sum(n) FROM self_sample").fetchone() == db.execute("SELECT sum(samples) FROM run").fetchone()
    assert db.execute("SELECT sum(n) FROM self_sample").fetchone()[0] > first
    assert db.execute("SELECT count(*) FROM code WHERE qualname = 'spin'").fetchone() == (1,)


def check_full_disk():
    """a file that cannot be written stops the recording, not the program"""
    r = subprocess.run([PYPROF, "record", "-o", "/proc/no.db", "--", PYTHON, "-c", "print(1)"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert r.returncode == 10 and r.stderr.count(b"\n") == 1, r
    with tempfile.TemporaryDirectory() as folder:
        gone = os.path.join(folder, "gone")
        os.mkdir(gone)
        r = subprocess.run([PYPROF, "record", "-o", os.path.join(gone, "p.db"), "--", PYTHON, "-c",
                            SPIN + f"import shutil, sys\nshutil.rmtree({gone!r})\nspin(2000000)\n"
                            "print('done')\nsys.exit(4)"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert r.stdout == b"done\n" and r.returncode == 4 and r.stderr.count(b"\n") == 1, r


def check_interpreter_shutdown():
    """daemon threads at shutdown, and sampling while the interpreter ends"""
    for _ in range(5):
        r = python(SPIN + "import threading\nfor i in range(4): threading.Thread(target=spin, args=(10**9,), daemon=True).start()\nspin(200000)",
                   options=("-r", "5000"))
        assert r.status == 0, (r.status, r.err)


def check_deep_and_generators():
    """deep recursion, generators and exceptions under many samples"""
    source = ("import sys\nsys.setrecursionlimit(20000)\n"
              "def down(n):\n    return 0 if n == 0 else 1 + down(n - 1)\n"
              "def gen(n):\n    for i in range(n):\n        yield i\n"
              "def nest(d):\n    if d:\n        yield from nest(d - 1)\n    yield d\n"
              "for i in range(1200):\n    down(4000); sum(gen(2000)); list(nest(50))\n"
              "    try:\n        {}[i]\n    except KeyError:\n        pass\nprint('ok')")
    # Modules' code met at start-up dies young, some fifty samples of it where site imports much: run long beside that.  From
    # outside, a recursion that makes and drops a frame every 20 ns is often gone before it is read; it is counted.
    for clock, most in ("perf", 0.05), ("outside", 0.3):
        r = python(source, options=("-r", "5000", "--clock", clock))
        assert r.status == 0 and r.out == "ok\n" and r.self_samples("gen") > 3, r.err
        unreadable, samples = r.one("SELECT unreadable FROM run"), r.one("SELECT samples FROM run")
        assert unreadable <= most * samples, (clock, unreadable, samples, r.err)


def check_faulthandler():
    """faulthandler's dumps and its alternate stack are the program's own"""
    source = (SPIN + "import faulthandler, signal, sys, threading, time\nfaulthandler.enable()\n"
              "faulthandler.register(signal.SIGUSR1, file=sys.stdout, chain=False)\n"
              "faulthandler.dump_traceback_later(0.2, file=sys.stderr)\nend = time.monotonic() + 0.5\n"
              "while time.monotonic() < end: spin(100000)\n"
              "faulthandler.cancel_dump_traceback_later()\nsys.stdout.flush()\nsignal.raise_signal(signal.SIGUSR1)\nspin(1000000)\n"
              "faulthandler._sigsegv()")
    r = python(source, options=("-q", "-r", "2000"))
    assert r.status == 128 + signal.SIGSEGV and "Current thread" in r.out and "Segmentation fault" in r.err, (r.status, r.err)
    assert "Timeout (0:00:00.2" in r.err and r.self_samples("spin") > 50, r.err


def check_small_stacks():
    """threads with the smallest stacks Python gives out, and a small alternate stack"""
    source = (SPIN + "import ctypes, threading\nlibc = ctypes.CDLL(None)\n"
              "class S(ctypes.Structure): _fields_ = [('sp', ctypes.c_void_p), ('flags', ctypes.c_int), ('size', ctypes.c_size_t)]\n"
              "room = ctypes.create_string_buffer(16384)\n"
              "print(libc.sigaltstack(ctypes.byref(S(ctypes.addressof(room), 0, 16384)), None))\n"
              "threading.stack_size(32768)\n"
              "def safe(): spin(300000)\n"
              "t = [threading.Thread(target=safe) for _ in range(20)]\n[x.start() for x in t]; spin(300000); [x.join() for x in t]\nprint('ok')")
    r = python(source, options=("-q", "-r", "3000"))
    assert r.status == 0 and r.out == "0\nok\n" and r.self_samples("spin") > 100, (r.status, r.out, r.err)


def check_waiting_calls():
    """select, poll, epoll and sleeping system calls never see EINTR, whichever clock ticks"""
    source = (SPIN + "import ctypes, select, os, threading\nlibc = ctypes.CDLL(None, use_errno=True)\nbad = []\n"
              "threading.Thread(target=lambda: [spin(100000) for _ in range(40)]).start()\n"
              "r, w = os.pipe(); e = libc.epoll_create1(0)\nroom = ctypes.create_string_buffer(64)\n"
              "class T(ctypes.Structure): _fields_ = [('s', ctypes.c_long), ('n', ctypes.c_long)]\n"
              "for i in range(100):\n    sum(range(5000))\n"
              "    for call in (lambda: libc.poll(None, 0, 2), lambda: libc.select(0, None, None, None, ctypes.byref(T(0, 2000))),\n"
              "                 lambda: libc.epoll_wait(e, room, 1, 2), lambda: libc.nanosleep(ctypes.byref(T(0, 1000000)), None)):\n"
              "        if call() < 0: bad.append(ctypes.get_errno())\nprint(bad)")
    for clock in "perf", "timer", "outside":
        r = python(source, options=("-q", "-r", "2000", "--clock", clock))
        assert r.out == "[]\n", (clock, r.out)


def check_other_programs():
    """programs that are not Python, static and set-user-ID ones run as ever"""
    with tempfile.TemporaryDirectory() as folder:
        exe = os.path.join(folder, "static")
        with open(exe + ".c", "w") as f:
            f.write('#include <stdio.h>\nint main(void) { puts("static"); return 5; }\n')
        subprocess.run(["gcc", "-static", "-o", exe, exe + ".c"], check=True)
        r = Recording(exe)
        assert r.status == 5 and r.out == "static\n" and r.err.count("\n") == 1, r.err
        os.chmod(exe, 0o4755)
        assert Recording(exe).status == 5
    assert Recording("sh", "-c", "echo a; exit 6").status == 6
    assert Recording("su", "--version").status == 0


def check_read_only():
    """a folder that cannot be written stops the recording before the program starts"""
    r = subprocess.run([PYPROF, "record", "-o", "/proc/sys/p.db", "--", PYTHON, "-c", "print(1)"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert r.returncode == 10 and not r.stdout and r.stderr.count(b"\n") == 1, r


def main():
    print("python:", PYTHON)
    return run_checks("faults", globals(), CORE if "core" in sys.argv[3:] else None)


if __name__ == "__main__":
    sys.exit(main())
