/* Reference counts, placed last.
 *
 * Every boxed value is either kept alive by somebody else (a constant, a home that physically holds
 * it, memory that nothing can change before its last use) or by its temporary, which then owns one
 * reference.  Who keeps it is a fact per program point; this pass computes it in one forward walk
 * per block and inserts an Incref where a reference is needed and an Decref where an owned
 * temporary dies.
 *
 *   R1  A value entering a block with several predecessors is owned unless a home holds it there
 *       (opt_homes); each predecessor makes it so at its end.  A block with one inherits.
 *
 *   R2  Before a home lets go of its object, a live temporary that relied on it takes a reference.
 *
 *   R3  An operation that steals takes the temporary's reference if that dies here, else a new one.
 *
 *   R4  A value borrowed from memory ('m') stays borrowed only when its uses all come before
 *       anything that could change memory or release an object; else it is owned from its load on.
 *
 *   R5  At an exit every owned live temporary either moves into the frame or is dropped there. */
#include "homes.h"

#include <string.h>

typedef struct Walk {
    Func *f;
    Arena *a;
    uint32_t n_words;   /* of a bit set over values */
    uint64_t **live_in; /* per block */
    uint64_t **owned_out;
    uint64_t *live, *owned;
    Home *homes;
    bool *promoted; /* per value: 'm' but owned from its definition on */
} Walk;

static bool
has(const uint64_t *set, const Instr *v)
{
    return set[v->id / 64] >> (v->id % 64) & 1;
}

static void
add(uint64_t *set, const Instr *v)
{
    set[v->id / 64] |= 1ull << (v->id % 64);
}

static void
del(uint64_t *set, const Instr *v)
{
    set[v->id / 64] &= ~(1ull << (v->id % 64));
}

/* The counted object behind a use, or NULL when there is nothing to count. */
static Instr *
counted(Instr *v)
{
    if (!v || !ty_boxed((Ty)v->type))
        return NULL;
    v = ir_origin(v);
    if (v->type == TyNull || (v->op != OpParam && ir_ref(v) == 'b'))
        return NULL;
    return v;
}

/* ---- uses and liveness ---- */

typedef void EachUse(Walk *w, Instr *v, void *arg);

/* Who holds a tuple in pieces needs the pieces.  A tuple that dies gives them up last to first. */
static void
use_parts(Walk *w, const Instr *parts, EachUse *fn, void *arg)
{
    for (uint32_t k = parts->n_args; k-- > 0;) {
        Instr *v = counted(parts->args[k]);
        if (v)
            fn(w, v, arg);
    }
}

static void
use_value(Walk *w, Instr *used, EachUse *fn, void *arg)
{
    Instr *v = counted(used);
    if (v)
        fn(w, v, arg);
    else if (used->op == OpParts)
        use_parts(w, used, fn, arg);
}

static void
each_use(Walk *w, Instr *i, EachUse *fn, void *arg)
{
    if (i->op == OpParts)
        use_parts(w, i, fn, arg);
    for (uint32_t k = 0; k < i->n_args && i->op != OpPhi && i->op != OpProj && i->op != OpParts;
         k++)
        use_value(w, i->args[k], fn, arg);
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++)
        use_value(w, i->exit->vals.at[k].v, fn, arg);
    for (FrameState *fs = i->exit ? i->fs : NULL; fs; fs = fs->outer) {
        Instr *v = fs->inl->func ? counted(fs->inl->func) : NULL;
        if (v)
            fn(w, v, arg);
    }
}

static void
use_into(Walk *w, Instr *v, void *arg)
{
    (void)w;
    add(arg, v);
}

/* live becomes what is live before i, given what is live after it. */
static void
live_step(Walk *w, Instr *i, uint64_t *live)
{
    Instr *def = counted(i);
    if (def == i)
        del(live, i);
    each_use(w, i, use_into, live);
}

static void
live_out(Walk *w, const Block *b, uint64_t *live)
{
    memset(live, 0, w->n_words * sizeof *live);
    for (uint32_t s = 0; s < b->n_succ; s++) {
        const Block *to = b->succ[s];
        for (uint32_t k = 0; k < w->n_words; k++)
            live[k] |= w->live_in[to->rpo][k];
        for (Instr *phi = to->first; phi && phi->op == OpPhi; phi = phi->next)
            del(live, phi);
        uint32_t p = ir_pred_index(to, b);
        for (Instr *phi = to->first; phi && phi->op == OpPhi; phi = phi->next)
            if (counted(phi->args[p]) && has(w->live_in[to->rpo], phi))
                add(live, counted(phi->args[p]));
    }
}

