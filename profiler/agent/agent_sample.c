/* One sample, taken in a signal handler: where this thread is in Python, and which types it has
 * there.
 *
 * The handler may stop the interpreter between any two machine instructions, so whatever it finds
 * may be half made: `current_frame` is garbage for a moment in every entry of the eval loop, stack
 * slots above the true depth are left-overs, and an operand may have been freed while its
 * instruction finishes. Therefore nothing that is not known to be valid is dereferenced: it is read
 * with process_vm_readv on ourselves, which fails where a load would crash.  Known to be valid is
 * only the thread state, when it holds the GIL and says that it is this thread's.  The recorder,
 * which knows the code, decides later which of the values read mean anything.
 *
 * No allocation, no lock, no reference count; about three system calls. */
#define _GNU_SOURCE
#include <pthread.h>

#include "agent.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    MIN_ADDRESS = 4096,
    WINDOW_BELOW = 6144,
    OBJECT_BYTES = 24,
    THIRD_WORD = 16,
    CODE_BYTES = 256
};
#define MAX_ADDRESS (1ull << 47)
#define MAX_REFCNT  (1ll << 32) /* above: a free list's link, not a count */
enum { SPECIALS = 80 };         /* bytes of a frame before its values, in every version we know */

/* A copy of memory around the frame being looked at; frames lie side by side on the data stack. */
typedef struct Walker {
    const RingPython *py;
    uint8_t *copy;
    uint64_t lo, hi;    /* what copy holds */
    uint64_t base, top; /* the data stack chunk in use, or 0 */
} Walker;

typedef struct Record {
    uint32_t n;
    RingHead head;
    uint64_t w[RING_MAX_RECORD];
} Record;

static uint64_t
load64(const void *p, int64_t offset)
{
    uint64_t v;
    memcpy(&v, (const uint8_t *)p + offset, sizeof v);
    return v;
}

static int32_t
load32(const void *p, int64_t offset)
{
    int32_t v;
    memcpy(&v, (const uint8_t *)p + offset, sizeof v);
    return v;
}

static bool
plausible(uint64_t a)
{
    return a >= MIN_ADDRESS && a < MAX_ADDRESS && !(a & 7);
}

/* Bytes copied from our own memory, 0 when it is not there. */
static size_t
guarded_read(void *to, uint64_t from, size_t n)
{
    struct iovec local = {to, n}, remote = {(void *)(uintptr_t)from, n};
    ssize_t got = process_vm_readv(agent.pid, &local, 1, &remote, 1, 0);
    return got > 0 ? (size_t)got : 0;
}

/* n bytes at address a, good until the next look(). */
static const uint8_t *
look(Walker *w, uint64_t a, uint32_t n)
{
    if (!plausible(a))
        return NULL;
    if (a < w->lo || a + n > w->hi) {
        w->lo = a;
        w->hi = a + (n > 512 ? n : 512);
        if (a >= w->base && a < w->top) { /* callers lie below */
            w->lo = a - w->base > WINDOW_BELOW ? a - WINDOW_BELOW : w->base;
            w->hi = w->lo + RING_SCRATCH < w->top ? w->lo + RING_SCRATCH : w->top;
        }
        w->hi = w->lo + guarded_read(w->copy, w->lo, w->hi - w->lo);
        if (a + n > w->hi)
            return NULL;
    }
    return w->copy + (a - w->lo);
}

/* The thread state of this thread, and whether it holds the GIL; 0 when it has none we can trust.
 */
static uint64_t
own_tstate(AgentThread *t, const RingPython *py, bool *holds_gil)
{
    uint64_t self = (uint64_t)pthread_self(), owner = 0;
    uint64_t current = *(volatile uint64_t *)(uintptr_t)py->tstate_current;
    *holds_gil = current && current == t->tstate;
    if (*holds_gil)
        return current;
    if (current && guarded_read(&owner, current + py->tstate_thread_id, 8) == 8 && owner == self) {
        t->tstate = current;
        *holds_gil = true;
        return current;
    }
    owner = 0;
    if (t->tstate && guarded_read(&owner, t->tstate + py->tstate_thread_id, 8) == 8 &&
        owner == self)
        return t->tstate;
    return t->tstate = 0;
}

