/* Boxes move down to where the object is wanted.
 *
 * A number that is computed in a loop and returned behind it has its box at the loop's phi, made on
 * every turn for nobody: only frame states name it there, and they can name the raw value.  Such a
 * box moves to the block that dominates all its users, as long as that is not in a loop the box was
 * not in.  It stays one box, so whoever could compare identities still sees one object.
 *
 * Requirements
 *  S1  The box keeps dominating its users, and its argument the box.
 *  S2  The new place is never executed more often than the old one.
 *  S3  Making it may fail: the new place has a frame state, which must name neither a box that
 * moved behind it nor anything computed behind it. */
#include "cfg.h"
#include "pass.h"

static bool
is_box(const Instr *i)
{
    return i->op == OpBoxInt || i->op == OpBoxFloat;
}

static Block *
common_dominator(Block *a, Block *b)
{
    while (a && !cfg_dominates(a, b))
        a = a->idom;
    return a;
}

/* The block that dominates everything that wants the object, or NULL when nothing does. */
static Block *
users_dominator(Func *f, const Instr *box)
{
    Block *d = NULL;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, u)
            for (uint32_t k = 0; k < u->n_args; k++) {
                if (u->args[k] != box)
                    continue;
                Block *where = u->op == OpPhi ? b->preds.at[k] : b;
                d = d ? common_dominator(d, where) : where;
            }
    return d;
}

/* S2: from d up towards the box, the block in the fewest loops, as low as possible. */
static Block *
best_place(const Instr *box, Block *d)
{
    Block *best = d;
    for (; d != box->block; d = d->idom)
        if (d->loop_depth < best->loop_depth)
            best = d;
    return best != box->block && best->loop_depth <= box->block->loop_depth ? best : NULL;
}

/* The state of the interpreter where b begins: that of its first instruction that has one, if
 * nothing happens before. */
static FrameState *
first_state(const Block *b)
{
    for (const Instr *i = b->first; i; i = i->next) {
        if (i->fs)
            return i->fs;
        if (i->op == OpJump && b->succ[0]->preds.n == 1)
            return first_state(b->succ[0]);
        if (i->op != OpPhi && ir_has_side_effect(i))
            return NULL;
    }
    return NULL;
}

static void
open_box(Instr **use, void *arg)
{
    (void)arg;
    while (is_box(*use))
        *use = (*use)->args[0];
}

/* S3 */
static FrameState *
state_without_boxes(Func *f, const FrameState *fs)
{
    FrameState *c = ir_fs_clone(f, fs);
    if (fs->outer)
        c->outer = state_without_boxes(f, fs->outer);
    for (uint32_t k = 0; k < c->n_locals + c->n_stack; k++)
        if (c->vals[k])
            open_box(&c->vals[k], NULL);
    return c;
}

/* Is every value of the state there when b begins? */
static bool
holds_at(const FrameState *fs, const Block *b)
{
    for (; fs; fs = fs->outer)
        for (uint32_t k = 0; k < fs->n_locals + fs->n_stack; k++) {
            const Instr *v = fs->vals[k];
            if (v && !(v->block == b ? v->op == OpPhi : cfg_dominates(v->block, b)))
                return false;
        }
    return true;
}

static void
open_this_box(Instr **use, void *box)
{
    if (*use == box)
        *use = ((Instr *)box)->args[0];
}

static bool
sink(Func *f, Instr *box)
{
    Block *d = users_dominator(f, box), *to = d ? best_place(box, d) : NULL;
    FrameState *fs = to ? first_state(to) : NULL;
    fs = fs ? state_without_boxes(f, fs) : NULL;
    if (!fs || !holds_at(fs, to))
        return false;
    ir_remove(box);
    box->dead = false;
    Instr *at = to->first;
    while (at->op == OpPhi)
        at = at->next;
    ir_insert_before(at, box);
    box->fs = fs;
    box->inl = fs->inl;
    box->off = fs->off;
    FOR_EACH_BLOCK (f, b)
        if (!cfg_dominates(to, b))
            FOR_EACH_INSTR (b, i)
                ir_fs_each(i->fs, open_this_box, box);
    return true;
}

/* needs rpo, dom; keeps all */
bool
opt_sink(PassCtx *ctx)
{
    bool any = false;
    FOR_EACH_BLOCK (ctx->f, b)
        FOR_EACH_INSTR_SAFE (b, i)
            if (is_box(i))
                any |= sink(ctx->f, i);
    return any;
}