/* A phi counts as live into its block when anything uses it there or later. */
static void
liveness(Walk *w)
{
    w->live_in = arena_array(w->a, uint64_t *, w->f->blocks.n);
    for (uint32_t k = 0; k < w->f->blocks.n; k++)
        w->live_in[k] = arena_array(w->a, uint64_t, w->n_words);
    uint64_t *live = arena_array(w->a, uint64_t, w->n_words);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t k = w->f->blocks.n; k-- > 0;) {
            Block *b = w->f->blocks.at[k];
            live_out(w, b, live);
            for (Instr *i = b->last; i && i->op != OpPhi; i = i->prev)
                live_step(w, i, live);
            if (memcmp(live, w->live_in[k], w->n_words * sizeof *live)) {
                memcpy(w->live_in[k], live, w->n_words * sizeof *live);
                changed = true;
            }
        }
    }
}

/* ---- R4: borrowed from memory ---- */

static void
use_is(Walk *w, Instr *v, void *arg)
{
    (void)w;
    Instr **search = arg;
    if (v == search[0])
        search[1] = v;
}

static bool
uses(Walk *w, Instr *i, Instr *v)
{
    Instr *search[2] = {v, NULL};
    each_use(w, i, use_is, search);
    return search[1];
}

/* Is i, in its block, the last that needs v? */
static bool
dies_at(Walk *w, Instr *v, Instr *i)
{
    const Block *b = i->block;
    for (Instr *later = i->next; later; later = later->next)
        if (uses(w, later, v))
            return false;
    for (uint32_t s = 0; s < b->n_succ; s++) {
        if (has(w->live_in[b->succ[s]->rpo], v))
            return false;
        for (Instr *phi = b->succ[s]->first; phi && phi->op == OpPhi; phi = phi->next)
            if (counted(phi->args[ir_pred_index(b->succ[s], b)]) == v)
                return false;
    }
    return true;
}

/* Does v's temporary own a reference here, or may it by the time it is used?  What exists already
 * is known; of what is made later, loads from memory own none unless something disturbs them, which
 * then disturbs their neighbours too. */
static bool
may_own(const Walk *w, const Instr *v)
{
    return has(w->owned, v) || (ir_ref(v) != 'm' && v->op != OpParam);
}

/* Can an object other than a scalar die behind i, because i was the last to use it? */
static bool
releases(Walk *w, Instr *i)
{
    for (uint32_t k = 0; k < i->n_args; k++) {
        Instr *v = counted(i->args[k]);
        if (v && may_own(w, v) && !ty_scalar((Ty)v->type) && dies_at(w, v, i))
            return true;
    }
    return false;
}

/* Can running i change memory or release an object, by itself or by what dies behind it? */
static bool
disturbs(Walk *w, Instr *i)
{
    char e = ir_effect(i);
    return e == 'P' || e == 'W' || e == 'L' || releases(w, i);
}

static bool
stays_borrowed(Walk *w, Instr *v)
{
    Block *b = v->block;
    if (releases(w, v)) /* the container may go with its last use, this load */
        return false;
    for (uint32_t s = 0; s < b->n_succ; s++) {
        if (has(w->live_in[b->succ[s]->rpo], v))
            return false;
        for (Instr *phi = b->succ[s]->first; phi && phi->op == OpPhi; phi = phi->next)
            if (counted(phi->args[ir_pred_index(b->succ[s], b)]) == v)
                return false;
    }
    Instr *last = v;
    for (Instr *i = v->next; i; i = i->next)
        if (uses(w, i, v))
            last = i;
    for (Instr *i = v->next; i && last != v; i = i->next) {
        if (disturbs(w, i))
            return false;
        if (i == last)
            break;
    }
    return true;
}

/* ---- the walk ---- */

static bool
anchored(const Walk *w, const Home *homes, const Instr *v)
{
    for (uint32_t s = 0; s < w->f->n_slots; s++)
        if (homes[s].kind == HomeSync && homes[s].v == v)
            return true;
    return false;
}