static bool
code_unit(const RingPython *py, uint64_t code, uint64_t prev_instr, int64_t *unit)
{
    int64_t bytes = (int64_t)(prev_instr - code) - py->code_adaptive;
    *unit = bytes / 2;
    return plausible(code) && !(code & 15) && !(bytes & 1) && *unit >= -1 && *unit <= RING_MAX_UNIT;
}

/* The stack, leaf first, as frame words. */
static bool
walk_frames(Walker *w, uint64_t frame, Record *r)
{
    const RingPython *py = w->py;
    while (frame) {
        const uint8_t *f = look(w, frame, SPECIALS);
        int64_t unit;
        if (!f)
            return r->head.n_frames > 0;
        uint64_t code = load64(f, py->frame_code);
        if (!code_unit(py, code, load64(f, py->frame_prev_instr), &unit))
            return r->head.n_frames > 0;
        if (r->head.n_frames == 0)
            r->w[3] = load64(f, py->frame_globals);
        if (r->head.n_frames == RING_MAX_FRAMES) {
            r->head.flags |= RingCutOff;
            return true;
        }
        r->w[r->n++] =
            code >> 4 | (uint64_t)(f[py->frame_is_entry] & 1) << 43 | (uint64_t)(unit + 1) << 44;
        r->head.n_frames++;
        frame = load64(f, py->frame_previous);
    }
    return r->head.n_frames > 0;
}

typedef struct Object {
    uint64_t address;
    uint8_t index;
    uint8_t bytes[OBJECT_BYTES]; /* the object's first */
} Object;

/* The first bytes of n objects in one system call; how many were there. */
static uint32_t
read_objects(Object *o, uint32_t n)
{
    struct iovec local[RING_MAX_LOCALS + RING_MAX_STACK], remote[RING_MAX_LOCALS + RING_MAX_STACK];
    for (uint32_t i = 0; i < n; i++) {
        local[i] = (struct iovec){o[i].bytes, OBJECT_BYTES};
        remote[i] = (struct iovec){(void *)(uintptr_t)o[i].address, OBJECT_BYTES};
    }
    ssize_t got = n ? process_vm_readv(agent.pid, local, n, remote, n, 0) : 0;
    return got > 0 ? (uint32_t)got / OBJECT_BYTES : 0;
}

/* What bool() of it gives, as far as its first words tell.  The third is the length of a list,
 * tuple, bytes or str, the number of digits of an int, of items of a dict, and the value of a
 * float. */
static uint64_t
truth(const Object *o, uint64_t type)
{
    static const RingSymbol by_third_word[] = {
        RingSym_PyLong_Type,  RingSym_PyUnicode_Type, RingSym_PyList_Type, RingSym_PyTuple_Type,
        RingSym_PyFloat_Type, RingSym_PyDict_Type,    RingSym_PyBytes_Type};
    const uint64_t *symbols = agent.proc->symbols;
    if (o->address == symbols[RingSym__Py_TrueStruct])
        return RingValueTrue;
    if (o->address == symbols[RingSym__Py_FalseStruct] ||
        o->address == symbols[RingSym__Py_NoneStruct])
        return RingValueFalse;
    for (size_t i = 0; i < sizeof by_third_word / sizeof by_third_word[0]; i++)
        if (type == symbols[by_third_word[i]])
            return load64(o->bytes, THIRD_WORD) << (type == symbols[RingSym_PyFloat_Type])
                       ? RingValueTrue
                       : RingValueFalse;
    return 0;
}

