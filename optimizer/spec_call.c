/* Calls of builtins that the profile names: the callable is compared with the known object, then
 * the operation is open-coded for the operand types seen. */
#include "build.h"
#include "spec.h"

#include <string.h>

/* The arguments of a Call: behind the two entries that LOAD_METHOD or PUSH_NULL left. */
static uint32_t
n_args(const Instr *call)
{
    return call->n_args - 2;
}

static FbType
arg_type(Spec *s, uint32_t k)
{
    return spec_operand(s, k + 2, n_args(s->at) - 1 - k);
}

static KnownId
known_named(const char *name)
{
    for (uint32_t k = 0; k < KnownCount; k++)
        if (!strcmp(ir_known_names[k], name))
            return (KnownId)k;
    return KnownCount;
}

static void
guard_callable(Spec *s, uint32_t k, KnownId id)
{
    Instr *known = spec_emit(s, OpKnown, TyObj, 0, NULL);
    known->imm = id;
    spec_emit1(s, OpGuardTrue, TyVoid, spec_emit2(s, OpIs, TyBit, s->at->args[k], known));
}

/* All of them ints that fit, or all of them floats: that type; TyObj otherwise. */
static Ty
common_number(Spec *s)
{
    Ty common = TyObj;
    for (uint32_t k = 0; k < n_args(s->at); k++) {
        FbType t = arg_type(s, k);
        if ((t.type != TyInt && t.type != TyFloat) || t.maybe_big || (k && t.type != common))
            return TyObj;
        common = t.type;
    }
    return common;
}

/* The first of the least is the result: so it goes from left to right. */
static bool
call_min_max(Spec *s, KnownId id)
{
    Instr **a = s->at->args + 2;
    Ty type = n_args(s->at) < 2 ? TyObj : common_number(s);
    if (type == TyObj)
        return false;
    guard_callable(s, 1, id);
    bool is_int = type == TyInt;
    Op op = id == Known_min ? (is_int ? OpIntMin : OpFloatMin) : (is_int ? OpIntMax : OpFloatMax);
    Instr *best = is_int ? spec_int(s, a[0]) : spec_float(s, a[0], TyFloat);
    for (uint32_t k = 1; k < n_args(s->at); k++)
        best = spec_emit2(s, op, is_int ? TyI64 : TyF64, best,
                          is_int ? spec_int(s, a[k]) : spec_float(s, a[k], TyFloat));
    spec_replace(s, best);
    return true;
}

static bool
call_one(Spec *s, KnownId id)
{
    if (n_args(s->at) != 1)
        return false;
    Instr *v = s->at->args[2];
    FbType t = arg_type(s, 0);
    bool is_int = t.type == TyInt && !t.maybe_big;
    switch ((int)id) {
    case Known_len:
        if (t.type != TyList && t.type != TyTuple && t.type != TyStr && t.type != TyDict &&
            t.type != TySet && t.type != TyBytes)
            return false;
        guard_callable(s, 1, id);
        spec_replace(s, spec_emit1(s, OpLen, TyI64, spec_guard(s, v, t.type)));
        return true;
    case Known_abs:
        if (!is_int && t.type != TyFloat)
            return false;
        guard_callable(s, 1, id);
        spec_replace(s, is_int ? spec_emit1(s, OpIntAbs, TyI64, spec_int(s, v))
                               : spec_emit1(s, OpFloatAbs, TyF64, spec_float(s, v, TyFloat)));
        return true;
    case Known_ord:
        if (t.type != TyStr)
            return false;
        guard_callable(s, 1, id);
        spec_replace(s, spec_emit1(s, OpOrd, TyI64, spec_guard(s, v, TyStr)));
        return true;
    case Known_chr:
        if (!is_int)
            return false;
        guard_callable(s, 1, id);
        spec_replace(s, spec_emit1(s, OpChr, TyStr, spec_int(s, v)));
        return true;
    case Known_float:
        if (!is_int && t.type != TyFloat)
            return false;
        guard_callable(s, 1, id);
        spec_replace(s, spec_float(s, v, t.type));
        return true;
    case Known_int:
        if (t.type != TyFloat)
            return false;
        guard_callable(s, 1, id);
        spec_replace(s, spec_emit1(s, OpFloatToInt, TyI64, spec_float(s, v, TyFloat)));
        return true;
    default: return false;
    }
}

