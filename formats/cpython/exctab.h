/* The exception table (3.11 and later: varint entries, sorted by start). */
#ifndef PYOPT_EXCTAB_H
#define PYOPT_EXCTAB_H

#include "err.h"
#include "pycode.h"

typedef struct ExcEntry {
    uint32_t start, end; /* units, end exclusive */
    uint32_t target;     /* unit of the handler */
    uint32_t depth;      /* stack is cut to this before the handler's pushes */
    bool lasti;          /* the raising offset is pushed too */
} ExcEntry;

typedef struct ExcTable {
    ExcEntry *at;
    uint32_t n;
} ExcTable;

bool exctab_read(Arena *a, const PyCode *c, ExcTable *out, Err *err);
const ExcEntry *exctab_find(const ExcTable *t, uint32_t unit); /* NULL: no handler */

#endif
