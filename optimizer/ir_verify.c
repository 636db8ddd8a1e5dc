/* Every rule of ir.h, checked.  Lists all errors, one line each. */
#include "ir.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct Check {
    const Func *f;
    StrBuf *out;
    const Instr *at;
    uint8_t **without; /* per block id: the blocks reachable without it, made on demand */
    bool ok;
} Check;

static void PRINTF_LIKE(2, 3) bad(Check *c, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (c->at)
        sb_printf(c->out, "b%u %%%u %s: %s\n", c->at->block->id, c->at->id, ir_ops[c->at->op].name,
                  text);
    else
        sb_printf(c->out, "%s\n", text);
    c->ok = false;
}

/* mark holds the position of each live instruction in its block, from 1; 0 is not in the function.
 */
static void
number(const Func *f)
{
    FOR_EACH_BLOCK (f, b) {
        uint32_t n = 0;
        FOR_EACH_INSTR (b, i)
            i->mark = ++n;
    }
}

/* Does a dominate b, by walking: verification must not depend on a dominator tree being up to date.
 */
static const uint8_t *
reachable_without(Check *c, const Block *avoid)
{
    Arena *a = c->out->arena;
    if (c->without[avoid->id])
        return c->without[avoid->id];
    uint8_t *seen = c->without[avoid->id] = arena_array(a, uint8_t, c->f->n_blocks);
    Vec(const Block *) todo = {0};
    const Block *entry = c->f->blocks.at[0];
    seen[avoid->id] = seen[entry->id] = 1;
    if (entry != avoid)
        vec_push(a, &todo, entry);
    while (todo.n) {
        const Block *b = vec_pop(&todo);
        for (uint32_t s = 0; s < b->n_succ; s++)
            if (!seen[b->succ[s]->id]) {
                seen[b->succ[s]->id] = 1;
                vec_push(a, &todo, b->succ[s]);
            }
    }
    return seen;
}

static bool
block_dominates(Check *c, const Block *a, const Block *b)
{
    return a == b || !reachable_without(c, a)[b->id];
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
check_state(Check *c, const FrameState *fs)
{
    for (; fs; fs = fs->outer) {
        if (fs->n_locals != fs->inl->code->n_localsplus)
            bad(c, "the frame state of level %u has %u locals, its code %u", fs->inl->id,
                fs->n_locals, fs->inl->code->n_localsplus);
        if ((fs->outer ? fs->outer->inl : NULL) != fs->inl->parent)
            bad(c, "the frame state's levels are not those of the calls");
    }
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
/* clang-format off */
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
    case OpFloatToInt: case OpBoxFloat: case OpMath: return TyF64;
    case OpBitNot: case OpBitToInt: case OpBoxBool: case OpBranch: case OpGuardTrue: return TyBit;
    case OpListItem: case OpListSet: case OpListSetFloat: return k == 0 ? TyList : k == 1 ? TyI64 : TyAny;
    case OpArrayFloat: return k == 0 ? TyFloatArray : TyI64;
    case OpArrayInt: return k == 0 ? TyIntArray : TyI64;
    case OpArraySetFloat: return k == 0 ? TyFloatArray : k == 1 ? TyI64 : TyF64;
    case OpArraySetInt: return k == 0 ? TyIntArray : TyI64;
    case OpBytesItem: return k == 0 ? TyBytes : TyI64;
    case OpByteArrayItem: case OpByteArraySet: return k == 0 ? TyByteArray : TyI64;
    case OpSlice: return k == 0 ? TyAny : TyI64;
    case OpListSetSlice: return k == 0 ? TyList : k < 3 ? TyI64 : TyAny;
    case OpListMove: return k == 0 || k == 3 ? TyList : TyI64;
    case OpTupleItem: return k == 0 ? TyTuple : TyI64;
    case OpStrItem: return k == 0 ? TyStr : TyI64;
    case OpListItemAt: case OpListAppend: return k == 0 ? TyList : TyAny;
    case OpTupleItemAt: return TyTuple;
    case OpRangeNext: return TyRangeIter;
    case OpListNext: return TyListIter;
    case OpTupleNext: return TyTupleIter;
    case OpEnumNext: return TyEnumerate;
    case OpPairReady: return TyZip;
    case OpOrd: return TyStr;
    default: return TyAny;
    }
}
/* clang-format on */

static void
check_types(Check *c, const Instr *i)
{
    for (uint32_t k = 0; k < i->n_args; k++) {
        if (!i->args[k])
            continue;
        Ty want = operand_type(i, k), have = (Ty)i->args[k]->type;
        if (want != TyAny && want != have)
            bad(c, "argument %u is %s, wants %s", k, ir_types[have].name, ir_types[want].name);
        if (i->args[k]->op == OpMaybe && i->op != OpPublish)
            bad(c, "computes with %%%u, which may be unbound", i->args[k]->id);
        if (i->args[k]->op == OpParts && i->op != OpPublish && i->op != OpSetLocal)
            bad(c, "computes with %%%u, a tuple that is not built", i->args[k]->id);
        if (i->op == OpRt && !ty_boxed(have))
            bad(c, "argument %u of a runtime call is unboxed", k);
        if (i->op == OpPhi && ty_boxed(have) != ty_boxed((Ty)i->type))
            bad(c, "mixes boxed and unboxed values");
    }
}

