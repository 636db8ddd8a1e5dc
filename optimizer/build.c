/* Bytecode to IR: blocks, abstract states and phis.
 *
 * The bytecode's own CFG (without exception edges: handlers are entered only through the
 * interpreter, after a raise exit) is walked in reverse postorder.  A block with one predecessor
 * starts with that predecessor's state; a block with several starts with a phi for every local and
 * stack slot, pruned afterwards (opt_phis).  Nothing here looks at a profile. */
#include "build.h"

#include <string.h>

static const char *const reasons[BailCount] = {
#define BAIL(name, reason) [Bail##name] = reason,
#include "bailout.def"
#undef BAIL
};

const char *
bailout_reason(Bailout b)
{
    return reasons[b];
}

/* ---- the abstract state ---- */

Instr *
build_emit(Builder *b, Op op, Ty type, uint32_t n_args, Instr **args)
{
    Instr *i = ir_instr_new(b->f, op, type, n_args);
    if (n_args)
        memcpy(i->args, args, n_args * sizeof *args);
    i->inl = b->inl;
    i->off = b->ins.at[b->at].off;
    ir_append(b->cur, i);
    if (ir_is_guard(i) || ir_may_raise(i) || ir_effect(i) == 'P' || ir_effect(i) == 'L' ||
        op == OpReturn)
        i->fs = build_fs(b);
    if (ir_effect(i) == 'P' || ir_effect(i) == 'L')
        b->effects = true;
    return i;
}

/* The result type of helpers that always make the same kind of object. */
static Ty
rt_type(RtId id)
{
    switch ((int)id) {
    case RtBuildTuple:
    case RtListToTuple: return TyTuple;
    case RtBuildList: return TyList;
    case RtBuildSet: return TySet;
    case RtBuildMap:
    case RtBuildConstKeyMap: return TyDict;
    case RtBuildString: return TyStr;
    case RtBuildSlice: return TySlice;
    case RtMakeFunction: return TyFunction;
    }
    switch ((RtRet)ir_rts[id].ret) {
    case RtRetInt: return TyBit;
    case RtRetStatus: return TyVoid;
    case RtRetObj:
    case RtRetBor:
    case RtRetPair: return TyObj;
    }
    return TyObj;
}

Instr *
build_rt(Builder *b, RtId id, uint32_t n_args, Instr **args)
{
    Instr *i = ir_instr_new(b->f, OpRt, rt_type(id), n_args);
    if (n_args)
        memcpy(i->args, args, n_args * sizeof *args);
    i->imm = id;
    i->inl = b->inl;
    i->off = b->ins.at[b->at].off;
    i->fs = build_fs(b);
    ir_append(b->cur, i);
    if (ir_effect(i) == 'P' || ir_effect(i) == 'L')
        b->effects = true;
    return i;
}

FrameState *
build_fs(Builder *b)
{
    if (b->fs)
        return b->fs;
    uint32_t n = b->code->n_localsplus;
    FrameState *fs = ir_fs_new(b->f, b->inl, b->ins.at[b->group].off, n, b->n_start_stack);
    memcpy(fs->vals, b->locals, n * sizeof *fs->vals);
    memcpy(fs->vals + n, b->start_stack, b->n_start_stack * sizeof *fs->vals);
    fs->outer = b->outer;
    return b->fs = fs;
}

void
build_push(Builder *b, Instr *v)
{
    b->stack[b->n_stack++] = v;
}

Instr *
build_pop(Builder *b)
{
    return b->stack[--b->n_stack];
}

Instr *
build_peek(Builder *b, uint32_t n)
{
    return b->stack[b->n_stack - n];
}

Instr *
build_const_null(Builder *b)
{
    return build_emit(b, OpNull, TyNull, 0, NULL);
}

/* ---- control flow ---- */

static BBlock *
block_at(Builder *b, uint32_t unit)
{
    return &b->blocks[b->block_of[b->ins.index_of[unit]]];
}

/* Hand the current state to a successor: make its entry state the first time, add phi arguments
 * afterwards. */