static uint64_t
value_word(const RingPython *py, const Object *o)
{
    int64_t refcnt = (int64_t)load64(o->bytes, py->object_refcnt);
    uint64_t type = load64(o->bytes, py->object_type), flags;
    if (refcnt <= 0 || refcnt > MAX_REFCNT || !plausible(type) || (type & 15))
        return (uint64_t)RingValueDead << 48 | (uint64_t)o->index << 56;
    flags = truth(o, type);
    if (type == agent.proc->symbols[RingSym_PyLong_Type]) {
        int64_t digits = (int64_t)load64(o->bytes, py->varobject_size);
        flags |= digits > 2 || digits < -2 ? RingValueBig : 0;
    }
    return type >> 4 | flags << 48 | (uint64_t)o->index << 56;
}

/* Where in a callable to find out what it calls; -1 when it is not one. */
static int32_t
aux_offset(const RingPython *py, uint64_t type)
{
    const uint64_t *symbols = agent.proc->symbols;
    if (type == symbols[RingSym_PyFunction_Type])
        return py->func_code;
    if (type == symbols[RingSym_PyCFunction_Type])
        return py->cfunction_def;
    if (type == symbols[RingSym_PyMethodDescr_Type])
        return py->methoddescr_def;
    if (type == symbols[RingSym_PyMethod_Type])
        return py->method_func;
    return type == symbols[RingSym_PyType_Type] ? py->object_type : -1;
}

static void
add_callables(const RingPython *py, const Object *o, uint32_t n, Record *r)
{
    uint64_t words[RING_MAX_AUX];
    struct iovec local[RING_MAX_AUX], remote[RING_MAX_AUX];
    const Object *from[RING_MAX_AUX];
    uint32_t k = 0;
    for (uint32_t i = 0; i < n && k < RING_MAX_AUX; i++) {
        int32_t offset = aux_offset(py, load64(o[i].bytes, py->object_type));
        if (offset < 0)
            continue;
        from[k] = &o[i];
        local[k] = (struct iovec){&words[k], 8};
        remote[k] = (struct iovec){(void *)(uintptr_t)(o[i].address + (uint64_t)offset), 8};
        k++;
    }
    ssize_t got = k ? process_vm_readv(agent.pid, local, k, remote, k, 0) : 0;
    for (uint32_t i = 0; got >= 8; i++, got -= 8) {
        r->w[r->n++] = from[i]->address | (uint64_t)from[i]->index << 48;
        r->w[r->n++] = words[i];
        r->head.n_aux++;
    }
}

/* Types of the leaf's locals, then of what may be its operand stack. */
static void
add_values(Walker *w, uint64_t frame, const uint8_t *code, Record *r)
{
    const RingPython *py = w->py;
    uint32_t locals = (uint32_t)load32(code, py->code_nlocalsplus);
    uint32_t stack = (uint32_t)load32(code, py->code_stacksize);
    stack = stack < RING_MAX_STACK ? stack : RING_MAX_STACK;
    if (locals > 256) /* the stack is far away and value indexes are a byte */
        locals = stack = 0;
    uint32_t at = (uint32_t)py->frame_localsplus;
    const uint8_t *f = look(w, frame, at + 8 * (locals + stack));
    if (!f)
        return;
    Object o[RING_MAX_LOCALS + RING_MAX_STACK];
    uint32_t n = 0, n_locals;
    for (uint32_t i = 0; i < locals && n < RING_MAX_LOCALS; i++) {
        uint64_t address = load64(f, at + 8 * i);
        if (address && plausible(address))
            o[n++] = (Object){.address = address, .index = (uint8_t)i};
    }
    n_locals = n;
    uint32_t nulls = 0; /* bit per height */
    for (uint32_t i = 0; i < stack; i++) {
        uint64_t address = load64(f, at + 8 * (locals + i));
        if (!address)
            nulls |= 1u << i;
        else if (plausible(address))
            o[n++] = (Object){.address = address, .index = (uint8_t)i};
        else
            break; /* nothing the interpreter put here is above this */
    }
    uint32_t got = read_objects(o, n);
    for (uint32_t i = 0; i < got; i++) {
        for (; i >= n_locals && nulls & ((1u << o[i].index) - 1); nulls &= nulls - 1) {
            r->w[r->n++] = (uint64_t)RingValueNull << 48 | (uint64_t)__builtin_ctz(nulls) << 56;
            r->head.n_stack++;
        }
        r->w[r->n++] = value_word(py, &o[i]);
        *(i < n_locals ? &r->head.n_locals : &r->head.n_stack) += 1;
    }
    if (got > n_locals)
        add_callables(py, o + n_locals, got - n_locals, r);
}

