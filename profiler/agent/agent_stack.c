/* The native half of a sample: registers and a copy of the top of the stack, for the recorder to
 * unwind (native.h).  Unwinding here, in the handler, would take the dynamic linker's lock, which
 * the very thread that was interrupted may hold, and believe unwind tables that may be wrong.  A
 * copy takes a microsecond and believes nothing: every page is probed before it is read. */
#define _GNU_SOURCE
#include <pthread.h>

#include "agent.h"

#include <string.h>
#include <ucontext.h>

enum { RED_ZONE = 128 }; /* below the stack pointer, and a function's own all the same */

/* Where the stack ends: glibc puts a thread's own data at the top of its stack.  The main thread's
 * ends with its mapping. */
static uint64_t
end_of(uint64_t from)
{
    uint64_t end = from + 8ull * RING_STACK_WORDS, own = (uint64_t)pthread_self();
    return own > from && own < end ? own & ~7ull : end;
}

void
agent_stack_find(AgentStack *s, const void *context, AgentPages *pages)
{
    static const int order[RING_REGS] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                         REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                         REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    const ucontext_t *c = context;
    for (int i = 0; i < RING_REGS; i++)
        s->regs[i] = (uint64_t)c->uc_mcontext.gregs[order[i]];
    s->from = ((uint64_t)c->uc_mcontext.gregs[REG_RSP] - RED_ZONE) & ~7ull;
    uint64_t at = s->from, end = end_of(s->from);
    while (at < end && agent_probe(pages, at, 8))
        at = (at & ~(uint64_t)(AGENT_PAGE - 1)) + AGENT_PAGE;
    at = at < end ? at : end;
    s->n = at > s->from ? (uint32_t)((at - s->from) / 8) : 0;
}