static Instr *
count_op(Walk *w, Op op, Instr *v, Instr *near)
{
    Instr *i = ir_instr_new(w->f, op, TyVoid, 1);
    i->args[0] = v;
    i->inl = near->inl;
    i->off = near->off;
    return i;
}

static void
take_before(Walk *w, Instr *at, Instr *v)
{
    ir_insert_before(at, count_op(w, OpIncref, v, at));
}

/* Homes that i is about to overwrite or clear. */
static bool
kills(const Walk *w, const Instr *i, const Home *after, uint32_t s)
{
    (void)i;
    return w->homes[s].kind == HomeSync &&
           !(after[s].kind == HomeSync && after[s].v == w->homes[s].v);
}

static void
keep_from_kills(Walk *w, Instr *i, const Home *after, const uint64_t *live_after)
{
    for (uint32_t s = 0; s < w->f->n_slots; s++) {
        if (!kills(w, i, after, s))
            continue;
        Instr *v = counted(w->homes[s].v);
        if (!v || has(w->owned, v) || anchored(w, after, v))
            continue;
        if (has(live_after, v) || uses(w, i, v)) {
            take_before(w, i, v);
            add(w->owned, v);
        }
    }
}

static void
note_exit(Walk *w, Instr *i)
{
    Exit *x = i->exit;
    uint64_t *moved = arena_array(w->a, uint64_t, w->n_words);
    for (uint32_t k = 0; k < x->vals.n; k++) {
        Instr *v = counted(x->vals.at[k].v);
        if (v && has(w->owned, v) && !has(moved, v)) {
            x->vals.at[k].owned = true;
            add(moved, v);
        }
    }
    FOR_EACH_BLOCK (w->f, b)
        FOR_EACH_INSTR (b, v)
            if (counted(v) == v && has(w->owned, v) && !has(moved, v))
                vec_push(w->f->arena, &x->drops, v);
}

static void
walk_instr(Walk *w, Instr *i, const uint64_t *live_after)
{
    Home *after = arena_memdup(w->a, w->homes, w->f->n_slots * sizeof *after);
    homes_step(w->f, after, i);
    keep_from_kills(w, i, after, live_after);
    if (i->exit)
        note_exit(w, i);
    Instr *stolen = ir_ops[i->op].flags & OpFlagS ? counted(i->args[0]) : NULL;
    if (ir_ops[i->op].flags & OpFlagS && ty_boxed((Ty)i->args[0]->type) &&
        i->args[0]->type != TyNull) {
        bool free_to_go = stolen && has(w->owned, stolen) &&
                          (!has(live_after, stolen) || anchored(w, after, stolen));
        if (free_to_go)
            del(w->owned, stolen);
        else
            take_before(w, i, i->args[0]);
    }
    memcpy(w->homes, after, w->f->n_slots * sizeof *after);
}

static void
release_dead(Walk *w, Instr *v, void *arg)
{
    Instr **at = arg; /* at[0]: insert behind; at[1]: the instruction whose uses these are */
    if (has(w->owned, v) && !has(w->live, v)) {
        Instr *d = count_op(w, OpDecref, v, at[1]);
        ir_insert_after(at[0], d);
        at[0] = d;
        del(w->owned, v);
    }
}

static void
insert_after(Walk *w, Op op, Instr *v, Instr **at)
{
    Instr *i = count_op(w, op, v, v);
    ir_insert_after(*at, i);
    *at = i;
}

/* The result of i: borrowed, or owned by its temporary from here on. */
static void
define(Walk *w, Instr *i, Instr **at)
{
    if (counted(i) != i || i->op == OpParam || ir_ref(i) == 'h')
        return;
    if (ir_ref(i) == 'm') {
        if (stays_borrowed(w, i))
            return;
        insert_after(w, OpIncref, i, at);
    }
    add(w->owned, i);
}

/* A result that nobody wants, once the operands are gone (a tuple of temporaries releases them last
 * to first). */
static void
drop_unused(Walk *w, Instr *i, Instr **at)
{
    if (counted(i) == i && has(w->owned, i) && !has(w->live, i)) {
        insert_after(w, OpDecref, i, at);
        del(w->owned, i);
    }
}

/* ---- block boundaries ---- */

