#define _GNU_SOURCE
#include "rings.h"

#include "samples.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LOOK_EVERY = 8 }; /* polls */

bool
rings_open(Rings *r, uint64_t period_ns, RingClock clock, bool native, Err *err)
{
    uint32_t words = native ? RING_NATIVE_WORDS : RING_WORDS;
    size_t size = ring_file_size(words);
    r->fd = memfd_create("pyprof", MFD_CLOEXEC);
    if (r->fd < 0 || ftruncate(r->fd, (off_t)size))
        return err_set(err, ErrFailed, "no shared memory for the samples: %s", strerror(errno));
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
    if (at == MAP_FAILED)
        return err_set(err, ErrFailed, "no shared memory for the samples: %s", strerror(errno));
    r->file = at;
    r->whole_weight = 1;
    r->file->recorder = getpid();
    r->file->period_ns = period_ns;
    r->file->clock = clock;
    r->file->native = native;
    r->file->ring_words = words;
    r->file->abi = RING_ABI;
    r->file->magic = RING_MAGIC;
    return true;
}

void
rings_close(Rings *r)
{
    for (int i = 0; i < RING_PROCS; i++)
        target_close(r->targets[i]);
    if (r->file)
        munmap(r->file, ring_file_size(r->file->ring_words));
    if (r->fd >= 0)
        close(r->fd);
    free(r->python);
}

char *
rings_name(const Rings *r, Arena *a)
{
    return arena_printf(a, "/proc/%d/fd/%d", (int)getpid(), r->fd);
}

static void
welcome(Rings *r, uint32_t slot)
{
    RingProc *p = &r->file->procs[slot];
    Err err = {0};
    target_close(r->targets[slot]);
    Target *t = r->targets[slot] = target_open(r->file, slot, &err);
    if (!t) {
        r->refused_seq[slot] = p->seq;
        if (r->notice && err.kind)
            r->notice(err.msg, r->notice_arg);
        return;
    }
    if (r->processes++ == 0) {
        r->python = strdup(t->python);
        r->hexversion = t->hexversion;
        r->debug = t->debug;
    }
    if (p->clock)
        r->clock = (RingClock)p->clock;
}

void
rings_greet(Rings *r)
{
    uint32_t seq = atomic_load_explicit(&r->file->seq, memory_order_acquire);
    if (seq == r->greeted)
        return;
    r->greeted = seq;
    for (uint32_t i = 0; i < RING_PROCS; i++) {
        RingProc *p = &r->file->procs[i];
        uint32_t state = atomic_load_explicit(&p->state, memory_order_acquire);
        if (state == RingProcClaimed)
            r->greeted = 0; /* look again: it is about to say who it is */
        if (state != RingProcAnnounced && state != RingProcReady && state != RingProcExited)
            continue;
        bool known = r->targets[i] && r->targets[i]->seq == p->seq;
        if (!known && r->refused_seq[i] != p->seq)
            welcome(r, i);
    }
}

/* For how many a sample stands: rounds look at who holds the GIL, and at no process before it was
 * met.
 */
static uint32_t
weight_of(const Rings *r, const Ring *ring, const Target *t, const uint64_t *words, uint32_t flags)
{
    bool shared = !(flags & RingOffGil) && t->slot == ring->proc && words[1] >= t->since_ns;
    return shared ? 1 : r->whole_weight;
}

static uint64_t
drain(const Rings *r, Ring *ring, Collect *c, Target *t)
{
    uint32_t mask = r->file->ring_words - 1;
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint64_t words[RING_MAX_RECORD], n = 0;
    while (tail != head) {
        RingHead h;
        memcpy(&h, &ring->words[tail & mask], sizeof h);
        if (h.n_words < RING_HEAD_WORDS || h.n_words > RING_MAX_RECORD || h.n_words > head - tail) {
            c->now.torn++; /* cannot happen unless the target scribbled over it */
            tail = head;
            break;
        }
        for (uint32_t i = 0; i < h.n_words; i++)
            words[i] = ring->words[(tail + i) & mask];
        if (t &&
            h.flags & RingOffGil) /* a period's worth of CPU time that rounds.h need not sample */
            t->watch.credit_ns -= (int64_t)r->file->period_ns;
        if (t)
            samples_count(c, t, ring->tid, words, h.n_words, weight_of(r, ring, t, words, h.flags));
        tail += h.n_words;
        n++;
    }
    atomic_store_explicit(&ring->tail, tail, memory_order_release);
    return n;
}

