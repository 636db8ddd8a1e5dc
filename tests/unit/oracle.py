"""What the running interpreter itself says about its compiled standard library, for test_stdlib.c.

    oracle.py make DIR STEP  for every STEP-th module NAME: NAME.pyc, NAME.moved.pyc (the same source under another file
                             name and three lines further down) and NAME.facts; STEP 0: every one, CPython's tests included
    oracle.py verify DIR     every NAME.written (marshal data that our writer made) loads and equals NAME.pyc

A .facts file holds int32 numbers, per code object in the order of pycode_walk():

    n_units, n_instrs, n_exc, nlocals, plain cells, freevars
    n_instrs times  start, off, op, arg, target or -1, stack effect, stack effect of the jump   (NONE: it has no effect)
    n_exc times     start, end, target, depth, lasti
    n_units times   line, end line, column, end column                                           (-1: None)
"""
import array
import dis
import functools
import importlib.util
import marshal
import os
import sys
import sysconfig
import tokenize
import types

NONE = -2**31
HEADER = importlib.util.MAGIC_NUMBER + bytes(12)
SKIPPED_FOLDERS = {"site-packages", "dist-packages", "__pycache__"}
TEST_FOLDERS = {"test", "tests", "idle_test", "lib2to3"}


@functools.lru_cache(None)
def effect(op, arg, jump):
    try:
        return dis.stack_effect(op, arg if op >= dis.HAVE_ARGUMENT else None, jump=jump)
    except ValueError:
        return NONE


def instructions(code):
    start = None
    for i in dis.get_instructions(code):  # caches left out
        if start is None:
            start = i.offset
        if i.opcode == dis.EXTENDED_ARG:
            continue
        jumps = i.opcode in dis.hasjrel or i.opcode in dis.hasjabs
        yield (start // 2, i.offset // 2, i.opcode, i.arg or 0,
               i.argval // 2 if jumps else -1, effect(i.opcode, i.arg, False), effect(i.opcode, i.arg, jumps))
        start = None


def facts(code, out):
    instrs = list(instructions(code))
    handlers = dis._parse_exception_table(code)
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    out.extend((len(code.co_code) // 2, len(instrs), len(handlers), code.co_nlocals, len(cells), len(code.co_freevars)))
    for row in instrs:
        out.extend(row)
    for h in handlers:
        out.extend((h.start // 2, h.end // 2, h.target // 2, h.depth, h.lasti))
    for position in code.co_positions():
        out.extend(-1 if p is None else p for p in (position[0], position[1], position[2], position[3]))
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            facts(const, out)


def sources(skipped):
    lib = sysconfig.get_path("stdlib")
    for folder, folders, files in os.walk(lib):
        folders[:] = sorted(set(folders) - skipped)
        for file in sorted(files):
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                yield os.path.relpath(path, lib)[:-3].replace(os.sep, "."), path


def make(target, step):
    step = int(step)
    n = 0
    for name, path in list(sources(SKIPPED_FOLDERS | (TEST_FOLDERS if step else set())))[::step or 1]:
        try:
            with tokenize.open(path) as f:
                text = f.read()
            code = compile(text, path, "exec", dont_inherit=True)
            moved = compile("\n\n\n" + text, "/elsewhere/" + name, "exec", dont_inherit=True)
        except (SyntaxError, UnicodeDecodeError):
            continue
        out = array.array("i")
        facts(code, out)
        for suffix, data in (".pyc", HEADER + marshal.dumps(code)), (".moved.pyc", HEADER + marshal.dumps(moved)), (
                ".facts", out.tobytes()):
            with open(os.path.join(target, name + suffix), "wb") as f:
                f.write(data)
        n += 1
    print("%s: %d modules" % (sys.executable, n))


def same(a, b):
    """Equal, and of the same types all the way down (1, 1.0 and True are equal)."""
    if type(a) is not type(b) or a != b:
        return False
    if isinstance(a, types.CodeType):
        return (a.co_linetable == b.co_linetable and a.co_exceptiontable == b.co_exceptiontable
                and a.co_filename == b.co_filename and a.co_qualname == b.co_qualname
                and a.co_stacksize == b.co_stacksize and same(a.co_consts, b.co_consts))
    if isinstance(a, tuple):
        return all(map(same, a, b))
    return repr(a) == repr(b) or isinstance(a, frozenset)


def verify(target):
    checked = 0
    for file in sorted(os.listdir(target)):
        if not file.endswith(".written"):
            continue
        stem = os.path.join(target, file[:-len(".written")])
        with open(stem + ".pyc", "rb") as f:
            original = marshal.loads(f.read()[16:])
        with open(stem + ".written", "rb") as f:
            written = marshal.loads(f.read())
        if not same(original, written):
            sys.exit("%s: what was written is not what was read" % stem)
        checked += 1
    if not checked:
        sys.exit("nothing to verify in " + target)


{"make": make, "verify": verify}[sys.argv[1]](*sys.argv[2:])
