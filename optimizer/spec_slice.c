/* Slices with bounds that are ints or absent: no slice object, no boxes, and no Python code in
 * sight. */
#include "spec.h"

/* BUILD_SLICE starts the group, so its operands are known at the group's offset; those below them
 * at the subscript's own. */
static FbType
operand_at(Spec *s, uint32_t k, uint32_t off, uint32_t depth)
{
    FbType t = feedback_operand(s->ctx->fb, s->at->inl, off, depth);
    Ty known = (Ty)s->at->args[k]->type;
    if (ty_boxed(known) && !ty_unknown(known) && known != TyMaybe) {
        t.type = known;
        t.maybe_big = false;
    }
    return t;
}

static const PyObj *
constant(const Instr *v)
{
    v = ir_origin((Instr *)(uintptr_t)v);
    return v->op == OpConst ? v->inl->code->consts->items[v->imm] : NULL;
}

/* The step, or 0 when it is not a small constant. */
static int64_t
step_of(const Instr *v)
{
    enum { Most = 1 << 20 };
    const PyObj *c = constant(v);
    if (v->type == TyNull || v->type == TyNoneType)
        return 1;
    return c && c->kind == PyInt && !c->big && c->i <= Most && c->i >= -Most ? c->i : 0;
}

/* Can operand k be a bound? */
static bool
is_bound(Spec *s, uint32_t k, uint32_t depth)
{
    FbType t = operand_at(s, k, s->at->fs->off, depth);
    return t.type == TyNoneType || (t.type == TyInt && !t.maybe_big);
}

/* As PySlice_Unpack has it: what is absent is as far as it goes. */
static Instr *
bound(Spec *s, uint32_t k, uint32_t depth, int64_t absent)
{
    Instr *v = s->at->args[k];
    if (v->type == TyNoneType)
        return spec_const_int(s, absent);
    if (operand_at(s, k, s->at->fs->off, depth).type == TyNoneType) {
        spec_emit1(s, OpGuardType, TyNoneType, v);
        return spec_const_int(s, absent);
    }
    return spec_int(s, v);
}

typedef struct Bounds {
    Instr *start, *stop;
    int64_t step;
} Bounds;

/* Arguments 1 to 3 of s->at are start, stop and step, on top of the stack. */
static bool
bounds_known(Spec *s, Bounds *b)
{
    uint32_t parts = s->at->args[3]->type == TyNull ? 2 : 3;
    b->step = step_of(s->at->args[3]);
    return b->step && is_bound(s, 1, parts - 1) && is_bound(s, 2, parts - 2);
}

static void
make_bounds(Spec *s, Bounds *b)
{
    uint32_t parts = s->at->args[3]->type == TyNull ? 2 : 3;
    b->start = bound(s, 1, parts - 1, b->step > 0 ? 0 : INT64_MAX);
    b->stop = bound(s, 2, parts - 2, b->step > 0 ? INT64_MAX : INT64_MIN);
}

static bool
get_slice(Spec *s)
{
    Bounds b;
    FbType o = operand_at(s, 0, s->at->off, 1);
    bool any_step = o.type == TyList;
    if ((!any_step && o.type != TyTuple && o.type != TyStr) || !bounds_known(s, &b) ||
        (b.step != 1 && !any_step))
        return false;
    Instr *seq = spec_guard(s, s->at->args[0], o.type);
    make_bounds(s, &b);
    Instr *slice = spec_emit(s, OpSlice, o.type, 3, (Instr *[]){seq, b.start, b.stop});
    slice->imm = b.step;
    ir_replace(s->at, slice);
    ir_remove(s->at);
    return true;
}

static bool
set_slice(Spec *s)
{
    Bounds b;
    if (operand_at(s, 0, s->at->off, 1).type != TyList || !bounds_known(s, &b) || b.step != 1)
        return false;
    Instr *list = spec_guard(s, s->at->args[0], TyList);
    make_bounds(s, &b);
    spec_emit(s, OpListSetSlice, TyVoid, 4, (Instr *[]){list, b.start, b.stop, s->at->args[4]});
    ir_remove(s->at);
    return true;
}

bool
spec_slice(Spec *s)
{
    if (s->at->op != OpRt)
        return false;
    return s->at->imm == RtGetSlice ? get_slice(s) : s->at->imm == RtSetSlice && set_slice(s);
}
