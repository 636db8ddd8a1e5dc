/* Phis that choose nothing: all arguments are one value or the phi itself.  Removing one can make
 * another trivial, so the pass repeats until nothing changes.  Also drops phis nobody but phis uses
 * (every local gets one at every merge when the function is built). */
#include "pass.h"

static Instr *
resolved(Instr *i)
{
    while (i->repl)
        i = i->repl;
    return i;
}

/* The one value a phi stands for, or NULL. */
static Instr *
only_value(const Instr *phi)
{
    Instr *one = NULL;
    for (uint32_t k = 0; k < phi->n_args; k++) {
        Instr *v = resolved(phi->args[k]);
        if (v == phi || v == one)
            continue;
        if (one)
            return NULL;
        one = v;
    }
    return one;
}

static void
mark_use(Instr **use, void *arg)
{
    (void)arg;
    (*use)->mark = 1;
}

/* Phis that are used by something other than phis, transitively, keep mark 1. */
static bool
drop_unused(Func *f)
{
    Vec(Instr *) todo = {0};
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            i->mark = 0;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i) {
            for (uint32_t k = 0; k < i->n_args && i->op != OpPhi; k++)
                i->args[k]->mark = 1;
            ir_fs_each(i->fs, mark_use, NULL);
        }
    FOR_EACH_BLOCK (f, b)
        for (Instr *i = b->first; i && i->op == OpPhi; i = i->next)
            if (i->mark)
                vec_push(f->arena, &todo, i);
    while (todo.n) {
        Instr *i = vec_pop(&todo);
        for (uint32_t k = 0; k < i->n_args; k++)
            if (i->args[k]->op == OpPhi && !i->args[k]->mark) {
                i->args[k]->mark = 1;
                vec_push(f->arena, &todo, i->args[k]);
            }
    }
    bool changed = false;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, i)
            if (i->op == OpPhi && !i->mark) {
                ir_remove(i);
                changed = true;
            }
    return changed;
}

/* An earlier unboxed phi of the block with the same arguments.  Boxed ones stay apart: each stands
 * for its local's home. */
static Instr *
twin(const Instr *phi)
{
    for (Instr *j = phi->block->first; j != phi; j = j->next) {
        bool same = j->type == phi->type && !ty_boxed((Ty)phi->type);
        for (uint32_t k = 0; same && k < phi->n_args; k++) {
            const Instr *a = resolved(phi->args[k]), *b = resolved(j->args[k]);
            same = a == b || (a->op == b->op && a->op == OpConstBit && a->imm == b->imm) ||
                   (a == phi && b == j);
        }
        if (same)
            return j;
    }
    return NULL;
}

/* needs rpo; keeps cfg */
bool
opt_phis(PassCtx *ctx)
{
    bool any = false;
    for (bool changed = true; changed;) {
        changed = false;
        FOR_EACH_BLOCK (ctx->f, b)
            FOR_EACH_INSTR_SAFE (b, i) {
                if (i->op != OpPhi)
                    break;
                Instr *v = only_value(i);
                if (!v)
                    v = twin(i);
                if (v) {
                    ir_replace(i, v);
                    ir_remove(i);
                    changed = any = true;
                }
            }
    }
    if (any)
        ir_apply_replacements(ctx->f);
    return drop_unused(ctx->f) || any;
}
