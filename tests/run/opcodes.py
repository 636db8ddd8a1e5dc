#!/usr/bin/env python3
"""Fails when an opcode that CPython's compiler can emit appears in no program of this folder.

Run by the Python under test: `python3.11 opcodes.py PROGRAM...`.  Counts the code of the programs and
whatever they exec, each in its own process (some end by a signal).
"""
import opcode
import os
import subprocess
import sys

# In opcode.opmap, but the compiler of this version never emits them.
NEVER_EMITTED = {
    (3, 11): {"CACHE"},
}


def walk(code, found):
    stack = [code]
    while stack:
        c = stack.pop()
        found.update(c.co_code[::2])
        stack += [k for k in c.co_consts if type(k) is type(c)]


def child(program):
    """Runs one program and leaves the opcode numbers it holds, comma-separated, on the real stdout."""
    found = set()
    folder = os.path.dirname(os.path.abspath(program))

    def hook(event, args):
        if event == "exec" and (args[0].co_filename.startswith("<") and not args[0].co_filename.startswith("<frozen")
                                or os.path.dirname(os.path.abspath(args[0].co_filename)) == folder):
            walk(args[0], found)
    sys.addaudithook(hook)
    out = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.argv = [program, "test"]
    sys.path.insert(0, folder)
    with open(program) as f:
        source = f.read()
    try:
        exec(compile(source, program, "exec"), sys.modules["__main__"].__dict__)
    except BaseException:
        pass
    os.write(out, ",".join(map(str, sorted(found))).encode())


def main():
    if sys.argv[1] == "--child":
        return child(sys.argv[2])
    found = set()
    for program in sys.argv[1:]:
        r = subprocess.run([sys.executable, "-B", __file__, "--child", program], stdout=subprocess.PIPE)
        found.update(int(n) for n in r.stdout.decode().split(",") if n)
    wanted = {name for name in opcode.opmap} - NEVER_EMITTED.get(sys.version_info[:2], set())
    missing = sorted(name for name in wanted if opcode.opmap[name] not in found)
    print(f"opcodes: {len(wanted) - len(missing)} of {len(wanted)} covered")
    if missing:
        print("opcodes: in no program of tests/run:", " ".join(missing))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
