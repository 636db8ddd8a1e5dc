"""Runs a program's test several times in this process and prints, per run, by how many the total of references grew.

Only a debug build counts references.  Every run gets a fresh module, as the programs patch their own.
"""
import gc
import io
import os
import sys
import threading

WARM, RUNS = 3, 4


def once(code, program):
    module = type(sys)("__main__")
    module.__file__ = program
    sys.modules["__main__"] = module
    sys.argv = [program, "test"]
    try:
        exec(code, module.__dict__)
    except BaseException as e:
        e.__traceback__ = None
    module.__dict__.clear()


def settle():
    sys.settrace(None)
    sys.setprofile(None)
    sys.setrecursionlimit(1000)
    sys._clear_type_cache()
    gc.enable()
    for _ in range(3):
        gc.collect()


def main():
    program = sys.argv[1]
    with open(program) as f:
        code = compile(f.read(), os.path.abspath(program), "exec")
    import support
    out, err = sys.stdout, sys.stderr
    grown = []
    before = 0
    for i in range(WARM + RUNS):
        sys.stdout = sys.stderr = io.StringIO()
        once(code, program)
        sys.stdout, sys.stderr = out, err
        for t in threading.enumerate():
            if t is not threading.current_thread():
                t.join()
        settle()
        total = sys.gettotalrefcount()
        if i >= WARM:
            grown.append(total - before)
        before = total
    print(*grown)
    sys.stdout.flush()
    os._exit(0)  # what a program registered for the end may not print here


main()
