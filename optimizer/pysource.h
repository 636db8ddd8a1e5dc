/* Code objects from .py and .pyc files, for `pyopt compile --all`: the target Python itself
 * compiles the source, so that what we read is what it will run. */
#ifndef PYOPT_PYSOURCE_H
#define PYOPT_PYSOURCE_H

#include "pytarget.h"

typedef struct PySources {
    PyCode **codes; /* one root per file */
    uint32_t n_codes;
    uint32_t n_skipped;  /* files of a folder that are not valid Python */
    const char *skipped; /* the first of them, and why */
} PySources;

/* Folders are walked for *.py.  A file that was named must be readable and valid; one found in a
 * folder may be skipped. */
bool pysource_read(Arena *a, const PyTarget *t, char *const *paths, uint32_t n, PySources *out,
                   Err *err);

#endif
