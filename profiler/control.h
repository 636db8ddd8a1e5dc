/* Telling a running recorder what to do: a datagram socket named by the recorder's pid, in the
 * abstract namespace so that nothing is left behind.  Only the same user and root are heard. */
#ifndef PYOPT_CONTROL_H
#define PYOPT_CONTROL_H

#include "collect.h"
#include "err.h"
#include "profwrite.h"

#include <sys/types.h>

typedef struct Control {
    int fd;      /* -1: nobody can talk to us */
    bool paused; /* no samples are to be taken */
    bool flush;  /* what has been counted is to be written now; whoever does clears it */
} Control;

void control_open(Control *c, bool paused);
void control_close(Control *c);
/* Answers all that have asked; never waits. */
void control_serve(Control *c, const RunInfo *run, const Counts *now);
/* Sends one of "start", "stop", "flush" and "status" to the recorder with this pid, or to the one
 * that is an ancestor of it; its answer is a line of JSON. */
bool control_ask(pid_t pid, const char *what, char *answer, size_t size, Err *err);

#endif
