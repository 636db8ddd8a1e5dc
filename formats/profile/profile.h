/* The profile in memory, as the optimizer and the reports use it.  profdb.h reads and writes it
 * as SQLite.  All of it lives in one arena; pointers stay valid until that arena goes. */
#ifndef PYOPT_PROFILE_H
#define PYOPT_PROFILE_H

#include "pycode.h"
#include "vec.h"

/* A type seen at a place, "builtins.float", "app.models.Point": module.qualname, never an address.
 * Ints outside +-(2**63) are their own type "builtins.int+big", since unboxing them would fail. */
typedef struct ProfType {
    const char *name;
    uint64_t count;
} ProfType;

/* Places of a site.  Operand slots count from the top of the stack before the instruction: 0 is the
 * top. */
enum {
    ProfSlotLocal = 1000
}; /* ProfSlotLocal + i: local i as seen at this offset; aggregated under offset 0 */

typedef struct ProfSite {
    uint32_t off;        /* code unit of the opcode */
    uint32_t slot;       /* operand depth, or ProfSlotLocal + index */
    Vec(ProfType) types; /* most frequent first */
    uint64_t total;
} ProfSite;

typedef struct ProfCallee {
    uint32_t off; /* unit of the CALL (never of its PRECALL), or of the instruction that ran Python
                     by itself */
    CodeKey key;  /* zero for a callee that is not Python */
    const char *name; /* qualname of a Python callee; "builtins.len" and the like otherwise */
    uint64_t count;
} ProfCallee;

typedef struct ProfBranch {
    uint32_t off;
    double p_taken, lo, hi; /* odds that the jump is taken, and a 95 % interval */
    double weight;          /* samples' worth of evidence */
} ProfBranch;

/* A conditional jump met with its condition on the stack. */
typedef struct ProfOutcome {
    uint32_t off;
    uint64_t taken, fallen;
} ProfOutcome;

/* What an inline cache or specialised opcode said, harvested from live bytecode. */
typedef struct ProfQuick {
    uint32_t off;
    const char *opname; /* "BINARY_OP_ADD_FLOAT", "LOAD_ATTR_ADAPTIVE" */
    uint64_t seen;      /* harvests that found it so */
    uint64_t misses;    /* guard misses counted by the interpreter */
} ProfQuick;

/* What a frame is a frame of; the texts are those of column code.kind. */
#define PROF_KINDS(X) X(Python, "python") X(Native, "native") X(Thread, "thread") X(Gone, "gone")
typedef enum ProfKind {
#define X(name, text) Prof##name,
    PROF_KINDS(X)
#undef X
} ProfKind;

typedef struct ProfFunc {
    CodeKey key;
    ProfKind kind;
    PyCode *code; /* NULL when the bytecode was not captured */
    const char *module, *filename, *qualname;
    int firstlineno;
    uint64_t self, total; /* samples with the function on top; on the stack.  A Python function is
                             on top of Python's stack, a native one of the native one: the time of a
                             C function counts for both */
    uint64_t *at;         /* self samples per code unit, n_units entries; NULL without code */
    Vec(ProfSite) sites;
    Vec(ProfCallee) callees;
    Vec(ProfBranch) branches;
    Vec(ProfBranch) raised; /* off: a handler or a raise statement; p_taken: as table raised says */
    Vec(ProfQuick) quick;
    Vec(ProfOutcome) outcomes; /* what branches was inferred from, beside `at` */
} ProfFunc;

typedef struct Profile {
    const PyVer *ver;
    const char *python;       /* path of the interpreter recorded; may not exist here */
    const char *version;      /* "3.11.2" */
    const char *soabi;        /* "cpython-311-x86_64-linux-gnu" */
    uint64_t samples, native; /* native: of samples, those with native frames */
    double seconds;
    Vec(ProfFunc) funcs; /* hottest (self) first */
} Profile;

/* "module.qualname", as far as the module is known. */
const char *profile_name(Arena *a, const ProfFunc *f);
/* "file:line", or the file alone where there are no lines. */
const char *profile_place(Arena *a, const ProfFunc *f);
/* As column code.kind has it. */
const char *profile_kind(const ProfFunc *f);
const ProfFunc *profile_find(const Profile *p, CodeKey key);
/* Lookup helpers, NULL when nothing was seen. */
const ProfSite *profile_site(const ProfFunc *f, uint32_t off, uint32_t slot);
const ProfBranch *profile_branch(const ProfFunc *f, uint32_t off);
/* Most frequent callee at off; *share is its part of all calls seen there. */
const ProfCallee *profile_callee(const ProfFunc *f, uint32_t off, double *share);

#endif
