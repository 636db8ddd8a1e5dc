/* Generated C to one shared object: finds the compiler, runs it in parallel, and keeps every object
 * it made, addressed by what went in, so that a function that did not change is not compiled again.
 */
#ifndef PYOPT_CC_H
#define PYOPT_CC_H

#include "pytarget.h"

typedef struct CcTarget {
    const PyTarget *py;
    char **cc;               /* the command's words, then NULL */
    unsigned level;          /* of -O */
    const char *cc_version;  /* the first line of --version */
    const char *runtime;     /* folder of the headers generated C includes */
    const char *headers_key; /* hex digest of what is in it */
} CcTarget;

typedef struct CcUnit {
    const char *name;   /* for messages: "app.py:44 f" */
    const char *symbol; /* the PyoptUnit it defines */
    bool inner;         /* named by another unit only: not in the bundle's index */
    const char *c_text;
    const char *refused; /* filled in: the compiler's first complaint; NULL when compiled */
} CcUnit;

typedef struct CcProgress {
    void (*step)(void *arg, uint32_t done, uint32_t total);
    void *arg;
} CcProgress;

typedef struct CcStats {
    uint32_t n_compiled, n_cached, n_refused;
    double seconds;
    size_t so_bytes;
} CcStats;

/* What CC names; without it gcc, clang, cc: the first that runs. */
CcTarget *cc_target_find(Arena *a, const PyTarget *py, unsigned level, Err *err);
/* Compiles the units and links those that compiled into out_so.  A refused unit takes with it the
 * units that name its symbol.  cb may be NULL. */
bool cc_build(Arena *a, const CcTarget *t, CcUnit *units, uint32_t n, const char *out_so,
              const CcProgress *cb, CcStats *stats, Err *err);

#endif
