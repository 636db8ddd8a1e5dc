/* What the interpreter has learned by itself: specialised opcodes, their miss counters and the
 * types in their inline caches, read from the live bytecode of code that has just been running. */
#ifndef PYOPT_HARVEST_H
#define PYOPT_HARVEST_H

#include "target.h"

/* Looks at every code object of the process that was on top of the stack since the last call. */
void harvest_one(Collect *c, Target *t);
/* The same for several; some may be NULL. */
void harvest_all(Collect *c, Target *const targets[RING_PROCS]);

#endif
