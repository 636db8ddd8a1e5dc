/* Arithmetic, comparison and truth of ints, floats and bools. */
#include "spec.h"

#include "build.h"

#include <string.h>

static const struct {
    int on_int, on_float; /* Op, or -1 */
} arithmetic[NbInplace] = {
    [NbAdd] = {OpIntAdd, OpFloatAdd},
    [NbAnd] = {OpIntAnd, -1},
    [NbFloorDiv] = {OpIntFloorDiv, OpFloatFloorDiv},
    [NbShl] = {OpIntShl, -1},
    [NbMatMul] = {-1, -1},
    [NbMul] = {OpIntMul, OpFloatMul},
    [NbMod] = {OpIntMod, OpFloatMod},
    [NbOr] = {OpIntOr, -1},
    [NbPow] = {OpIntPow, OpFloatPow},
    [NbShr] = {OpIntShr, -1},
    [NbSub] = {OpIntSub, OpFloatSub},
    [NbTrueDiv] = {OpIntTrueDiv, OpFloatDiv},
    [NbXor] = {OpIntXor, -1},
};

static bool
is_int(FbType t)
{
    return t.type == TyInt && !t.maybe_big;
}

/* A bool is an int to arithmetic, but & | ^ of two bools is a bool. */
static bool
is_int_pair(FbType l, FbType r, uint32_t nb)
{
    bool left = l.type == TyBool, right = r.type == TyBool;
    if (left && right)
        return nb != NbAnd && nb != NbOr && nb != NbXor;
    return (left || is_int(l)) && (right || is_int(r));
}

/* Either as an int. */
static Instr *
as_int(Spec *s, Instr *v, FbType t)
{
    return spec_int(s, t.type == TyBool ? spec_guard(s, v, TyBool) : v);
}

/* Beside a float, an operand that no sample met is taken for a number. */
static void
guess_number(FbType *l, FbType *r)
{
    if (l->type == TyFloat && !r->seen && ty_unknown(r->type))
        r->number = true;
    if (r->type == TyFloat && !l->seen && ty_unknown(l->type))
        l->number = true;
}

/* One operand float and the other a number: float arithmetic.  Two ints never are. */
static bool
is_float_pair(FbType l, FbType r)
{
    bool some = l.type == TyFloat || r.type == TyFloat ||
                (l.number && r.number && !(l.type == TyInt && r.type == TyInt));
    return some && (l.type == TyFloat || l.number) && (r.type == TyFloat || r.number);
}

/* A mixed site is float arithmetic only while at least one side is always a float: int + int must
 * stay an int. */
static bool
one_is_float(FbType l, FbType r)
{
    return l.type == TyFloat || r.type == TyFloat;
}

/* Does somebody who takes this result see ints that do not fit?  Then overflow would be a habit,
 * not an accident. */
static bool
result_is_big(Spec *s)
{
    FOR_EACH_INSTR (s->at->block, u) {
        if (u->op != OpRt ||
            (u->imm != RtBinaryOp && u->imm != RtCompare && u->imm != RtCompareBool))
            continue;
        for (uint32_t k = 0; k < 2; k++)
            if (u->args[k] == s->at &&
                feedback_operand(s->ctx->fb, u->inl, u->off, 1 - k).maybe_big)
                return true;
    }
    return false;
}

/* s += x where s is a local and the very next thing is to store it back: CPython grows the string
 * in place, so must we. */
static bool
concat_local(Spec *s, FbType l, FbType r)
{
    Instr *i = s->at;
    const PyInstrs *ins = i->inl->ins;
    const PyInstr *next = &ins->at[ins->index_of[i->off] + 1];
    if (l.type != TyStr || r.type != TyStr || i->imm2 % NbInplace != NbAdd ||
        next >= ins->at + ins->n || next->op != PyOp_STORE_FAST ||
        i->fs->vals[next->arg] != i->args[0])
        return false;
    Instr *is_str = spec_emit1(s, OpIsExact, TyBit, i->args[0]);
    is_str->imm = TyStr;
    spec_emit1(s, OpGuardTrue, TyVoid, is_str);
    Instr *c = spec_emit1(s, OpConcatLocal, TyStr, spec_guard(s, i->args[1], TyStr));
    c->imm = i->inl->base_slot + next->arg;
    ir_replace(i, c);
    ir_remove(i);
    return true;
}

/* An accumulator that starts as the int 0 and is a float from the first turn on: its phi has an int
 * constant. */
static bool
starts_as_int(Instr *v)
{
    v = ir_origin(v);
    for (uint32_t k = 0; v->op == OpPhi && k < v->n_args; k++)
        if (ir_origin(v->args[k])->type == TyInt)
            return true;
    return false;
}

/* Float operands: one must really be a float, the other may be an int, which float arithmetic
 * converts.  Where samples found both to be floats it is the one that rarely is an int, if any. */
