/* a[i:j] = b[k:l:s] without the list in between.
 *
 * The slice is made, then the bounds of the other side are evaluated, then it is stored and dies.
 * Where nothing in between can change a list, both become one operation at the place of the store.
 * A guard in between has the new list on its operand stack; it leaves before the slice was made
 * instead, at the state the slice's own instruction had: nothing that happened since can be told
 * from its happening again. */
#include "pass.h"

static bool
only_user(Func *f, const Instr *v, const Instr *user)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; k < i->n_args; k++)
                if (i->args[k] == v && i != user)
                    return false;
    return true;
}

/* Only what computes the bounds: no memory is written, nothing runs. */
static bool
computes(const Instr *i)
{
    char e = ir_effect(i);
    return (e == '.' || e == 'R' || i->op == OpBoxInt) && i->op != OpCheckTrace &&
           !ir_is_terminator(i);
}

static bool
nothing_between(const Instr *slice, const Instr *store)
{
    const Instr *i = slice->next;
    while (i && i != store && computes(i) && i->inl == slice->inl)
        i = i->next;
    return i == store;
}

/* The state of the store with its operands gone: all that an error there needs. */
static FrameState *
state_below(Func *f, const Instr *store, const Instr *slice)
{
    FrameState *fs = ir_fs_clone(f, store->fs);
    while (fs->n_stack && fs->vals[fs->n_locals + fs->n_stack - 1] != slice)
        fs->n_stack--;
    if (fs->n_stack)
        fs->n_stack--;
    return fs;
}

static void
fuse(Func *f, Instr *slice, Instr *store)
{
    Instr *move = ir_instr_new(f, OpListMove, TyVoid, 6);
    for (uint32_t k = 0; k < 3; k++) {
        move->args[k] = store->args[k];
        move->args[3 + k] = slice->args[k];
    }
    move->imm = slice->imm;
    move->inl = store->inl;
    move->off = store->off;
    move->fs = state_below(f, store, slice);
    for (Instr *i = slice->next; i != store; i = i->next)
        if (i->fs)
            i->fs = slice->fs;
    ir_insert_before(store, move);
    ir_remove(store);
    ir_remove(slice);
}

/* needs rpo; keeps all */
bool
opt_slices(PassCtx *ctx)
{
    bool any = false;
    FOR_EACH_BLOCK (ctx->f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            if (i->op != OpListSetSlice)
                continue;
            Instr *slice = i->args[3];
            if (slice->op != OpSlice || slice->type != TyList || slice->block != b ||
                !only_user(ctx->f, slice, i) || !nothing_between(slice, i))
                continue;
            fuse(ctx->f, slice, i);
            any = true;
        }
    return any;
}
