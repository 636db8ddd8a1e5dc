/* Subscripts, unpacking and iteration of the builtin sequences. */
#include "spec.h"

#include <string.h>

/* ---- array.array ---- */

/* Where v is on the operand stack before u, counted from the top. */
static uint32_t
stack_depth(const Instr *u, const Instr *v)
{
    const FrameState *fs = u->fs;
    uint32_t k = 0;
    while (k < fs->n_stack && fs->vals[fs->n_locals + fs->n_stack - 1 - k] != v)
        k++;
    return k;
}

/* What the profile saw of s->at's result where it is used: the profile does not know an array's
 * typecode. */
static Ty
seen_of_result(Spec *s)
{
    FOR_EACH_BLOCK (s->f, b)
        FOR_EACH_INSTR (b, u) {
            FbType t = {.type = TyObj};
            for (uint32_t k = 0; k < u->n_args; k++) {
                if (u->args[k] != s->at)
                    continue;
                if (u->op == OpSetLocal)
                    t = feedback_local(s->ctx->fb, u->inl, (uint32_t)u->imm - u->inl->base_slot);
                else if (u->op == OpReturn)
                    t = feedback_operand(s->ctx->fb, u->inl, u->off, 0);
                else if (u->op == OpRt && u->fs && u->n_args <= u->fs->n_stack)
                    t = feedback_operand(s->ctx->fb, u->inl, u->fs->off, stack_depth(u, s->at));
            }
            if (t.type == TyFloat || t.type == TyInt)
                return t.type;
        }
    return TyObj;
}

static bool
is_array(FbType t)
{
    return t.type == TyObj && t.one && t.name && !strcmp(t.name, "array.array");
}

static bool
array_get(Spec *s)
{
    Ty item = seen_of_result(s);
    if (item == TyObj)
        return false;
    bool is_int = item == TyInt;
    Instr *a = spec_guard(s, s->at->args[0], is_int ? TyIntArray : TyFloatArray);
    spec_replace(s, spec_emit2(s, is_int ? OpArrayInt : OpArrayFloat, is_int ? TyI64 : TyF64, a,
                               spec_int(s, s->at->args[1])));
    return true;
}

/* A float array takes ints too; what an int is stored in may be either. */
static bool
array_set(Spec *s)
{
    Instr *i = s->at;
    FbType v = spec_operand(s, 2, 2);
    if (v.type == TyFloat) {
        Instr *a = spec_guard(s, i->args[0], TyFloatArray), *k = spec_int(s, i->args[1]);
        spec_emit(s, OpArraySetFloat, TyVoid, 3,
                  (Instr *[]){a, k, spec_float(s, i->args[2], TyFloat)});
    } else if (v.type == TyInt && !v.maybe_big) {
        Instr *a = spec_guard(s, i->args[0], TyIntArray), *k = spec_int(s, i->args[1]);
        spec_emit(s, OpArraySetInt, TyVoid, 3, (Instr *[]){a, k, spec_int(s, i->args[2])});
    } else {
        return false;
    }
    ir_remove(i);
    return true;
}

/* ---- subscripts ---- */

static bool
get_item(Spec *s)
{
    Instr *i = s->at;
    FbType o = spec_operand(s, 0, 1), k = spec_operand(s, 1, 0);
    if (k.type == TyInt && is_array(o))
        return array_get(s);
    if (k.type == TyInt && (o.type == TyBytes || o.type == TyByteArray)) {
        Op op = o.type == TyBytes ? OpBytesItem : OpByteArrayItem;
        Instr *bytes = spec_guard(s, i->args[0], o.type);
        spec_replace(s, spec_emit2(s, op, TyI64, bytes, spec_int(s, i->args[1])));
        return true;
    }
    if (k.type != TyInt || (o.type != TyList && o.type != TyTuple && o.type != TyStr))
        return false;
    Op op = o.type == TyList ? OpListItem : o.type == TyTuple ? OpTupleItem : OpStrItem;
    Instr *seq = spec_guard(s, i->args[0], o.type), *index = spec_int(s, i->args[1]);
    Instr *item = spec_emit2(s, op, TyObj, seq, index);
    ir_replace(i, item);
    ir_remove(i);
    return true;
}

