/* Attributes that an object simply keeps.
 *
 * A load becomes a guard and a borrowed reference: no cold path that could run code, and nothing is
 * counted for a number that is only opened.  Only where the interpreter's own cache says that the
 * attribute is kept, so that a property does not fail the guard each time, and where the site sees
 * no more types than its cell has entries for.
 *
 * A store of a box that nobody else wants stores the raw number: in the old box, when that is the
 * attribute's alone.  Whoever else wants the box must get the object that the attribute has. */
#include "pass.h"

/* mark: how often a box is an argument. */
static void
count_uses(Func *f)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            i->mark = 0;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; k < i->n_args; k++)
                i->args[k]->mark++;
}

static void
store_raw(Func *f, Instr *store)
{
    Instr *raw = ir_instr_new(f, OpStoreField, TyVoid, 2);
    raw->args[0] = store->args[0];
    raw->args[1] = store->args[1]->args[0];
    raw->inl = store->inl;
    raw->off = store->off;
    raw->fs = store->fs;
    raw->imm = store->imm;
    raw->imm2 = store->imm2;
    ir_insert_before(store, raw);
    ir_remove(store);
}

/* needs rpo, types */
bool
opt_fields(PassCtx *ctx)
{
    bool any = false;
    count_uses(ctx->f);
    FOR_EACH_BLOCK (ctx->f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            const Instr *v = i->op == OpStoreAttr ? i->args[1] : NULL;
            if (i->op == OpLoadAttr && feedback_plain_attr(ctx->fb, i->inl, i->off)) {
                i->op = OpLoadField;
                any = true;
            } else if (v && (v->op == OpBoxFloat || v->op == OpBoxInt) && v->mark == 1) {
                store_raw(ctx->f, i);
                any = true;
            }
        }
    return any;
}
