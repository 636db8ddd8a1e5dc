/* Checks for tracing that cannot fail.
 *
 * The interpreter looks at its tracing flag at every line, and so must compiled code, for a
 * debugger or a coverage tool may be switched on half way.  But only code that this thread runs can
 * do that (PyEval_SetTrace sets the current thread's), and between most lines of a numeric loop
 * none runs. Where every path from the last check comes without a call, a release of an object that
 * could notice, or a turn at the eval breaker, the next check is removed.
 *
 * For the same reason nobody can have got hold of the frame of an inlined callee that runs no code.
 *
 * Forward dataflow over one fact, "nothing ran since a check".  It runs once references are placed,
 * because a Decref is what runs finalizers. */
#include "homes.h"

#include <string.h>

typedef struct Traces {
    Func *f;
    bool *runs;    /* per Inl: its body may run code of the program */
    bool *checked; /* per block and successor: checked at the end, on that edge */
} Traces;

static bool
runs_code(const Traces *t, const Instr *i)
{
    char e = ir_effect(i);
    if (e != 'P' && e != 'L')
        return false;
    if (i->op == OpBoxLocal)
        return i->imm3;
    if (i->op == OpLeaveInline) /* drops the frame, if something that ran has kept it */
        return t->runs[i->imm];
    return !homes_lets_go_unseen(i);
}

static void
note_inlined(Traces *t)
{
    FOR_EACH_BLOCK (t->f, b)
        FOR_EACH_INSTR (b, i) {
            if (i->op == OpLeaveInline || !runs_code(t, i))
                continue;
            for (const Inl *inl = i->inl; inl; inl = inl->parent)
                t->runs[inl->id] = true;
        }
}

static bool
on_entry(const Traces *t, const Block *b)
{
    if (b == t->f->blocks.at[0])
        return false;
    for (uint32_t p = 0; p < b->preds.n; p++) {
        const Block *pred = b->preds.at[p];
        for (uint32_t s = 0; s < pred->n_succ; s++)
            if (pred->succ[s] == b && !t->checked[2 * pred->rpo + s])
                return false;
    }
    return true;
}

/* A list's or tuple's iterator lets go of what it went over when there is no item: on the edge that
 * the Branch takes then. */
static bool
is_step(const Instr *i)
{
    return i->op == OpListNext || i->op == OpTupleNext;
}

/* True if what b's successors are told changed. */
static bool
flow(Traces *t, Block *b, bool remove)
{
    bool item = on_entry(t, b), end = item; /* with an item from the last step, and without */
    const Instr *step = NULL;
    FOR_EACH_INSTR_SAFE (b, i) {
        if (i->op == OpCheckTrace) {
            if (item && end && remove)
                ir_remove(i);
            item = end = true;
        } else if (is_step(i)) {
            step = i;
            item &= end;
            end = false;
        } else if (runs_code(t, i)) {
            item = end = false;
        }
    }
    bool by_step = step && b->last->op == OpBranch && b->last->args[0] == step;
    bool out[2] = {by_step ? item : item && end, item && end}, changed = false;
    for (uint32_t s = 0; s < b->n_succ; s++) {
        changed |= t->checked[2 * b->rpo + s] != out[s];
        t->checked[2 * b->rpo + s] = out[s];
    }
    return changed;
}

/* needs rpo, split, homes; behind opt_refcount */
bool
opt_traces(PassCtx *ctx)
{
    Arena *a = arena_new();
    Traces t = {.f = ctx->f};
    t.runs = arena_array(a, bool, t.f->n_inls + 1);
    t.checked = arena_array(a, bool, 2 * t.f->blocks.n + 1);
    note_inlined(&t);
    memset(t.checked, true, 2 * t.f->blocks.n);
    for (bool changed = true; changed;) {
        changed = false;
        FOR_EACH_BLOCK (t.f, b)
            changed |= flow(&t, b, false);
    }
    FOR_EACH_BLOCK (t.f, b) {
        flow(&t, b, true);
        FOR_EACH_INSTR (b, i)
            if (i->op == OpLeaveInline)
                i->imm2 = !t.runs[i->imm];
    }
    arena_free(a);
    return true;
}
