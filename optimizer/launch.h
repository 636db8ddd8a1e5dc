/* `pyopt run`: become the program, with the loader preloaded. */
#ifndef PYOPT_LAUNCH_H
#define PYOPT_LAUNCH_H

#include "err.h"

/* Returns only when the bundle cannot be used; otherwise this process is argv now, or has ended
 * with 127 (not found) or 126 (not executable) as a shell would. */
bool launch_run(const char *bundle, char *const *argv, Err *err);

#endif
