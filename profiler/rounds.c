/* Beyond the rate of the kernel's tick every sample that a thread takes itself costs it an
 * interrupt or a signal, and in a virtual machine that is 10 to 30 microseconds.  A look from
 * outside costs it a few cache misses (snapshot.c).  What is left to the agent's timers, at the
 * tick's rate, is what cannot be seen from outside cheaply:
 *
 *   on the GIL       whose thread state _PyRuntime says; sampled by both, in proportion to their
 *                    rates, so that the counts add up; operands and outcomes of jumps are told by
 *                    the thread alone, since from outside they are not to be had exactly
 *   without the GIL  native code of any number of threads: only the thread's own timer knows that
 *                    it runs; such a sample stands for all those that were not taken here
 *                    (Rings.whole_weight)
 *
 * Rounds go by the clock on the wall, samples by CPU time.  So a process has credit: the CPU time
 * that it has used and that has not been sampled, here or by threads without the GIL.  A thread
 * that holds the GIL while it waits for a CPU, is stopped, or reads from a slow disk is not counted
 * for long.  The kernel brings the CPU time of a running thread up to date at its tick: the credit
 * may be some ticks old, or ahead.
 *
 * Many processes share the looks of a round, and while none has run for a while there are fewer
 * rounds: each look counts for those left out. */
#define _GNU_SOURCE
#include "rounds.h"

#include "samples.h"
#include "snapshot.h"

#include <time.h>

enum {
    LOOKS = 8,       /* at a process, in one round */
    IDLE = 64,       /* rounds without a holder: from then on fewer looks, and shorter ones */
    LAZY = 4,        /* steps, to the next round */
    HANDS = 3,       /* as often the GIL may pass on while it is looked for */
    SCHED_CLOCK = 2, /* of a process's CPU clocks, the one to the nanosecond */
};
#define MOST_CREDIT_NS 25000000

void
rounds_open(Rounds *r, double rate, uint32_t part, double now)
{
    *r = (Rounds){.on = part > 1, .step = part / (rate * (part - 1.0)), .steps = 1, .random = 1};
    r->next = now + r->step;
}

void
rounds_skip(Rounds *r, double now)
{
    if (r->next <= now)
        r->next = now + r->step;
}

/* Three quarters of a step to five quarters. */
static double
next_step(Rounds *r)
{
    r->random = r->random * 1664525 + 1013904223;
    return (0.75 + 0.5 * (r->random >> 8) / (1 << 24)) * r->step;
}

/* The CPU time of all its threads; 0 when it cannot be told. */
static uint64_t
cpu_of(pid_t pid)
{
    struct timespec ts;
    if (clock_gettime((clockid_t)(~(unsigned)pid << 3 | SCHED_CLOCK), &ts))
        return 0;
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* How many samples of that much CPU time are due, at most one and those that were missed: 0 when it
 * has not run. */
static uint64_t
samples_due(Watch *w, pid_t pid, int64_t ns, uint64_t missed)
{
    uint64_t cpu = cpu_of(pid);
    if (!cpu)
        return 1;
    int64_t most = MOST_CREDIT_NS > 2 * ns ? MOST_CREDIT_NS : 2 * ns;
    w->credit_ns = w->credit_ns > -most ? w->credit_ns : -most;
    w->credit_ns = w->cpu_ns ? w->credit_ns + (int64_t)(cpu - w->cpu_ns) : most;
    w->cpu_ns = cpu;
    uint64_t due = w->credit_ns > 0 ? (uint64_t)(w->credit_ns / ns) : 0;
    due = due < 1 + missed ? due : 1 + missed;
    w->credit_ns -= (int64_t)due * ns;
    w->credit_ns = w->credit_ns < most ? w->credit_ns : most;
    return due;
}

/* Whoever holds the GIL, most likely who did last. */
static SnapResult
find_holder(Target *t, Snapshot *s)
{
    Watch *w = &t->watch;
    if (!w->tstate || w->idle > IDLE) {
        uint64_t holder = snapshot_holder(t);
        if (!holder)
            return SnapNothing;
        w->tstate = holder;
    }
    for (int i = 0; i < HANDS; i++) {
        SnapResult found = snapshot_take(s, t, snapshot_place(t, w->tstate), true);
        if (found != SnapNothing || !s->holder || s->holder == w->tstate)
            return found;
        w->tstate = s->holder;
    }
    return SnapTorn;
}

/* Has somebody been met? */
static bool
look_at(Rounds *r, Target *t, Collect *c, uint32_t weight, uint64_t missed)
{
    Snapshot s;
    uint64_t words[RING_MAX_WALK];
    memory_forget(t->mem);
    SnapResult found = find_holder(t, &s);
    t->watch.idle = found == SnapNothing ? t->watch.idle + 1 : 0;
    if (found == SnapNothing && !missed)
        return false;
    uint64_t due = samples_due(&t->watch, t->pid, (int64_t)(1e9 * r->step * weight), missed);
    bool now = due && found != SnapNothing; /* else it may have run meanwhile */
    r->missed += weight * (due - now);
    if (!now)
        return found != SnapNothing;
    uint32_t n = found == SnapTaken ? snapshot_record(&s, c, true, false, words) : 0;
    uint64_t id = t->watch.tstate + (uint64_t)t->objects.lay->tstate_native_thread_id;
    pid_t tid = c->threads ? memory_i32(t->mem, id) : 0;
    if (n)
        samples_count(c, t, tid, words, n, weight);
    else
        c->now.torn += weight;
    return true;
}

static bool
look_at_all(Rounds *r, const Rings *rings, Collect *c, uint64_t missed)
{
    uint32_t n = 0, k = 0;
    bool met = false;
    for (uint32_t i = 0; i < RING_PROCS; i++)
        n += rings->targets[i] && !rings->targets[i]->ended;
    uint32_t groups = (n + LOOKS - 1) / LOOKS;
    r->turn++;
    for (uint32_t i = 0; i < RING_PROCS; i++) {
        Target *t = rings->targets[i];
        if (t && !t->ended && (k++ + r->turn) % groups == 0)
            met |= look_at(r, t, c, r->steps * groups, missed);
    }
    return met;
}

void
rounds_take(Rounds *r, Rings *rings, Collect *c, double now)
{
    if (!r->on || now < r->next)
        return;
    double step = r->steps * r->step;
    uint64_t missed = (uint64_t)((now - r->next) / step);
    rings_greet(rings);
    r->idle = look_at_all(r, rings, c, missed) ? 0 : r->idle + 1;
    r->steps = r->idle > IDLE ? LAZY : 1;
    r->next += (double)missed * step + r->steps * next_step(r);
    rounds_skip(r, now);
}
