/* `pyprof record`: runs a command, samples every Python in it, writes the profile. */
#ifndef PYOPT_RECORDER_H
#define PYOPT_RECORDER_H

#include "err.h"
#include "ring.h"

typedef struct RecordOptions {
    const char *output;
    char *const *argv; /* the command, NULL-terminated */
    double rate;       /* samples per second of CPU time; 0: what this machine gives for 1 % */
    RingClock clock;
    bool append, force, quiet;
} RecordOptions;

/* False when nothing could be recorded; *status is the command's exit status once it has run, or
 * what to exit with when it could not be started (0: use the error's). */
bool recorder_run(const RecordOptions *opt, int *status, Err *err);

#endif