/* Objects a runtime helper takes, by its row. */
static uint32_t
rt_objects(const char *args)
{
    uint32_t n = 0;
    for (; *args; args++)
        n += *args == 'o';
    return n;
}

/* What the row of ir.def or rtcalls.def says of the result. */
static void
check_result(Check *c, const Instr *i)
{
    Ty have = (Ty)i->type, want = (Ty)ir_ops[i->op].type;
    if (i->op == OpRt) {
        RtRet ret = (RtRet)ir_rts[i->imm].ret;
        want = ret == RtRetInt ? TyBit : ret == RtRetStatus ? TyVoid : TyAny;
        uint32_t n = rt_objects(ir_rts[i->imm].args);
        if (i->n_args < n || (i->n_args > n && !strpbrk(ir_rts[i->imm].args, "MV")))
            bad(c, "has %u arguments, the helper takes %u", i->n_args, n);
    }
    if (i->op == OpMath) {
        want = (Ty)ir_maths[i->imm].result;
        if (i->n_args != ir_maths[i->imm].n)
            bad(c, "has %u arguments, the function takes %u", i->n_args, ir_maths[i->imm].n);
    }
    if (want == TyAny ? have == TyVoid : ty_boxed(want) ? !ty_boxed(have) : have != want)
        bad(c, "makes %s, not %s", want == TyAny ? "a value" : ir_types[want].name,
            ir_types[have].name);
}

static void
in_range(Check *c, const char *what, int64_t v, uint32_t n)
{
    if (v < 0 || v >= n)
        bad(c, "%s %lld, there are %u", what, (long long)v, n);
}

static void
check_immediates(Check *c, const Instr *i)
{
    const PyCode *code = i->inl->code;
    switch ((int)i->op) {
    case OpConst: in_range(c, "constant", i->imm, code->consts->n); break;
    case OpTakeStack:
        in_range(c, "stack entry", i->imm - code->n_localsplus, (uint32_t)code->stacksize);
        break;
    case OpParam:
    case OpFound:
    case OpReload:
    case OpLoadClosure: in_range(c, "local", i->imm, code->n_localsplus); break;
    case OpSetLocal:
    case OpBoxLocal:
    case OpClearLocal:
    case OpPublish:
    case OpConcatLocal: in_range(c, "home", i->imm, c->f->n_slots); break;
    case OpGuardItemFunc: in_range(c, "cell", i->imm2, c->f->cells.n); break;
    case OpIsCode:
    case OpGuardCode: in_range(c, "dep", i->imm, c->f->deps.n); break;
    case OpIsClass: in_range(c, "dep", i->imm, c->f->deps.n); /* fallthrough */
    case OpClassInit: in_range(c, "cell", i->imm2, c->f->cells.n); break;
    case OpEnterInline:
    case OpLeaveInline: in_range(c, "level", i->imm, c->f->n_inls); break;
    case OpIsExact: in_range(c, "type", i->imm, TyCount); break;
    case OpLoadAttr:
    case OpFindMethod:
    case OpFindGetter:
    case OpLoadSuper:
    case OpFindSuper:
    case OpLoadField:
    case OpStoreField:
    case OpStoreAttr:
    case OpLoadMethod:
    case OpLoadGlobal:
        in_range(c, "name", i->imm, code->n_names);
        in_range(c, "cell", i->imm2, c->f->cells.n);
        break;
    case OpRt:
        if (strchr(ir_rts[i->imm].args, 'n'))
            in_range(c, "name", i->imm2, code->n_names);
        if (strchr(ir_rts[i->imm].args, 'k') && i->imm2 != -1)
            in_range(c, "constant", i->imm2, code->consts->n);
        if (strchr(ir_rts[i->imm].args, 'C'))
            in_range(c, "cell", i->imm3, c->f->cells.n);
        break;
    default: break;
    }
}

/* Every edge is known at both ends. */
static void
check_edges(Check *c, const Block *b)
{
    for (uint32_t p = 0; p < b->preds.n; p++) {
        const Block *from = b->preds.at[p];
        if (from->succ[0] != b && (from->n_succ < 2 || from->succ[1] != b))
            bad(c, "b%u has b%u as predecessor, which does not go there", b->id, from->id);
    }
    for (uint32_t s = 0; s < b->n_succ; s++) {
        uint32_t n = 0;
        for (uint32_t p = 0; p < b->succ[s]->preds.n; p++)
            n += b->succ[s]->preds.at[p] == b;
        if (!n)
            bad(c, "b%u goes to b%u, which does not know it", b->id, b->succ[s]->id);
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
    check_edges(c, b);
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
        check_result(c, i);
        check_immediates(c, i);
        check_state(c, i->fs);
        if ((ir_is_guard(i) || ir_may_raise(i)) && !i->fs)
            bad(c, "can leave but has no frame state");
        ir_fs_each(i->fs, check_fs_use, c);
    }
}

bool
ir_verify(const Func *f, StrBuf *out)
{
    Check c = {.f = f, .out = out, .ok = true};
    c.without = arena_array(out->arena, uint8_t *, f->n_blocks);
    number(f);
    FOR_EACH_BLOCK (f, b)
        check_block(&c, b);
    return c.ok;
}
