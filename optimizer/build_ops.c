/* One case per opcode: what it does to the abstract stack and which operation it becomes.  An
 * opcode that is only reached through an exception handler leaves for the interpreter. */
#include "build.h"

#include <string.h>

static Instr *
emit0(Builder *b, Op op, Ty type, int64_t imm)
{
    Instr *i = build_emit(b, op, type, 0, NULL);
    i->imm = imm;
    return i;
}

static Instr *
emit1(Builder *b, Op op, Ty type, Instr *x)
{
    return build_emit(b, op, type, 1, &x);
}

static Instr *
emit2(Builder *b, Op op, Ty type, Instr *x, Instr *y)
{
    return build_emit(b, op, type, 2, (Instr *[]){x, y});
}

/* Pops n entries and gives the helper all of them in stack order. */
static Instr *
rt_popping(Builder *b, RtId id, uint32_t n)
{
    b->n_stack -= n;
    return build_rt(b, id, n, b->stack + b->n_stack);
}

static Instr *
with_cell(Builder *b, Instr *rt)
{
    rt->imm3 = (int32_t)ir_cell_new(b->f, ir_rts[rt->imm].cell);
    return rt;
}

static Ty
const_type(const PyObj *o)
{
    switch (o->kind) {
    case PyNone: return TyNoneType;
    case PyTrue:
    case PyFalse: return TyBool;
    case PyInt: return TyInt;
    case PyFloat: return TyFloat;
    case PyComplex: return TyComplex;
    case PyBytes: return TyBytes;
    case PyStr: return TyStr;
    case PyTuple: return TyTuple;
    case PyNull:
    case PyEllipsis:
    case PyStopIter:
    case PyList:
    case PyDict:
    case PySet:
    case PyFrozenSet:
    case PyCodeObj: return TyObj;
    }
    return TyObj;
}

static Instr *
load_const(Builder *b, uint32_t k)
{
    return emit0(b, OpConst, const_type(b->code->consts->items[k]), k);
}

static void
leave(Builder *b)
{
    build_emit(b, OpExit, TyVoid, 0, NULL);
    b->cur = NULL;
}

/* A Bit for the truth of v; no second test of what is a bool already. */
static Instr *
truth(Builder *b, Instr *v)
{
    return v->op == OpBoxBool ? v->args[0] : build_rt(b, RtTruth, 1, &v);
}

static void
push_bool(Builder *b, Instr *bit, bool invert)
{
    if (invert)
        bit = emit1(b, OpBitNot, TyBit, bit);
    build_push(b, emit1(b, OpBoxBool, TyBool, bit));
}

static Instr *
load_fast(Builder *b, uint32_t slot)
{
    Instr *v = b->locals[slot];
    if (!v) /* a cell seen as a local: only its closure tuple wants it */
        return emit0(b, OpLoadClosure, TyObj, slot);
    if (v->op == OpNull || v->op == OpPhi || v->type == TyMaybe) {
        v = emit1(b, OpGuardBound, TyObj, v);
        b->locals[slot] = v;
    }
    return v;
}

static void
store_fast(Builder *b, uint32_t slot, Instr *v)
{
    Instr *set = emit1(b, OpSetLocal, TyVoid, v);
    set->imm = b->inl->base_slot + slot;
    b->locals[slot] = v;
}

/* ---- jumps ---- */

/* Leave the current (fresh) block for a bytecode target; backward jumps poll the eval breaker on
 * the way. */
static void
jump_to(Builder *b, const PyInstr *i, uint32_t target)
{
    if (target <= i->off)
        build_poll(b);
    build_goto(b, target);
}

static void
cond_jump(Builder *b, const PyInstr *i, Instr *bit, bool jump_if)
{
    if (i->target == i->next) {
        build_goto(b, i->next);
        return;
    }
    Block *yes, *no;
    build_branch(b, bit, jump_if, &yes, &no);
    b->cur = jump_if ? yes : no;
    jump_to(b, i, i->target);
    b->cur = jump_if ? no : yes;
    build_goto(b, i->next);
}

