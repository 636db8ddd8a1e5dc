/* The control-flow graph: order, dominators, loops, critical edges. */
#include "cfg.h"

#include "pass.h"

/* ---- order ---- */

static void
postorder(Func *f, Block *entry, Block **out, uint32_t *n)
{
    Vec(Block *) todo = {0};
    entry->reachable = true;
    entry->mark = 0;
    vec_push(f->arena, &todo, entry);
    while (todo.n) {
        Block *b = vec_last(&todo);
        if (b->mark == b->n_succ) {
            out[(*n)++] = b;
            todo.n--;
            continue;
        }
        /* The second successor first: loop bodies then stand before what follows the loop. */
        Block *s = b->succ[b->n_succ - 1 - b->mark++];
        if (!s->reachable) {
            s->reachable = true;
            s->mark = 0;
            vec_push(f->arena, &todo, s);
        }
    }
}

static void
drop_dead_preds(Block *b)
{
    for (uint32_t p = 0; p < b->preds.n; p++) {
        if (b->preds.at[p]->reachable)
            continue;
        for (uint32_t k = p + 1; k < b->preds.n; k++)
            b->preds.at[k - 1] = b->preds.at[k];
        b->preds.n--;
        for (Instr *i = b->first; i && i->op == OpPhi; i = i->next) {
            for (uint32_t k = p + 1; k < i->n_args; k++)
                i->args[k - 1] = i->args[k];
            i->n_args--;
        }
        p--;
    }
}

/* needs nothing; gives rpo */
bool
cfg_order(PassCtx *ctx)
{
    Func *f = ctx->f;
    Block **post = arena_array(f->arena, Block *, f->blocks.n);
    uint32_t n = 0, before = f->blocks.n;
    FOR_EACH_BLOCK (f, b)
        b->reachable = false;
    postorder(f, f->blocks.at[0], post, &n);
    for (uint32_t k = 0; k < n; k++)
        drop_dead_preds(post[k]);
    f->blocks.n = n;
    for (uint32_t k = 0; k < n; k++) {
        f->blocks.at[k] = post[n - 1 - k];
        f->blocks.at[k]->rpo = k;
    }
    return n != before;
}

/* ---- dominators: Cooper, Harvey, Kennedy, "A simple, fast dominance algorithm" ---- */

static Block *
intersect(Block *a, Block *b)
{
    while (a != b) {
        while (a->rpo > b->rpo)
            a = a->idom;
        while (b->rpo > a->rpo)
            b = b->idom;
    }
    return a;
}

bool
cfg_dominates(const Block *a, const Block *b)
{
    while (b->rpo > a->rpo)
        b = b->idom;
    return a == b;
}

static void
mark_loop(Func *f, Block *header, Block *latch)
{
    Vec(Block *) todo = {0};
    if (latch->mark != header->id + 1) {
        latch->mark = header->id + 1;
        vec_push(f->arena, &todo, latch);
    }
    while (todo.n) {
        Block *b = vec_pop(&todo);
        b->loop_depth++;
        for (uint32_t p = 0; p < b->preds.n && b != header; p++)
            if (b->preds.at[p]->mark != header->id + 1) {
                b->preds.at[p]->mark = header->id + 1;
                vec_push(f->arena, &todo, b->preds.at[p]);
            }
    }
}

/* needs rpo; gives dom and loop depths */
bool
cfg_dominators(PassCtx *ctx)
{
    Func *f = ctx->f;
    FOR_EACH_BLOCK (f, b) {
        b->idom = NULL;
        b->loop_depth = b->mark = 0;
        b->is_loop_header = false;
    }
    f->blocks.at[0]->idom = f->blocks.at[0];
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t k = 1; k < f->blocks.n; k++) {
            Block *b = f->blocks.at[k], *dom = NULL;
            for (uint32_t p = 0; p < b->preds.n; p++)
                if (b->preds.at[p]->idom)
                    dom = dom ? intersect(dom, b->preds.at[p]) : b->preds.at[p];
            changed |= dom != b->idom;
            b->idom = dom;
        }
    }
    FOR_EACH_BLOCK (f, h) {
        h->mark = h->id + 1;
        for (uint32_t p = 0; p < h->preds.n; p++)
            if (cfg_dominates(h, h->preds.at[p])) {
                if (!h->is_loop_header)
                    h->loop_depth++;
                h->is_loop_header = true;
                mark_loop(f, h, h->preds.at[p]);
            }
    }
    return false;
}

/* ---- straight lines ---- */

/* s, which only b leads to and which is all b leads to, becomes b's end. */
static void
append_block(Func *f, Block *b, Block *s)
{
    ir_remove(b->last);
    for (Instr *i = s->first, *next; i; i = next) {
        next = i->next;
        if (i->op == OpPhi) {
            ir_replace(i, i->args[0]);
            i->dead = true;
        } else {
            ir_append(b, i);
        }
    }
    b->n_succ = s->n_succ;
    for (uint32_t k = 0; k < s->n_succ; k++) {
        b->succ[k] = s->succ[k];
        b->weight[k] = s->weight[k];
        s->succ[k]->preds.at[ir_pred_index(s->succ[k], s)] = b;
    }
    FOR_EACH_BLOCK (f, d)
        if (d->idom == s)
            d->idom = b;
    s->reachable = false;
}

/* needs rpo; keeps all: what stood in one place stands there still */
bool
cfg_merge_blocks(PassCtx *ctx)
{
    Func *f = ctx->f;
    uint32_t n = 0;
    for (uint32_t k = 0; k < f->blocks.n; k++) {
        Block *b = f->blocks.at[k];
        if (!b->reachable)
            continue;
        while (b->n_succ == 1 && b->succ[0]->preds.n == 1 && b->succ[0] != b &&
               b->succ[0] != f->blocks.at[0])
            append_block(f, b, b->succ[0]);
        b->rpo = n;
        f->blocks.at[n++] = b;
    }
    bool any = n != f->blocks.n;
    f->blocks.n = n;
    if (any)
        ir_apply_replacements(f);
    return any;
}

/* ---- critical edges ---- */

/* needs rpo; gives split, breaks rpo when it changed something */
bool
cfg_split_edges(PassCtx *ctx)
{
    Func *f = ctx->f;
    uint32_t n = f->blocks.n;
    for (uint32_t k = 0; k < n; k++) {
        Block *b = f->blocks.at[k];
        for (uint32_t s = 0; b->n_succ > 1 && s < b->n_succ; s++) {
            Block *to = b->succ[s];
            if (to->preds.n < 2)
                continue;
            Block *mid = ir_block_new(f);
            mid->off = to->off;
            mid->inl = to->inl;
            Instr *jump = ir_instr_new(f, OpJump, TyVoid, 0);
            jump->inl = b->last->inl;
            jump->off = b->last->off;
            ir_append(mid, jump);
            to->preds.at[ir_pred_index(to, b)] = mid;
            b->succ[s] = mid;
            vec_push(f->arena, &mid->preds, b);
            mid->succ[mid->n_succ++] = to;
        }
    }
    return f->blocks.n != n;
}
