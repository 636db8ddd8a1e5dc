/* One sample, taken in a signal handler: where this thread is in Python, and which types it has
 * there.
 *
 * The handler may stop the interpreter between any two machine instructions, so whatever it finds
 * may be half made: `current_frame` is garbage for a moment in every entry of the eval loop, stack
 * slots above the true depth are left-overs, and an operand may have been freed while its
 * instruction finishes. Known to be readable are only the thread state, when it holds the GIL and
 * says that it is this thread's, and the part of the data stack that it says is in use; every other
 * page is probed before it is read (agent_probe.c).  The recorder, which knows the code, decides
 * later which of the values read mean anything.
 *
 * No allocation, no lock, no reference count. */
#define _GNU_SOURCE
#include <pthread.h>

#include "agent.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    MIN_ADDRESS = 4096,
    SPECIALS = 80,     /* bytes of a frame before its values, in every version we know */
    OBJECT_BYTES = 24, /* of an object: count, type, and the third word */
    THIRD_WORD = 16,
    MAX_VALUES = 256, /* locals: their index is a byte */
    TIMED = 8,
    LOOK_FOR_RECORDER = 64,
};
#define MAX_ADDRESS (1ull << 47)
#define MAX_REFCNT  (1ll << 32) /* above: a free list's link, not a count */

typedef struct Sampler {
    const RingPython *py;
    const uint64_t *symbols;
    uint64_t base, top; /* the data stack's part in use, or 0 */
    AgentPages pages;
    uint32_t n; /* words so far */
    RingHead head;
    uint64_t w[RING_MAX_RECORD];
} Sampler;

static uint64_t
load64(uint64_t address)
{
    uint64_t v;
    memcpy(&v, (const void *)(uintptr_t)address, sizeof v);
    return v;
}

static int32_t
load32(uint64_t address)
{
    int32_t v;
    memcpy(&v, (const void *)(uintptr_t)address, sizeof v);
    return v;
}

static uint8_t
load8(uint64_t address)
{
    return *(const uint8_t *)(uintptr_t)address;
}

static bool
plausible(uint64_t a)
{
    return a >= MIN_ADDRESS && a < MAX_ADDRESS && !(a & 7);
}

static bool
readable(Sampler *s, uint64_t a, uint32_t n)
{
    if (!plausible(a))
        return false;
    return (a >= s->base && a + n <= s->top) || agent_probe(&s->pages, a, n);
}

static bool
is_ours(Sampler *s, uint64_t tstate)
{
    uint64_t owner = tstate + (uint64_t)s->py->tstate_thread_id;
    return tstate && readable(s, owner, 8) && load64(owner) == (uint64_t)pthread_self();
}

/* The thread state of this thread, and whether it holds the GIL; 0 when it has none we can trust.
 * The GIL's holder may be another thread; without the GIL our own state is what Python keeps under
 * a pthread key, which may be read here as long as the key exists. */
static uint64_t
own_tstate(AgentThread *t, Sampler *s, bool *holds_gil)
{
    uint64_t runtime = s->symbols[RingSym__PyRuntime];
    uint64_t current = load64(runtime + (uint64_t)s->py->tstate_current);
    *holds_gil = true;
    if (current && current == t->tstate)
        return current;
    if (is_ours(s, current))
        return t->tstate = current;
    *holds_gil = false;
    if (load32(runtime + (uint64_t)s->py->tss_initialized)) {
        pthread_key_t key = (pthread_key_t)load32(runtime + (uint64_t)s->py->tss_key);
        uint64_t own = (uint64_t)(uintptr_t)pthread_getspecific(key);
        if (is_ours(s, own))
            return own;
    }
    return 0;
}

static bool
code_unit(const RingPython *py, uint64_t code, uint64_t prev_instr, int64_t *unit)
{
    int64_t bytes = (int64_t)(prev_instr - code) - py->code_adaptive;
    *unit = bytes / 2;
    return plausible(code) && !(code & 15) && !(bytes & 1) && *unit >= -1 && *unit <= RING_MAX_UNIT;
}

/* The stack, leaf first, as frame words. */
static void
add_frames(Sampler *s, uint64_t frame)
{
    const RingPython *py = s->py;
    while (frame && readable(s, frame, SPECIALS)) {
        uint64_t code = load64(frame + (uint64_t)py->frame_code);
        int64_t unit;
        if (!code_unit(py, code, load64(frame + (uint64_t)py->frame_prev_instr), &unit))
            return;
        if (s->head.n_frames == RING_MAX_FRAMES) {
            s->head.flags |= RingCutOff;
            return;
        }
        uint64_t entry = load8(frame + (uint64_t)py->frame_is_entry) & 1;
        s->w[s->n++] = code >> 4 | entry << RING_PTR_BITS | (uint64_t)(unit + 1) << 44;
        s->head.n_frames++;
        frame = load64(frame + (uint64_t)py->frame_previous);
    }
}

