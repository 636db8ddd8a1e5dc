#define _GNU_SOURCE
#include "halt.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

enum { PATIENCE_NS = 20000000, BUSY_TRIES = 64, NAP_NS = 50000 };

static uint64_t
now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* It stops for our asking, or because a signal has come just before: that is passed on. */
static int
pending_signal(int status)
{
    return status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
}

typedef enum Seen { SeenNothing, SeenStopped, SeenGone } Seen;

static Seen
look(pid_t tid, int *status)
{
    pid_t got = waitpid(tid, status, __WALL | WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR))
        return SeenNothing;
    return got == tid && WIFSTOPPED(*status) ? SeenStopped : SeenGone;
}

void
halt_release(Halts *h)
{
    int status;
    for (uint32_t i = h->n_late; i-- > 0;) {
        Seen seen = look(h->late[i], &status);
        if (seen == SeenStopped)
            ptrace(PTRACE_DETACH, h->late[i], NULL, pending_signal(status));
        if (seen != SeenNothing)
            h->late[i] = h->late[--h->n_late];
    }
}

bool
halt_begin(Halts *h, pid_t tid, Halt *out)
{
    int status;
    Seen seen = SeenNothing;
    uint64_t asked = now_ns();
    struct timespec nap = {0, NAP_NS};
    if (h->n_late == HALT_LATE || ptrace(PTRACE_SEIZE, tid, NULL, NULL))
        return false;
    ptrace(PTRACE_INTERRUPT, tid, NULL, NULL); /* fails when it has gone, which is seen next */
    for (int i = 0; (seen = look(tid, &status)) == SeenNothing; i++) {
        if (now_ns() - asked > PATIENCE_NS) {
            h->late[h->n_late++] = tid;
            return false;
        }
        if (i < BUSY_TRIES)
            sched_yield();
        else
            nanosleep(&nap, NULL);
    }
    if (seen == SeenGone)
        return false;
    *out = (Halt){tid, pending_signal(status), now_ns()};
    return true;
}

void
halt_end(Halts *h, const Halt *one)
{
    h->times++;
    h->stopped_ns += now_ns() - one->begun; /* first: it runs before this call returns to us */
    ptrace(PTRACE_DETACH, one->tid, NULL, one->signal);
}

bool
halt_registers(const Halt *one, uint64_t regs[RING_REGS])
{
    struct user_regs_struct r;
    struct iovec to = {&r, sizeof r};
    if (ptrace(PTRACE_GETREGSET, one->tid, NT_PRSTATUS, &to))
        return false;
    const uint64_t ordered[RING_REGS] = {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi,
                                         r.rbp, r.rsp, r.r8,  r.r9,  r.r10, r.r11,
                                         r.r12, r.r13, r.r14, r.r15, r.rip};
    for (int i = 0; i < RING_REGS; i++)
        regs[i] = ordered[i];
    return true;
}
