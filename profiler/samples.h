/* Records from the rings become counts. */
#ifndef PYOPT_SAMPLES_H
#define PYOPT_SAMPLES_H

#include "target.h"

/* One record of n words; counts it into c->now, or as unreadable there. */
void samples_count(Collect *c, Target *t, const uint64_t *words, uint32_t n);

#endif
