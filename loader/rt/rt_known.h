/* Immortal objects that generated code compares against: rows of formats/unit/known.def. */
#ifndef PYOPT_RT_KNOWN_H
#define PYOPT_RT_KNOWN_H

#include "rt_base.h"

typedef enum PyrtKnown {
#define KNOWN(id, owner, name) PYRT_KNOWN_##id,
#include "known.def"
#undef KNOWN
    PYRT_KNOWN_COUNT
} PyrtKnown;

/* Strong references, kept for the life of the process. */
extern PYRT_API PyObject *pyrt_known[PYRT_KNOWN_COUNT];

/* Called once by the loader before any unit is installed.  False (and no exception left): do not
 * install. */
bool pyrt_known_init(void);

#endif
