/* The compiler as a function: code objects and what a profile says of them in, C text out.
 * driver.c is behind it; bundling.c feeds the result to the C compiler and packs the bundle. */
#ifndef PYOPT_PYOPT_H
#define PYOPT_PYOPT_H

#include "err.h"
#include "profile.h"

typedef struct PyoptJob {
    Arena *arena;
    const Profile *profile; /* NULL with --all */
    PyCode **codes;         /* roots to compile with --all */
    uint32_t n_codes;
    bool all;
    bool verify;           /* run the IR verifier after every pass */
    const char *only;      /* compile this qualname alone, or NULL */
    const char *files;     /* compile functions of files that match this pattern alone, or NULL */
    const char *dump_pass; /* print the IR after this pass on stderr, or NULL */
} PyoptJob;

/* One fact about one instruction: types seen, a guard, or generic and why. */
typedef struct PyoptNote {
    int line;
    uint32_t off;
    const char *what;
} PyoptNote;

/* A loop that native code takes up again: a unit that the function's own names. */
typedef struct PyoptLoopUnit {
    const char *c_text, *symbol;
} PyoptLoopUnit;

typedef struct PyoptResult {
    PyCode *code;
    const char *bailout; /* why it is left to the interpreter; NULL: compiled */
    const char *c_text;  /* a complete C file that defines `const PyoptUnit <symbol>` */
    const char *symbol;
    Vec(PyoptLoopUnit) loops;
    Vec(PyoptNote) notes;
    uint32_t n_exits;
    double share; /* of the profile's samples */
} PyoptResult;

bool pyopt_compile(const PyoptJob *job, PyoptResult **out, uint32_t *n, Err *err);

#endif