/* What bool() of it gives, as far as its first words tell.  The third is the length of a list,
 * tuple, bytes or str, the number of digits of an int, of items of a dict, and the value of a
 * float. */
static uint64_t
truth(const Sampler *s, uint64_t object, uint64_t type)
{
    static const RingSymbol by_third_word[] = {
        RingSym_PyLong_Type,  RingSym_PyUnicode_Type, RingSym_PyList_Type, RingSym_PyTuple_Type,
        RingSym_PyFloat_Type, RingSym_PyDict_Type,    RingSym_PyBytes_Type};
    if (object == s->symbols[RingSym__Py_TrueStruct])
        return RingValueTrue;
    if (object == s->symbols[RingSym__Py_FalseStruct] ||
        object == s->symbols[RingSym__Py_NoneStruct])
        return RingValueFalse;
    for (size_t i = 0; i < sizeof by_third_word / sizeof by_third_word[0]; i++) {
        if (type != s->symbols[by_third_word[i]])
            continue;
        bool is_float = by_third_word[i] == RingSym_PyFloat_Type; /* drop the sign of zero */
        return load64(object + THIRD_WORD) << is_float ? RingValueTrue : RingValueFalse;
    }
    return 0;
}

/* The word of one object, without its index. */
static uint64_t
value_word(Sampler *s, uint64_t object)
{
    const RingPython *py = s->py;
    if (!readable(s, object, OBJECT_BYTES))
        return (uint64_t)RingValueDead << 48;
    int64_t refcnt = (int64_t)load64(object + (uint64_t)py->object_refcnt);
    uint64_t type = load64(object + (uint64_t)py->object_type);
    if (refcnt <= 0 || refcnt > MAX_REFCNT || !plausible(type) || (type & 15))
        return (uint64_t)RingValueDead << 48;
    uint64_t flags = truth(s, object, type);
    if (type == s->symbols[RingSym_PyLong_Type]) {
        int64_t digits = (int64_t)load64(object + (uint64_t)py->varobject_size);
        flags |= digits > 2 || digits < -2 ? RingValueBig : 0;
    }
    return type >> 4 | flags << 48;
}

/* Where in a callable to find out what it calls; -1 when it is not one. */
static int32_t
aux_offset(const Sampler *s, uint64_t type)
{
    const RingPython *py = s->py;
    if (type == s->symbols[RingSym_PyFunction_Type])
        return py->func_code;
    if (type == s->symbols[RingSym_PyCFunction_Type])
        return py->cfunction_def;
    if (type == s->symbols[RingSym_PyMethodDescr_Type])
        return py->methoddescr_def;
    if (type == s->symbols[RingSym_PyMethod_Type])
        return py->method_func;
    return type == s->symbols[RingSym_PyType_Type] ? py->object_type : -1;
}

typedef struct Aux {
    uint64_t object, detail;
    uint32_t height;
} Aux;

static void
add_locals(Sampler *s, uint64_t at, uint32_t n, RingBlock *block)
{
    for (uint32_t i = 0; i < n && block->n_locals < RING_MAX_LOCALS; i++) {
        uint64_t object = load64(at + 8 * i);
        if (!object)
            continue;
        s->w[s->n++] = value_word(s, object) | (uint64_t)i << 56;
        block->n_locals++;
    }
}

/* What may be the operand stack, then its callables. */
static void
add_stack(Sampler *s, uint64_t at, uint32_t n, RingBlock *block)
{
    Aux aux[RING_MAX_AUX];
    for (uint32_t i = 0; i < n && i < RING_MAX_STACK; i++) {
        uint64_t object = load64(at + 8 * i), word = (uint64_t)RingValueNull << 48;
        if (object && !plausible(object))
            break; /* nothing the interpreter put here is above this */
        if (object)
            word = value_word(s, object);
        s->w[s->n++] = word | (uint64_t)i << 56;
        block->n_stack++;
        int32_t offset = RING_PTR(word) ? aux_offset(s, RING_PTR(word)) : -1;
        uint64_t detail = object + (uint64_t)offset;
        if (offset >= 0 && block->n_aux < RING_MAX_AUX && readable(s, detail, 8))
            aux[block->n_aux++] = (Aux){object, load64(detail), i};
    }
    for (uint32_t i = 0; i < block->n_aux; i++) {
        s->w[s->n++] = aux[i].object | (uint64_t)aux[i].height << 48;
        s->w[s->n++] = aux[i].detail;
    }
}

static bool
is_code(Sampler *s, uint64_t code)
{
    return readable(s, code, (uint32_t)s->py->code_adaptive) &&
           load64(code + (uint64_t)s->py->object_type) == s->symbols[RingSym_PyCode_Type];
}

