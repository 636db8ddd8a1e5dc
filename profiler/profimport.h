/* Profiles of other samplers: stacks by name, without bytecode or types. */
#ifndef PYOPT_PROFIMPORT_H
#define PYOPT_PROFIMPORT_H

#include "profsql.h"

#include <stdio.h>

typedef struct ImportTotals {
    uint64_t samples, python; /* of them, with a Python frame */
    uint64_t unreadable;      /* without any frame */
} ImportTotals;

/* Adds what `perf script` printed (profimport_fields, with --header) to a profile, as one run.
 * ErrBadFormat when it is something else. */
bool profimport_perf(sqlite3 *db, FILE *in, const char *name, ImportTotals *out, Err *err);
/* The fields that are needed, for `perf script -F`. */
extern const char profimport_fields[];

#endif
