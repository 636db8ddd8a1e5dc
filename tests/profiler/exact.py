"""Exact counts of a program, by tracing every instruction: what the sampler is measured against.

    python3.11 exact.py PROGRAM SIZE > counts.json

Per code object of the program: transitions between units, and the types of the topmost operands before each
instruction, read from the frame as the trace function is called (the interpreter saves its stack for it)."""
import collections
import ctypes
import json
import sys

FRAME_OF_OBJECT = 24  # PyFrameObject.f_frame
STACKTOP = 64  # _PyInterpreterFrame.stacktop, an int
VALUES = 72  # _PyInterpreterFrame.localsplus
TOPMOST = 5


def type_name(address):
    value = ctypes.cast(address, ctypes.py_object).value
    kind = type(value)
    if kind is int and abs(value) >= 1 << 63:
        return "builtins.int+big"
    return f"{kind.__module__}.{kind.__qualname__}"


def operands(frame):
    inner = ctypes.c_void_p.from_address(id(frame) + FRAME_OF_OBJECT).value
    code = frame.f_code
    top = ctypes.c_int.from_address(inner + STACKTOP).value
    low = len(code.co_varnames) + len(set(code.co_cellvars) - set(code.co_varnames))
    low += len(code.co_freevars)
    for slot in range(min(TOPMOST, top - low)):
        address = ctypes.c_void_p.from_address(inner + VALUES + 8 * (top - 1 - slot)).value
        if address:
            yield slot, type_name(address)


def run(path, size):
    edges = collections.Counter()
    types = collections.Counter()
    last = {}

    def local(frame, event, arg):
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode":
            where = frame.f_code.co_qualname, frame.f_code.co_firstlineno
            unit = frame.f_lasti // 2
            if frame in last:
                edges[where + (last[frame], unit)] += 1
            last[frame] = unit
            for slot, name in operands(frame):
                types[where + (unit, slot, name)] += 1
        elif event == "return":
            last.pop(frame, None)
        return local

    def start(frame, event, arg):
        if frame.f_code.co_filename != path:
            return None
        frame.f_trace_opcodes = True
        return local

    with open(path) as f:
        source = compile(f.read(), path, "exec")
    sys.argv = [path, str(size)]
    sys.settrace(start)
    exec(source, {"__name__": "__main__", "__file__": path})
    sys.settrace(None)
    return edges, types


if __name__ == "__main__":
    edges, types = run(sys.argv[1], sys.argv[2])
    json.dump({"edges": [[*k, n] for k, n in edges.items()],
               "types": [[*k, n] for k, n in types.items()]}, sys.stdout)