static bool
fill_record(AgentThread *t, const RingPython *py, Record *r)
{
    bool holds_gil;
    uint64_t tstate = own_tstate(t, py, &holds_gil), part[2] = {0, 0}, cframe = 0, frame = 0;
    if (!tstate)
        return false;
    if (holds_gil) {
        const uint8_t *ts = (const uint8_t *)(uintptr_t)tstate;
        cframe = load64(ts, py->tstate_cframe);
        part[0] = load64(ts, py->tstate_datastack_chunk);
        part[1] = load64(ts, py->tstate_datastack_top);
    } else if (guarded_read(&cframe, tstate + (uint64_t)py->tstate_cframe, 8) == 8) {
        r->head.flags |= RingOffGil;
    }
    if (!plausible(cframe) ||
        guarded_read(&frame, cframe + (uint64_t)py->cframe_current_frame, 8) != 8)
        return false;
    Walker w = {.py = py, .copy = t->ring->scratch, .base = part[0], .top = part[1]};
    if (w.base >= w.top)
        w.base = w.top = 0;
    if (!walk_frames(&w, frame, r))
        return false;
    uint64_t code = RING_PTR(r->w[RING_HEAD_WORDS]);
    uint8_t copy[CODE_BYTES];
    if (guarded_read(copy, code, (size_t)py->code_adaptive) < (size_t)py->code_adaptive ||
        load64(copy, py->object_type) != agent.proc->symbols[RingSym_PyCode_Type])
        return false;
    r->w[2] = (uint64_t)(uint32_t)load32(copy, py->code_firstlineno) << 32 |
              (uint32_t)load32(copy, py->code_size);
    add_values(&w, frame, copy, r);
    return true;
}

static bool
push(Ring *ring, Record *r)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (RING_WORDS - (head - tail) < r->n)
        return false;
    r->head.n_words = (uint16_t)r->n;
    memcpy(&r->w[0], &r->head, 8);
    for (uint32_t i = 0; i < r->n; i++)
        ring->words[(head + i) & (RING_WORDS - 1)] = r->w[i];
    atomic_store_explicit(&ring->head, head + r->n, memory_order_release);
    return true;
}

static uint64_t
now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
count(_Atomic uint64_t *n, uint64_t by)
{
    atomic_fetch_add_explicit(n, by, memory_order_relaxed);
}

void
agent_sample(AgentThread *t)
{
    RingProc *p = agent.proc;
    if (!t->ring || agent.pid != getpid())
        return;
    if (agent.file->stop) {
        agent_clock_stop(t);
        return;
    }
    count(&p->signals, 1);
    if (atomic_load_explicit(&p->state, memory_order_acquire) != RingProcReady) {
        if (p->state == RingProcRefused)
            agent_clock_stop(t);
        count(&p->early, 1);
        return;
    }
    uint64_t begin = now();
    Record r;
    r.n = RING_HEAD_WORDS;
    r.head = (RingHead){0};
    r.w[1] = begin;
    if (!fill_record(t, &p->python, &r))
        count(&p->no_python, 1);
    else if (!push(t->ring, &r))
        count(&p->lost, 1);
    agent_clock_jitter(t);
    count(&p->handler_ns, now() - begin);
}