static void
flow_into(Builder *b, BBlock *to)
{
    uint32_t n = b->code->n_localsplus + b->n_stack;
    if (!to->ir) {
        to->ir = ir_block_new(b->f);
        to->ir->off = b->ins.at[to->first].off;
        to->ir->inl = b->inl;
        to->state = arena_array(b->f->arena, Instr *, n + 1);
        to->n_stack = b->n_stack;
        for (uint32_t k = 0; k < n && to->n_preds > 1; k++) {
            Instr *v =
                k < b->code->n_localsplus ? b->locals[k] : b->stack[k - b->code->n_localsplus];
            if (!v)
                continue; /* a cell: its home holds it */
            Instr *phi = ir_instr_new(b->f, OpPhi, TyObj, to->n_preds);
            phi->n_args = 0;
            phi->imm = k < b->code->n_localsplus ? b->inl->base_slot + k + 1 : 0;
            phi->inl = b->inl;
            phi->off = to->ir->off;
            ir_append(to->ir, phi);
            to->state[k] = phi;
        }
    }
    ir_add_edge(b->cur, to->ir);
    to->effects |= b->effects;
    for (uint32_t k = 0; k < n; k++) {
        Instr *v = k < b->code->n_localsplus ? b->locals[k] : b->stack[k - b->code->n_localsplus];
        if (to->n_preds > 1 && v)
            to->state[k]->args[to->state[k]->n_args++] = v;
        else
            to->state[k] = v;
    }
}

void
build_goto(Builder *b, uint32_t unit)
{
    if (!b->cur)
        return;
    BBlock *to = block_at(b, unit);
    build_emit(b, OpJump, TyVoid, 0, NULL);
    flow_into(b, to);
    b->cur = NULL;
}

/* Ends the current block with a branch to two fresh blocks.  taken_if: the value of the bit for
 * which the bytecode jumps. */
void
build_branch(Builder *b, Instr *bit, bool taken_if, Block **yes, Block **no)
{
    *yes = ir_block_new(b->f);
    *no = ir_block_new(b->f);
    (*yes)->inl = (*no)->inl = b->inl;
    (*yes)->off = (*no)->off = b->ins.at[b->at].off;
    build_emit(b, OpBranch, TyVoid, 1, (Instr *[]){bit})->imm = taken_if;
    ir_add_edge(b->cur, *yes);
    ir_add_edge(b->cur, *no);
    b->cur = NULL;
}

void
build_poll(Builder *b)
{
    build_emit(b, OpPoll, TyVoid, 0, NULL);
}

/* Where does bytecode control go from instruction index k?  Units; count returned. */
static uint32_t
successors(const Builder *b, uint32_t k, uint32_t out[2])
{
    const PyInstr *i = &b->ins.at[k];
    uint32_t n = 0;
    switch ((PyFlow)pyops_info(i->op)->flow) {
    case FlowReturn:
    case FlowRaise: break;
    case FlowJump: out[n++] = i->target; break;
    case FlowCond:
        out[n++] = i->next;
        if (i->target != i->next)
            out[n++] = i->target;
        break;
    case FlowNext: out[n++] = i->next; break;
    }
    return n;
}

static bool
ends_block(const Builder *b, uint32_t k)
{
    return pyops_info(b->ins.at[k].op)->flow != FlowNext;
}

/* Cut the instructions into blocks and count the edges between reachable ones, from instruction
 * index entry. */
static void
find_blocks(Builder *b, uint32_t entry)
{
    Arena *a = b->f->arena;
    bool *leader = arena_array(a, bool, b->ins.n + 1);
    leader[0] = leader[entry] = true;
    for (uint32_t k = 0; k < b->ins.n; k++) {
        if (b->ins.at[k].target != INSTR_NO_TARGET)
            leader[b->ins.index_of[b->ins.at[k].target]] = true;
        if (ends_block(b, k))
            leader[k + 1] = true;
    }
    for (uint32_t k = 0; k < b->exc.n; k++)
        leader[b->ins.index_of[b->exc.at[k].target]] = true;
    b->block_of = arena_array(a, uint32_t, b->ins.n + 1);
    b->blocks = arena_array(a, BBlock, b->ins.n + 1);
    for (uint32_t k = 0; k < b->ins.n; k++) {
        if (leader[k])
            b->blocks[b->n_blocks++].first = k;
        b->block_of[k] = b->n_blocks - 1;
        b->blocks[b->n_blocks - 1].end = k + 1;
    }
}

