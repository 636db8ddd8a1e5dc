/* Samples of a process from outside: its threads' stacks are read from its memory while it runs. */
#ifndef PYOPT_REMOTE_H
#define PYOPT_REMOTE_H

#include "halt.h"
#include "target.h"

enum { REMOTE_THREADS = 1024 };

typedef struct RemoteThread {
    uint64_t tstate;
    pid_t tid; /* as we number it */
    bool holds_gil;
} RemoteThread;

typedef struct Remote {
    Target *t;
    uint64_t unreadable; /* threads whose stack could not be found: it moved, or made no sense */
    bool native;         /* native stacks too: threads are stopped to be sampled */
    Halts halts;
    Arena *arena;
    bool elsewhere; /* in another pid namespace: its tids are not ours */
    Map tids;       /* then: its tid to ours */
    Map stats;      /* our tid to the open file of its state, plus 1 */
} Remote;

/* NULL and an error as target_attach(). */
Remote *remote_open(pid_t pid, Err *err);
void remote_close(Remote *r);
/* It has ended, or become another program. */
bool remote_gone(Remote *r);
/* The threads that Python knows, at most REMOTE_THREADS; forgets what was read before. */
uint32_t remote_threads(Remote *r, RemoteThread *out);
/* Is the thread on the CPU, or waiting for one? */
bool remote_runs(Remote *r, const RemoteThread *t);
/* One record as ring.h has it, for samples_count(); 0 words when there is no frame to be read. */
uint32_t remote_sample(Remote *r, Collect *c, const RemoteThread *t,
                       uint64_t words[RING_MAX_RECORD]);

#endif
