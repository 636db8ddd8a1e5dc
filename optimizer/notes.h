/* What `pyopt explain` says of a compiled function: read off the finished IR and the profile, so
 * that it cannot differ from what was compiled. */
#ifndef PYOPT_NOTES_H
#define PYOPT_NOTES_H

#include "feedback.h"
#include "ir.h"
#include "pyopt.h"

/* Fills r->notes. */
void notes_collect(const Func *f, const Feedback *fb, PyoptResult *r);
/* Adds that a loop has a body of its own. */
void notes_add_loop(const Func *f, const Loop *loop, PyoptResult *r);

#endif
