/* Calls of the math module's functions that the profile names, on numbers: the callable is compared
 * with the module's own function, the computation is libm's.  `math.sin(x)` leaves the callable in
 * the same place as `sin(x)`, but only the run tells that there is no method below it. */
#include "spec.h"

/* A result that is no float depends on the argument's own type: floor(7) is not floor(7.0). */
static bool
is_number(FbType t, Ty result)
{
    return t.type == TyFloat ||
           (result == TyF64 && (t.number || (t.type == TyInt && !t.maybe_big)));
}

static void
guard_callable(Spec *s, MathId id)
{
    Instr *below = s->at->args[0];
    if (below->type != TyNull) {
        Instr *method = spec_emit1(s, OpNotNull, TyBit, below);
        spec_emit1(s, OpGuardTrue, TyVoid, spec_emit1(s, OpBitNot, TyBit, method));
    }
    Instr *is = spec_emit1(s, OpIsMath, TyBit, s->at->args[1]);
    is->imm = id;
    spec_emit1(s, OpGuardTrue, TyVoid, is);
}

bool
spec_math(Spec *s)
{
    Instr *i = s->at;
    if (i->op != OpRt || i->imm != RtCall || i->imm2 >= 0)
        return false;
    const char *callee = spec_callee(s);
    MathId id = callee ? ir_math_named(callee) : MathCount;
    if (id == MathCount || i->n_args != ir_maths[id].n + 2u)
        return false;
    uint32_t n = ir_maths[id].n;
    Ty result = (Ty)ir_maths[id].result;
    FbType types[2];
    for (uint32_t k = 0; k < n; k++) {
        types[k] = spec_operand(s, k + 2, n - 1 - k);
        if (!is_number(types[k], result))
            return false;
    }
    guard_callable(s, id);
    Instr *args[2];
    for (uint32_t k = 0; k < n; k++)
        args[k] = spec_float(s, i->args[k + 2], types[k].type);
    Instr *r = spec_emit(s, OpMath, result, n, args);
    r->imm = id;
    r->fs = i->fs;
    spec_replace(s, r);
    return true;
}
