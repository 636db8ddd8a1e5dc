/* Processes being sampled from outside: one, and perhaps all it starts. */
#ifndef PYOPT_ATTACH_H
#define PYOPT_ATTACH_H

#include "remote.h"

typedef struct AttachOptions {
    bool subprocesses;
    bool idle;   /* threads that wait count as well */
    bool gil;    /* only the thread that holds the GIL counts */
    bool native; /* C frames too: threads are stopped to be sampled */
} AttachOptions;

typedef struct Attached {
    Remote *r;
    double cpu_first, cpu_last; /* CPU seconds of the process when met, and last */
} Attached;

typedef struct Attach {
    AttachOptions opt;
    pid_t root;
    Arena *arena;
    Vec(Attached) at;
    Map refused;        /* pid and start time of processes that are no Python we know */
    uint64_t processes; /* ever met */
    uint64_t unreadable;
    double cpu;                 /* of processes that have ended */
    uint64_t halts, stopped_ns; /* so were these: stops of threads, and the time they took */
} Attach;

bool attach_open(Attach *a, pid_t pid, AttachOptions opt, Err *err);
void attach_close(Attach *a);
/* Lets go of processes that have ended and meets new ones; false when none is left.  Costs a look
 * through /proc: a few times a second is enough. */
bool attach_look(Attach *a);
/* One sample of every thread that counts. */
void attach_round(Attach *a, Collect *c);
/* The inline caches, as harvest.h. */
void attach_harvest(Attach *a, Collect *c);
/* CPU seconds of all since they were met. */
double attach_cpu(const Attach *a);
/* How often threads were stopped, and for how many seconds together. */
uint64_t attach_halts(const Attach *a, double *seconds);

#endif
