/* CPython objects as marshal knows them, on the host side: no Python.h.
 * Everything lives in the arena it was read into; nothing is freed alone. */
#ifndef PYOPT_PYCODE_H
#define PYOPT_PYCODE_H

#include "arena.h"
#include "codekey.h"
#include "pyver.h"
#include "strbuf.h"

typedef enum PyKind {
    PyNull, /* marshal's NULL; never inside a container */
    PyNone,
    PyTrue,
    PyFalse,
    PyEllipsis,
    PyStopIter,
    PyInt,
    PyFloat,
    PyComplex,
    PyBytes,
    PyStr, /* UTF-8 with surrogates passed through (WTF-8), as marshal writes it */
    PyTuple,
    PyList,
    PyDict, /* items: key, value, key, value … */
    PySet,
    PyFrozenSet,
    PyCodeObj,
} PyKind;

typedef struct PyObj PyObj;
typedef struct PyCode PyCode;

struct PyObj {
    PyKind kind;
    uint32_t n; /* PyBytes, PyStr: bytes; containers: items; big PyInt: 15-bit digits */
    union {
        int64_t i; /* PyInt with big == NULL */
        double f;  /* PyFloat */
        struct {
            double re, im;
        } c;
        const char *s; /* PyBytes, PyStr; NUL-terminated beyond n */
        PyObj **items; /* containers */
        PyCode *code;
    };
    const uint16_t *big;  /* PyInt outside int64: n base-2**15 digits, least first */
    bool negative;        /* sign of big */
    bool interned, ascii; /* PyStr: marshal flags, kept so that writing gives the same bytes */
};

enum { PyLocalPlain = 0x20, PyLocalCell = 0x40, PyLocalFree = 0x80 }; /* CO_FAST_* */
enum {                                                                /* co_flags */
       PyCoOptimized = 0x1,
       PyCoNewLocals = 0x2,
       PyCoVarArgs = 0x4,
       PyCoVarKeywords = 0x8,
       PyCoGenerator = 0x20,
       PyCoCoroutine = 0x80,
       PyCoIterableCoroutine = 0x100,
       PyCoAsyncGenerator = 0x200,
};

struct PyCode {
    const PyVer *ver;
    int argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno;
    const uint8_t *code; /* base opcodes, caches zero: what marshal holds */
    uint32_t n_units;    /* 2-byte units in code */
    PyObj *consts;       /* PyTuple */
    PyObj **names;       /* PyStr each */
    uint32_t n_names;
    PyObj **localsplusnames;
    const uint8_t *localspluskinds; /* PyLocal* bits */
    uint32_t n_localsplus;          /* = n_locals + n_cells + n_frees, in this order */
    uint32_t n_locals;              /* arguments that are cells too are counted here */
    uint32_t n_cells, n_frees;
    const char *filename, *name, *qualname;
    const uint8_t *linetable;
    uint32_t linetable_len;
    const uint8_t *exctable;
    uint32_t exctable_len;
    CodeKey key;
};

/* Does the local's slot hold a cell? */
static inline bool
pycode_is_cell(const PyCode *c, uint32_t slot)
{
    return c->localspluskinds[slot] & (PyLocalCell | PyLocalFree);
}
/* Parameters, with those for *args and **kwargs: they are the first locals. */
static inline uint32_t
pycode_n_params(const PyCode *c)
{
    return (uint32_t)(c->argcount + c->kwonlyargcount) + !!(c->flags & PyCoVarArgs) +
           !!(c->flags & PyCoVarKeywords);
}
/* Counts derived from localspluskinds; sets n_locals, n_cells, n_frees, and key. */
void pycode_finish(PyCode *c);
/* Every code object reachable through constants, root first. */
typedef void PyCodeVisit(PyCode *c, void *arg);
void pycode_walk(PyCode *root, PyCodeVisit *visit, void *arg);
bool pyobj_equal(const PyObj *a,
                 const PyObj *b); /* as marshal would write them: type, sign of zero, nan bits */
void pyobj_repr(const PyObj *o, StrBuf *out, unsigned limit); /* for dumps */

#endif