static void
jump_or_pop(Builder *b, const PyInstr *i, bool jump_if)
{
    Block *yes, *no;
    Instr *v = build_peek(b, 1);
    build_branch(b, truth(b, v), jump_if, &yes, &no);
    b->cur = jump_if ? yes : no;
    build_goto(b, i->target);
    b->cur = jump_if ? no : yes;
    build_pop(b);
    build_goto(b, i->next);
}

static void
none_jump(Builder *b, const PyInstr *i, bool jump_if_none)
{
    Instr *v = build_pop(b);
    Instr *none = emit0(b, OpKnown, TyNoneType, Known_None);
    cond_jump(b, i, emit2(b, OpIs, TyBit, v, none), jump_if_none);
}

static void
for_iter(Builder *b, const PyInstr *i)
{
    Instr *it = build_peek(b, 1);
    Instr *more = emit1(b, OpIterNext, TyBit, it);
    Block *yes, *no;
    build_branch(b, more, false, &yes, &no);
    b->cur = yes;
    Instr *item = emit1(b, OpProj, TyObj, more);
    build_push(b, item);
    build_goto(b, i->next);
    build_pop(b);
    b->cur = no;
    build_pop(b);
    build_goto(b, i->target);
}

/* ---- operators ---- */

/* Is the next instruction, in this block, a jump on the truth of what we are about to push? */
static bool
feeds_jump(const Builder *b)
{
    uint32_t k = b->at + 1;
    if (k >= b->ins.n || b->block_of[k] != b->block_of[b->at])
        return false;
    PyOp op = b->ins.at[k].op;
    return op == PyOp_POP_JUMP_FORWARD_IF_FALSE || op == PyOp_POP_JUMP_FORWARD_IF_TRUE ||
           op == PyOp_POP_JUMP_BACKWARD_IF_FALSE || op == PyOp_POP_JUMP_BACKWARD_IF_TRUE;
}

static void
compare_op(Builder *b, uint32_t kind)
{
    Instr *y = build_pop(b), *x = build_pop(b);
    bool fused = feeds_jump(b);
    Instr *r = build_rt(b, fused ? RtCompareBool : RtCompare, 2, (Instr *[]){x, y});
    r->imm2 = (int32_t)kind;
    build_push(b, fused ? emit1(b, OpBoxBool, TyBool, r) : r);
}

static void
binary_op(Builder *b, uint32_t kind)
{
    Instr *r = rt_popping(b, RtBinaryOp, 2);
    r->imm2 = (int32_t)kind;
    build_push(b, r);
}

/* BUILD_SLICE behind us in the same group was not built: its operands are still on the stack. */
static uint32_t
pending_slice(const Builder *b)
{
    return b->group != b->at ? b->ins.at[b->group].arg : 0;
}

static void
subscr(Builder *b)
{
    uint32_t parts = pending_slice(b);
    if (!parts) {
        build_push(b, with_cell(b, rt_popping(b, RtGetItem, 2)));
        return;
    }
    Instr *step = parts == 3 ? build_pop(b) : build_const_null(b);
    Instr *stop = build_pop(b), *start = build_pop(b), *o = build_pop(b);
    build_push(b, build_rt(b, RtGetSlice, 4, (Instr *[]){o, start, stop, step}));
}

static void
store_subscr(Builder *b)
{
    uint32_t parts = pending_slice(b);
    if (!parts) {
        Instr *key = build_pop(b), *o = build_pop(b), *v = build_pop(b);
        with_cell(b, build_rt(b, RtSetItem, 3, (Instr *[]){o, key, v}));
        return;
    }
    Instr *step = parts == 3 ? build_pop(b) : build_const_null(b);
    Instr *stop = build_pop(b), *start = build_pop(b), *o = build_pop(b), *v = build_pop(b);
    build_rt(b, RtSetSlice, 5, (Instr *[]){o, start, stop, step, v});
}

