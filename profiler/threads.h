/* Threads by name, as Python and the kernel call them. */
#ifndef PYOPT_THREADS_H
#define PYOPT_THREADS_H

#include "target.h"

/* The name that threading.Thread has given it; where that is not known, the kernel's; "" when it
 * has gone. */
const char *threads_name(Target *t, Arena *a, pid_t tid);
/* The outermost frame of its stacks: "thread 4711 (worker)". */
Code *threads_code(Target *t, Collect *c, pid_t tid);

#endif