/* Depth-first postorder over reachable blocks; counts predecessors on the way. */
static void
postorder(Builder *b, uint32_t block, uint32_t *order, uint32_t *n)
{
    typedef struct Visit {
        uint32_t block, next;
    } Visit;
    Vec(Visit) todo = {0};
    b->blocks[block].reachable = true;
    b->blocks[block].n_preds++;
    vec_push(b->f->arena, &todo, (Visit){block, 0});
    while (todo.n) {
        Visit *v = &vec_last(&todo);
        uint32_t succ[2] = {0}, n_succ = successors(b, b->blocks[v->block].end - 1, succ);
        if (v->next == n_succ) {
            order[(*n)++] = v->block;
            todo.n--;
            continue;
        }
        BBlock *to = block_at(b, succ[v->next++]);
        to->n_preds++;
        if (!to->reachable) {
            to->reachable = true;
            vec_push(b->f->arena, &todo, (Visit){(uint32_t)(to - b->blocks), 0});
        }
    }
}

static bool
starts_line(const Builder *b, uint32_t k)
{
    return k == 0 || b->lines[b->ins.at[k].off].line != b->lines[b->ins.at[k - 1].off].line;
}

/* KW_NAMES and PRECALL belong to the CALL behind them, a BUILD_SLICE to the subscript behind it:
 * the interpreter cannot be entered between them (its kwnames is a C local), or we never build the
 * slice. */
static bool
continues_group(const Builder *b, uint32_t k)
{
    if (k == 0 || b->block_of[k] != b->block_of[k - 1])
        return false;
    PyOp prev = b->ins.at[k - 1].op, op = b->ins.at[k].op;
    if (prev == PyOp_KW_NAMES || prev == PyOp_PRECALL)
        return true;
    return prev == PyOp_BUILD_SLICE && (op == PyOp_BINARY_SUBSCR || op == PyOp_STORE_SUBSCR);
}

static void
begin_instr(Builder *b, uint32_t k)
{
    b->at = k;
    if (!continues_group(b, k)) {
        b->group = k;
        b->fs = NULL;
        memcpy(b->start_stack, b->stack, b->n_stack * sizeof *b->stack);
        b->n_start_stack = b->n_stack;
        PyOp op = b->ins.at[k].op;
        bool watch = starts_line(b, k) || op == PyOp_RETURN_VALUE || op == PyOp_YIELD_VALUE ||
                     op == PyOp_SEND || op == PyOp_PRECALL || op == PyOp_CALL_FUNCTION_EX ||
                     op == PyOp_JUMP_BACKWARD ||
                     (k && (b->ins.at[k - 1].op == PyOp_CALL ||
                            b->ins.at[k - 1].op == PyOp_CALL_FUNCTION_EX));
        if (b->effects && watch) {
            build_emit(b, OpCheckTrace, TyVoid, 0, NULL);
            b->effects = false;
        }
    }
}

static void
build_block(Builder *b, BBlock *bb)
{
    uint32_t n = b->code->n_localsplus;
    b->cur = bb->ir;
    b->n_stack = bb->n_stack;
    /* Loop headers: a back edge may come with tracing switched on. */
    b->effects = bb->effects || bb->n_preds > 1;
    memcpy(b->locals, bb->state, n * sizeof *b->locals);
    memcpy(b->stack, bb->state + n, bb->n_stack * sizeof *b->stack);
    bb->started = true;
    for (uint32_t k = bb->first; k < bb->end && b->cur && !b->bail; k++) {
        begin_instr(b, k);
        build_op(b, &b->ins.at[k]);
    }
    if (b->cur && !b->bail)
        build_goto(b, b->ins.at[bb->end - 1].next);
}

