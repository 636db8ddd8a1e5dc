/* What became of each function, line by line: written into the bundle as JSON when it is compiled,
 * and printed from there by `pyopt explain`. */
#ifndef PYOPT_EXPLAIN_H
#define PYOPT_EXPLAIN_H

#include "bundle.h"
#include "pyopt.h"

/* The JSON text that goes into the bundle. */
const char *explain_write(Arena *a, const PyoptResult *results, uint32_t n);
/* The functions NAME picks (a qualname, its last part, or FILE:LINE; NULL: all), as JSON or as text
 * for people.  ErrEmpty when there is none. */
bool explain_print(Arena *a, const Bundle *b, const char *name, bool json, StrBuf *out, Err *err);

#endif
