/* How to read a stack that does not stand still.
 *
 * A call of process_vm_readv takes a microsecond, and in that time Python runs a hundred
 * instructions.  Rejecting what has changed meanwhile would be worse than useless: short functions
 * and fast instructions would hardly ever be met.  So nothing is rejected; what is wanted is the
 * state at one moment, and that moment is the copying of the innermost frames: they lie side by
 * side on the thread's data stack and are copied within some tens of nanoseconds.
 *
 * One system call does it: first the piece of the data stack around where its top was at the last
 * look, before anything else is touched - the thread would wait for a cache line that we have, and
 * be met there -, then the current frame, the bounds of the data stack and the GIL's holder.  When
 * that was no longer the place it is done again with what was learnt.  Several cframes are kept,
 * since generators and calls from C come and go with theirs.
 *
 * Between the copy and the reading of "current frame" frames may have come and gone.  The copy
 * itself tells (settle()): a frame that runs has its stack pointer in a register, and -1 where it
 * else would be.  It puts it away before it returns or yields, and when it calls another inside the
 * eval loop; then it stands in the caches of its instruction, too.  So from the current frame we go
 * down while it was left, then up while there is one that runs.  To look at the frame alone
 * matters: its caller's cache line was copied some tens of nanoseconds earlier.  Generators' frames
 * are not on the data stack; the latest that were met are copied with it.
 *
 * Frames below are read later and one by one: they wait for those above.  So do their values.  Of
 * the innermost frame the locals are good, too, since few instructions change one; its operands are
 * those of an instruction a little later than where it stands, which is wrong for some per cent of
 * them (up to a tenth where the host makes cache lines slow).  Who has a better source leaves them
 * out. */
#define _GNU_SOURCE
#include "snapshot.h"

#include <sys/uio.h>
#include <time.h>

typedef Snapshot *WalkReader;

/* Where it was copied to at that one moment. */
static const uint8_t *
copied(const Snapshot *s, uint64_t address, uint32_t n)
{
    if (address >= s->from && address + n <= s->to)
        return s->bytes + (address - s->from);
    for (uint32_t i = 0; i < SNAPSHOT_KNOWN && s->elsewhere[i]; i++)
        if (address >= s->elsewhere[i] && address + n <= s->elsewhere[i] + SNAPSHOT_HEAD)
            return s->heads[i] + (address - s->elsewhere[i]);
    return NULL;
}

static bool
walk_readable(WalkReader *r, uint64_t address, uint32_t n)
{
    uint8_t byte;
    Memory *m = (*r)->t->mem;
    return copied(*r, address, n) ||
           (memory_read(m, address, &byte, 1) && memory_read(m, address + n - 1, &byte, 1));
}

static uint64_t
walk_load64(WalkReader *r, uint64_t address)
{
    uint64_t v;
    const uint8_t *at = copied(*r, address, sizeof v);
    if (!at)
        return memory_u64((*r)->t->mem, address);
    memcpy(&v, at, sizeof v);
    return v;
}

#include "walk.h"

enum {
    TRIES = 5,
    PATIENT = 2,        /* tries, before a recursion is thought to move the top as fast as this */
    SMALL_BYTES = 3072, /* of the data stack around its top */
    MAX_MOVES = 64,
    MAX_PARTS = 3 + 2 * SNAPSHOT_KNOWN,
    MAX_STATE = 512
};
#define MAX_CHUNK (1ull << 30)

/* Parts of the target's memory on their way. */
typedef struct Reading {
    struct iovec local[MAX_PARTS], remote[MAX_PARTS];
    uint32_t n;
    size_t bytes;
} Reading;

static void
want(Reading *r, uint64_t from, void *to, size_t n)
{
    r->local[r->n] = (struct iovec){to, n};
    r->remote[r->n++] = (struct iovec){(void *)(uintptr_t)from, n};
    r->bytes += n;
}

static bool
bring(const Reading *r, const Target *t)
{
    return process_vm_readv(t->pid, r->local, r->n, r->remote, r->n, 0) == (ssize_t)r->bytes;
}

