/* Generators: a body that is entered again behind each yield.
 *
 * A suspended generator's frame is all the state there is: its locals and operands in their slots,
 * and prev_instr, which says where it stands.  It is the interpreter's own state, so that either
 * side may go on with what the other has left.  In the IR
 *
 *     entry      ResumedAt asks where the frame stands, and branches: to the start, to one block
 *                for each YIELD_VALUE, or to Decline
 *     Yield      ends a block and has no successor.  Before it every local is at home; it puts the
 *                operands into their slots
 *     behind it  a block that begins with a Reload of every local, a TakeSlot of every operand and
 *                what was Sent
 *
 * Nothing is live across a yield, and nothing is known behind it but what the bytecode alone says:
 * the interpreter may have run up to this very yield, on a path that the body never takes.  So a
 * Reload's type is Obj only where each path to the yield has bound the local, handlers' paths
 * included, and types are guarded again in each activation. */
#include "build.h"

#include <string.h>

/* ---- locals that are bound wherever an instruction is reached ---- */

typedef struct Bound {
    const Builder *b;
    uint64_t **in; /* per instruction; all ones: not reached so far */
    uint32_t n_words;
    bool changed;
} Bound;

static void
meet(Bound *w, uint32_t unit, const uint64_t *set)
{
    uint64_t *in = w->in[w->b->ins.index_of[unit]];
    for (uint32_t k = 0; k < w->n_words; k++) {
        w->changed |= (in[k] & ~set[k]) != 0;
        in[k] &= set[k];
    }
}

/* What instruction k leaves bound.  A LOAD_FAST that goes on has found something. */
static void
step(const Bound *w, uint32_t k, uint64_t *set)
{
    const PyInstr *i = &w->b->ins.at[k];
    uint64_t bit = 1ull << (i->arg % 64);
    if (i->op == PyOp_STORE_FAST || i->op == PyOp_LOAD_FAST)
        set[i->arg / 64] |= bit;
    else if (i->op == PyOp_DELETE_FAST)
        set[i->arg / 64] &= ~bit;
}

static void
flow(Bound *w, uint32_t k, uint64_t *set)
{
    const PyInstr *i = &w->b->ins.at[k];
    const ExcEntry *handler = exctab_find(&w->b->exc, i->off);
    memcpy(set, w->in[k], w->n_words * sizeof *set);
    if (handler) {
        meet(w, handler->target, set); /* raised before it did anything */
        step(w, k, set);
        meet(w, handler->target, set); /* or behind */
    } else {
        step(w, k, set);
    }
    PyFlow how = (PyFlow)pyops_info(i->op)->flow;
    if (how == FlowNext || how == FlowCond)
        meet(w, i->next, set);
    if (how == FlowJump || how == FlowCond)
        meet(w, i->target, set);
}

static void
find_bound(Builder *b, uint32_t entry)
{
    Arena *a = b->f->arena;
    Bound w = {.b = b, .n_words = b->code->n_localsplus / 64 + 1};
    uint64_t *set = arena_array(a, uint64_t, w.n_words);
    w.in = arena_array(a, uint64_t *, b->ins.n + 1);
    for (uint32_t k = 0; k <= b->ins.n; k++) {
        w.in[k] = arena_array(a, uint64_t, w.n_words);
        memset(w.in[k], 0xff, w.n_words * sizeof *set);
    }
    for (uint32_t k = 0; k < pycode_n_params(b->code); k++)
        set[k / 64] |= 1ull << (k % 64);
    meet(&w, b->ins.at[entry].off, set);
    for (w.changed = true; w.changed;) {
        w.changed = false;
        for (uint32_t k = entry; k < b->ins.n; k++)
            flow(&w, k, set);
    }
    b->bound = w.in;
}

/* ---- the entry ---- */

static Block *
new_block(Builder *b, uint32_t off)
{
    Block *block = ir_block_new(b->f);
    block->inl = b->inl;
    block->off = off;
    return block;
}

