/* Numbers that are yielded and held by a local too.
 *
 * `yield i` makes a box for who resumes, and i goes home in a box, for the generator is suspended.
 * It is the same object for both, as in the interpreter: made in the local's home, where the box of
 * the last yield can be used again if whoever got it has let it go (BoxLocal; DESIGN 3.7). */
#include "pass.h"

/* Which local of the state holds the raw value, or -1. */
static int64_t
local_with(const FrameState *fs, const Instr *raw)
{
    for (uint32_t k = 0; k < fs->n_locals; k++)
        if (fs->vals[k] == raw)
            return k;
    return -1;
}

static bool
only_user(Func *f, const Instr *box, const Instr *user)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; k < i->n_args; k++)
                if (i->args[k] == box && i != user)
                    return false;
    return true;
}

static Instr *
box_at_home(Func *f, Instr *yield, Instr *box, int64_t local)
{
    Instr *b = ir_instr_new(f, OpBoxLocal, (Ty)box->type, 1);
    b->args[0] = box->args[0];
    b->imm = yield->inl->base_slot + local;
    b->inl = yield->inl;
    b->off = yield->off;
    b->fs = yield->fs;
    ir_insert_before(yield, b);
    return b;
}

static bool
share_box(Func *f, Instr *yield, uint32_t arg)
{
    Instr *box = yield->args[arg];
    if (box->op != OpBoxInt && box->op != OpBoxFloat)
        return false;
    Instr *raw = box->args[0];
    int64_t local = local_with(yield->fs, raw);
    if (local < 0)
        return false;
    if (only_user(f, box, yield))
        box = box_at_home(f, yield, box, local);
    FrameState *fs = ir_fs_clone(f, yield->fs);
    for (uint32_t k = 0; k < fs->n_locals + fs->n_stack; k++)
        if (fs->vals[k] == raw)
            fs->vals[k] = box;
    yield->fs = fs;
    yield->args[arg] = box;
    return true;
}

/* needs rpo; when locals hold what is raw raw */
bool
opt_yields(PassCtx *ctx)
{
    bool any = false;
    FOR_EACH_BLOCK (ctx->f, b)
        for (uint32_t k = 0; b->last->op == OpYield && k < b->last->n_args; k++)
            any |= share_box(ctx->f, b->last, k);
    return any;
}
