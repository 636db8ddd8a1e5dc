"""Every way a program can come into an interpreter: its functions must be met before they run, and nothing the program
prints may change.  Usage: ways.py PRELOAD BUNDLE FUNCS.py"""
import json
import os
import py_compile
import subprocess
import sys
import tempfile
import zipapp

CALL = "\nprint(add(1.5, 2.5), recur(10), __name__)\n"

# name, the program's text, whether `add` must have been entered
PROGRAMS = [
    ("exec of source", "ns = {}\nexec(open(FUNCS).read() + CALL, ns)\n", True),
    ("exec of code", "exec(compile(open(FUNCS).read() + CALL, 'x', 'exec'), {})\n", True),
    ("eval of source", "add = eval('lambda a, b: a + b')\nexec(open(FUNCS).read())\nprint(add(1.5, 2.5))\n", True),
    ("exec inside exec", "exec('exec(open(FUNCS).read() + CALL, {})')\n", True),
    ("after a failed exec", "try: exec('1 +')\nexcept SyntaxError as e: print(e)\nexec(open(FUNCS).read() + CALL, {})\n", True),
    ("runpy", "import runpy\nprint(runpy.run_path(FUNCS)['add'](1.5, 2.5))\n", True),
    ("marshal", "import marshal, types\nc = compile(open(FUNCS).read(), 'x', 'exec')\n"
                "c = marshal.loads(marshal.dumps(next(k for k in c.co_consts if getattr(k, 'co_name', '') == 'add')))\n"
                "print(types.FunctionType(c, {})(1.5, 2.5))\n", True),
    ("__code__", "c = compile(open(FUNCS).read(), 'x', 'exec')\n"
                 "c = next(k for k in c.co_consts if getattr(k, 'co_name', '') == 'add')\n"
                 "def f(a, b): return 1\nf.__code__ = c\nprint(f(1.5, 2.5), f.__code__ is c)\n", True),
    ("audit hook", "import sys\nlog = []\nsys.addaudithook(lambda e, a: log.append(e))\n"
                   "exec(compile(open(FUNCS).read() + CALL, 'x', 'exec'), {})\nprint(log)\n", True),
    ("multiprocessing", "import multiprocessing as m, funcs\nif __name__ == '__main__':\n"
                        "    with m.get_context('spawn').Pool(2) as p: print(p.starmap(funcs.add, [(1.5, 2.5)] * 9))\n", None),
    ("forkserver", "import multiprocessing as m, funcs\nif __name__ == '__main__':\n"
                   "    with m.get_context('forkserver').Pool(2) as p: print(p.starmap(funcs.add, [(1.5, 2.5)] * 9))\n", None),
    ("subinterpreter", "import funcs, _xxsubinterpreters as s\nprint(funcs.add(1.5, 2.5))\ni = s.create()\n"
                       "s.run_string(i, 'import funcs; print(funcs.add(1.5, 2.5), funcs.recur(9), flush=True)')\n"
                       "s.destroy(i)\nprint(funcs.add(1.5, 2.5))\n", True),
    ("end of the interpreter", "import funcs, atexit\natexit.register(lambda: print(funcs.recur(5)))\n"
                               "class C:\n    def __del__(self, f=funcs.add): print(f(1.5, 2.5))\nC.c = C()\nkeep = C()\n", True),
    ("sys.exit in a native frame", "import funcs, sys\nfuncs.call1(sys.exit, 5)\n", None),
    ("dis and inspect", "import dis, inspect, funcs\ndis.dis(funcs.add)\nprint(inspect.signature(funcs.add),"
                        " inspect.getsource(funcs.add))\nprint(funcs.add(1.5, 2.5), funcs.add.__code__.co_consts[:1])\n", True),
    ("pickled function", "import pickle, copy, funcs\nprint(pickle.loads(pickle.dumps(funcs.add))(1.5, 2.5), "
                         "copy.deepcopy(funcs.add)(1.5, 2.5))\n", True),
]


def run(argv, env, stdin=None):
    p = subprocess.run(argv, env=env, input=stdin, capture_output=True, text=True, timeout=60)
    return p.returncode, p.stdout, p.stderr


def entered(stats):
    try:
        with open(stats) as f:
            return {u["qualname"] for u in json.load(f)["units"] if u["entries"]}
    except OSError:
        return set()


def main():
    preload, bundle, funcs = map(os.path.abspath, sys.argv[1:])
    plain = {k: v for k, v in os.environ.items() if not k.startswith("PYOPT") and k != "LD_PRELOAD"}
    plain.update(PYTHONHASHSEED="0", PYTHONPATH=os.path.dirname(funcs), PYTHONDONTWRITEBYTECODE="1")
    failed = 0
    with tempfile.TemporaryDirectory() as d:
        with open(funcs) as f:
            text = f.read() + CALL
        main_py = os.path.join(d, "main_program.py")
        with open(main_py, "w") as f:
            f.write(text)
        pyc = py_compile.compile(main_py, os.path.join(d, "compiled.pyc"))
        os.mkdir(os.path.join(d, "app"))
        with open(os.path.join(d, "app", "__main__.py"), "w") as f:
            f.write(text)
        zipapp.create_archive(os.path.join(d, "app"), os.path.join(d, "app.pyz"))
        plain["PYTHONPATH"] += os.pathsep + d
        py = sys.executable
        ways = [("script", [py, main_py], None, True), ("pyc", [py, pyc], None, True), ("stdin", [py], text, True),
                ("stdin -", [py, "-"], text, True), ("-c", [py, "-c", text], None, True),
                ("-m", [py, "-m", "main_program"], None, True), ("directory", [py, os.path.join(d, "app")], None, True),
                ("zip", [py, os.path.join(d, "app.pyz")], None, True), ("isolated", [py, "-I", main_py], None, True),
                ("no site", [py, "-S", main_py], None, True), ("interactive", [py, "-i", "-c", text], "add(1.0, 2.0)\n", True)]
        for name, program, must in PROGRAMS:
            path = os.path.join(d, "way_" + name.replace(" ", "_") + ".py")
            with open(path, "w") as f:
                f.write(f"FUNCS = {funcs!r}\nCALL = {CALL!r}\n{program}")
            ways.append((name, [py, path], None, must))
        for name, argv, stdin, must in ways:
            stats = os.path.join(d, "stats.json")
            if os.path.exists(stats):
                os.unlink(stats)
            want = run(argv, plain, stdin)
            got = run(argv, dict(plain, LD_PRELOAD=preload, PYOPT_BUNDLE=bundle, PYOPT_STATS=stats), stdin)
            if want != got:
                print(f"{name}: wanted {want}\n  got {got}")
                failed += 1
            elif must and "add" not in entered(stats):
                print(f"{name}: add was not met")
                failed += 1
    print(f"{len(ways)} ways in, {failed} failed")
    sys.exit(failed > 0)


main()
