"""Writes a bundle's C source with a unit for every function of the standard library and of CPython's own tests.  Each
leaves for the interpreter at its first instruction: whatever then differs is the loader's fault.
Usage: everything.py KEYS_PROGRAM OUT.c"""
import dis
import glob
import marshal
import os
import subprocess
import sys
import tempfile

HEAD = """#include "pyopt_rt.h"
static PyObject *
body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    return pyrt_deopt(ts, f, pyrt_entry_of(f->f_code)->unit, 0, NULL);
}
static const PyoptExit exits[] = {{.kind = PyoptExitGuard, .n_levels = 1, .reason = "always"}};
static const PyoptVal vals[] = {{0}};
"""
TAIL = """__attribute__((visibility("default"))) const PyoptBundleInfo pyopt_bundle = {
    .abi = PYOPT_ABI, .hexversion = PY_VERSION_HEX, .soabi = SOABI, .layout = PYRT_LAYOUT_FINGERPRINT,
    .n_units = %d, .units = pointers};
"""
GENERATORS = 0x20 | 0x80 | 0x200


def codes(code):
    """As pycode_walk: root first."""
    yield code
    for c in code.co_consts:
        if hasattr(c, "co_code"):
            yield from codes(c)


def modules():
    lib = os.path.dirname(os.__file__)
    for path in sorted(glob.glob(lib + "/**/*.py", recursive=True)):
        if not any(part in path for part in ("-packages", "/idlelib/", "/turtledemo/", "/lib2to3/tests/")):
            try:
                with open(path, "rb") as f:
                    yield compile(f.read(), path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                pass  # written to be refused


def unit(key, code_filter, c, i):
    entry = next(x.offset // 2 for x in dis.get_instructions(c) if x.opname == "RESUME")
    n_locals = len({*c.co_varnames, *c.co_cellvars, *c.co_freevars})
    return entry, (f'{{.key = {{0x{key[:16]}, 0x{key[16:]}}}, .filter = {code_filter}, .n_units = {len(c.co_code) // 2}, '
                   f'.qualname = "", .filename = "", .firstlineno = {c.co_firstlineno}, .flags = PyoptDirect, .body = body, '
                   f'.entry = {entry}, .n_localsplus = {n_locals}, .stacksize = {c.co_stacksize}, .argcount = {c.co_argcount}, '
                   f'.n_exits = 1, .exits = exits, .levels = levels + {i}, .vals = vals, .exit_hits = hits + {i}, '
                   f'.entries = entries + {i}}},\n')


def main():
    program, out = sys.argv[1:]
    roots = list(modules())
    with tempfile.NamedTemporaryFile() as f:
        f.write(marshal.dumps(roots))
        f.flush()
        text = subprocess.run([program, f.name], capture_output=True, check=True).stdout.decode("utf-8", "replace")
    units = {}
    for line, c in zip(text.splitlines(), (c for m in roots for c in codes(m))):
        key, code_filter, _ = line.split(" ", 2)
        if not c.co_flags & GENERATORS and key not in units:
            units[key] = unit(key, code_filter, c, len(units))
    n = len(units)
    with open(out, "w") as f:
        f.write(HEAD)
        f.write("static const PyoptLevel levels[] = {" + "".join(f"{{.offset = {u[0] + 1}}}," for u in units.values()) + "};\n")
        f.write(f"static uint64_t hits[{n}], entries[{n}];\nstatic const PyoptUnit units[] = {{\n")
        f.writelines(u[1] for u in units.values())
        f.write("};\nstatic const PyoptUnit *const pointers[] = {" + "".join(f"units + {i}," for i in range(n)) + "};\n")
        f.write(TAIL % n)


main()
