"""Prints C macros about the functions of funcs.py for units.c: sizes, and the unit of each instruction.  Also writes
the module's code object, marshalled, for keys.c.  Usage: facts.py FUNCS.py MARSHAL_OUT"""
import dis
import marshal
import sys


def wide():
    """Functions with more than 256 constants: the stub needs an EXTENDED_ARG, and then a handler that begins with the
    first statement covers it."""
    adds = [f"x += {1000 + i}\n" for i in range(300)]
    return ("\n\ndef wide(x):\n    " + "    ".join(adds) + "    return x\n"
            "\n\ndef wide_try(x):\n    try:\n        " + "        ".join(adds) +
            "    except ValueError:\n        pass\n    return x\n")


def codes(code):
    for c in code.co_consts:
        if hasattr(c, "co_code"):
            yield c
            yield from codes(c)


def main():
    path, out = sys.argv[1:]
    with open(path) as f:
        source = f.read() + wide()
    with open(path, "w") as f:
        f.write(source)
    module = compile(source, "funcs.py", "exec")
    with open(out, "wb") as f:
        marshal.dump(module, f)
    for c in codes(module):
        name = c.co_qualname.replace(".", "_").replace("<", "_").replace(">", "_")
        count = {}
        for i in dis.get_instructions(c):
            n = count[i.opname] = count.get(i.opname, 0) + 1
            if len(c.co_code) < 400:
                print(f"#define {name}_{i.opname}_{n} {i.offset // 2}")
            if i.opname == "RESUME" and n == 1:
                print(f"#define {name}_ENTRY {i.offset // 2}")
        print(f"#define {name}_UNITS {len(c.co_code) // 2}")
        print(f"#define {name}_LOCALS {len({*c.co_varnames, *c.co_cellvars, *c.co_freevars})}")
        print(f"#define {name}_STACK {c.co_stacksize}")
        print(f"#define {name}_ARGS {c.co_argcount}")
        print(f"#define {name}_LINE {c.co_firstlineno}")


main()
