/* Raw homes: memory for unboxed locals that cold paths want.
 *
 * A cold path that comes back (a release that runs a finalizer, a call of the runtime that a quick
 * function could not answer) needs the locals that are out of date in their homes.  To name their
 * values there would keep every one of them in a register, or a spilled one, all through the hot
 * path.  Instead a SetLocal of an unboxed value also writes the local's raw home, a cell on the C
 * stack, and cold code reads that.  One store per assignment, which nothing waits for.
 *
 * Two dataflow problems.  Forward: which value a raw home holds (content).  A merge keeps what all
 * predecessors agree on, or a phi or Maybe of the block that says of each predecessor what that one
 * has; it starts from the best case and sinks.  Backward: is a raw home read by a cold path before
 * it is written again (live)?  Only then is it written.  Exits read raw homes where both hold, and
 * name the value itself elsewhere. */
#include "homes.h"

#include <string.h>

enum { MAX_ROUNDS = 12 };

/* What a raw home holds where it holds no value. */
static const Instr any, unbound;
#define ANY     (&any)     /* not known yet: agrees with everything */
#define UNBOUND (&unbound) /* nothing: it was never written in this activation */

typedef struct RawHomes {
    Func *f;
    const Instr ***out, **now;    /* per slot: contents at each block's end, and here */
    uint8_t **live_in, *live_out; /* per slot: read later, from each block's start, and from here */
    uint16_t *number;             /* per slot: its raw home, from 1; 0: has none yet */
} RawHomes;

/* Not of a tuple in pieces, which has no raw home. */
static bool
writes(const Instr *i)
{
    return i->op == OpSetLocal && ty_number((Ty)i->args[0]->type);
}

/* Does what pred holds fit the operand that a phi or Maybe of the next block takes from there? */
static bool
fits(const Instr *held, const Instr *value, const Instr *flag)
{
    if (held == ANY)
        return true;
    if (!held)
        return false;
    if (!flag || (flag->op == OpConstBit && flag->imm))
        return held == value;
    if (flag->op == OpConstBit)
        return held == UNBOUND;
    return held->op == OpMaybe && held->args[0] == value && held->args[1] == flag;
}

static const Instr *
operand(const Instr *v, const Block *b, uint32_t p)
{
    return v->op == OpPhi && v->block == b ? v->args[p] : v;
}

static bool
stands_for(const RawHomes *r, const Block *b, const Instr *v, uint32_t slot)
{
    bool maybe = v->op == OpMaybe;
    for (uint32_t p = 0; p < b->preds.n; p++) {
        const Instr *value = operand(maybe ? v->args[0] : v, b, p);
        const Instr *flag = maybe ? operand(v->args[1], b, p) : NULL;
        if (!fits(r->out[b->preds.at[p]->rpo][slot], value, flag))
            return false;
    }
    return true;
}

/* The local's phi or Maybe in b, if it stands for what each predecessor has. */
static const Instr *
stand_in(const RawHomes *r, const Block *b, uint32_t slot)
{
    FOR_EACH_INSTR (b, i) {
        const Instr *phi = i->op == OpMaybe ? i->args[0] : i;
        if (phi->op == OpPhi && phi->imm == (int64_t)slot + 1 && ty_number((Ty)i->type) &&
            stands_for(r, b, i, slot))
            return i;
    }
    return NULL;
}

static const Instr *
merge(const RawHomes *r, const Block *b, uint32_t slot)
{
    const Instr *first = ANY;
    bool same = true;
    for (uint32_t p = 0; p < b->preds.n; p++) {
        const Instr *v = r->out[b->preds.at[p]->rpo][slot];
        if (v == ANY)
            continue;
        if (!v)
            return NULL;
        same &= first == ANY || first == v;
        first = v;
    }
    const Instr *phi = b->preds.n > 1 ? stand_in(r, b, slot) : NULL;
    return phi ? phi : same ? first : NULL;
}

static void
enter_block(RawHomes *r, const Block *b)
{
    for (uint32_t s = 0; s < r->f->n_slots; s++)
        r->now[s] = b == r->f->blocks.at[0] ? UNBOUND : merge(r, b, s);
}

/* The contents at each block's end. */
static bool
solve_contents(RawHomes *r)
{
    size_t size = r->f->n_slots * sizeof(Instr *);
    bool changed = true;
    for (uint32_t round = 0; changed; round++) {
        if (round == MAX_ROUNDS)
            return false;
        changed = false;
        FOR_EACH_BLOCK (r->f, b) {
            enter_block(r, b);
            FOR_EACH_INSTR (b, i)
                if (writes(i))
                    r->now[i->imm] = i->args[0];
            changed |= memcmp(r->out[b->rpo], r->now, size) != 0;
            memcpy(r->out[b->rpo], r->now, size);
        }
    }
    return true;
}