/* Whose memory explains a ring's samples.  A forked child that ended before it was met left samples
 * that its parent's memory explains as well. */
static Target *
target_of(const Rings *r, const Ring *ring)
{
    if (ring->proc >= RING_PROCS)
        return NULL;
    Target *t = r->targets[ring->proc];
    if (t && t->seq == ring->seq)
        return t;
    const RingProc *p = &r->file->procs[ring->proc];
    if (p->seq != ring->seq || p->parent < 0 || p->parent >= RING_PROCS)
        return NULL;
    t = r->targets[p->parent];
    return t && t->seq == p->parent_seq ? t : NULL;
}

/* It has ended, or exec made another program of it; a zombie still answers kill(). */
static bool
has_gone(const Target *t)
{
    return memory_u64(t->mem, t->objects.symbols[RingSym_Py_Version]) == 0;
}

/* Is this ring's process still in its row? */
static bool
is_orphan(const Rings *r, const Ring *ring)
{
    if (ring->proc >= RING_PROCS)
        return true;
    const RingProc *p = &r->file->procs[ring->proc];
    return p->state == RingProcFree || p->seq != ring->seq;
}

/* The process's counters outlive its row. */
static void
retire(Rings *r, uint32_t slot)
{
    RingProc *p = &r->file->procs[slot];
    r->lost += p->lost + p->early;
    r->no_python += p->no_python;
    r->handler_ns += p->handler_ns;
    target_close(r->targets[slot]);
    r->targets[slot] = NULL;
    atomic_store(&p->state, RingProcFree);
}

static void
bury_refused(Rings *r, uint32_t slot)
{
    RingProc *p = &r->file->procs[slot];
    if (p->state == RingProcFree || r->refused_seq[slot] != p->seq)
        return;
    if (p->state == RingProcExited || (kill(p->pid, 0) && errno == ESRCH))
        atomic_store(&p->state, RingProcFree);
}

/* Rows of processes that ended, or that exec replaced by a later row with the same pid. */
static void
bury(Rings *r)
{
    bool look = ++r->polls % LOOK_EVERY == 0; /* most say that they end, and asking costs */
    for (uint32_t i = 0; i < RING_PROCS; i++) {
        Target *t = r->targets[i];
        if (!t) {
            bury_refused(r, i);
            continue;
        }
        bool ended = r->file->procs[i].state == RingProcExited || t->ended || (look && has_gone(t));
        for (uint32_t k = 0; !ended && k < RING_PROCS; k++)
            ended = r->targets[k] && r->targets[k]->pid == t->pid && r->targets[k]->seq > t->seq;
        if (ended && t->ended)
            retire(r, i); /* its rings have been drained since it ended */
        else
            t->ended = ended;
    }
}

uint64_t
rings_poll(Rings *r, Collect *c)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < RING_PROCS; i++)
        if (r->targets[i])
            target_forget(r->targets[i]);
    rings_greet(r);
    for (uint32_t i = 0; i < RING_THREADS; i++) {
        _Atomic uint32_t *where = &r->file->ring_state[i];
        uint32_t state = atomic_load_explicit(where, memory_order_acquire);
        if (state == RingFree || state == RingClaimed)
            continue;
        Ring *ring = ring_at(r->file, i);
        Target *t = target_of(r, ring);
        n += drain(r, ring, c, t);
        bool ended = t && t->ended && t->slot == ring->proc;
        if (state == RingClosed || ended || is_orphan(r, ring))
            atomic_store_explicit(where, RingFree, memory_order_release);
    }
    bury(r);
    return n;
}

void
rings_stop(Rings *r)
{
    atomic_store(&r->file->stop, 1);
}

RingTotals
rings_totals(const Rings *r)
{
    RingTotals t = {r->lost, r->no_python, r->handler_ns};
    for (uint32_t i = 0; i < RING_PROCS; i++) {
        const RingProc *p = &r->file->procs[i];
        if (!r->targets[i])
            continue;
        t.lost += p->lost + p->early;
        t.no_python += p->no_python;
        t.handler_ns += p->handler_ns;
    }
    return t;
}
