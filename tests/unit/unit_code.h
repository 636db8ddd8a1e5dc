/* A small assembler for tests that need a code object of their own. */
#ifndef PYOPT_UNIT_CODE_H
#define PYOPT_UNIT_CODE_H

#include "pycode.h"

typedef struct AsmRow {
    PyOp op;
    uint32_t arg; /* above 255: with EXTENDED_ARG */
} AsmRow;

/* A 3.11 code object "f" with those instructions, caches added, room for stacksize entries, one
 * local and one name "x", and the constants None and 1. */
PyCode *unit_code(Arena *a, const AsmRow *rows, size_t n, int stacksize);
#define UNIT_CODE(stacksize, ...)                                                                  \
    unit_code(unit_arena(), (const AsmRow[]){__VA_ARGS__},                                         \
              sizeof((const AsmRow[]){__VA_ARGS__}) / sizeof(AsmRow), stacksize)

PyObj *unit_int(Arena *a, int64_t v);
PyObj *unit_str(Arena *a, const char *s);
PyObj *unit_tuple(Arena *a, PyKind kind, uint32_t n, ...);

#endif