/* Constants are as good as memory. */
static bool
is_constant(const Instr *v)
{
    return v->op == OpConstInt || v->op == OpConstFloat || v->op == OpConstBit;
}

/* Marks what i's exit may read from raw homes, for now with slots. */
static void
mark_readable(const RawHomes *r, Instr *i)
{
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        ExitVal *x = &i->exit->vals.at[k];
        int64_t slot = homes_slot_of(i, x);
        if (slot >= 0 && r->now[slot] == x->v && !is_constant(x->v))
            x->raw = (uint16_t)(slot + 1);
    }
}

static void
mark_all_readable(RawHomes *r)
{
    FOR_EACH_BLOCK (r->f, b) {
        enter_block(r, b);
        FOR_EACH_INSTR (b, i) {
            mark_readable(r, i);
            if (writes(i))
                r->now[i->imm] = i->args[0];
        }
    }
}

/* ---- liveness ---- */

/* Cold code of i, which comes back, reads what its list says. */
static void
read_by(RawHomes *r, const Instr *i)
{
    if (ir_effect(i) != 'L' || !i->exit)
        return;
    for (uint32_t k = 0; k < i->exit->vals.n; k++)
        if (i->exit->vals.at[k].raw)
            r->live_out[i->exit->vals.at[k].raw - 1] = 1;
}

static void
live_at_end(RawHomes *r, const Block *b)
{
    memset(r->live_out, 0, r->f->n_slots);
    for (uint32_t k = 0; k < b->n_succ; k++)
        for (uint32_t s = 0; s < r->f->n_slots; s++)
            r->live_out[s] |= r->live_in[b->succ[k]->rpo][s];
}

static void
solve_liveness(RawHomes *r)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t k = r->f->blocks.n; k-- > 0;) {
            Block *b = r->f->blocks.at[k];
            live_at_end(r, b);
            for (Instr *i = b->last; i; i = i->prev) {
                if (writes(i))
                    r->live_out[i->imm] = 0;
                read_by(r, i);
            }
            changed |= memcmp(r->live_in[k], r->live_out, r->f->n_slots) != 0;
            memcpy(r->live_in[k], r->live_out, r->f->n_slots);
        }
    }
}

/* ---- placement ---- */

static uint16_t
number(RawHomes *r, uint32_t slot)
{
    if (!r->number[slot])
        r->number[slot] = (uint16_t)++r->f->n_raws;
    return r->number[slot];
}

/* Exits that leave for good read a raw home where it is written anyway. */
static void
number_reads(RawHomes *r, Instr *i)
{
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        ExitVal *x = &i->exit->vals.at[k];
        if (x->raw)
            x->raw = r->live_out[x->raw - 1] ? number(r, x->raw - 1u) : 0;
    }
}

static void
place(RawHomes *r)
{
    FOR_EACH_BLOCK (r->f, b) {
        live_at_end(r, b);
        for (Instr *i = b->last; i; i = i->prev) {
            if (writes(i)) {
                i->imm3 = r->live_out[i->imm] ? number(r, (uint32_t)i->imm) : 0;
                r->live_out[i->imm] = 0;
            }
            read_by(r, i);
            number_reads(r, i);
        }
    }
}

/* needs rpo, split, homes; behind opt_show(), whose lists it reads */
bool
opt_raw_homes(PassCtx *ctx)
{
    Func *f = ctx->f;
    Arena *a = arena_new();
    RawHomes r = {.f = f};
    r.out = arena_array(a, const Instr **, f->blocks.n);
    r.live_in = arena_array(a, uint8_t *, f->blocks.n);
    r.live_out = arena_array(a, uint8_t, f->n_slots + 1);
    r.now = arena_array(a, const Instr *, f->n_slots + 1);
    r.number = arena_array(a, uint16_t, f->n_slots + 1);
    for (uint32_t k = 0; k < f->blocks.n; k++) {
        r.live_in[k] = arena_array(a, uint8_t, f->n_slots + 1);
        r.out[k] = arena_array(a, const Instr *, f->n_slots + 1);
        for (uint32_t s = 0; s < f->n_slots; s++)
            r.out[k][s] = ANY;
    }
    if (solve_contents(&r)) {
        mark_all_readable(&r);
        solve_liveness(&r);
        place(&r);
    }
    arena_free(a);
    return true;
}
