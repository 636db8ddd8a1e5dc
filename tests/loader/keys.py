"""Compares the code keys that the loader computes from live code objects with those computed from marshalled ones.
Usage: keys.py LOADER.so KEYS_PROGRAM [FILES...]; without files: a good part of the standard library."""
import ctypes
import glob
import marshal
import os
import subprocess
import sys
import tempfile

EXTRA = r'''
def odd(x):
    return (1e308 * 10, -0.0, 1j, -1j, 2 ** 100, -2 ** 63, 2 ** 63, 2 ** 62, 12345678901234567890, b"\0\xff", "\ud800é😀",
            (1, (2, (3,))), ..., None, True, False, x in {1, "a", 2.5, (1, 2), None, True}, x in {b"x", frozenset()})
'''


def codes(code):
    """As pycode_walk: root first."""
    yield code
    for c in code.co_consts:
        if hasattr(c, "co_code"):
            yield from codes(c)


def main():
    loader, program, *files = sys.argv[1:]
    lib = os.path.dirname(os.__file__)
    files = files or sorted(glob.glob(lib + "/*.py") + glob.glob(lib + "/asyncio/*.py") + glob.glob(lib + "/json/*.py"))
    modules = [compile(EXTRA, "extra", "exec")]
    for name in files:
        with open(name, "rb") as f:
            modules.append(compile(f.read(), name, "exec", dont_inherit=True))
    with tempfile.NamedTemporaryFile() as f:
        f.write(marshal.dumps(modules))
        f.flush()
        theirs = subprocess.run([program, f.name], capture_output=True, check=True).stdout.decode("utf-8", "replace")
    theirs = [line.split(" ", 2) for line in theirs.splitlines()]
    key_of = ctypes.PyDLL(loader).pyopt_loader_key
    key_of.argtypes = [ctypes.py_object, ctypes.c_char_p]
    text = ctypes.create_string_buffer(33)
    ours = []
    for m in modules:
        for c in codes(m):
            ours.append((text.value.decode() if key_of(c, text) else "none", c.co_qualname))
    wrong = [(a, b) for a, b in zip(ours, theirs) if a[0] != b[0]]
    if wrong or len(ours) != len(theirs) or len(ours) < 100:
        print(len(ours), "code objects,", len(theirs), "from marshal,", len(wrong), "keys differ:", wrong[:5])
        sys.exit(1)
    print(len(ours), "code keys agree")


main()
