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
 *   R3  An operation that takes a reference gets the temporary's if that dies here, else a new one.
 *       A call takes those of all its operands.
 *
 *   R4  A value borrowed from memory ('m') stays borrowed only when its uses all come before
 *       anything that could change memory or release an object, or while the container that it is
 *       a part of is kept for it (borrow.c); else it is owned from its load on.
 *
 *   R5  At an exit every owned live temporary either moves into the frame or is dropped there. */
#include "borrow.h"

#include <string.h>

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

Instr *
walk_counted(Instr *v)
{
    if (!v || !ty_boxed((Ty)v->type))
        return NULL;
    v = ir_origin(v);
    if (v->type == TyNull || (!ir_is_param(v) && ir_ref(v) == 'b'))
        return NULL;
    return v;
}

/* ---- uses and liveness ---- */

/* v, then what it is borrowed from. */
static void
use_counted(Walk *w, Instr *i, Instr *v, EachUse *fn, void *arg)
{
    for (; v; v = borrow_keeper(w, v, i))
        fn(w, v, arg);
}

/* Who holds a tuple in pieces needs the pieces.  A tuple that dies gives them up last to first. */
static void
use_parts(Walk *w, Instr *i, const Instr *parts, EachUse *fn, void *arg)
{
    for (uint32_t k = parts->n_args; k-- > 0;)
        use_counted(w, i, walk_counted(parts->args[k]), fn, arg);
}

static void
use_value(Walk *w, Instr *i, Instr *used, EachUse *fn, void *arg)
{
    use_counted(w, i, walk_counted(used), fn, arg);
    if (used->op == OpParts)
        use_parts(w, i, used, fn, arg);
}

static void
each_exit_use(Walk *w, Instr *i, EachUse *fn, void *arg)
{
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++)
        use_value(w, i, i->exit->vals.at[k].v, fn, arg);
    for (FrameState *fs = i->exit ? i->fs : NULL; fs; fs = fs->outer)
        if (fs->inl->func)
            use_counted(w, i, walk_counted(fs->inl->func), fn, arg);
}

void
walk_each_use(Walk *w, Instr *i, EachUse *fn, void *arg)
{
    if (i->op == OpParts)
        use_parts(w, i, i, fn, arg);
    for (uint32_t k = 0; k < i->n_args && i->op != OpPhi && i->op != OpProj && i->op != OpParts;
         k++)
        use_value(w, i, i->args[k], fn, arg);
    each_exit_use(w, i, fn, arg);
}

static void
use_is(Walk *w, Instr *v, void *arg)
{
    (void)w;
    Instr **search = arg;
    if (v == search[0])
        search[1] = v;
}