static void
build_slice(Builder *b, uint32_t parts)
{
    if (b->at + 1 < b->ins.n && b->block_of[b->at + 1] == b->block_of[b->at]) {
        PyOp next = b->ins.at[b->at + 1].op;
        if (next == PyOp_BINARY_SUBSCR || next == PyOp_STORE_SUBSCR)
            return; /* subscr() and store_subscr() take the parts */
    }
    Instr *step = parts == 3 ? build_pop(b) : build_const_null(b);
    Instr *stop = build_pop(b), *start = build_pop(b);
    build_push(b, build_rt(b, RtBuildSlice, 3, (Instr *[]){start, stop, step}));
}

/* ---- calls, attributes, unpacking ---- */

static void
call(Builder *b, uint32_t n)
{
    Instr *r = with_cell(b, rt_popping(b, RtCall, n + 2));
    r->imm2 = b->kwnames;
    b->kwnames = -1;
    build_push(b, r);
}

static void
call_ex(Builder *b, uint32_t flags)
{
    Instr *kwargs = flags & 1 ? build_pop(b) : build_const_null(b);
    Instr *args = build_pop(b), *fn = build_pop(b);
    build_pop(b); /* the NULL below */
    build_push(b, build_rt(b, RtCallFunctionEx, 3, (Instr *[]){fn, args, kwargs}));
}

static void
named(Builder *b, RtId id, uint32_t n_pops, uint32_t name, bool push)
{
    Instr *r = rt_popping(b, id, n_pops);
    r->imm2 = (int32_t)name;
    if (strcmp(ir_rts[id].cell, "void"))
        with_cell(b, r);
    if (push)
        build_push(b, r);
}

/* LOAD_ATTR, STORE_ATTR, LOAD_METHOD: their own operations, since the cached case has no effect. */
static Instr *
attribute(Builder *b, Op op, uint32_t n_args, Instr **args, uint32_t name)
{
    Instr *i = build_emit(b, op, TyObj, n_args, args);
    i->imm = name;
    i->imm2 = (int32_t)ir_cell_new(b->f, ir_rts[RtLoadAttr].cell);
    return i;
}

static void
load_attr(Builder *b, uint32_t name)
{
    Instr *o = build_pop(b);
    build_push(b, attribute(b, OpLoadAttr, 1, &o, name));
}

static void
store_attr(Builder *b, uint32_t name)
{
    Instr *o = build_pop(b), *v = build_pop(b);
    attribute(b, OpStoreAttr, 2, (Instr *[]){o, v}, name);
}

static void
load_method(Builder *b, uint32_t name)
{
    if (build_super(b, name))
        return;
    Instr *o = build_pop(b), *r = attribute(b, OpLoadMethod, 1, &o, name);
    build_push(b, emit1(b, OpProj, TyMaybe, r));
    build_push(b, r);
}

static void
before_with(Builder *b)
{
    Instr *r = rt_popping(b, RtBeforeWith, 1);
    build_push(b, emit1(b, OpProj, TyObj, r));
    build_push(b, r);
}

static void
unpack(Builder *b, Instr *source, uint32_t n)
{
    for (uint32_t k = n; k-- > 0;) {
        Instr *item = emit1(b, OpProj, TyObj, source);
        item->imm = k;
        build_push(b, item);
    }
}

static void
load_global(Builder *b, uint32_t arg)
{
    if (arg & 1)
        build_push(b, build_const_null(b));
    Instr *g = emit0(b, OpLoadGlobal, TyObj, arg >> 1);
    g->imm2 = (int32_t)ir_cell_new(b->f, ir_rts[RtLoadGlobal].cell);
    build_push(b, g);
}

static void
make_function(Builder *b, uint32_t flags)
{
    Instr *code = build_pop(b), *args[6] = {code};
    uint32_t extra = (uint32_t)__builtin_popcount(flags & 15);
    b->n_stack -= extra;
    memcpy(args + 1, b->stack + b->n_stack, extra * sizeof *args);
    Instr *r = build_rt(b, RtMakeFunction, 1 + extra, args);
    r->imm2 = (int32_t)flags;
    build_push(b, r);
}

