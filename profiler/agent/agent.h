/* The preloaded agent: what its files share.  It runs inside programs that know nothing of it, so
 * it links only libc, prints nothing, keeps errno, and does nothing at all in a process that is not
 * Python. */
#ifndef PYOPT_AGENT_H
#define PYOPT_AGENT_H

#include "ring.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>

/* The one piece of global state; written before the first thread is armed and in a forked child. */
typedef struct Agent {
    RingFile *file;      /* NULL: stand aside */
    RingProc *proc;      /* our process's row */
    pid_t pid;           /* its pid, to notice a fork that ran no handlers */
    RingClock clock;     /* what works here */
    uint64_t timer_from; /* CPU-time timers are the better clock for periods from here on, in ns */
    pthread_key_t key;
    bool mask_probe;      /* how agent_probe asks */
    struct sigaction app; /* the program's own SIGPROF action, as it believes it to be */
} Agent;

typedef struct AgentThread {
    Ring *ring;     /* NULL: no samples */
    uint32_t slot;  /* its number */
    int fd;         /* perf event, or -1 */
    uint64_t event; /* its id */
    bool has_timer; /* timer below is ours */
    timer_t timer;
    uint64_t tstate; /* this thread's, once seen */
    bool slow;       /* ticks as while paused */
    uint32_t random, n, full;
} AgentThread;

extern Agent agent;
extern __thread AgentThread agent_thread __attribute__((tls_model("initial-exec")));

/* agent_clock.c */
void agent_clock_start(AgentThread *t);
void agent_clock_stop(AgentThread *t);
/* Closes the perf event, and never a file of the program's that has got its number. */
void agent_clock_close(AgentThread *t);
bool agent_clock_owns(const AgentThread *t, const siginfo_t *si);
void agent_clock_jitter(AgentThread *t);
/* Changes the mean time between ticks. */
void agent_clock_period(AgentThread *t, uint64_t ns);

/* agent_probe.c: pages found readable during this sample */
enum { AGENT_PAGE = 4096, AGENT_PAGES = 16 };
typedef struct AgentPages {
    uint64_t page[AGENT_PAGES];
    uint32_t next;
} AgentPages;
void agent_probe_choose(void);
bool agent_probe(AgentPages *p, uint64_t address, uint32_t n);

/* agent_stack.c: what of a thread's native state goes into a sample */
typedef struct AgentStack {
    uint64_t regs[RING_REGS];
    uint64_t from;
    uint32_t n; /* words */
} AgentStack;
/* context: the handler's third argument. */
void agent_stack_find(AgentStack *s, const void *context, AgentPages *pages);

/* agent_sample.c */
void agent_sample(AgentThread *t, const void *context);

/* agent_signal.c */
void agent_signal_install(void);

#endif
