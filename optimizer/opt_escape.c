/* Tuples that nobody gets to see are not built.
 *
 *     x, y = at          where at is a parameter of an inlined __getitem__, and the caller wrote
 *     t = g[i, j - 1]
 *
 * A BUILD_TUPLE escapes when anything wants the object.  One that does not becomes Parts: the same
 * items, in a value that only an inlined callee's local, Publish and frame states may hold, as they
 * hold raw numbers.  Whoever asked for an item or the length gets it without asking.  Where
 * somebody could look at the frame the tuple is made after all: a Publish builds it in its local's
 * home, an exit in its slot.
 *
 * Requirements
 *  E1  One object stays one object: at most one local holds it, and an exit that names it twice (a
 *      local and an operand) makes it once (emit_exit.c, opt_homes.c).
 *  E2  Its items live as long as it would: the frame states that name it use them.  A local of the
 *      function itself would have to last until the return, so only those of inlined code will do.
 *  E3  No phi: a merge of two tuples is an object. */
#include "build.h"
#include "pass.h"

typedef struct Tuple {
    Instr *made;
    bool escapes;
    int64_t slot; /* of the one local that holds it, -1 none */
} Tuple;

typedef Vec(Tuple) Tuples;

static bool
is_builder(const Instr *i)
{
    return i->op == OpRt && i->imm == RtBuildTuple && i->n_args && i->n_args <= LimitParts;
}

/* The item that TupleItem or TupleItemAt asks for, or NULL. */
static Instr *
item_asked(const Instr *tuple, const Instr *u)
{
    if (u->op != OpTupleItemAt && (u->op != OpTupleItem || u->args[1]->op != OpConstInt))
        return NULL;
    int64_t k = u->op == OpTupleItemAt ? u->imm : u->args[1]->imm;
    if (k < 0)
        k += tuple->n_args;
    return k >= 0 && k < tuple->n_args ? tuple->args[k] : NULL;
}

/* E1, E2 */
static bool
is_inlined_local(const Func *f, Tuple *t, int64_t slot)
{
    if (slot < f->code->n_localsplus || (t->slot >= 0 && t->slot != slot))
        return false;
    t->slot = slot;
    return true;
}

static bool
harmless(const Func *f, Tuple *t, const Instr *u)
{
    switch ((int)u->op) {
    case OpLen:
    case OpIsExact: return true;
    case OpTupleItem:
    case OpTupleItemAt: return item_asked(t->made, u);
    case OpSetLocal: return is_inlined_local(f, t, u->imm);
    default: return false;
    }
}

/* mark of a builder: its index in the list, plus 1. */
static void
find_tuples(Func *f, Tuples *all)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i) {
            i->mark = 0;
            if (!is_builder(i))
                continue;
            vec_push(f->arena, all, (Tuple){.made = i, .slot = -1});
            i->mark = all->n;
        }
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, u)
            for (uint32_t k = 0; k < u->n_args; k++) {
                uint32_t n = ir_origin(u->args[k])->mark;
                if (n && (u->args[k]->mark != n || k || !harmless(f, &all->at[n - 1], u)))
                    all->at[n - 1].escapes = true;
            }
}

static Instr *
new_before(Func *f, Instr *at, Op op, Ty type, uint32_t n_args)
{
    Instr *i = ir_instr_new(f, op, type, n_args);
    i->inl = at->inl;
    i->off = at->off;
    ir_insert_before(at, i);
    return i;
}

/* What u asked the tuple, answered; NULL when it only holds it. */
static Instr *
answer(Func *f, const Instr *tuple, Instr *u)
{
    Instr *c;
    switch ((int)u->op) {
    case OpLen:
        c = new_before(f, u, OpConstInt, TyI64, 0);
        c->imm = tuple->n_args;
        return c;
    case OpIsExact:
        c = new_before(f, u, OpConstBit, TyBit, 0);
        c->imm = u->imm == TyTuple;
        return c;
    default: return item_asked(tuple, u);
    }
}

/* needs rpo, types */
bool
opt_escape(PassCtx *ctx)
{
    Func *f = ctx->f;
    Tuples all = {0};
    bool any = false;
    find_tuples(f, &all);
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, u) {
            uint32_t n = u->n_args ? u->args[0]->mark : 0;
            Instr *by = n && !all.at[n - 1].escapes ? answer(f, all.at[n - 1].made, u) : NULL;
            if (by) {
                ir_replace(u, by);
                ir_remove(u);
            }
        }
    for (uint32_t k = 0; k < all.n; k++) {
        Instr *made = all.at[k].made;
        if (all.at[k].escapes)
            continue;
        Instr *parts = new_before(f, made, OpParts, TyParts, made->n_args);
        for (uint32_t j = 0; j < made->n_args; j++)
            parts->args[j] = made->args[j];
        ir_replace(made, parts);
        ir_remove(made);
        any = true;
    }
    if (any)
        ir_apply_replacements(f);
    return any;
}