static void
return_value(Builder *b)
{
    Instr *v = build_pop(b);
    if (!b->outer) {
        emit1(b, OpReturn, TyVoid, v);
        b->cur = NULL;
        return;
    }
    emit0(b, OpLeaveInline, TyVoid, b->inl->id);
    vec_push(b->f->arena, &b->inl_results, v);
    build_emit(b, OpJump, TyVoid, 0, NULL);
    ir_add_edge(b->cur, b->inl_return);
    b->cur = NULL;
}

/* Helpers that take a container below the top and leave it there. */
static void
into_container(Builder *b, RtId id, uint32_t n_values, uint32_t depth)
{
    Instr *args[3];
    b->n_stack -= n_values;
    memcpy(args + 1, b->stack + b->n_stack, n_values * sizeof *args);
    args[0] = build_peek(b, depth);
    build_rt(b, id, 1 + n_values, args);
}

static void
deref(Builder *b, RtId id, uint32_t n_pops, uint32_t slot, bool push)
{
    Instr *r = rt_popping(b, id, n_pops);
    r->imm2 = (int32_t)slot;
    if (push)
        build_push(b, r);
}

static void
swap(Builder *b, uint32_t n)
{
    Instr *top = b->stack[b->n_stack - 1];
    b->stack[b->n_stack - 1] = b->stack[b->n_stack - n];
    b->stack[b->n_stack - n] = top;
}

static void
format_value(Builder *b, uint32_t arg)
{
    Instr *spec = arg & 4 ? build_pop(b) : build_const_null(b), *v = build_pop(b);
    Instr *r = build_rt(b, RtFormatValue, 2, (Instr *[]){v, spec});
    r->imm2 = (int32_t)arg;
    build_push(b, r);
}

static void
match_class(Builder *b, uint32_t count)
{
    Instr *r = rt_popping(b, RtMatchClass, 3);
    r->imm2 = (int32_t)count;
    build_push(b, r);
}

