/* Records from the rings become counts. */
#ifndef PYOPT_SAMPLES_H
#define PYOPT_SAMPLES_H

#include "paths.h"
#include "target.h"

/* One record of n words, of that thread; counts it into c->now, or as unreadable there.  weight:
 * how many samples' time it stands for; what was seen in it, types and callees, counts once. */
void samples_count(Collect *c, Target *t, pid_t tid, const uint64_t *words, uint32_t n,
                   uint32_t weight);
/* Its frames, innermost first, native ones among them where the record has them; 0 when it cannot
 * be read. */
uint32_t samples_path(Collect *c, Target *t, const uint64_t *words, uint32_t n,
                      Step out[PATHS_MAX]);

#endif
