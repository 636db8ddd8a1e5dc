/* One process being sampled, as the recorder sees it: its Python, its memory, and what the
 * addresses in its samples stand for. */
#ifndef PYOPT_TARGET_H
#define PYOPT_TARGET_H

#include "collect.h"
#include "objects.h"
#include "ring.h"

/* A code object at an address of this process. */
typedef struct CodeAt {
    Code *code; /* NULL: could not be read */
    uint64_t address;
    uint32_t round; /* when it was last looked at, as Target.round */
    uint64_t print; /* what tells it from another that is made where it was */
    bool touched;   /* on top of the stack since the last harvest */
    uint8_t *live;  /* harvest.c: its units at the last harvest */
} CodeAt;

/* rounds.c: what a process has used the CPU for and how much of that has been sampled. */
typedef struct Watch {
    uint64_t tstate; /* that held the GIL last */
    uint64_t cpu_ns; /* of the process, when last asked for */
    int64_t credit_ns;
    uint32_t idle; /* rounds in a row that met nobody */
} Watch;

typedef struct Target {
    uint32_t slot, seq; /* its RingProc */
    pid_t pid;
    bool ended;
    unsigned hexversion;
    bool debug;
    char *python; /* path of the executable */
    Arena *arena;
    Arena *attached; /* its symbols, when it was met from outside; else NULL */
    Memory *mem;
    Objects objects;
    Map codes;     /* address to CodeAt */
    Map types;     /* address to type number */
    Map callables; /* what identifies a callable to callee number */
    Map versions;  /* type version tag to type number */
    Map threads;   /* threads.c */
    Map places;    /* snapshot.h: thread state to SnapPlace */
    Map layouts;   /* layouts.c: address of a type to its next look */
    Vec(CodeAt *) touched;
    uint32_t harvests;
    uint32_t round;    /* of looking at its memory */
    uint64_t since_ns; /* CLOCK_MONOTONIC: when it was met */
    Watch watch;
    struct Native *native; /* native.h: once a native stack has been met */
} Target;

/* Identifies the Python that announced itself and lets the samples flow; ErrBadPython when it is
 * none we know, and then the process runs on unsampled. */
Target *target_open(RingFile *file, uint32_t slot, Err *err);
/* A process that knows nothing of us; ErrNoFile, ErrPermission, ErrBadPython. */
Target *target_attach(pid_t pid, Err *err);
void target_close(Target *t);
/* What the walker reads by. */
RingPython target_offsets(const PyLayout *l);
/* What was read of its memory may have changed. */
void target_forget(Target *t);
/* The code object at an address; NULL when it cannot be read.  A leaf's is checked to be still the
 * one that it was, a caller's once in a while. */
CodeAt *target_code(Target *t, Collect *c, uint64_t address, bool leaf);
/* Is it due to be checked, or not known at all? */
bool target_code_due(Target *t, uint64_t address, bool leaf);
/* Reads it again: the object that was there is gone. */
CodeAt *target_code_again(Target *t, Collect *c, uint64_t address);
/* The number of a type's name; 0 when it has none. */
uint32_t target_type(Target *t, Collect *c, uint64_t type, bool big);
/* The number of the callee behind a callable object of that type; 0 when it has none.  detail is
 * what the agent found in it. */
uint32_t target_callee(Target *t, Collect *c, uint64_t object, uint64_t type, uint64_t detail);

#endif
