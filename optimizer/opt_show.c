/* What a finalizer sees of unboxed locals.
 *
 * An operation that lets go of an object may run Python in its cold path without having a frame
 * state of its own.  This last pass gives each such operation the list of locals whose homes are
 * out of date there, so that the emitter can show them for as long as the finalizer runs.  Homes
 * are as they were afterwards: nothing that opt_homes() and opt_refcount() know changes.
 *
 * The value of each local is followed through a block from its frame states and SetLocals.  At the
 * start of a block that several others reach it is what the block's first frame state says, unless
 * that names something computed only in between.  A local of which nothing is known there, because
 * no frame state wants it any more, is not shown.  Neither are those of a function with so many
 * locals and releases that the code to show them would outgrow the rest by far. */
#include "build.h"
#include "homes.h"

#include <string.h>

typedef struct Show {
    Func *f;
    uint32_t room; /* entries that may still be listed */
    Home *homes;
    bool *lent;   /* per slot: what the local holds is alive though its home has nothing */
    Instr **now;  /* per slot: the local's value, NULL unknown */
    Instr ***out; /* per block: the same at its end */
} Show;

static void
take_state(Show *s, const FrameState *fs, const Block *at_start_of)
{
    for (; fs; fs = fs->outer)
        for (uint32_t k = 0; k < fs->n_locals; k++) {
            Instr *v = fs->vals[k];
            bool known = v && (!at_start_of || v->block != at_start_of || v->op == OpPhi);
            s->now[fs->inl->base_slot + k] = known ? v : NULL;
        }
}

static void
enter_block(Show *s, const Block *b)
{
    memcpy(s->homes, b->homes, s->f->n_slots * sizeof *s->homes);
    if (b->preds.n == 1) {
        memcpy(s->now, s->out[b->preds.at[0]->rpo], s->f->n_slots * sizeof(Instr *));
        return;
    }
    memset(s->now, 0, s->f->n_slots * sizeof(Instr *));
    for (const Instr *i = b->first; i; i = i->next)
        if (i->fs) {
            take_state(s, i->fs, b);
            return;
        } else if (i->op == OpSetLocal || i->op == OpEnterInline || i->op == OpLeaveInline) {
            return;
        }
}

/* STORE_FAST releases the old value when the new one is there already. */
static void
follow(Show *s, const Instr *i)
{
    const Instr *set = i->op == OpClearLocal && i->next && i->next->imm == i->imm ? i->next : i;
    if (set->op == OpSetLocal || (set->op == OpBoxLocal && set != i))
        s->now[set->imm] = set->args[0];
    else if (i->op == OpBoxLocal || i->op == OpConcatLocal || i->op == OpReload)
        s->now[i->imm] = (Instr *)(uintptr_t)i;
    else if (i->op == OpEnterInline || i->op == OpLeaveInline)
        memset(s->now + s->f->inls[i->imm]->base_slot, 0,
               s->f->inls[i->imm]->code->n_localsplus * sizeof(Instr *));
}

static bool
in_sync(Home h, Instr *v)
{
    return h.kind == HomeSync && (h.v == v || (ty_boxed((Ty)v->type) && h.v == ir_origin(v)));
}

static void
list_stale(Show *s, Instr *i)
{
    uint32_t level = ir_inl_depth(i->inl);
    i->exit = arena_new_of(s->f->arena, Exit);
    for (const Inl *inl = i->inl; inl; inl = inl->parent, level--)
        for (uint32_t k = 0; k < inl->code->n_localsplus; k++) {
            Instr *v = s->now[inl->base_slot + k];
            if (!v || in_sync(s->homes[inl->base_slot + k], v))
                continue;
            if (v->op == OpBoxInt || v->op == OpBoxFloat || v->op == OpBoxBool)
                v = v->args[0]; /* the box may be gone */
            bool there = ty_number((Ty)v->type) || s->lent[inl->base_slot + k];
            if (there && s->room && s->room--)
                vec_push(s->f->arena, &i->exit->vals,
                         (ExitVal){.level = (uint8_t)level, .index = (uint16_t)k, .v = v});
        }
}

static bool
releases(const Instr *i)
{
    return ir_effect(i) == 'L' && !i->exit &&
           !(i->op == OpSetLocal && !ty_boxed((Ty)i->args[0]->type));
}

static void
walk_block(Show *s, Block *b)
{
    const Instr *left = NULL; /* the last LeaveInline: what follows runs in its caller */
    enter_block(s, b);
    FOR_EACH_INSTR (b, i) {
        if (left && i->inl == s->f->inls[left->imm] && left->fs && left->fs->outer) {
            i->inl = i->inl->parent;
            i->off = left->fs->outer->off;
        } else if (i->fs) {
            take_state(s, i->fs, NULL);
        }
        homes_step(s->f, s->homes, i);
        follow(s, i);
        if (releases(i))
            list_stale(s, i);
        if (i->op == OpLeaveInline)
            left = i;
    }
    s->out[b->rpo] = arena_memdup(s->f->arena, s->now, s->f->n_slots * sizeof(Instr *));
}

/* needs rpo, split, homes; the last pass */
bool
opt_show(PassCtx *ctx)
{
    Arena *a = arena_new();
    Show s = {.f = ctx->f, .room = LimitShowVals};
    s.homes = arena_array(a, Home, ctx->f->n_slots + 1);
    s.now = arena_array(a, Instr *, ctx->f->n_slots + 1);
    s.out = arena_array(a, Instr **, ctx->f->blocks.n);
    s.lent = arena_array(a, bool, ctx->f->n_slots + 1);
    FOR_EACH_BLOCK (ctx->f, b)
        FOR_EACH_INSTR (b, i)
            if (i->op == OpSetLocal && i->imm2 == HomeLent)
                s.lent[i->imm] = true;
    FOR_EACH_BLOCK (ctx->f, b)
        walk_block(&s, b);
    arena_free(a);
    return true;
}