bool
build_prepare(Builder *b, Arena *a, const PyCode *code)
{
    b->code = code;
    b->kwnames = -1;
    if (!instrs_decode(a, code, &b->ins, NULL) || !exctab_read(a, code, &b->exc, NULL)) {
        b->bail = BailDamaged;
        return false;
    }
    if (code->flags & PyCoAsyncGenerator)
        b->bail = BailAsyncGenerator;
    else if (code->n_units > LimitMaxUnits)
        b->bail = BailTooLarge;
    else if ((int)code->n_localsplus + code->stacksize > LimitMaxSlots)
        b->bail = BailTooManySlots;
    b->lines = linetab_read(a, code);
    b->locals = arena_array(a, Instr *, code->n_localsplus + 1);
    b->stack = arena_array(a, Instr *, (uint32_t)code->stacksize + 1);
    b->start_stack = arena_array(a, Instr *, (uint32_t)code->stacksize + 1);
    return b->bail == BailNone;
}

uint32_t
build_entry(const Builder *b)
{
    uint32_t k = 0;
    while (k < b->ins.n && !(b->ins.at[k].op == PyOp_RESUME && b->ins.at[k].arg == 0))
        k++;
    return k;
}

void
build_translate(Builder *b, uint32_t entry)
{
    find_blocks(b, entry);
    uint32_t *order = arena_array(b->f->arena, uint32_t, b->n_blocks), n = 0;
    BBlock *first = &b->blocks[b->block_of[entry]];
    postorder(b, (uint32_t)(first - b->blocks), order, &n);
    if (first->n_preds == 1) {
        /* No jump back to the entry: continue in the block that has the parameters. */
        first->ir = b->cur;
        first->state = arena_array(b->f->arena, Instr *, b->code->n_localsplus + 1);
        memcpy(first->state, b->locals, b->code->n_localsplus * sizeof *b->locals);
    } else {
        build_emit(b, OpJump, TyVoid, 0, NULL);
        flow_into(b, first);
    }
    while (n-- && !b->bail)
        if (b->blocks[order[n]].ir) /* else behind an instruction that always leaves */
            build_block(b, &b->blocks[order[n]]);
}

Func *
build_func(Arena *a, const PyCode *code, Bailout *bail)
{
    Builder b = {.f = ir_func_new(a, code)};
    *bail = BailNone;
    if (!build_prepare(&b, a, code)) {
        *bail = b.bail;
        return NULL;
    }
    uint32_t entry = build_entry(&b);
    if (entry == b.ins.n)
        *bail = BailNoResume;
    else if (exctab_find(&b.exc, b.ins.at[entry].off) && !ir_resumes(b.f))
        *bail = BailHandlerAtEntry;
    else if (b.ins.at[entry].off + 3 > code->n_units && !ir_resumes(b.f))
        *bail = BailTooShort;
    if (*bail)
        return NULL;
    PyInstrs *ins = arena_memdup(a, &b.ins, sizeof b.ins);
    b.inl = ir_inl_new(b.f, NULL, code, ins);
    b.at = b.group = entry;
    if (ir_resumes(b.f)) {
        build_gen_begin(&b, entry);
    } else {
        b.cur = ir_block_new(b.f);
        b.cur->inl = b.inl;
        b.cur->off = b.ins.at[entry].off;
    }
    if (ir_resumes(b.f))
        build_emit(&b, OpEnter, TyVoid, 0, NULL);
    for (uint32_t k = 0; k < code->n_localsplus; k++) {
        if (pycode_is_cell(code, k))
            continue;
        bool param = k < pycode_n_params(code);
        if (ir_resumes(b.f) && !param)
            build_emit(&b, OpReload, TyNull, 0, NULL)->imm = k; /* where it starts, that is so */
        b.locals[k] = build_emit(&b, param ? OpParam : OpNull, TyObj, 0, NULL);
        b.locals[k]->imm = k;
    }
    build_translate(&b, entry);
    if (ir_resumes(b.f))
        build_gen_end(&b);
    *bail = b.bail;
    return b.bail ? NULL : b.f;
}
