/* Native stacks.  The target is never unwound from inside: what a sample holds is the registers and
 * a copy of the top of the thread's stack (RingStack), taken in the signal handler or while the
 * thread was stopped for a moment, and libunwind walks that copy here, with the unwind tables of
 * the files that the target has mapped.  So whatever libunwind and the dynamic linker do, lock,
 * allocate, or get wrong, happens in the recorder. */
#ifndef PYOPT_NATIVE_H
#define PYOPT_NATIVE_H

#include "collect.h"
#include "elffiles.h"
#include "ring.h"

enum { NATIVE_FRAMES = 256 };

/* Where the calling convention puts them is libunwind's numbering: rax, rdx, rcx, rbx, rsi, rdi,
 * rbp, rsp, r8 to r15, rip. */
typedef struct NativeShot {
    const uint64_t *regs;  /* RING_REGS of them */
    uint64_t from;         /* address of the stack's first copied word */
    const uint64_t *stack; /* n words */
    uint32_t n;
} NativeShot;

typedef struct NativeStack {
    Code *at[NATIVE_FRAMES]; /* innermost first; NULL: the interpreter's own loop */
    uint32_t n;
    bool whole; /* up to where the thread began */
} NativeStack;

typedef struct Native Native;

/* One for each process.  eval: the address of the interpreter's loop. */
Native *native_new(Memory *mem, ElfFiles *files, uint64_t eval);
void native_free(Native *n);
/* False when there is nothing to be had: not even the innermost function is known. */
bool native_unwind(Native *n, Collect *c, const NativeShot *shot, NativeStack *out);

#endif
