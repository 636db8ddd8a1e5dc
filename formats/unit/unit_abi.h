/* The contract between generated C, the runtime and the loader.  Plain data, no Python.h: the
 * optimizer writes these tables into the unit's rodata, the loader reads them.
 *
 * A unit is one compiled code object.  Its body runs on an interpreter frame that already exists
 * (pushed by the interpreter at the stub, or by a compiled caller on the C stack) and returns a new
 * reference or NULL with an exception set and already traced.
 *
 * Homes.  frame->localsplus[i] is the home of local i.  A home owns its object.  At every effect
 * the homes hold what the interpreter's would; between effects a home may be stale or NULL while
 * the value lives unboxed in C.
 *
 * Exits.  A failed guard or an error calls pyrt_deopt(ts, frame, &unit, exit, ev): ev is an array
 * of live values, and the exit's record says where each goes.  pyrt_deopt finishes the activation
 * in the interpreter and returns what the body must return.  Where that comes to a jump back to one
 * of the unit's loops, the loop's body goes on instead. */
#ifndef PYOPT_UNIT_ABI_H
#define PYOPT_UNIT_ABI_H

#include "abi.h" /* PYOPT_ABI, made by the Makefile: a checksum of this and the runtime's headers */
#include "codekey.h"

/* Where a rebuilt value comes from. */
typedef enum PyoptValKind {
    PyoptValNull,        /* the slot becomes NULL */
    PyoptValOwned,       /* ev[src].o: the reference moves into the slot */
    PyoptValBorrow,      /* ev[src].o: a new reference is taken */
    PyoptValInt,         /* ev[src].i: boxed */
    PyoptValDouble,      /* ev[src].d: boxed */
    PyoptValBool,        /* ev[src].i: True or False */
    PyoptValMaybeInt,    /* as Int if ev[src + 1].i, else as Null */
    PyoptValMaybeDouble, /* as Double if ev[src + 1].i, else as Null */
    PyoptValConst,       /* co_consts[src] of the frame's code: a new reference */
    PyoptValTuple,       /* a tuple of the src values that follow */
    PyoptValCopy,        /* what the exit's value number src became: one object in two places */
    PyoptValDrop,        /* ev[src].o: released after the frames are rebuilt; slot unused */
} PyoptValKind;

typedef struct PyoptVal {
    uint16_t slot; /* index into localsplus; stack entries follow co_nlocalsplus */
    uint8_t kind;  /* PyoptValKind */
    uint8_t frame; /* 0: the unit's own frame; k: the k-th inlined level of this exit */
    uint16_t src;
} PyoptVal;

/* What the call is that an outer level of an exit stands in. */
typedef enum PyoptCall {
    PyoptCallPlain,
    PyoptCallDrop,    /* the result is not wanted (that of a __setitem__) */
    PyoptCallClass,   /* of a class: the level above is __init__, which must return None; the
                         instance, the call's result, is on top of the operand stack */
    PyoptCallClassUp, /* the same, but an exception is coming: no instance on the stack */
} PyoptCall;

/* One level of an exit.  Level 0 is the unit's own frame; deeper levels are inlined callees. */
typedef struct PyoptLevel {
    uint32_t
        offset; /* unit to continue at; for the levels above the innermost: the CALL in progress */
    uint16_t depth;  /* operand stack depth there (outer levels: without callable and arguments) */
    uint16_t frame;  /* ev index of the level's _PyInterpreterFrame* (levels above 0 only) */
    uint16_t func;   /* ev index of the level's function object (levels above 0 only) */
    uint32_t resume; /* outer levels: unit behind the call, where its result is pushed and the level
                        goes on */
    uint32_t call;   /* outer levels: PyoptCall */
} PyoptLevel;

typedef enum PyoptExitKind {
    PyoptExitGuard, /* run the instruction at offset again, in the interpreter */
    PyoptExitRaise, /* an exception is set; it was raised at offset */
} PyoptExitKind;

typedef struct PyoptExit {
    uint8_t kind;     /* PyoptExitKind */
    uint8_t n_levels; /* >= 1 */
    uint16_t n_vals;
    uint32_t first_level, first_val; /* into the unit's levels and vals */
    int line;
    const char *reason; /* "guard_type float", "int overflow": for --stats and explain */
} PyoptExit;

typedef union PyoptEv {
    void *o; /* PyObject *, or _PyInterpreterFrame * */
    int64_t i;
    double d;
} PyoptEv;

/* How a loop jumps back. */
typedef enum PyoptBackTest {
    PyoptBackAlways,
    PyoptBackIfTrue, /* and pops what it tests, as the others */
    PyoptBackIfFalse,
    PyoptBackIfNone,
    PyoptBackIfNotNone,
} PyoptBackTest;

/* A jump back to a loop that native code takes up again when it comes that far in the interpreter.
 */
typedef struct PyoptBack {
    uint32_t unit, next; /* the jump's opcode, and the unit behind it */
    uint16_t loop;       /* index into the unit's loops */
    uint16_t test;       /* PyoptBackTest */
} PyoptBack;

typedef struct PyoptUnit PyoptUnit;

typedef struct PyoptLoop {
    uint32_t header; /* unit of its first instruction */
    uint32_t depth;  /* of the operand stack there */
    /* Its body, which begins there: all locals in their homes, the operand stack in the frame
     * behind them, whose references it takes.  It has no loops of its own. */
    const PyoptUnit *unit;
} PyoptLoop;

struct PyoptUnit {
    CodeKey key;
    uint32_t filter;  /* codekey_filter() of the code object */
    uint32_t n_units; /* code units of the code object */
    const char *qualname, *filename;
    int firstlineno;
    uint32_t flags; /* PyoptUnitFlag */
    void *body;     /* PyObject *(*)(PyThreadState *, _PyInterpreterFrame *) */
    uint32_t entry; /* unit of RESUME: where the stub goes */
    uint16_t n_localsplus, stacksize, argcount;
    uint32_t n_exits;
    const PyoptExit *exits;
    const PyoptLevel *levels;
    const PyoptVal *vals;
    uint64_t *exit_hits; /* n_exits counters, in .bss of the unit */
    uint64_t *entries;   /* one counter */
    uint32_t n_deps;     /* code objects whose bodies were inlined */
    const CodeKey *deps;
    uint32_t n_loops, n_backs;
    const PyoptLoop *loops;
    const PyoptBack *backs;
};

/* Unit flags. */
enum {
    PyoptSmall = 1,    /* only called from compiled code: the way in from the interpreter costs more
                          than the function */
    PyoptLoopBody = 2, /* of a PyoptLoop: not entered as a function */
    PyoptGenerator = 4, /* a generator's or coroutine's: body takes what is sent too, and is found
                           by the types' slots, not by a stub */
};

/* What dlsym(so, "pyopt_bundle") points at. */
typedef struct PyoptBundleInfo {
    uint32_t abi;        /* PYOPT_ABI */
    uint32_t hexversion; /* PY_VERSION_HEX it was compiled against */
    const char *soabi;
    uint64_t layout; /* pyrt_layout_fingerprint of the headers used */
    uint32_t n_units;
    const PyoptUnit *const *units;
} PyoptBundleInfo;

#endif