bool
walk_uses(Walk *w, Instr *i, Instr *v)
{
    Instr *search[2] = {v, NULL};
    walk_each_use(w, i, use_is, search);
    return search[1];
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
    Instr *def = walk_counted(i);
    if (def == i)
        del(live, i);
    walk_each_use(w, i, use_into, live);
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
            if (walk_counted(phi->args[p]) && walk_has(w->live_in[to->rpo], phi))
                add(live, walk_counted(phi->args[p]));
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

/* ---- the walk ---- */

bool
walk_anchored(const Walk *w, const Home *homes, const Instr *v)
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

/* v ends behind `at`, or may. */
static Instr *
release_op(Walk *w, Instr *v, Instr *at)
{
    Instr *d = count_op(w, OpDecref, v, at);
    bool unseen =
        !ty_scalar((Ty)v->type) && (borrow_scalar(w, v, at) || borrow_ends_quietly(w, v, at));
    d->imm2 = unseen ? HomeScalar : HomeUnknown;
    return d;
}

static void
take_before(Walk *w, Instr *at, Instr *v)
{
    ir_insert_before(at, count_op(w, OpIncref, v, at));
}

/* Is the home about to be overwritten or cleared? */
static bool
kills(const Walk *w, const Home *after, uint32_t s)
{
    return w->homes[s].kind == HomeSync &&
           !(after[s].kind == HomeSync && after[s].v == w->homes[s].v);
}

static void
keep_from_kills(Walk *w, Instr *i, const Home *after, const uint64_t *live_after)
{
    for (uint32_t s = 0; s < w->f->n_slots; s++) {
        if (!kills(w, after, s))
            continue;
        Instr *v = walk_counted(w->homes[s].v);
        if (!v || walk_has(w->owned, v) || walk_anchored(w, after, v))
            continue;
        if (walk_has(live_after, v) || walk_uses(w, i, v)) {
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
        Instr *v = walk_counted(x->vals.at[k].v);
        if (v && walk_has(w->owned, v) && !walk_has(moved, v)) {
            x->vals.at[k].owned = true;
            add(moved, v);
        }
    }
    FOR_EACH_BLOCK (w->f, b)
        FOR_EACH_INSTR (b, v)
            if (walk_counted(v) == v && walk_has(w->owned, v) && !walk_has(moved, v))
                vec_push(w->f->arena, &x->drops, v);
}

static bool
exit_uses(Walk *w, Instr *i, Instr *v)
{
    Instr *search[2] = {v, NULL};
    each_exit_use(w, i, use_is, search);
    return search[1];
}

/* A reference for i to take: the temporary's own if nobody wants it any more, or a new one. */
static void
give(Walk *w, Instr *i, Instr *arg, const Home *after, const uint64_t *live_after)
{
    Instr *v = walk_counted(arg);
    bool free_to_go = v && walk_has(w->owned, v) && !exit_uses(w, i, v) &&
                      (!walk_has(live_after, v) || walk_anchored(w, after, v));
    if (free_to_go)
        del(w->owned, v);
    else
        take_before(w, i, arg);
}

static void
walk_instr(Walk *w, Instr *i, const uint64_t *live_after)
{
    Home *after = arena_memdup(w->a, w->homes, w->f->n_slots * sizeof *after);
    homes_step(w->f, after, i);
    keep_from_kills(w, i, after, live_after);
    bool lent = i->op == OpSetLocal && i->imm2 == HomeLent;
    for (uint32_t k = 0; k < i->n_args && !lent; k++)
        if (ir_takes(i, k) && ty_boxed((Ty)i->args[k]->type) && i->args[k]->type != TyNull)
            give(w, i, i->args[k], after, live_after);
    if (i->exit)
        note_exit(w, i);
    memcpy(w->homes, after, w->f->n_slots * sizeof *after);
}

static void
insert_behind(Instr **at, Instr *i)
{
    ir_insert_after(*at, i);
    *at = i;
}

static void
release_dead(Walk *w, Instr *v, void *arg)
{
    Instr **at = arg; /* at[0]: insert behind; at[1]: the instruction whose uses these are */
    if (walk_has(w->owned, v) && !walk_has(w->live, v)) {
        insert_behind(&at[0], release_op(w, v, at[1]));
        del(w->owned, v);
    }
}

/* The result of i: borrowed, or owned by its temporary from here on. */
static void
define(Walk *w, Instr *i, Instr **at)
{
    if (walk_counted(i) != i || ir_is_param(i) || ir_ref(i) == 'h')
        return;
    if (ir_ref(i) == 'm') {
        if (w->keeper[i->id] || borrow_stays(w, i))
            return;
        insert_behind(at, count_op(w, OpIncref, i, i));
    }
    add(w->owned, i);
}

/* A result that nobody wants, once the operands are gone (a tuple of temporaries releases them last
 * to first). */
static void
drop_unused(Walk *w, Instr *i, Instr **at)
{
    if (walk_counted(i) == i && walk_has(w->owned, i) && !walk_has(w->live, i)) {
        insert_behind(at, release_op(w, i, i));
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
            if (walk_counted(v) != v)
                continue;
            bool live = walk_has(w->live_in[b->rpo], v);
            bool own = pred ? walk_has(w->owned_out[pred->rpo], v)
                            : live && b->preds.n && !walk_anchored(w, b->homes, v);
            if (!own)
                continue;
            if (live)
                add(w->owned, v);
            else
                ir_insert_before(at, release_op(w, v, at));
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
            if (walk_counted(v) == v && v->block != to && walk_has(w->live_in[to->rpo], v) &&
                !walk_anchored(w, to->homes, v))
                add(want, v);
    for (Instr *phi = to->first; phi && phi->op == OpPhi; phi = phi->next) {
        if (walk_counted(phi) != phi || !walk_has(w->live_in[to->rpo], phi) ||
            walk_anchored(w, to->homes, phi))
            continue;
        Instr *v = walk_counted(phi->args[p]);
        if (v && walk_has(w->owned, v) && !walk_has(want, v))
            del(w->owned, v); /* its reference becomes the phi's */
        else if (phi->args[p]->type != TyNull)
            take_before(w, end, phi->args[p]);
    }
    FOR_EACH_BLOCK (w->f, from)
        FOR_EACH_INSTR (from, v) {
            if (walk_counted(v) != v)
                continue;
            if (walk_has(want, v) && !walk_has(w->owned, v))
                take_before(w, end, v);
            else if (!walk_has(want, v) && walk_has(w->owned, v))
                ir_insert_before(end, release_op(w, v, end));
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
                walk_each_use(w, i, release_dead, at);
                drop_unused(w, i, &at[0]);
            }
        }
        i = next;
    }
    leave_block(w, b);
}

/* needs rpo, dom, split, homes */
bool
opt_refcount(PassCtx *ctx)
{
    Walk w = {.f = ctx->f, .a = arena_new()};
    w.n_words = ctx->f->n_instrs / 64 + 1;
    liveness(&w);
    if (borrow_init(&w))
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