/* One line each reads best. */
/* clang-format off */
void
build_op(Builder *b, const PyInstr *i)
{
    uint32_t arg = i->arg;
    switch ((int)i->op) {
    case PyOp_NOP:
    case PyOp_CACHE:
    case PyOp_EXTENDED_ARG:
    case PyOp_RESUME: /* who enters a body has looked at tracing and the eval breaker */
    case PyOp_PRECALL: break;
    case PyOp_KW_NAMES: b->kwnames = (int)arg; break;

    case PyOp_POP_TOP: build_pop(b); break;
    case PyOp_PUSH_NULL: build_push(b, build_const_null(b)); break;
    case PyOp_COPY: build_push(b, build_peek(b, arg)); break;
    case PyOp_SWAP: swap(b, arg); break;

    case PyOp_LOAD_CONST: build_push(b, load_const(b, arg)); break;
    case PyOp_LOAD_FAST: build_push(b, load_fast(b, arg)); break;
    case PyOp_STORE_FAST: store_fast(b, arg, build_pop(b)); break;
    case PyOp_DELETE_FAST: load_fast(b, arg); store_fast(b, arg, build_const_null(b)); break;
    case PyOp_LOAD_GLOBAL: load_global(b, arg); break;
    case PyOp_STORE_GLOBAL: named(b, RtStoreGlobal, 1, arg, false); break;
    case PyOp_DELETE_GLOBAL: named(b, RtDelGlobal, 0, arg, false); break;
    case PyOp_LOAD_NAME: named(b, RtLoadName, 0, arg, true); break;
    case PyOp_STORE_NAME: named(b, RtStoreName, 1, arg, false); break;
    case PyOp_DELETE_NAME: named(b, RtDelName, 0, arg, false); break;
    case PyOp_LOAD_CLOSURE: build_push(b, emit0(b, OpLoadClosure, TyObj, arg)); break;
    case PyOp_LOAD_DEREF: deref(b, RtLoadDeref, 0, arg, true); break;
    case PyOp_LOAD_CLASSDEREF: deref(b, RtLoadClassDeref, 0, arg, true); break;
    case PyOp_STORE_DEREF: deref(b, RtStoreDeref, 1, arg, false); break;
    case PyOp_DELETE_DEREF: deref(b, RtDelDeref, 0, arg, false); break;
    case PyOp_LOAD_BUILD_CLASS: build_push(b, build_rt(b, RtLoadBuildClass, 0, NULL)); break;
    case PyOp_LOAD_ASSERTION_ERROR: build_push(b, emit0(b, OpKnown, TyObj, Known_AssertionError)); break;
    case PyOp_SETUP_ANNOTATIONS: build_rt(b, RtSetupAnnotations, 0, NULL); break;

    case PyOp_UNARY_POSITIVE: build_push(b, rt_popping(b, RtPositive, 1)); break;
    case PyOp_UNARY_NEGATIVE: build_push(b, rt_popping(b, RtNegative, 1)); break;
    case PyOp_UNARY_INVERT: build_push(b, rt_popping(b, RtInvert, 1)); break;
    case PyOp_UNARY_NOT: push_bool(b, truth(b, build_pop(b)), true); break;
    case PyOp_BINARY_OP: binary_op(b, arg); break;
    case PyOp_COMPARE_OP: compare_op(b, arg); break;
    case PyOp_IS_OP: { Instr *y = build_pop(b), *x = build_pop(b); push_bool(b, emit2(b, OpIs, TyBit, x, y), arg); break; }
    case PyOp_CONTAINS_OP: push_bool(b, rt_popping(b, RtContains, 2), arg); break;
    case PyOp_BINARY_SUBSCR: subscr(b); break;
    case PyOp_STORE_SUBSCR: store_subscr(b); break;
    case PyOp_DELETE_SUBSCR: rt_popping(b, RtDelItem, 2); break;
    case PyOp_BUILD_SLICE: build_slice(b, arg); break;

    case PyOp_BUILD_TUPLE: build_push(b, rt_popping(b, RtBuildTuple, arg)); break;
    case PyOp_BUILD_LIST: build_push(b, rt_popping(b, RtBuildList, arg)); break;
    case PyOp_BUILD_SET: build_push(b, rt_popping(b, RtBuildSet, arg)); break;
    case PyOp_BUILD_MAP: build_push(b, rt_popping(b, RtBuildMap, 2 * arg)); break;
    case PyOp_BUILD_CONST_KEY_MAP: build_push(b, rt_popping(b, RtBuildConstKeyMap, arg + 1)); break;
    case PyOp_BUILD_STRING: build_push(b, rt_popping(b, RtBuildString, arg)); break;
    case PyOp_LIST_TO_TUPLE: build_push(b, rt_popping(b, RtListToTuple, 1)); break;
    case PyOp_LIST_APPEND: into_container(b, RtListAppend, 1, arg); break;
    case PyOp_SET_ADD: into_container(b, RtSetAdd, 1, arg); break;
    case PyOp_MAP_ADD: into_container(b, RtMapAdd, 2, arg); break;
    case PyOp_LIST_EXTEND: into_container(b, RtListExtend, 1, arg); break;
    case PyOp_SET_UPDATE: into_container(b, RtSetUpdate, 1, arg); break;
    case PyOp_DICT_UPDATE: into_container(b, RtDictUpdate, 1, arg); break;
    case PyOp_DICT_MERGE: {
        Instr *update = build_pop(b);
        build_rt(b, RtDictMerge, 3, (Instr *[]){build_peek(b, arg), update, build_peek(b, 2 + arg)});
        break;
    }
    case PyOp_FORMAT_VALUE: format_value(b, arg); break;
    case PyOp_UNPACK_SEQUENCE: { Instr *u = emit1(b, OpUnpack, TyVoid, build_pop(b)); u->imm = arg; unpack(b, u, arg); break; }
    case PyOp_UNPACK_EX: {
        Instr *u = emit1(b, OpUnpackEx, TyVoid, build_pop(b));
        u->imm = arg & 0xff;
        u->imm2 = (int32_t)(arg >> 8);
        unpack(b, u, (arg & 0xff) + 1 + (arg >> 8));
        break;
    }
    case PyOp_GET_ITER: build_push(b, rt_popping(b, RtGetIter, 1)); break;
    case PyOp_GET_LEN: { Instr *o = build_peek(b, 1); build_push(b, build_rt(b, RtGetLen, 1, &o)); break; }

    case PyOp_LOAD_ATTR: load_attr(b, arg); break;
    case PyOp_STORE_ATTR: store_attr(b, arg); break;
    case PyOp_DELETE_ATTR: named(b, RtDelAttr, 1, arg, false); break;
    case PyOp_LOAD_METHOD: load_method(b, arg); break;
    case PyOp_CALL: call(b, arg); break;
    case PyOp_CALL_FUNCTION_EX: call_ex(b, arg); break;
    case PyOp_MAKE_FUNCTION: make_function(b, arg); break;
    case PyOp_RETURN_VALUE: return_value(b); break;
    case PyOp_RAISE_VARARGS:
        if (arg) /* a bare raise adds no traceback entry: the interpreter's way of doing it is not ours */
            rt_popping(b, RtRaiseVarargs, arg);
        leave(b);
        break;
    case PyOp_BEFORE_WITH: before_with(b); break;

    case PyOp_IMPORT_NAME: { Instr *from = build_pop(b), *level = build_pop(b); build_push(b, from); build_push(b, level); named(b, RtImportName, 2, arg, true); break; }
    case PyOp_IMPORT_FROM: { Instr *m = build_peek(b, 1); build_push(b, m); named(b, RtImportFrom, 1, arg, true); break; }
    case PyOp_IMPORT_STAR: rt_popping(b, RtImportStar, 1); break;
    case PyOp_PRINT_EXPR: rt_popping(b, RtPrintExpr, 1); break;

    case PyOp_MATCH_MAPPING: { Instr *o = build_peek(b, 1); push_bool(b, build_rt(b, RtMatchMapping, 1, &o), false); break; }
    case PyOp_MATCH_SEQUENCE: { Instr *o = build_peek(b, 1); push_bool(b, build_rt(b, RtMatchSequence, 1, &o), false); break; }
    case PyOp_MATCH_KEYS: build_push(b, build_rt(b, RtMatchKeys, 2, (Instr *[]){build_peek(b, 2), build_peek(b, 1)})); break;
    case PyOp_MATCH_CLASS: match_class(b, arg); break;

    case PyOp_FOR_ITER: for_iter(b, i); break;
    case PyOp_YIELD_VALUE: build_yield(b); break;
    case PyOp_SEND: build_send(b, i); break;
    case PyOp_GET_AWAITABLE: { Instr *r = rt_popping(b, RtGetAwaitable, 1); r->imm2 = (int32_t)arg; build_push(b, r); break; }
    case PyOp_GET_YIELD_FROM_ITER: build_push(b, rt_popping(b, RtGetYieldFromIter, 1)); break;
    case PyOp_JUMP_FORWARD: build_goto(b, i->target); break;
    case PyOp_JUMP_BACKWARD_NO_INTERRUPT: build_goto(b, i->target); break;
    case PyOp_JUMP_BACKWARD: jump_to(b, i, i->target); break;
    case PyOp_POP_JUMP_FORWARD_IF_FALSE:
    case PyOp_POP_JUMP_BACKWARD_IF_FALSE: cond_jump(b, i, truth(b, build_pop(b)), false); break;
    case PyOp_POP_JUMP_FORWARD_IF_TRUE:
    case PyOp_POP_JUMP_BACKWARD_IF_TRUE: cond_jump(b, i, truth(b, build_pop(b)), true); break;
    case PyOp_POP_JUMP_FORWARD_IF_NONE:
    case PyOp_POP_JUMP_BACKWARD_IF_NONE: none_jump(b, i, true); break;
    case PyOp_POP_JUMP_FORWARD_IF_NOT_NONE:
    case PyOp_POP_JUMP_BACKWARD_IF_NOT_NONE: none_jump(b, i, false); break;
    case PyOp_JUMP_IF_FALSE_OR_POP: jump_or_pop(b, i, false); break;
    case PyOp_JUMP_IF_TRUE_OR_POP: jump_or_pop(b, i, true); break;

    default: leave(b); break;
    }
}
/* clang-format on */
