/* Every rule of ir.h, checked.  Lists all errors, one line each. */
#include "ir.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct Check {
    const Func *f;
    StrBuf *out;
    const Instr *at;
    bool ok;
} Check;

static void PRINTF_LIKE(2, 3)
bad(Check *c, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (c->at)
        sb_printf(c->out, "b%u %%%u %s: %s\n", c->at->block->id, c->at->id, ir_ops[c->at->op].name, text);
    else
        sb_printf(c->out, "%s\n", text);
    c->ok = false;
}

/* mark holds the position of each live instruction in its block, from 1; 0 is not in the function. */
static void
number(const Func *f)
{
    FOR_EACH_BLOCK (f, b) {
        uint32_t n = 0;
        FOR_EACH_INSTR (b, i)
            i->mark = ++n;
    }
}

/* Does a dominate b, by walking: verification must not depend on a dominator tree being up to date. */
static bool
reaches_without(const Func *f, const Block *from, const Block *avoid, const Block *to, uint8_t *seen)
{
    if (from == avoid || seen[from->id])
        return false;
    seen[from->id] = 1;
    if (from == to)
        return true;
    for (uint32_t s = 0; s < from->n_succ; s++)
        if (reaches_without(f, from->succ[s], avoid, to, seen))
            return true;
    return false;
}

static bool
block_dominates(const Check *c, const Block *a, const Block *b)
{
    if (a == b)
        return true;
    uint8_t *seen = arena_array(c->out->arena, uint8_t, c->f->n_blocks);
    return !reaches_without(c->f, c->f->blocks.at[0], a, b, seen);
}

static void
check_use(Check *c, const Instr *v, const Block *where, uint32_t position)
{
    if (v->dead || !v->block)
        bad(c, "uses %%%u, which is not in the function", v->id);
    else if (v->block == where ? v->mark >= position : !block_dominates(c, v->block, where))
        bad(c, "uses %%%u, which does not dominate it", v->id);
}

static void
check_fs_use(Instr **v, void *arg)
{
    Check *c = arg;
    check_use(c, *v, c->at->block, c->at->mark);
}

static void
check_args(Check *c, const Instr *i)
{
    const OpInfo *op = &ir_ops[i->op];
    if (op->n >= 0 && i->n_args != (uint32_t)op->n)
        bad(c, "has %u arguments, wants %d", i->n_args, op->n);
    if (i->op == OpPhi && i->n_args != i->block->preds.n)
        bad(c, "has %u arguments for %u predecessors", i->n_args, i->block->preds.n);
    for (uint32_t k = 0; k < i->n_args; k++) {
        if (!i->args[k])
            bad(c, "argument %u is missing", k);
        else if (i->op == OpPhi && k < i->block->preds.n)
            check_use(c, i->args[k], i->block->preds.at[k], UINT32_MAX);
        else
            check_use(c, i->args[k], i->block, i->mark);
    }
}

/* Types that operations on unboxed values demand of their operands. */
static Ty
operand_type(const Instr *i, uint32_t k)
{
    switch ((int)i->op) {
    case OpIntAdd: case OpIntSub: case OpIntMul: case OpIntFloorDiv: case OpIntMod: case OpIntTrueDiv:
    case OpIntPow: case OpIntShl: case OpIntShr: case OpIntAnd: case OpIntOr: case OpIntXor: case OpIntNeg:
    case OpIntInvert: case OpIntAbs: case OpIntMin: case OpIntMax: case OpIntCmp: case OpIntToFloat:
    case OpIntTruth: case OpBoxInt: case OpChr: return TyI64;
    case OpFloatAdd: case OpFloatSub: case OpFloatMul: case OpFloatDiv: case OpFloatFloorDiv: case OpFloatMod:
    case OpFloatPow: case OpFloatNeg: case OpFloatAbs: case OpFloatMin: case OpFloatMax: case OpFloatCmp: case OpFloatTruth:
    case OpFloatToInt: case OpBoxFloat: return TyF64;
    case OpBitNot: case OpBitToInt: case OpBoxBool: case OpBranch: case OpGuardTrue: return TyBit;
    case OpListItem: case OpListSet: case OpListSetFloat: return k == 0 ? TyList : k == 1 ? TyI64 : TyAny;
    case OpTupleItem: return k == 0 ? TyTuple : TyI64;
    case OpStrItem: return k == 0 ? TyStr : TyI64;
    case OpListItemAt: case OpListAppend: return k == 0 ? TyList : TyAny;
    case OpTupleItemAt: return TyTuple;
    case OpRangeNext: return TyRangeIter;
    case OpListNext: return TyListIter;
    case OpTupleNext: return TyTupleIter;
    case OpEnumNext: return TyEnumerate;
    case OpOrd: return TyStr;
    default: return TyAny;
    }
}

static void
check_types(Check *c, const Instr *i)
{
    for (uint32_t k = 0; k < i->n_args; k++) {
        if (!i->args[k])
            continue;
        Ty want = operand_type(i, k), have = (Ty)i->args[k]->type;
        if (want != TyAny && want != have)
            bad(c, "argument %u is %s, wants %s", k, ir_types[have].name, ir_types[want].name);
        if (i->op == OpRt && !ty_boxed(have))
            bad(c, "argument %u of a runtime call is unboxed", k);
        if (i->op == OpPhi && ty_boxed(have) != ty_boxed((Ty)i->type))
            bad(c, "mixes boxed and unboxed values");
    }
}

static void
check_block(Check *c, const Block *b)
{
    c->at = NULL;
    if (!b->last || !ir_is_terminator(b->last)) {
        bad(c, "b%u does not end in a terminator", b->id);
        return;
    }
    uint32_t want = b->last->op == OpBranch ? 2 : b->last->op == OpJump ? 1 : 0;
    if (b->n_succ != want)
        bad(c, "b%u has %u successors, its terminator %u", b->id, b->n_succ, want);
    bool body = false;
    FOR_EACH_INSTR (b, i) {
        c->at = i;
        if (i->block != b)
            bad(c, "says it is in another block");
        if (i->op == OpPhi && body)
            bad(c, "phi behind other instructions");
        body |= i->op != OpPhi;
        if (ir_is_terminator(i) && i != b->last)
            bad(c, "terminator in the middle of a block");
        check_args(c, i);
        check_types(c, i);
        if ((ir_is_guard(i) || ir_may_raise(i)) && !i->fs)
            bad(c, "can leave but has no frame state");
        ir_fs_each(i->fs, check_fs_use, c);
    }
}

bool
ir_verify(const Func *f, StrBuf *out)
{
    Check c = {.f = f, .out = out, .ok = true};
    number(f);
    FOR_EACH_BLOCK (f, b)
        check_block(&c, b);
    return c.ok;
}
