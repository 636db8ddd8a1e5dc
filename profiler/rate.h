/* How often may this machine be interrupted for one per cent? */
#ifndef PYOPT_RATE_H
#define PYOPT_RATE_H

#include <stdbool.h>

/* Samples per second of CPU time that cost the target less than RATE_BUDGET. */
double rate_for_this_machine(bool native);

#endif
