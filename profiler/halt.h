/* A thread of another process, stopped for a moment: the one thing that sampling from outside needs
 * ptrace for, and only for native stacks, since registers cannot be read of a thread that runs.
 * It is seized and let go every time, so that no signal of the program's ever waits for us; if we
 * are killed, the kernel lets go of it. */
#ifndef PYOPT_HALT_H
#define PYOPT_HALT_H

#include "ring.h"

#include <stdbool.h>
#include <sys/types.h>

enum { HALT_LATE = 32 };

typedef struct Halts {
    pid_t late[HALT_LATE]; /* asked to stop, and not seen stopping in time */
    uint32_t n_late;
    uint64_t times, stopped_ns; /* how often, and for how long together */
} Halts;

typedef struct Halt {
    pid_t tid;
    int signal; /* the program's, which it was about to be given */
    uint64_t begun;
} Halt;

/* False when it did not stop, is another debugger's, or has gone. */
bool halt_begin(Halts *h, pid_t tid, Halt *out);
void halt_end(Halts *h, const Halt *one);
/* The registers in the order of native.h. */
bool halt_registers(const Halt *one, uint64_t regs[RING_REGS]);
/* Lets go of threads that have stopped late. */
void halt_release(Halts *h);

#endif
