/* When a thread's CPU-time timer is the better sampling clock: what the agent chooses by, and what
 * the default rate and `pyprof doctor` know.
 *
 * The kernel looks at these timers in its own tick, so they cost no interrupt and nothing at a
 * switch of threads.  From Linux 5.10 on, on this architecture, the signal is left to the way back
 * to user space (POSIX_CPU_TIMERS_TASK_WORK): a system call that is about to sleep is not cut
 * short.
 */
#ifndef PYOPT_TIMER_CLOCK_H
#define PYOPT_TIMER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>

enum { TIMER_CLOCK_LINUX = 5010 }; /* 5.10 */

/* The shortest period, in nanoseconds, that such timers keep on average: a little more than the
 * tick, so that what one is late the next is early.  UINT64_MAX: none, they may cut calls short. */
static inline uint64_t
timer_clock_from(void)
{
    struct utsname u;
    struct timespec tick;
    int release = 0, patch = 0;
    if (uname(&u) || sscanf(u.release, "%d.%d", &release, &patch) != 2 ||
        1000 * release + patch < TIMER_CLOCK_LINUX || clock_getres(CLOCK_MONOTONIC_COARSE, &tick) ||
        tick.tv_sec)
        return UINT64_MAX;
    return (uint64_t)tick.tv_nsec * 5 / 4;
}

#endif