static uint64_t
clamp(uint64_t x, uint64_t low, uint64_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* What one system call has brought, beside the piece. */
typedef struct Look {
    uint64_t cframe, chunk, top, limit; /* of the thread state */
    uint64_t frames[SNAPSHOT_KNOWN];
} Look;

/* The thread state's fields between the first and the last that are wanted. */
typedef struct State {
    int64_t from, to;
    uint8_t bytes[MAX_STATE];
} State;

static State
state_span(const PyLayout *lay)
{
    const int64_t fields[] = {lay->tstate_cframe, lay->tstate_datastack_chunk,
                              lay->tstate_datastack_top, lay->tstate_datastack_limit};
    State s = {.from = fields[0], .to = fields[0] + 8};
    for (size_t i = 1; i < countof(fields); i++) {
        s.from = fields[i] < s.from ? fields[i] : s.from;
        s.to = fields[i] + 8 > s.to ? fields[i] + 8 : s.to;
    }
    if (s.to - s.from > MAX_STATE)
        die("a thread state's fields lie too far apart");
    return s;
}

static uint64_t
field(const State *s, int64_t offset)
{
    uint64_t v;
    memcpy(&v, s->bytes + (offset - s->from), sizeof v);
    return v;
}

static bool
look(Snapshot *s, const SnapPlace *p, uint64_t bytes, Look *l)
{
    Reading r = {.n = 0};
    const PyLayout *lay = s->t->objects.lay;
    uint64_t runtime = s->t->objects.symbols[RingSym__PyRuntime];
    State state = state_span(lay);
    s->from = s->to = s->frame = 0;
    memset(s->elsewhere, 0, sizeof s->elsewhere);
    if (p->top) { /* first, while the thread does not yet wait for what we have touched */
        memcpy(s->elsewhere, p->elsewhere, sizeof s->elsewhere);
        for (uint32_t i = 0; i < SNAPSHOT_KNOWN && p->elsewhere[i]; i++)
            want(&r, p->elsewhere[i], s->heads[i], SNAPSHOT_HEAD);
        s->to = clamp(p->top + bytes / 4, p->low, p->high);
        s->from = s->to - p->low > bytes ? s->to - bytes : p->low;
        want(&r, s->from, s->bytes, s->to - s->from);
    }
    for (uint32_t i = 0; i < SNAPSHOT_KNOWN && p->cframes[i]; i++)
        want(&r, p->cframes[i] + (uint64_t)lay->cframe_current_frame, &l->frames[i], 8);
    want(&r, p->tstate + (uint64_t)state.from, state.bytes, (size_t)(state.to - state.from));
    want(&r, runtime + (uint64_t)lay->runtime_tstate_current, &s->holder, 8);
    if (!bring(&r, s->t))
        return false;
    l->cframe = field(&state, lay->tstate_cframe);
    l->chunk = field(&state, lay->tstate_datastack_chunk);
    l->top = field(&state, lay->tstate_datastack_top);
    l->limit = field(&state, lay->tstate_datastack_limit);
    return true;
}

/* Keeps where it is now; true when that was known before, so that the right piece was copied. */
static bool
learn(Snapshot *s, SnapPlace *p, const Look *l)
{
    uint32_t i = 0;
    while (i < SNAPSHOT_KNOWN && p->cframes[i] != l->cframe)
        i++;
    bool known = p->top && l->chunk == p->low && l->limit == p->high && l->top > s->from &&
                 l->top <= s->to && i < SNAPSHOT_KNOWN;
    bool sane = plausible(l->chunk) && plausible(l->limit) && l->top >= l->chunk &&
                l->top <= l->limit && l->limit - l->chunk < MAX_CHUNK;
    if (i < SNAPSHOT_KNOWN)
        s->frame = l->frames[i];
    else
        p->cframes[p->next_cframe++ % SNAPSHOT_KNOWN] = l->cframe;
    p->top = sane ? l->top : 0;
    p->low = s->low = l->chunk;
    p->high = s->high = l->limit;
    return known;
}

SnapPlace *
snapshot_place(Target *t, uint64_t tstate)
{
    uint64_t *known = map_at(&t->places, tstate);
    SnapPlace *p = (SnapPlace *)(uintptr_t)*known;
    if (!p) {
        p = arena_new_of(t->arena, SnapPlace);
        p->tstate = tstate;
        *known = (uint64_t)(uintptr_t)p;
    }
    return p;
}

uint64_t
snapshot_holder(Target *t)
{
    Reading r = {.n = 0};
    uint64_t holder, runtime = t->objects.symbols[RingSym__PyRuntime];
    want(&r, runtime + (uint64_t)t->objects.lay->runtime_tstate_current, &holder, 8);
    return bring(&r, t) ? holder : 0;
}

/* Something has gone: the data stack's chunk, most likely, or else a C stack. */
static void
forget(SnapPlace *p)
{
    if (!p->top)
        memset(p->cframes, 0, sizeof p->cframes);
    memset(p->elsewhere, 0, sizeof p->elsewhere);
    p->top = 0;
}

SnapResult
snapshot_take(Snapshot *s, Target *t, SnapPlace *p, bool gil)
{
    Look l = {0};
    s->t = t;
    s->place = p;
    s->holder = 0;
    for (int i = 0; i < TRIES; i++) {
        bool whole = look(s, p, i < PATIENT ? SMALL_BYTES : SNAPSHOT_BYTES, &l);
        if (whole && gil && s->holder != p->tstate)
            return SnapNothing;
        if (!whole && !p->cframes[0])
            return SnapNothing; /* there is no such thread any more */
        if (!whole)
            forget(p);
        else if (learn(s, p, &l) || !l.chunk)
            return s->frame ? SnapTaken : SnapNothing;
    }
    /* A recursion that runs from chunk to chunk: what was the current frame will do. */
    s->from = s->to = 0;
    memset(s->elsewhere, 0, sizeof s->elsewhere);
    return s->frame ? SnapTaken : SnapTorn;
}

/* A frame and where it stands. */
typedef struct Stand {
    uint64_t frame, previous, end; /* end: where a callee's frame begins */
    bool runs;  /* its stack pointer is not in the frame: it runs, if nothing above it does */
    bool calls; /* its instruction has called Python, and that has not returned */
    bool entry; /* it was called from C */
} Stand;

static bool
stand_of(Walk *w, Collect *c, uint64_t frame, Stand *out)
{
    const RingPython *py = w->py;
    int64_t unit;
    if (!frame || !readable(w, frame, WALK_SPECIALS))
        return false;
    uint64_t code = load64(w, frame + (uint64_t)py->frame_code);
    if (!code_unit(py, code, load64(w, frame + (uint64_t)py->frame_prev_instr), &unit))
        return false;
    const CodeAt *at = target_code(w->reader->t, c, code, false);
    if (!at || !at->code->walkable || unit >= at->code->c->n_units)
        return false;
    const PyInstrs *ins = &at->code->ins;
    const PyInstr *in = &ins->at[ins->index_of[unit < 0 ? 0 : unit]];
    uint64_t values = at->code->c->n_localsplus + (uint64_t)at->code->c->stacksize;
    bool saved = load32(w, frame + (uint64_t)w->reader->t->objects.lay->frame_stacktop) >= 0;
    *out = (Stand){.frame = frame,
                   .previous = load64(w, frame + (uint64_t)py->frame_previous),
                   .end = frame + (uint64_t)py->frame_localsplus + 8 * values,
                   .runs = !saved,
                   .calls = saved && unit > (int64_t)in->off,
                   .entry = load64(w, frame + (uint64_t)py->frame_is_entry) & 1};
    return true;
}

/* Generators' frames are elsewhere. */
static bool
on_data_stack(const Snapshot *s, uint64_t frame)
{
    return frame >= s->low && frame < s->high;
}

/* Has the frame been left?  While what it leaves behind is cleared away it still runs, and is the
 * current one afterwards, too. */
static bool
was_left(const Snapshot *s, const Stand *f)
{
    return !f->runs && !f->calls && copied(s, f->frame, WALK_SPECIALS) &&
           (f->entry || f->frame != s->frame);
}

/* What was called by a frame and runs, or has called in turn. */
static bool
find_above(Walk *w, Collect *c, const Stand *f, Stand *out)
{
    const Snapshot *s = w->reader;
    uint64_t at = on_data_stack(s, f->frame) ? f->end : 0;
    for (uint32_t i = 0; i <= SNAPSHOT_KNOWN; at = i < SNAPSHOT_KNOWN ? s->elsewhere[i] : 0, i++)
        if (at && copied(s, at, WALK_SPECIALS) && stand_of(w, c, at, out) &&
            out->previous == f->frame && (out->runs || out->calls))
            return true;
    return false;
}

/* A generator that runs: the next look shall copy it with the rest. */
static void
know(SnapPlace *p, uint64_t frame)
{
    for (uint32_t i = 0; i < SNAPSHOT_KNOWN; i++)
        if (p->elsewhere[i] == frame)
            return;
    p->elsewhere[p->next_frame++ % SNAPSHOT_KNOWN] = frame;
}

/* The frame that was the innermost when the copy was made. */
static uint64_t
settle(Walk *w, Collect *c)
{
    const Snapshot *s = w->reader;
    Stand f, g;
    if (!on_data_stack(s, s->frame))
        know(s->place, s->frame);
    if (!stand_of(w, c, s->frame, &f))
        return s->frame;
    for (int i = 0; i < MAX_MOVES && was_left(s, &f) && stand_of(w, c, f.previous, &g); i++)
        f = g;
    uint64_t frame = f.frame;
    for (int i = 0; i < MAX_MOVES && find_above(w, c, &f, &g); i++) {
        f = g;
        frame = f.runs ? f.frame : frame; /* what has called may have been left by an exception */
    }
    return frame;
}

/* What begins there, in so many pieces, unless it is wished for already. */
static void
wish(MemoryWish *wishes, uint32_t *n, uint64_t address, uint32_t pieces)
{
    uint64_t from =
        address & ~15ull; /* the interpreter's own small ints lie at odd multiples of 8 */
    for (uint32_t i = 0; i < *n; i++)
        if (wishes[i].address == from)
            return;
    if (plausible(address))
        wishes[(*n)++] = (MemoryWish){from, pieces};
}

/* Brings, in one go, what the walk will look at: of the innermost frames the code objects' first
 * fields and of each local and operand its count, type and size. */
static void
gather(Walk *w, Collect *c, uint64_t frame)
{
    enum { OBJECT = 1, CODE = 3, FRAMES = RING_VALUE_FRAMES, MAX_VALUES = 28 };
    MemoryWish wishes[FRAMES * (1 + MAX_VALUES)];
    const RingPython *py = w->py;
    uint32_t n = 0;
    Stand f;
    for (int i = 0; i < FRAMES && stand_of(w, c, frame, &f); i++, frame = f.previous) {
        uint64_t code = load64(w, frame + (uint64_t)py->frame_code);
        wish(wishes, &n, code, CODE);
        uint64_t at = frame + (uint64_t)py->frame_localsplus;
        for (int k = 0; at < f.end && k < MAX_VALUES; at += 8, k++) {
            wish(wishes, &n, copied(w->reader, at, 8) ? load64(w, at) : 0, OBJECT);
        }
    }
    memory_gather(w->reader->t->mem, wishes, n);
}

uint32_t
snapshot_record(Snapshot *s, Collect *c, bool gil, bool operands, uint64_t words[RING_MAX_WALK])
{
    Walk w;
    struct timespec now;
    RingPython py = target_offsets(s->t->objects.lay);
    walk_begin(&w, &py, s->t->objects.symbols);
    w.reader = s;
    w.head.flags = gil ? 0 : RingOffGil;
    clock_gettime(CLOCK_MONOTONIC, &now);
    w.w[1] = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    uint64_t frame = settle(&w, c);
    gather(&w, c, frame);
    if (!walk_frames(&w, frame))
        return 0;
    w.moving = !operands;
    walk_values(&w, frame);
    walk_end(&w, 0);
    memcpy(words, w.w, w.n * sizeof *words);
    return w.n;
}
