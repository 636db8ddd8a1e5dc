/* Types to their fixpoint.  A phi starts at Bottom and rises to the join of its arguments, which
 * the loops bring back to it; everything else has the type its operation gives, except the few that
 * pass their argument's on. Then guards whose argument has the demanded type already are replaced
 * by it. */
#include "pass.h"

static Ty
transfer(const Instr *i)
{
    Ty t = TyBottom, a = i->n_args ? (Ty)i->args[0]->type : TyBottom;
    switch ((int)i->op) {
    case OpPhi:
        for (uint32_t k = 0; k < i->n_args; k++)
            t = ty_join(t, (Ty)i->args[k]->type);
        return t;
    case OpGuardBound: return a == TyMaybe || a == TyNull ? TyObj : a;
    case OpGuardIs: return a == TyMaybe ? TyObj : a;
    default: return (Ty)i->type;
    }
}

static bool
redundant(const Instr *i)
{
    Ty a = i->n_args ? (Ty)i->args[0]->type : TyVoid;
    if (i->op == OpGuardBound)
        return a != TyMaybe && a != TyNull && a != TyBottom;
    if (i->op == OpGuardType)
        return a == i->type;
    return false;
}

/* needs rpo; gives types */
bool
opt_types(PassCtx *ctx)
{
    Func *f = ctx->f;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            if (i->op == OpPhi && ty_boxed((Ty)i->type))
                i->type = TyBottom;
    for (bool changed = true; changed;) {
        changed = false;
        FOR_EACH_BLOCK (f, b)
            FOR_EACH_INSTR (b, i) {
                Ty t = transfer(i);
                changed |= t != (Ty)i->type;
                i->type = t;
            }
    }
    bool any = false;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, i)
            if (redundant(i)) {
                ir_replace(i, i->args[0]);
                ir_remove(i);
                any = true;
            }
    if (any)
        ir_apply_replacements(f);
    return any;
}