/* Types of a frame's values, as one block. */
static bool
add_values(Sampler *s, uint64_t frame, uint64_t code)
{
    const RingPython *py = s->py;
    RingBlock block = {0};
    if (!is_code(s, code))
        return false;
    uint32_t locals = (uint32_t)load32(code + (uint64_t)py->code_nlocalsplus);
    uint32_t stack = (uint32_t)load32(code + (uint64_t)py->code_stacksize);
    uint64_t at = frame + (uint64_t)py->frame_localsplus;
    uint32_t place = s->n++;
    stack = stack < RING_MAX_STACK ? stack : RING_MAX_STACK;
    if (locals <= MAX_VALUES && readable(s, at, 8 * (locals + stack))) {
        add_locals(s, at, locals, &block);
        add_stack(s, at + 8 * locals, stack, &block);
    }
    memcpy(&s->w[place], &block, sizeof block);
    s->head.n_blocks++;
    return true;
}

static bool
fill(AgentThread *t, Sampler *s)
{
    const RingPython *py = s->py;
    bool holds_gil;
    uint64_t tstate = own_tstate(t, s, &holds_gil);
    if (!tstate)
        return false;
    if (holds_gil) {
        s->base = load64(tstate + (uint64_t)py->tstate_datastack_chunk);
        s->top = load64(tstate + (uint64_t)py->tstate_datastack_top);
    } else {
        s->head.flags |= RingOffGil;
    }
    if (s->base >= s->top || !plausible(s->base))
        s->base = s->top = 0;
    uint64_t cframe = load64(tstate + (uint64_t)py->tstate_cframe);
    uint64_t current = cframe + (uint64_t)py->cframe_current_frame;
    if (!plausible(cframe) || !readable(s, current, 8))
        return false;
    uint64_t frame = load64(current);
    add_frames(s, frame);
    if (!s->head.n_frames)
        return false;
    uint64_t code = RING_PTR(s->w[RING_HEAD_WORDS]);
    if (!is_code(s, code))
        return false;
    s->w[2] = (uint64_t)(uint32_t)load32(code + (uint64_t)py->code_firstlineno) << 32 |
              (uint32_t)load32(code + (uint64_t)py->code_size);
    s->w[3] = load64(frame + (uint64_t)py->frame_globals);
    for (uint32_t i = 0; i < s->head.n_frames && i < RING_VALUE_FRAMES; i++) {
        if (!add_values(s, frame, RING_PTR(s->w[RING_HEAD_WORDS + i])))
            break;
        frame = load64(frame + (uint64_t)py->frame_previous);
    }
    return true;
}

static bool
push(Ring *ring, Sampler *s)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (RING_WORDS - (head - tail) < s->n)
        return false;
    s->head.n_words = (uint16_t)s->n;
    memcpy(&s->w[0], &s->head, sizeof s->head);
    for (uint32_t i = 0; i < s->n; i++)
        ring->words[(head + i) & (RING_WORDS - 1)] = s->w[i];
    atomic_store_explicit(&ring->head, head + s->n, memory_order_release);
    return true;
}

static uint64_t
now(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
count(_Atomic uint64_t *n, uint64_t by)
{
    atomic_fetch_add_explicit(n, by, memory_order_relaxed);
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
take(AgentThread *t, RingProc *p)
{
    Sampler s; /* the words stay uninitialised until they are written */
    s.py = &p->python;
    s.symbols = p->symbols;
    s.base = s.top = 0;
    memset(&s.pages, 0, sizeof s.pages);
    s.n = RING_HEAD_WORDS;
    memset(&s.head, 0, sizeof s.head);
    s.w[1] = now(CLOCK_MONOTONIC);
    if (!fill(t, &s))
        count(&p->no_python, 1);
    else if (!push(t->ring, &s))
        lose(t, p);
}

void
agent_sample(AgentThread *t)
{
    RingProc *p = agent.proc;
    if (!t->ring || agent.pid != getpid())
        return;
    uint32_t state = atomic_load_explicit(&p->state, memory_order_acquire);
    if (agent.file->stop || state == RingProcRefused) {
        agent_clock_stop(t);
        return;
    }
    count(&p->signals, 1);
    if (state != RingProcReady) {
        count(&p->early, 1);
        return;
    }
    bool timed =
        ++t->n % TIMED == 0; /* reading the CPU clock is a system call: every so often will do */
    uint64_t begin = timed ? now(CLOCK_THREAD_CPUTIME_ID) : 0;
    take(t, p);
    agent_clock_jitter(t);
    if (timed)
        count(&p->handler_ns, TIMED * (now(CLOCK_THREAD_CPUTIME_ID) - begin));
}