static Instr *
emit_in(Builder *b, Block *at, Op op, Ty type)
{
    Instr *i = ir_instr_new(b->f, op, type, op == OpBranch);
    i->inl = b->inl;
    i->off = at->off;
    ir_append(at, i);
    return i;
}

void
build_gen_begin(Builder *b, uint32_t entry)
{
    find_bound(b, entry);
    uint32_t off = b->ins.at[entry].off;
    b->gen_entry = new_block(b, off);
    b->cur = new_block(b, off);
    for (uint32_t k = 0; k < entry; k++)
        if (b->ins.at[k].op == PyOp_RETURN_GENERATOR)
            vec_push(b->f->arena, &b->resumes, (Resume){b->ins.at[k].off, b->cur});
}

/* Last to first: a generator stands behind a yield more often than at its start. */
void
build_gen_end(Builder *b)
{
    Block *at = b->gen_entry;
    for (uint32_t k = b->resumes.n; k-- > 0;) {
        Instr *here = emit_in(b, at, OpResumedAt, TyBit);
        here->imm = b->resumes.at[k].unit;
        emit_in(b, at, OpBranch, TyVoid)->args[0] = here;
        Block *next = new_block(b, at->off);
        ir_add_edge(at, b->resumes.at[k].block);
        ir_add_edge(at, next);
        at = next;
    }
    emit_in(b, at, OpDecline, TyVoid);
}

/* ---- yields ---- */

/* Each way to a merge brings the same kind of operand. */
static const Instr *
first_source(const Instr *v)
{
    while (v->op == OpPhi && v->n_args)
        v = v->args[0];
    return v;
}

static bool
is_bound(const Builder *b, uint32_t local)
{
    return b->bound[b->at][local / 64] >> (local % 64) & 1;
}

static void
reload_locals(Builder *b)
{
    for (uint32_t k = 0; k < b->code->n_localsplus; k++) {
        if (!b->locals[k])
            continue; /* a cell: its home holds it, always */
        b->locals[k] = build_emit(b, OpReload, is_bound(b, k) ? TyObj : TyMaybe, 0, NULL);
        b->locals[k]->imm = k;
    }
}

static void
retake_operands(Builder *b)
{
    for (uint32_t k = 0; k < b->n_stack; k++) {
        Ty type = (Ty)first_source(b->stack[k])->type;
        if (b->stack[k]->op == OpNull) {
            b->stack[k] = build_const_null(b);
            continue;
        }
        bool maybe = type == TyMaybe || type == TyNull;
        b->stack[k] = build_emit(b, OpTakeSlot, maybe ? TyMaybe : TyObj, 0, NULL);
        b->stack[k]->imm = k;
    }
}

void
build_yield(Builder *b)
{
    Instr **args = arena_array(b->f->arena, Instr *, b->n_stack);
    args[0] = build_pop(b);
    memcpy(args + 1, b->stack, b->n_stack * sizeof *args);
    build_emit(b, OpYield, TyVoid, 1 + b->n_stack, args);
    uint32_t unit = b->ins.at[b->at].off;
    b->cur = new_block(b, unit);
    vec_push(b->f->arena, &b->resumes, (Resume){unit, b->cur});
    b->effects = false; /* who resumes has looked */
    build_emit(b, OpEnter, TyVoid, 0, NULL);
    reload_locals(b);
    retake_operands(b);
    build_push(b, build_emit(b, OpSent, TyObj, 0, NULL));
}

/* SEND: the subiterator stays on the stack below what it yields, and gives way to what it returns.
 */
void
build_send(Builder *b, const PyInstr *i)
{
    Instr *sent = build_pop(b), *source = build_peek(b, 1);
    Instr *more = build_emit(b, OpSend, TyBit, 2, (Instr *[]){source, sent});
    Instr *item = build_emit(b, OpProj, TyObj, 1, &more);
    Block *yes, *no;
    build_branch(b, more, false, &yes, &no);
    b->cur = yes;
    build_push(b, item);
    build_goto(b, i->next);
    b->cur = no;
    build_pop(b);
    build_pop(b);
    build_push(b, item);
    build_goto(b, i->target);
}
