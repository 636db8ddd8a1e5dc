/* The recorder's own clock: whoever holds a GIL is looked at from outside. */
#ifndef PYOPT_ROUNDS_H
#define PYOPT_ROUNDS_H

#include "rings.h"

typedef struct Rounds {
    bool on;
    double step;     /* seconds from one to the next, on average */
    double next;     /* when it is due, as recording_now() */
    uint32_t steps;  /* that it stands for */
    uint32_t idle;   /* rounds in a row that met nobody */
    uint32_t random; /* for the jitter */
    uint32_t turn;
    uint64_t missed; /* samples not taken, for the recorder did not get to it in time */
} Rounds;

/* How the samples are shared out: of `part` samples the agents' timers take one and the rounds the
 * others, so that the timers tick no faster than they can. */
void rounds_open(Rounds *r, double rate, uint32_t part, double now);
/* One round over the processes, when it is due. */
void rounds_take(Rounds *r, Rings *rings, Collect *c, double now);
/* As if the time until now had not been. */
void rounds_skip(Rounds *r, double now);

#endif
