/* The recorder's side of the shared memory: processes that come and go, and draining their rings.
 */
#ifndef PYOPT_RINGS_H
#define PYOPT_RINGS_H

#include "target.h"

typedef struct Rings {
    RingFile *file;
    int fd;                      /* the memory file; agents open it as /proc/PID/fd/FD */
    Target *targets[RING_PROCS]; /* by row; NULL: nobody, or refused */
    uint32_t refused_seq[RING_PROCS];
    uint32_t polls, greeted; /* greeted: the file's seq when nobody was left to be welcomed */
    uint32_t whole_weight;   /* of a sample that stands for those that rounds.h cannot take, too */
    uint64_t processes, early, lost, no_python, handler_ns; /* of those that have gone */
    RingClock clock;                                        /* what the first process got */
    unsigned hexversion;                                    /* of the first process, as are these */
    bool debug;
    char *python;
    void (*notice)(const char *text, void *arg); /* one line for the user */
    void *notice_arg;
} Rings;

bool rings_open(Rings *r, uint64_t period_ns, RingClock clock, bool native, Err *err);
void rings_close(Rings *r);
/* The value of RING_ENV for the command. */
char *rings_name(const Rings *r, Arena *a);
/* Welcomes new processes: cheap when there are none. */
void rings_greet(Rings *r);
/* Does so, counts what the rings hold, and lets go of processes that have ended.
 * Returns the number of records. */
uint64_t rings_poll(Rings *r, Collect *c);
/* No more samples from anybody. */
void rings_stop(Rings *r);
/* Sums over the processes gone and present. */
typedef struct RingTotals {
    uint64_t lost, no_python, handler_ns;
} RingTotals;
RingTotals rings_totals(const Rings *r);

#endif