static bool
set_item(Spec *s)
{
    Instr *i = s->at;
    FbType o = spec_operand(s, 0, 1), k = spec_operand(s, 1, 0);
    if (k.type == TyInt && is_array(o))
        return array_set(s);
    if (k.type == TyInt && o.type == TyByteArray) {
        FbType v = spec_operand(s, 2, 2);
        if (v.type != TyInt || v.maybe_big)
            return false;
        Instr *bytes = spec_guard(s, i->args[0], TyByteArray), *at = spec_int(s, i->args[1]);
        spec_emit(s, OpByteArraySet, TyVoid, 3, (Instr *[]){bytes, at, spec_int(s, i->args[2])});
        ir_remove(i);
        return true;
    }
    if (k.type != TyInt || o.type != TyList)
        return false;
    Instr *v = ir_origin(i->args[2]);
    Instr *list = spec_guard(s, i->args[0], TyList), *index = spec_int(s, i->args[1]);
    if (v->op == OpBoxFloat)
        spec_emit(s, OpListSetFloat, TyVoid, 3, (Instr *[]){list, index, v->args[0]});
    else
        spec_emit(s, OpListSet, TyVoid, 3, (Instr *[]){list, index, i->args[2]});
    ir_remove(i);
    return true;
}

/* UNPACK_SEQUENCE of an exact tuple or list: one length test, then loads. */
static bool
unpack(Spec *s)
{
    Instr *i = s->at;
    FbType t = spec_operand(s, 0, 0);
    if (t.type != TyTuple && t.type != TyList)
        return false;
    Instr *seq = spec_guard(s, i->args[0], t.type);
    Instr *len = spec_emit1(s, OpLen, TyI64, seq);
    Instr *same = spec_emit2(s, OpIntCmp, TyBit, len, spec_const_int(s, i->imm));
    same->imm = 2; /* Py_EQ */
    spec_emit1(s, OpGuardTrue, TyVoid, same);
    for (Instr *p = i->next, *next; p && p->op == OpProj && p->args[0] == i; p = next) {
        next = p->next;
        Instr *item = spec_emit1(s, t.type == TyTuple ? OpTupleItemAt : OpListItemAt, TyObj, seq);
        item->imm = p->imm;
        item->imm2 = (int32_t)i->imm;
        ir_replace(p, item);
        ir_remove(p);
    }
    ir_remove(i);
    return true;
}

static bool
get_iter(Spec *s)
{
    Instr *i = s->at;
    FbType t = spec_operand(s, 0, 0);
    Ty iter =
        t.type == TyList    ? TyListIter
        : t.type == TyTuple ? TyTupleIter
        : t.type == TyEnumerate || t.type == TyZip || t.type == TyRangeIter || t.type == TyListIter
            ? t.type
            : TyObj;
    if (iter == TyObj || i->type != TyObj)
        return false;
    i->args[0] = spec_guard(s, i->args[0], t.type);
    i->type = iter;
    return true;
}

/* The item of a next operation whose second result becomes raw or is split. */
static Instr *
projection_of(Func *f, Instr *source, Instr *near, uint32_t k, Ty t)
{
    Instr *p = ir_instr_new(f, OpProj, t, 1);
    p->args[0] = source;
    p->imm = k;
    p->inl = near->inl;
    p->off = near->off;
    ir_insert_before(near, p);
    return p;
}

static Instr *
find_projection(Func *f, const Instr *source)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, p)
            if (p->op == OpProj && p->args[0] == source)
                return p;
    return NULL;
}

/* The first frame state at or behind i: where a box made of an item can report that memory is out.
 */
static FrameState *
state_behind(const Instr *i)
{
    for (const Block *b = i->block; b;
         b = b->n_succ == 1 ? b->succ[0] : NULL, i = b ? b->first : NULL)
        for (; i; i = i->next)
            if (i->fs)
                return i->fs;
    return NULL;
}

static bool
next_range(Spec *s, Instr *it)
{
    Instr *item = find_projection(s->f, s->at);
    FrameState *fs = item ? state_behind(item) : NULL;
    if (!fs)
        return false;
    Instr *next = spec_emit1(s, OpRangeNext, TyBit, spec_guard(s, it, TyRangeIter));
    Instr *raw = projection_of(s->f, next, item, 0, TyI64);
    Instr *box = ir_instr_new(s->f, OpBoxInt, TyInt, 1);
    box->args[0] = raw;
    box->inl = item->inl;
    box->off = item->off;
    box->fs = s->at->fs;
    ir_insert_before(item, box);
    ir_replace(item, box);
    ir_remove(item);
    ir_replace(s->at, next);
    ir_remove(s->at);
    return true;
}

