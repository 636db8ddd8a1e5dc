/* How often may this machine be interrupted for one per cent, and what instead beyond that? */
#ifndef PYOPT_RATE_H
#define PYOPT_RATE_H

#include <stdbool.h>

/* Samples per second of CPU time that cost the target less than RATE_BUDGET. */
double rate_for_this_machine(bool native);
/* Is it cheaper for the target to be looked at from outside (rounds.h) than to take as many samples
 * itself? */
bool rate_is_for_outside(double rate);

#endif
