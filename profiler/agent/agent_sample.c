/* One sample, taken in a signal handler: where this thread is in Python, and which types it has
 * there.  The walk itself is walk.h's; here is whose thread state to begin with, what may be read,
 * and handing the record over.
 *
 * Known to be readable are only the thread state, when it holds the GIL and says that it is this
 * thread's, and the part of the data stack that it says is in use; every other page is probed
 * before it is read (agent_probe.c).
 *
 * No allocation, no lock, no reference count. */
#define _GNU_SOURCE
#include <pthread.h>

#include "agent.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef AgentPages WalkReader;

static bool
walk_readable(WalkReader *pages, uint64_t address, uint32_t n)
{
    return agent_probe(pages, address, n);
}

static uint64_t
walk_load64(WalkReader *pages, uint64_t address)
{
    uint64_t v;
    (void)pages;
    memcpy(&v, (const void *)(uintptr_t)address, sizeof v);
    return v;
}

#include "walk.h"

enum { TIMED = 8, LOOK_FOR_RECORDER = 64, STAND_BY_NS = 100000000 };

static bool
is_ours(Walk *s, uint64_t tstate)
{
    uint64_t owner = tstate + (uint64_t)s->py->tstate_thread_id;
    return tstate && readable(s, owner, 8) && load64(s, owner) == (uint64_t)pthread_self();
}

/* The thread state of this thread, and whether it holds the GIL; 0 when it has none we can trust.
 * The GIL's holder may be another thread; without the GIL our own state is what Python keeps under
 * a pthread key, which may be read here as long as the key exists. */
static uint64_t
own_tstate(AgentThread *t, Walk *s, bool *holds_gil)
{
    uint64_t runtime = s->symbols[RingSym__PyRuntime];
    uint64_t current = load64(s, runtime + (uint64_t)s->py->tstate_current);
    *holds_gil = true;
    if (current && current == t->tstate)
        return current;
    if (is_ours(s, current))
        return t->tstate = current;
    *holds_gil = false;
    if (load32(s, runtime + (uint64_t)s->py->tss_initialized)) {
        pthread_key_t key = (pthread_key_t)load32(s, runtime + (uint64_t)s->py->tss_key);
        uint64_t own = (uint64_t)(uintptr_t)pthread_getspecific(key);
        if (is_ours(s, own))
            return own;
    }
    return 0;
}

/* All of a thread's sample but the time; false when it has no Python frame that can be read. */
static bool
walk_thread(Walk *s, uint64_t tstate, bool holds_gil)
{
    const RingPython *py = s->py;
    if (holds_gil) {
        s->base = load64(s, tstate + (uint64_t)py->tstate_datastack_chunk);
        s->top = load64(s, tstate + (uint64_t)py->tstate_datastack_top);
    } else {
        s->head.flags |= RingOffGil;
    }
    if (s->base >= s->top || !plausible(s->base))
        s->base = s->top = 0;
    uint64_t cframe = load64(s, tstate + (uint64_t)py->tstate_cframe);
    uint64_t current = cframe + (uint64_t)py->cframe_current_frame;
    if (!plausible(cframe) || !readable(s, current, 8))
        return false;
    uint64_t frame = load64(s, current);
    if (!walk_frames(s, frame))
        return false;
    walk_values(s, frame);
    return true;
}

static void
count(_Atomic uint64_t *n, uint64_t by)
{
    atomic_fetch_add_explicit(n, by, memory_order_relaxed);
}

static void
put(Ring *ring, uint64_t *head, const uint64_t *words, uint32_t n)
{
    uint32_t mask = agent.file->ring_words - 1;
    for (uint32_t i = 0; i < n; i++)
        ring->words[(*head + i) & mask] = words[i];
    *head += n;
}

/* A native stack for which there is no room is left out: the rest of the sample is worth more. */
static bool
push(Ring *ring, Walk *s, AgentStack *stack)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    uint64_t room = agent.file->ring_words - (head - tail);
    if (room < s->n)
        return false;
    uint32_t native = stack ? RING_STACK_HEAD + stack->n : 0;
    if (room < s->n + native)
        native = 0;
    s->head.flags |= native ? RingNative : 0;
    walk_end(s, native);
    put(ring, &head, s->w, s->n);
    if (native) {
        put(ring, &head, stack->regs, RING_REGS);
        put(ring, &head, &stack->from, 1);
        put(ring, &head, (const uint64_t *)(uintptr_t)stack->from, stack->n);
    }
    atomic_store_explicit(&ring->head, head, memory_order_release);
    return true;
}

static uint64_t
now(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* The ring stays full when the recorder was stopped, or killed: then there is nobody to sample for.
 */
static void
lose(AgentThread *t, RingProc *p)
{
    count(&p->lost, 1);
    if (++t->full % LOOK_FOR_RECORDER == 0 && kill(agent.file->recorder, 0) && errno == ESRCH)
        atomic_store(&agent.file->stop, 1);
}

static void
take(AgentThread *t, RingProc *p, const void *context)
{
    Walk s;
    AgentStack stack;
    bool native = agent.file->native;
    bool holds_gil;
    walk_begin(&s, &p->python, p->symbols);
    memset(&s.reader, 0, sizeof s.reader);
    s.w[1] = now(CLOCK_MONOTONIC);
    uint64_t tstate = own_tstate(t, &s, &holds_gil);
    if (!tstate || !walk_thread(&s, tstate, holds_gil)) {
        count(&p->no_python, 1);
        return;
    }
    if (native)
        agent_stack_find(&stack, context, &s.reader);
    if (!push(t->ring, &s, native ? &stack : NULL))
        lose(t, p);
}

/* Paused: nothing is taken, and the clock ticks only to see when that ends. */
static bool
stands_by(AgentThread *t)
{
    bool paused = atomic_load_explicit(&agent.file->paused, memory_order_relaxed);
    if (paused != t->slow)
        agent_clock_period(t, paused ? STAND_BY_NS : agent.file->period_ns);
    t->slow = paused;
    return paused;
}

void
agent_sample(AgentThread *t, const void *context)
{
    RingProc *p = agent.proc;
    if (!t->ring || agent.pid != getpid())
        return;
    uint32_t state = atomic_load_explicit(&p->state, memory_order_acquire);
    if (agent.file->stop || state == RingProcRefused) {
        agent_clock_stop(t);
        return;
    }
    if (stands_by(t))
        return;
    count(&p->signals, 1);
    if (state != RingProcReady) {
        count(&p->early, 1);
        return;
    }
    bool timed =
        ++t->n % TIMED == 0; /* reading the CPU clock is a system call: every so often will do */
    uint64_t begin = timed ? now(CLOCK_THREAD_CPUTIME_ID) : 0;
    take(t, p, context);
    agent_clock_jitter(t);
    if (timed)
        count(&p->handler_ns, TIMED * (now(CLOCK_THREAD_CPUTIME_ID) - begin));
}
