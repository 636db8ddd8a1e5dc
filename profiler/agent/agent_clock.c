/* The sampling clock of one thread: it ticks while the thread is on the CPU, so a sleeping thread
 * is never woken and no system call ever sees EINTR for our sake.
 *
 * timer: the thread's CPU-time timer, looked at by the kernel's own tick: it costs the signal and
 * no more, but is no finer than the tick.  Where a kernel leaves the signal to the way back to user
 * space, no system call is cut short: there it serves all slow rates.
 *
 * perf: a perf_event task clock that counts user time only and signals its own thread: for rates
 * beyond, where interrupts are cheap.  Each sample is a timer interrupt of its own, and so is in
 * part each switch to the thread; in a virtual machine that is ten times what is done in the
 * handler, and there the recorder does the rest of the sampling (rounds.c).
 *
 * itimer: the process's ITIMER_PROF: last resort, main thread only.
 *
 * The period is changed at random every few samples, or a program with a rhythm of its own would
 * always be met at the same step. */
#define _GNU_SOURCE
#include <pthread.h>

#include "agent.h"
#include "perf_clock.h"
#include "timer_clock.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { HIGH_FD = 900, JITTER_EVERY = 16, JITTER_AT = 5 };

static char timer_cookie; /* its address marks a timer signal as ours */

/* Away from the low numbers, which programs expect to be handed out in order. */
static int
move_high(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
    if (high < 0)
        return fd;
    close(fd);
    return high;
}

static bool
perf_start(AgentThread *t)
{
    int fd = perf_clock_open(agent.file->period_ns);
    if (fd < 0)
        return false;
    fd = move_high(fd);
    struct f_owner_ex owner = {F_OWNER_TID, (pid_t)syscall(SYS_gettid)};
    t->fd = fd;
    if (fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) || fcntl(fd, F_SETSIG, SIGPROF) ||
        fcntl(fd, F_SETOWN_EX, &owner) || ioctl(fd, PERF_EVENT_IOC_ID, &t->event) ||
        ioctl(fd, PERF_EVENT_IOC_ENABLE, 0)) {
        close(fd);
        t->fd = -1;
        return false;
    }
    return true;
}

static struct timespec
nanoseconds(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
}

static bool
timer_period(AgentThread *t, uint64_t first, uint64_t ns)
{
    struct itimerspec it = {.it_value = nanoseconds(first), .it_interval = nanoseconds(ns)};
    return timer_settime(t->timer, 0, &it, NULL) == 0;
}

/* xorshift32: good enough to break step with anything. */
static uint32_t
next_random(AgentThread *t)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 17;
    t->random ^= t->random << 5;
    return t->random;
}

/* From somewhere within a period: a process or a thread that lives for less has its share, too. */
static bool
timer_start(AgentThread *t)
{
    struct sigevent ev;
    memset(&ev, 0, sizeof ev);
    ev.sigev_notify = SIGEV_THREAD_ID;
    ev.sigev_signo = SIGPROF;
    ev.sigev_value.sival_ptr = &timer_cookie;
    ev._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &ev, &t->timer))
        return false;
    t->has_timer = true;
    uint64_t period = agent.file->period_ns;
    return timer_period(t, 1 + next_random(t) % period, period);
}

static bool
itimer_period(uint64_t ns)
{
    if (getpid() != (pid_t)syscall(SYS_gettid))
        return false;
    struct timeval period = {(time_t)(ns / 1000000000), (suseconds_t)(ns % 1000000000 / 1000)};
    struct itimerval it = {period, period};
    return setitimer(ITIMER_PROF, &it, NULL) == 0;
}

void
agent_clock_start(AgentThread *t)
{
    RingClock asked = (RingClock)agent.file->clock;
    t->fd = -1;
    t->random = (uint32_t)syscall(SYS_gettid) * 2654435761u | 1;
    if (asked == RingClockAuto && agent.file->period_ns >= agent.timer_from && timer_start(t))
        agent.clock = RingClockTimer;
    else if ((asked == RingClockAuto || asked == RingClockPerf) && perf_start(t))
        agent.clock = RingClockPerf;
    else if (asked != RingClockItimer && timer_start(t))
        agent.clock = RingClockTimer;
    else if (itimer_period(agent.file->period_ns))
        agent.clock = RingClockItimer;
}

/* A program may close all files it did not open, as daemons do, and open others. */
void
agent_clock_close(AgentThread *t)
{
    uint64_t event;
    if (t->fd >= 0 && ioctl(t->fd, PERF_EVENT_IOC_ID, &event) == 0 && event == t->event)
        close(t->fd);
    t->fd = -1;
}

void
agent_clock_stop(AgentThread *t)
{
    agent_clock_close(t);
    if (t->has_timer)
        timer_delete(t->timer);
    if (agent.clock == RingClockItimer && getpid() == (pid_t)syscall(SYS_gettid)) {
        struct itimerval off;
        memset(&off, 0, sizeof off);
        setitimer(ITIMER_PROF, &off, NULL);
    }
    t->has_timer = false;
}

bool
agent_clock_owns(const AgentThread *t, const siginfo_t *si)
{
    if (t->fd >= 0)
        return si->si_code == POLL_IN || si->si_code == POLL_HUP || si->si_code == SI_SIGIO;
    if (si->si_code == SI_TIMER)
        return si->si_value.sival_ptr == &timer_cookie;
    /* An interval timer's signal carries no name: it is ours unless the program wants SIGPROF. */
    return agent.clock == RingClockItimer && si->si_code == SI_KERNEL &&
           agent.app.sa_handler == SIG_DFL;
}

void
agent_clock_jitter(AgentThread *t)
{
    if (t->n % JITTER_EVERY != JITTER_AT)
        return;
    uint64_t mean = agent.file->period_ns; /* three quarters of it to five quarters */
    uint64_t period = mean - mean / 4 + next_random(t) % (mean / 2 + 1);
    if (t->fd >= 0)
        ioctl(t->fd, PERF_EVENT_IOC_PERIOD, &period);
    else if (t->has_timer)
        timer_period(t, period, mean);
}

void
agent_clock_period(AgentThread *t, uint64_t ns)
{
    if (t->fd >= 0)
        ioctl(t->fd, PERF_EVENT_IOC_PERIOD, &ns);
    else if (t->has_timer)
        timer_period(t, ns, ns);
    else
        itimer_period(ns);
}
