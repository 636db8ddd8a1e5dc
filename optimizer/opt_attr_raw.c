/* Attributes that hold numbers.
 *
 *   1  A load that is only computed with becomes a guard and the raw number: no reference, no cold
 * path that could run code.  Only where the interpreter's own cache says that the attribute is kept
 * in the object, so that a property does not fail the guard each time. 2  A store of a box that
 * nobody else wants stores the raw number: in the old box, when that is the attribute's alone. */
#include "pass.h"

enum {
    AsFloat = 1,  /* UnboxFloat */
    AsInt = 2,    /* UnboxInt */
    AsStored = 4, /* the value of one StoreAttr */
    AsObject = 8, /* anything else; a local, a phi or a ToFloat takes what it gets */
};

static uint32_t
use_of(const Instr *user, uint32_t k, const Instr *v)
{
    switch ((int)user->op) {
    case OpUnboxFloat: return AsFloat;
    case OpUnboxInt: return AsInt;
    case OpSetLocal: return v->op == OpLoadAttr ? 0 : AsObject;
    case OpPhi:
    case OpToFloat: return v->op == OpLoadAttr ? 0 : AsObject;
    case OpStoreAttr: return k == 1 && !(v->mark & AsStored) ? AsStored : AsObject;
    default: return AsObject;
    }
}

static void
note_uses(Func *f)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            i->mark = 0;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; k < i->n_args; k++)
                i->args[k]->mark |= use_of(i, k, i->args[k]);
}

static Instr *
like(Func *f, const Instr *i, Op op, Ty type, uint32_t n_args)
{
    Instr *n = ir_instr_new(f, op, type, n_args);
    n->inl = i->inl;
    n->off = i->off;
    n->fs = i->fs;
    n->imm = i->imm;
    n->imm2 = i->imm2;
    return n;
}

/* Behind it stands a box, which goes when everybody opens it. */
static void
load_raw(Func *f, Instr *load)
{
    bool is_float = load->mark == AsFloat;
    Instr *raw = like(f, load, OpLoadAttrRaw, is_float ? TyF64 : TyI64, 1);
    Instr *box = ir_instr_new(f, is_float ? OpBoxFloat : OpBoxInt, TyAny, 1);
    raw->args[0] = load->args[0];
    box->args[0] = raw;
    box->inl = load->inl;
    box->off = load->off;
    box->fs = load->fs;
    ir_insert_before(load, raw);
    ir_insert_before(load, box);
    ir_replace(load, box);
    ir_remove(load);
}

static void
store_raw(Func *f, Instr *store)
{
    Instr *raw = like(f, store, OpStoreAttrRaw, TyVoid, 2);
    raw->args[0] = store->args[0];
    raw->args[1] = store->args[1]->args[0];
    ir_insert_before(store, raw);
    ir_remove(store);
}

/* needs rpo, types */
bool
opt_attr_raw(PassCtx *ctx)
{
    Func *f = ctx->f;
    bool any = false;
    note_uses(f);
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            const Instr *v = i->op == OpStoreAttr ? i->args[1] : NULL;
            if (i->op == OpLoadAttr && (i->mark == AsFloat || i->mark == AsInt) &&
                feedback_plain_attr(ctx->fb, i->inl, i->off)) {
                load_raw(f, i);
                any = true;
            } else if (v && (v->op == OpBoxFloat || v->op == OpBoxInt) && v->mark == AsStored) {
                store_raw(f, i);
                any = true;
            }
        }
    if (any)
        ir_apply_replacements(f);
    return any;
}
