/* Locals that hold a loaded number and are only computed with: x = a[i]; … x * y ….
 *
 * The object is opened where it is stored (one guard, with STORE_FAST's own state), the local holds
 * the raw value from there on, and frame states box it again if the interpreter ever wants it.  The
 * object itself then needs no reference. Only where nothing but unboxing uses it: whoever wants the
 * object gets that very object. */
#include "pass.h"

static Op
unbox_use(const Instr *u)
{
    return u->op == OpUnboxFloat || u->op == OpToFloat ? OpUnboxFloat
           : u->op == OpUnboxInt                       ? OpUnboxInt
                                                       : OpCount;
}

/* A value that is only ever converted may be an int. */
static bool
is_opened(const Instr *u)
{
    return u->op != OpToFloat;
}

/* How v is opened everywhere, or OpCount when something else uses it or a use comes before set. */
static Op
only_unboxed(Func *f, Instr *v, const Instr *set)
{
    Op how = OpCount;
    bool before = true, opened = false;
    FOR_EACH_INSTR (v->block, i) {
        if (i == set)
            before = false;
        for (uint32_t k = 0; before && k < i->n_args; k++)
            if (i->args[k] == v && i != set)
                return OpCount;
    }
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; k < i->n_args; k++) {
                if (i->args[k] != v || i == set || i->op == OpPhi || i->op == OpParts)
                    continue;
                Op u = unbox_use(i);
                if (u == OpCount || (how != OpCount && how != u))
                    return OpCount;
                how = u;
                opened |= is_opened(i);
            }
    return opened ? how : OpCount;
}

typedef struct Swap {
    Instr *from, *to;
} Swap;

static void
swap_use(Instr **use, void *arg)
{
    const Swap *s = arg;
    if (*use == s->from)
        *use = s->to;
}

static void
hold_raw(Func *f, Instr *set, Instr *v, Op how)
{
    bool is_float = how == OpUnboxFloat;
    Instr *raw = ir_instr_new(f, how, TyAny, 1);
    Instr *box = ir_instr_new(f, is_float ? OpBoxFloat : OpBoxInt, TyAny, 1);
    raw->args[0] = v;
    box->args[0] = raw;
    raw->inl = box->inl = set->inl;
    raw->off = box->off = set->off;
    raw->fs = box->fs = set->fs;
    ir_insert_before(set, raw);
    ir_insert_before(set, box);
    Swap s = {v, box};
    /* Everything from the store on; what the guard itself needs stays. */
    bool behind = false;
    FrameState *own = set->fs;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i) {
            if (i == set) {
                behind = true;
                i->args[0] = box;
                i->fs = ir_fs_clone(f, own);
                ir_fs_each(i->fs, swap_use, &s);
                continue;
            }
            if (b == v->block && !behind)
                continue;
            for (uint32_t k = 0; k < i->n_args; k++)
                swap_use(&i->args[k], &s);
            if (i->fs != own)
                ir_fs_each(i->fs, swap_use, &s);
        }
}

/* needs rpo, types */
bool
opt_raw_locals(PassCtx *ctx)
{
    bool any = false;
    FOR_EACH_BLOCK (ctx->f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            if (i->op != OpSetLocal)
                continue;
            Instr *v = i->args[0];
            if (v->block != b || v->op == OpPhi || ir_is_param(v) || ir_origin(v) != v ||
                ir_ref(v) != 'm')
                continue;
            Op how = only_unboxed(ctx->f, v, i);
            if (how == OpCount)
                continue;
            hold_raw(ctx->f, i, v, how);
            any = true;
        }
    return any;
}