/* Is self, of a method with one argument, always of exactly this type?  A class below it has the
 * same method.  What LOAD_METHOD met is known better than what the call did: the interpreter's
 * cache says it. */
static bool
self_is(Spec *s, Ty type)
{
    Instr *i = s->at, *load = i->args[1];
    if (n_args(i) != 1)
        return false;
    FbType t = spec_operand(s, 1, 1);
    if (load->op == OpLoadMethod && t.type != type)
        t = feedback_operand(s->ctx->fb, load->inl, load->off, 0);
    return t.type == type;
}

/* list.append: the method is the descriptor LOAD_METHOD found, self an exact list. */
static bool
call_append(Spec *s)
{
    Instr *i = s->at;
    if (!self_is(s, TyList))
        return false;
    guard_callable(s, 0, Known_list_append);
    Instr *list = spec_guard(s, i->args[1], TyList);
    spec_emit2(s, OpListAppend, TyVoid, list, i->args[2]);
    Instr *none = spec_emit(s, OpKnown, TyNoneType, 0, NULL);
    none->imm = Known_None;
    ir_replace(i, none);
    ir_remove(i);
    return true;
}

/* set.add, with the runtime's own look at the set. */
static bool
call_set_add(Spec *s)
{
    Instr *i = s->at;
    if (!self_is(s, TySet))
        return false;
    guard_callable(s, 0, Known_set_add);
    Instr *set = spec_guard(s, i->args[1], TySet);
    Instr *add = spec_emit2(s, OpRt, TyVoid, set, i->args[2]);
    add->imm = RtSetAdd;
    add->fs = i->fs;
    Instr *none = spec_emit(s, OpKnown, TyNoneType, 0, NULL);
    none->imm = Known_None;
    ir_replace(i, none);
    ir_remove(i);
    return true;
}

static const struct {
    KnownId id;
    Ty type;
} classes[] = {
    {Known_int, TyInt},   {Known_float, TyFloat}, {Known_str, TyStr},   {Known_bool, TyBool},
    {Known_list, TyList}, {Known_tuple, TyTuple}, {Known_dict, TyDict},
};

/* isinstance(x, tuple) where x's class is known here, or was seen to be always the same: the answer
 * is too, if `tuple` is tuple. */
static bool
is_instance_known(Spec *s)
{
    Instr *x = s->at->args[2], *class = ir_origin(s->at->args[3]);
    const char *name = class->op == OpLoadGlobal ? class->inl->code->names[class->imm]->s : "";
    FbType seen = arg_type(s, 0);
    Ty is = ty_boxed((Ty)x->type) && ir_types[x->type].object ? (Ty)x->type
            : seen.seen >= LimitSureType                      ? seen.type
                                                              : TyObj;
    if (!ir_types[is].object)
        return false;
    for (size_t k = 0; k < countof(classes); k++) {
        if (strcmp(ir_known_names[classes[k].id] + strlen("builtins."), name))
            continue;
        guard_callable(s, 3, classes[k].id);
        spec_guard(s, x, is);
        Instr *yes = spec_emit(s, OpConstBit, TyBit, 0, NULL);
        yes->imm = is == classes[k].type || (is == TyBool && classes[k].type == TyInt);
        spec_replace(s, yes);
        return true;
    }
    return false;
}

static bool
call_isinstance(Spec *s)
{
    if (n_args(s->at) != 2)
        return false;
    guard_callable(s, 1, Known_isinstance);
    if (is_instance_known(s))
        return true;
    Instr *r = spec_emit(s, OpRt, TyBit, 2, s->at->args + 2);
    r->imm = RtIsInstance;
    r->fs = s->at->fs;
    spec_replace(s, r);
    return true;
}

bool
spec_call(Spec *s)
{
    Instr *i = s->at;
    if (i->op != OpRt || i->imm != RtCall || i->imm2 >= 0)
        return false;
    const char *callee = spec_callee(s);
    if (!callee)
        return false;
    KnownId id = known_named(callee);
    if (id == KnownCount)
        return false;
    if (id == Known_list_append)
        return call_append(s);
    if (id == Known_set_add)
        return call_set_add(s);
    if (i->args[0]->type != TyNull)
        return false;
    if (id == Known_min || id == Known_max)
        return call_min_max(s, id);
    if (id == Known_isinstance)
        return call_isinstance(s);
    return call_one(s, id);
}