static void
float_pair(Spec *s, FbType l, FbType r, Instr **x, Instr **y)
{
    Instr **a = s->at->args;
    bool left_is = a[0]->type == TyFloat || l.type == TyFloat,
         right_is = a[1]->type == TyFloat || r.type == TyFloat;
    Ty lt = left_is ? TyFloat : TyObj, rt = right_is ? TyFloat : TyObj;
    if (left_is && right_is && ir_origin(a[0]) != ir_origin(a[1])) {
        if (l.mixed || starts_as_int(a[0]))
            lt = TyObj;
        else if (r.mixed || starts_as_int(a[1]))
            rt = TyObj;
    }
    *x = spec_float(s, a[0], lt);
    *y = spec_float(s, a[1], rt);
}

static bool
binary_op(Spec *s)
{
    Instr *i = s->at;
    uint32_t nb = (uint32_t)i->imm2 % NbInplace;
    FbType l = spec_operand(s, 0, 1), r = spec_operand(s, 1, 0);
    int op = -1;
    if (concat_local(s, l, r))
        return true;
    guess_number(&l, &r);
    if (is_int_pair(l, r, nb) && !result_is_big(s)) {
        op = arithmetic[nb].on_int;
        if (op < 0)
            return false;
        Ty t = op == OpIntTrueDiv ? TyF64 : TyI64;
        Instr *x = as_int(s, i->args[0], l), *y = as_int(s, i->args[1], r);
        spec_replace(s, spec_emit2(s, (Op)op, t, x, y));
        return true;
    }
    op = arithmetic[nb].on_float;
    if (op < 0 || !is_float_pair(l, r) || !one_is_float(l, r))
        return false;
    Instr *x, *y;
    float_pair(s, l, r, &x, &y);
    spec_replace(s, spec_emit2(s, (Op)op, TyF64, x, y));
    return true;
}

static bool
compare(Spec *s)
{
    Instr *i = s->at, *x, *y;
    FbType l = spec_operand(s, 0, 1), r = spec_operand(s, 1, 0);
    Op op = OpIntCmp;
    guess_number(&l, &r);
    if (is_int_pair(l, r, NbSub)) {
        x = as_int(s, i->args[0], l);
        y = as_int(s, i->args[1], r);
    } else if (is_float_pair(l, r) && one_is_float(l, r)) {
        float_pair(s, l, r, &x, &y);
        op = OpFloatCmp;
    } else {
        return false;
    }
    Instr *c = spec_emit2(s, op, TyBit, x, y);
    c->imm = i->imm2;
    spec_replace(s, c);
    return true;
}

static bool
truth(Spec *s)
{
    Instr *v = s->at->args[0];
    FbType t = spec_operand(s, 0, 0);
    /* Results of `and` and `or` have several types, `if text:` is how None is asked for, and the
     * runtime's own test costs little more: a guard must be worth its raw value. */
    bool proven = !ty_unknown((Ty)v->type);
    if (!proven && t.seen < LimitTruthSamples)
        return false;
    switch ((int)t.type) {
    case TyBool: spec_replace(s, spec_emit1(s, OpUnboxBool, TyBit, v)); return true;
    case TyInt:
        if (t.maybe_big)
            return false;
        spec_replace(s, spec_emit1(s, OpIntTruth, TyBit, spec_int(s, v)));
        return true;
    case TyFloat:
        spec_replace(s, spec_emit1(s, OpFloatTruth, TyBit, spec_float(s, v, TyFloat)));
        return true;
    case TyList:
    case TyTuple:
    case TyStr:
    case TyDict:
    case TySet:
        if (proven)
            spec_replace(s, spec_emit1(s, OpIntTruth, TyBit,
                                       spec_emit1(s, OpLen, TyI64, spec_guard(s, v, t.type))));
        return proven;
    default: return false;
    }
}

static bool
unary(Spec *s, Op on_int, int on_float)
{
    Instr *v = s->at->args[0];
    FbType t = spec_operand(s, 0, 0);
    if (is_int(t))
        spec_replace(s, spec_emit1(s, on_int, TyI64, spec_int(s, v)));
    else if (t.type == TyFloat && on_float >= 0)
        spec_replace(s, spec_emit1(s, (Op)on_float, TyF64, spec_float(s, v, TyFloat)));
    else
        return false;
    return true;
}

bool
spec_number(Spec *s)
{
    if (s->at->op != OpRt)
        return false;
    switch ((int)s->at->imm) {
    case RtBinaryOp: return binary_op(s);
    case RtCompare:
    case RtCompareBool: return compare(s);
    case RtTruth: return truth(s);
    case RtNegative: return unary(s, OpIntNeg, OpFloatNeg);
    case RtInvert: return unary(s, OpIntInvert, -1);
    default: return false;
    }
}
