/* Where CPU-time timers serve (timer_clock.h), a sample costs what the handler does, and the tick
 * is the limit.  Elsewhere it is mostly the timer interrupt and its reprogramming, and that differs
 * by more than ten between bare metal (about a microsecond) and a virtual machine inside another
 * (about ten: every write to the timer leaves the guest).  Reprogramming can be timed: it is what
 * changing a perf event's period does.  COST_FACTOR and HANDLER_NS relate it to a whole sample;
 * they were measured as CPU time of a program with and without sampling, at many thousand samples
 * per second. */
#define _GNU_SOURCE
#include "rate.h"

#include "timer_clock.h"

#include <cpuid.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 41, TICK_RATE = 250, MIN_RATE = 199, MAX_RATE = 997, SOON_NS = 100000 };
#define RATE_BUDGET 0.009
#define COST_FACTOR 3.0
#define HANDLER_NS  4000.0
#define NATIVE_NS   5000.0 /* more, with a copy of the stack */

static double
now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return 1e9 * (double)ts.tv_sec + (double)ts.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The median of several tries: some are interrupted, and some find another timer due sooner and
 * have nothing to reprogram.  Negative without perf events. */
static double
reprogram_ns(void)
{
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_TASK_CLOCK;
    attr.sample_period = SOON_NS; /* or another timer is due first and nothing is reprogrammed */
    attr.exclude_kernel = 1;
    attr.exclude_hv = 1;
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    double took[TRIES];
    int n = 0;
    for (; fd >= 0 && n < TRIES; n++) {
        uint64_t period = SOON_NS + (uint64_t)n;
        double begin = now_ns();
        if (ioctl(fd, PERF_EVENT_IOC_PERIOD, &period))
            break;
        took[n] = now_ns() - begin;
    }
    if (fd >= 0)
        close(fd);
    if (n < TRIES)
        return -1;
    qsort(took, TRIES, sizeof took[0], by_size);
    return took[TRIES / 2];
}

double
rate_for_this_machine(bool native)
{
    double handler = HANDLER_NS + (native ? NATIVE_NS : 0), most = RATE_BUDGET * 1e9 / handler;
    double timers = (double)(1000000000 / timer_clock_from());
    if (timers >= MIN_RATE)
        return timers < most ? timers : most;
    double ns = reprogram_ns();
    if (ns < 0)
        return TICK_RATE; /* CPU-time timers are as fine as the kernel's tick */
    double rate = RATE_BUDGET * 1e9 / (COST_FACTOR * ns + handler);
    return rate < MIN_RATE ? MIN_RATE : rate > MAX_RATE ? MAX_RATE : (double)(int)rate;
}

/* Measuring what reprogramming costs would do, but for that it is cheap now and then, when another
 * timer is due sooner: the same command should get the same clock. */
static bool
is_virtual_machine(void)
{
    enum { FEATURES = 1, HYPERVISOR = 1u << 31 };
    unsigned a, b, c, d;
    return __get_cpuid(FEATURES, &a, &b, &c, &d) && c & HYPERVISOR;
}

bool
rate_is_for_outside(double rate)
{
    double timers = (double)(1000000000 / timer_clock_from());
    return timers >= 1 && rate > timers && (is_virtual_machine() || reprogram_ns() < 0);
}
