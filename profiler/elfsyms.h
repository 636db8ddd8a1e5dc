/* Where the exported variables of another process's Python are: what dlsym() is from inside. */
#ifndef PYOPT_ELFSYMS_H
#define PYOPT_ELFSYMS_H

#include "err.h"

#include <sys/types.h>

/* Addresses of the names in the process, 0 for those that neither its program nor a libpython it
 * has loaded exports.  ErrNoFile: no such process; ErrPermission: it may not be looked at. */
bool elfsyms_find(pid_t pid, const char *const *names, uint32_t n, uint64_t *out, Err *err);

#endif
