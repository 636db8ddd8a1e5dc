/* Phis that only frame states want.
 *
 * A local assigned in a loop has a phi at the loop's header, because an exit there must know it:
 * unbound on the first turn, a number afterwards.  Nothing computes with that phi, yet it would
 * force a box on every turn.  It becomes two raw phis, the number and a Bit that says whether there
 * is one yet, joined by Maybe, which only frame states may hold; exits write NULL or a box by the
 * Bit.  All such Bits of a header are the same phi in the end (opt_phis).
 *
 * The body of a loop (loops.h) begins in a later turn: there such a local comes with the frame, as
 * an object or NULL, and is opened at the entry. */
#include "pass.h"

typedef enum Raw { RawNone, RawInt, RawFloat } Raw; /* mark: RawNone not a candidate */
enum { AnyRaw = 3 };                                /* candidate that has seen only NULL so far */

static Raw
raw_of(const Instr *v)
{
    if (v->op == OpBoxInt || (v->op == OpMaybe && v->type == TyI64))
        return RawInt;
    return v->op == OpBoxFloat || v->op == OpMaybe ? RawFloat : RawNone;
}

/* Everything that a real operation uses, through phis. */
static void
mark_real(Func *f, uint8_t *real)
{
    Vec(Instr *) todo = {0};
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; i->op != OpPhi && k < i->n_args; k++)
                if (!real[ir_origin(i->args[k])->id]) {
                    real[ir_origin(i->args[k])->id] = 1;
                    vec_push(f->arena, &todo, ir_origin(i->args[k]));
                }
    while (todo.n) {
        Instr *i = vec_pop(&todo);
        for (uint32_t k = 0; i->op == OpPhi && k < i->n_args; k++)
            if (!real[ir_origin(i->args[k])->id]) {
                real[ir_origin(i->args[k])->id] = 1;
                vec_push(f->arena, &todo, ir_origin(i->args[k]));
            }
    }
}

/* A local that came with a loop's frame, and may be unbound. */
static bool
is_found(const Instr *v)
{
    return v->op == OpFound && v->type == TyMaybe;
}

/* What the arguments agree on: RawNone when they do not. */
static uint32_t
agree(const Instr *phi)
{
    uint32_t kind = AnyRaw;
    for (uint32_t k = 0; k < phi->n_args; k++) {
        const Instr *v = ir_origin(phi->args[k]);
        bool any = v->type == TyNull || is_found(v);
        uint32_t r = any ? AnyRaw : v->op == OpPhi ? v->mark : raw_of(v);
        if (r == RawNone || (r != AnyRaw && kind != AnyRaw && r != kind))
            return RawNone;
        if (r != AnyRaw)
            kind = r;
    }
    return kind;
}

/* A phi that stays an object's needs its arguments to be objects. */
static bool
spoil_args(const Instr *phi)
{
    bool any = false;
    for (uint32_t k = 0; k < phi->n_args; k++) {
        Instr *v = ir_origin(phi->args[k]);
        if (v->op == OpPhi && v->mark != RawNone) {
            v->mark = RawNone;
            any = true;
        }
    }
    return any;
}

/* Candidates sink to what their arguments agree on, and with them. */
static void
settle(Func *f)
{
    for (bool changed = true; changed;) {
        changed = false;
        FOR_EACH_BLOCK (f, b)
            for (Instr *i = b->first; i && i->op == OpPhi; i = i->next) {
                uint32_t kind = i->mark ? agree(i) : RawNone;
                changed |= kind != i->mark;
                i->mark = kind;
                if (kind == RawNone && ty_boxed((Ty)i->type))
                    changed |= spoil_args(i);
            }
    }
}

/* What came with the frame is of some kind only where another argument says which. */
static bool
spoil_undecided(Func *f)
{
    bool any = false;
    FOR_EACH_BLOCK (f, b)
        for (Instr *i = b->first; i && i->op == OpPhi; i = i->next)
            for (uint32_t k = 0; i->mark == AnyRaw && k < i->n_args; k++)
                if (is_found(ir_origin(i->args[k]))) {
                    i->mark = RawNone;
                    any = true;
                }
    return any;
}

static Instr *
constant_at(Func *f, Block *pred, Ty t, int64_t v)
{
    Instr *c = ir_instr_new(f,
                            t == TyF64   ? OpConstFloat
                            : t == TyBit ? OpConstBit
                                         : OpConstInt,
                            t, 0);
    c->imm = v;
    c->inl = pred->last->inl;
    c->off = pred->last->off;
    ir_insert_before(pred->last, c);
    return c;
}

