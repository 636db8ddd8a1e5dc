/* `pyprof record`: runs a command, samples every Python in it, writes the profile. */
#ifndef PYOPT_RECORDER_H
#define PYOPT_RECORDER_H

#include "err.h"
#include "ring.h"

#include <sys/types.h>

typedef struct RecordOptions {
    const char *output;
    char *const *argv; /* the command, NULL-terminated */
    pid_t pid;         /* instead of a command: a process that runs */
    double rate;       /* samples per second of CPU time; 0: what this machine gives for 1 % */
    double duration;   /* seconds after which sampling ends; 0: with the command */
    RingClock clock;
    bool append, force, quiet;
    bool paused;       /* until somebody says start */
    bool subprocesses; /* with pid: its children too */
    bool idle;         /* with pid: threads that wait as well */
    bool gil;          /* only threads that hold the GIL */
    bool native;       /* C frames too */
    bool threads;      /* stacks by thread */
    bool no_code, no_locals;
    double max_size;     /* bytes of the file; 0: no limit */
    uint32_t max_stacks; /* nodes of the stack tree; 0: as many as fit */
} RecordOptions;

/* False when nothing could be recorded; *status is the command's exit status once it has run, or
 * what to exit with when it could not be started (0: use the error's). */
bool recorder_run(const RecordOptions *opt, int *status, Err *err);
/* The same for a process that runs already (opt->pid), from outside; until it ends, the duration is
 * over, or a signal says so. */
bool recorder_attach(const RecordOptions *opt, Err *err);

#endif