static void
enter_block(Walk *w, Block *b)
{
    memset(w->owned, 0, w->n_words * sizeof *w->owned);
    memcpy(w->homes, b->homes, w->f->n_slots * sizeof *w->homes);
    Block *pred = b->preds.n == 1 ? b->preds.at[0] : NULL;
    Instr *at = b->first;
    FOR_EACH_BLOCK (w->f, from)
        FOR_EACH_INSTR (from, v) {
            if (counted(v) != v)
                continue;
            bool live = has(w->live_in[b->rpo], v);
            bool own = pred ? has(w->owned_out[pred->rpo], v)
                            : live && b->preds.n && !anchored(w, b->homes, v);
            if (!own)
                continue;
            if (live)
                add(w->owned, v);
            else
                ir_insert_before(at, count_op(w, OpDecref, v, at));
        }
}

/* Make ownership at the end of b what its one successor with several predecessors expects (R1). */
static void
leave_block(Walk *w, Block *b)
{
    memcpy(w->owned_out[b->rpo], w->owned, w->n_words * sizeof *w->owned);
    if (b->n_succ != 1 || b->succ[0]->preds.n < 2)
        return;
    Block *to = b->succ[0];
    Instr *end = b->last;
    uint32_t p = ir_pred_index(to, b);
    uint64_t *want = arena_array(w->a, uint64_t, w->n_words); /* live-in values to own */
    FOR_EACH_BLOCK (w->f, from)
        FOR_EACH_INSTR (from, v)
            if (counted(v) == v && v->block != to && has(w->live_in[to->rpo], v) &&
                !anchored(w, to->homes, v))
                add(want, v);
    for (Instr *phi = to->first; phi && phi->op == OpPhi; phi = phi->next) {
        if (counted(phi) != phi || !has(w->live_in[to->rpo], phi) || anchored(w, to->homes, phi))
            continue;
        Instr *v = counted(phi->args[p]);
        if (v && has(w->owned, v) && !has(want, v))
            del(w->owned, v); /* its reference becomes the phi's */
        else if (phi->args[p]->type != TyNull)
            take_before(w, end, phi->args[p]);
    }
    FOR_EACH_BLOCK (w->f, from)
        FOR_EACH_INSTR (from, v) {
            if (counted(v) != v)
                continue;
            if (has(want, v) && !has(w->owned, v))
                take_before(w, end, v);
            else if (!has(want, v) && has(w->owned, v))
                ir_insert_before(end, count_op(w, OpDecref, v, end));
        }
}

static void
walk_block(Walk *w, Block *b)
{
    /* Liveness after each instruction, from the end. */
    uint32_t n = 0, k;
    FOR_EACH_INSTR (b, i)
        n++;
    uint64_t *after = arena_array(w->a, uint64_t, (size_t)(n + 1) * w->n_words);
    live_out(w, b, w->live);
    k = n;
    for (Instr *i = b->last; i; i = i->prev) {
        memcpy(after + (size_t)--k * w->n_words, w->live, w->n_words * sizeof *w->live);
        if (i->op != OpPhi)
            live_step(w, i, w->live);
    }
    Instr *i = b->first;
    enter_block(w, b);
    for (k = 0; k < n; k++) {
        Instr *next = i->next;
        w->live = after + (size_t)k * w->n_words;
        if (i->op != OpPhi) {
            walk_instr(w, i, w->live);
            Instr *at[2] = {i, i};
            if (!ir_is_terminator(i)) {
                define(w, i, &at[0]); /* first: the result may live in what dies */
                each_use(w, i, release_dead, at);
                drop_unused(w, i, &at[0]);
            }
        }
        i = next;
    }
    leave_block(w, b);
}

/* needs rpo, split, homes */
bool
opt_refcount(PassCtx *ctx)
{
    Walk w = {.f = ctx->f, .a = arena_new()};
    w.n_words = ctx->f->n_instrs / 64 + 1;
    liveness(&w);
    w.homes = arena_array(w.a, Home, ctx->f->n_slots + 1);
    w.owned = arena_array(w.a, uint64_t, w.n_words);
    w.owned_out = arena_array(w.a, uint64_t *, ctx->f->blocks.n);
    for (uint32_t k = 0; k < ctx->f->blocks.n; k++)
        w.owned_out[k] = arena_array(w.a, uint64_t, w.n_words);
    FOR_EACH_BLOCK (ctx->f, b) {
        uint64_t *live = w.live = arena_array(w.a, uint64_t, w.n_words);
        walk_block(&w, b);
        w.live = live;
    }
    arena_free(w.a);
    return true;
}