/* phi->repl: its Maybe, whose arguments are the raw phi and the Bit phi. */
static void
make_maybe(Func *f, Instr *phi)
{
    Ty t = phi->mark == RawInt ? TyI64 : TyF64;
    Instr *raw = ir_instr_new(f, OpPhi, t, phi->n_args),
          *bit = ir_instr_new(f, OpPhi, TyBit, phi->n_args);
    Instr *maybe = ir_instr_new(f, OpMaybe, t, 2), *at = phi;
    raw->inl = bit->inl = maybe->inl = phi->inl;
    raw->off = bit->off = maybe->off = phi->off;
    raw->imm = phi->imm;
    ir_insert_before(phi, raw);
    ir_insert_before(phi, bit);
    while (at->op == OpPhi)
        at = at->next;
    maybe->args[0] = raw;
    maybe->args[1] = bit;
    ir_insert_before(at, maybe);
    phi->repl = maybe;
}

/* The number in a local that came with the frame, and the Bit. */
static void
open_found(Func *f, Instr *v, Ty t, Instr **raw, Instr **bit)
{
    Block *entry = f->blocks.at[0];
    const Instr *first = entry->first; /* whose frame state is the frame as it came */
    while (!first->fs)
        first = first->next;
    *raw = ir_instr_new(f, t == TyF64 ? OpOpenFloat : OpOpenInt, t, 1);
    *bit = ir_instr_new(f, OpNotNull, TyBit, 1);
    (*raw)->args[0] = (*bit)->args[0] = v;
    (*raw)->inl = (*bit)->inl = entry->last->inl;
    (*raw)->off = (*bit)->off = first->off;
    (*raw)->fs = ir_fs_clone(f, first->fs);
    ir_insert_before(entry->last, *raw);
    ir_insert_before(entry->last, *bit);
}

static void
fill_maybe(Func *f, Instr *phi)
{
    Instr *raw = phi->repl->args[0], *bit = phi->repl->args[1];
    for (uint32_t p = 0; p < phi->n_args; p++) {
        Instr *v = ir_origin(phi->args[p]);
        Block *pred = phi->block->preds.at[p];
        if (v->type == TyNull || (v->op == OpPhi && v->mark == AnyRaw)) {
            /* Still AnyRaw: of nothing but NULLs behind a GuardBound, which no run gets past. */
            raw->args[p] = constant_at(f, pred, (Ty)raw->type, 0);
            bit->args[p] = constant_at(f, pred, TyBit, 0);
        } else if (v->op == OpPhi) {
            raw->args[p] = v->repl->args[0];
            bit->args[p] = v->repl->args[1];
        } else if (is_found(v)) {
            open_found(f, v, (Ty)raw->type, &raw->args[p], &bit->args[p]);
        } else if (v->op == OpMaybe) {
            raw->args[p] = v->args[0];
            bit->args[p] = v->args[1];
        } else {
            raw->args[p] = v->args[0];
            bit->args[p] = constant_at(f, pred, TyBit, 1);
        }
    }
}

/* needs rpo, types */
bool
opt_state_phis(PassCtx *ctx)
{
    Func *f = ctx->f;
    uint8_t *real = arena_array(f->arena, uint8_t, f->n_instrs);
    Vec(Instr *) chosen = {0};
    mark_real(f, real);
    FOR_EACH_BLOCK (f, b)
        for (Instr *i = b->first; i && i->op == OpPhi; i = i->next)
            i->mark = ty_boxed((Ty)i->type) && !real[i->id] ? AnyRaw : RawNone;
    do
        settle(f);
    while (spoil_undecided(f));
    FOR_EACH_BLOCK (f, b)
        for (Instr *i = b->first; i && i->op == OpPhi; i = i->next)
            if (i->mark == RawInt || i->mark == RawFloat)
                vec_push(f->arena, &chosen, i);
    for (uint32_t n = 0; n < chosen.n; n++)
        make_maybe(f, chosen.at[n]);
    for (uint32_t n = 0; n < chosen.n; n++)
        fill_maybe(f, chosen.at[n]);
    for (uint32_t n = 0; n < chosen.n; n++)
        ir_remove(chosen.at[n]);
    if (chosen.n)
        ir_apply_replacements(f);
    return chosen.n > 0;
}
