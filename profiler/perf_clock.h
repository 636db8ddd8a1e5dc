/* The perf event that a thread's sampling clock is: what the agent opens, and what `pyprof doctor`
 * tries. */
#ifndef PYOPT_PERF_CLOCK_H
#define PYOPT_PERF_CLOCK_H

#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A disabled task clock of the calling thread that counts user time only, with a wake-up every
 * period.  A file descriptor, or -1 with errno. */
static inline int
perf_clock_open(uint64_t period_ns)
{
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_TASK_CLOCK;
    attr.sample_period = period_ns;
    attr.wakeup_events = 1;
    attr.disabled = 1;
    attr.exclude_kernel = 1;
    attr.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

#endif
