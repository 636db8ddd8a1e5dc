/* Values nobody uses.  Uses are arguments of kept instructions and frame states of kept guards; a
 * guard that was only there for its typed result goes with it. */
#include "pass.h"

typedef struct Work {
    Vec(Instr *) todo;
    Arena *arena;
} Work;

static void
use(Instr **v, void *arg)
{
    Work *w = arg;
    if ((*v)->mark)
        return;
    (*v)->mark = 1;
    vec_push(w->arena, &w->todo, *v);
}

/* needs rpo; keeps cfg, dom, types */
bool
opt_dce(PassCtx *ctx)
{
    Func *f = ctx->f;
    Work w = {.arena = f->arena};
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            i->mark = 0;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            if (ir_has_side_effect(i))
                use(&i, &w);
    while (w.todo.n) {
        Instr *i = vec_pop(&w.todo);
        for (uint32_t k = 0; k < i->n_args; k++)
            use(&i->args[k], &w);
        ir_fs_each(i->fs, use, &w);
    }
    bool changed = false;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, i)
            if (!i->mark) {
                ir_remove(i);
                changed = true;
            }
    return changed;
}
