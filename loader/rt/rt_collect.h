/* Collections that find nothing, done in less time than the interpreter needs. */
#ifndef PYOPT_RT_COLLECT_H
#define PYOPT_RT_COLLECT_H

#include "rt_base.h"

#include <internal/pycore_interp.h>

/* What is kept from one collection to the next; starts zeroed. */
typedef struct PyrtCollect {
    traverseproc of_classes;         /* what classes made by `class` have as tp_traverse */
    uint8_t fails[NUM_GENERATIONS];  /* in a row */
    uint16_t waits[NUM_GENERATIONS]; /* collections to leave to the interpreter after that */
} PyrtCollect;

void pyrt_collect_init(PyrtCollect *c, PyInterpreterState *interp);

/* The collection that is due when the next object that the collector knows is made, if there is no
 * garbage in the generations that it looks at: true, and everything is as the interpreter's would
 * have left it.  False: nothing has changed, and the interpreter must see for itself.  Runs no code
 * of the program. */
bool pyrt_collect_nothing(PyThreadState *ts, PyrtCollect *c);

#endif