static bool
next_simple(Spec *s, Instr *it, Ty t, Op op)
{
    Instr *next = spec_emit1(s, op, TyBit, spec_guard(s, it, t));
    ir_replace(s->at, next);
    Instr *item = find_projection(s->f, s->at);
    if (item)
        item->args[0] = next;
    ir_remove(s->at);
    return true;
}

/* The Unpack that takes the item apart into two at once; NULL: there is none. */
static Instr *
unpack_of(Instr *item)
{
    Instr *u = item;
    while (u && !(u->op == OpUnpack && u->args[0] == item && u->imm == 2))
        u = u == u->block->last && u->block->n_succ == 1 ? u->block->succ[0]->first : u->next;
    return u && u->block->preds.n == 1 ? u : NULL;
}

/* The parts of an item that is not built, in place of what its Unpack gives. */
static void
replace_parts(Spec *s, Instr *next, Instr *item, Instr *unpack, Instr *first, Instr *second)
{
    for (Instr *p = unpack->next, *n; p && p->op == OpProj && p->args[0] == unpack; p = n) {
        n = p->next;
        ir_replace(p, p->imm == 0 ? first : second);
        ir_remove(p);
    }
    ir_remove(unpack);
    ir_remove(item);
    ir_replace(s->at, next);
    ir_remove(s->at);
}

/* for a, b in zip(x, y), for k, v in d.items(): no pair. */
static bool
next_pair(Spec *s, Instr *it, Ty t)
{
    Instr *item = find_projection(s->f, s->at), *u = unpack_of(item);
    if (!u)
        return false;
    it = spec_guard(s, it, t);
    if (t == TyZip)
        spec_emit1(s, OpGuardTrue, TyVoid, spec_emit1(s, OpPairReady, TyBit, it));
    Instr *next = spec_emit1(s, OpPairNext, TyBit, it);
    Instr *first = projection_of(s->f, next, item, 0, TyObj),
          *second = projection_of(s->f, next, item, 1, TyObj);
    replace_parts(s, next, item, u, first, second);
    return true;
}

/* for i, x in enumerate(...): the pair is not built when it is unpacked at once. */
static bool
next_enumerate(Spec *s, Instr *it)
{
    Instr *item = find_projection(s->f, s->at), *u = unpack_of(item);
    if (!u)
        return false;
    it = spec_guard(s, it, TyEnumerate);
    spec_emit1(s, OpGuardTrue, TyVoid, spec_emit1(s, OpEnumReady, TyBit, it));
    Instr *next = spec_emit1(s, OpEnumNext, TyBit, it);
    Instr *raw = projection_of(s->f, next, item, 0, TyI64),
          *value = projection_of(s->f, next, item, 1, TyObj);
    Instr *box = ir_instr_new(s->f, OpBoxInt, TyInt, 1);
    box->args[0] = raw;
    box->inl = item->inl;
    box->off = item->off;
    box->fs = s->at->fs;
    ir_insert_before(item, box);
    replace_parts(s, next, item, u, box, value);
    return true;
}

static bool
iter_next(Spec *s)
{
    Instr *it = s->at->args[0];
    switch ((int)spec_operand(s, 0, 0).type) {
    case TyRangeIter: return next_range(s, it);
    case TyListIter: return next_simple(s, it, TyListIter, OpListNext);
    case TyTupleIter: return next_simple(s, it, TyTupleIter, OpTupleNext);
    case TyEnumerate: return next_enumerate(s, it);
    case TyZip: return next_pair(s, it, TyZip);
    case TyDictItems: return next_pair(s, it, TyDictItems);
    default: return false;
    }
}

bool
spec_sequence(Spec *s)
{
    if (s->at->op == OpUnpack)
        return unpack(s);
    if (s->at->op == OpIterNext)
        return iter_next(s);
    if (s->at->op != OpRt)
        return false;
    switch ((int)s->at->imm) {
    case RtGetItem: return get_item(s);
    case RtSetItem: return set_item(s);
    case RtGetIter: return get_iter(s);
    default: return false;
    }
}
