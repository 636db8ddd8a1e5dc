/* Boxes that are only made to be opened again.
 *
 *   1  Unbox(Box x) is x; Unbox of a constant is a constant.
 *   2  A phi of boxes of one kind (and of constants of that kind, and of such phis) becomes a phi
 * of what is in them, with one box behind it that dies if nobody wants it.  An argument that is any
 * other object can be unboxed on its edge when the phi is unboxed in the loop anyway: the guard
 * moves out of the loop to the entry edge, where the header's own frame state, with the phis
 * replaced by their arguments, says how to leave. 3  A box that only locals and frame states want
 * is not made: SetLocal and the frame states get the raw value. *   4  A box that a local and
 * others want is made in the local's home, where the old box can often be used again (DESIGN 3.7).
 */
#include "pass.h"

typedef struct Kind {
    Ty boxed, raw;
    Op box, unbox;
} Kind;

static const Kind kinds[] = {
    {TyInt, TyI64, OpBoxInt, OpUnboxInt},
    {TyFloat, TyF64, OpBoxFloat, OpUnboxFloat},
    {TyBool, TyBit, OpBoxBool, OpUnboxBool},
};

static const Kind *
kind_of_type(Ty t)
{
    for (size_t k = 0; k < countof(kinds); k++)
        if (kinds[k].boxed == t)
            return &kinds[k];
    return NULL;
}

static const PyObj *
constant(const Instr *i)
{
    return i->op == OpConst ? i->inl->code->consts->items[i->imm] : NULL;
}

/* The raw value of v if it is at hand without a guard, or NULL; may make a constant in front of
 * `at`. */
static Instr *
raw_value(Func *f, Instr *v, const Kind *k, Instr *at)
{
    v = ir_origin(v);
    if (v->op == k->box)
        return v->args[0];
    const PyObj *c = constant(v);
    Instr *raw = NULL;
    if (c && c->kind == PyInt && !c->big && k->raw == TyI64) {
        raw = ir_instr_new(f, OpConstInt, TyI64, 0);
        raw->imm = c->i;
    } else if (c && c->kind == PyFloat && k->raw == TyF64) {
        raw = ir_instr_new(f, OpConstFloat, TyF64, 0);
        raw->f = c->f;
    } else {
        return NULL;
    }
    raw->inl = at->inl;
    raw->off = at->off;
    ir_insert_before(at, raw);
    return raw;
}

/* ---- 1 ---- */

static Instr *
to_float_value(Func *f, Instr *i)
{
    Instr *v = ir_origin(i->args[0]), *raw = raw_value(f, v, &kinds[1], i);
    const PyObj *c = constant(v);
    if (raw || !c || c->kind != PyInt || c->big || c->i > 1ll << 53 || c->i < -(1ll << 53))
        return raw;
    raw = ir_instr_new(f, OpConstFloat, TyF64, 0);
    raw->f = (double)c->i;
    raw->inl = i->inl;
    raw->off = i->off;
    ir_insert_before(i, raw);
    return raw;
}

static bool
open_boxes(Func *f)
{
    bool any = false;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            Instr *raw = NULL;
            for (size_t k = 0; k < countof(kinds) && !raw; k++)
                if (i->op == kinds[k].unbox)
                    raw = raw_value(f, i->args[0], &kinds[k], i);
            if (i->op == OpToFloat) {
                Instr *v = ir_origin(i->args[0]);
                raw = to_float_value(f, i);
                if (!raw &&
                    v->op == OpBoxInt) { /* still a guard: the int may not be exact as a double */
                    i->op = OpIntToFloat;
                    i->args[0] = v->args[0];
                }
            }
            if (raw) {
                ir_replace(i, raw);
                ir_remove(i);
                any = true;
            }
        }
    if (any)
        ir_apply_replacements(f);
    return any;
}

/* ---- 2 ---- */

static bool
is_unboxed_in(const Block *b, const Instr *phi, const Kind *k)
{
    FOR_EACH_INSTR (b, i)
        if (i->op == k->unbox && ir_origin(i->args[0]) == phi)
            return true;
    return false;
}

static bool
is_unboxed_as(Func *f, const Instr *phi, const Kind *k)
{
    FOR_EACH_BLOCK (f, b)
        if (is_unboxed_in(b, phi, k))
            return true;
    return false;
}

/* Is there a guard that makes it worth (and safe) to unbox an argument on its edge?  In a loop it
 * pays to do that once wherever the guard is; elsewhere it must be one that always runs. */
static bool
is_guarded(Func *f, const Instr *phi, const Kind *k)
{
    return phi->block->is_loop_header ? is_unboxed_as(f, phi, k)
                                      : is_unboxed_in(phi->block, phi, k);
}

static bool
is_fallible_box(const Instr *i)
{
    return i->op == OpBoxInt || i->op == OpBoxFloat;
}

/* Can on_edge() say what v is on an edge into h? */
static bool
known_on_edge(const Instr *v, const Block *h)
{
    if (!v || v->block != h || v->op == OpPhi)
        return true;
    return v->op == OpMaybe ? known_on_edge(v->args[0], h) && known_on_edge(v->args[1], h)
                            : is_fallible_box(v) && known_on_edge(v->args[0], h);
}

static bool
known_on_edges(const FrameState *fs, const Block *h)
{
    for (; fs; fs = fs->outer)
        for (uint32_t k = 0; k < fs->n_locals + fs->n_stack; k++)
            if (!known_on_edge(fs->vals[k], h))
                return false;
    return true;
}

/* The frame state with which a block starts, or NULL when it is not known. */
static FrameState *
entry_state(const Block *h)
{
    for (Instr *i = h->first; i; i = i->next) {
        if (i->op == OpPhi || (is_fallible_box(i) && i->args[0]->op == OpPhi))
            continue;
        if (i->fs)
            return known_on_edges(i->fs, h) ? i->fs : NULL;
        if (ir_has_side_effect(i))
            return NULL;
    }
    return NULL;
}

/* What v, a value of the header's state, is at the end of pred.  Boxes that an earlier round made
 * of the header's phis are opened. */
static Instr *
on_edge(Func *f, Instr *v, const Block *header, Block *pred)
{
    if (v->block != header)
        return v;
    if (v->op == OpPhi)
        return v->args[ir_pred_index(header, pred)];
    if (v->op != OpMaybe)
        return on_edge(f, v->args[0], header, pred);
    Instr *m = ir_instr_new(f, OpMaybe, (Ty)v->type, 2);
    m->args[0] = on_edge(f, v->args[0], header, pred);
    m->args[1] = on_edge(f, v->args[1], header, pred);
    m->inl = v->inl;
    m->off = v->off;
    ir_insert_before(pred->last, m);
    return m;
}

/* Copies the chain so that outer states can be changed alone. */
static FrameState *
edge_state(Func *f, const FrameState *fs, const Block *header, Block *pred)
{
    FrameState *c = ir_fs_clone(f, fs);
    if (fs->outer)
        c->outer = edge_state(f, fs->outer, header, pred);
    for (uint32_t k = 0; k < c->n_locals + c->n_stack; k++)
        if (c->vals[k])
            c->vals[k] = on_edge(f, c->vals[k], header, pred);
    return c;
}

enum { No = 0, Free, Guarded };

/* Can argument p of phi be had raw?  candidate: phis presumed to become raw, by mark. */
static int
arg_cost(const Instr *phi, uint32_t p, const Kind *k)
{
    Instr *v = ir_origin(phi->args[p]);
    const PyObj *c = constant(v);
    if (v->op == k->box || (v->op == OpPhi && v->mark == (uint32_t)(k - kinds) + 1))
        return Free;
    if (c)
        return (c->kind == PyInt && !c->big && k->raw == TyI64) ||
                       (c->kind == PyFloat && k->raw == TyF64)
                   ? Free
                   : No;
    Ty known = (Ty)phi->args[p]->type; /* a guard may know more than what it guards */
    if (!ty_unknown(known) && known != k->boxed)
        return No;
    return entry_state(phi->block) ? Guarded : No;
}

static bool
still_candidate(Func *f, const Instr *phi, const Kind *k)
{
    bool guarded = false, free = false;
    for (uint32_t p = 0; p < phi->n_args; p++) {
        int c = arg_cost(phi, p, k);
        /* A guard on a back edge would be paid for on every turn: no gain. */
        if (c == No || (c == Guarded && phi->block->preds.at[p]->rpo >= phi->block->rpo))
            return false;
        guarded |= c == Guarded;
        free |= c == Free;
    }
    return free && (!guarded || is_guarded(f, phi, k));
}

static Instr *
unbox_on_edge(Func *f, Instr *phi, uint32_t p, const Kind *k)
{
    Block *pred = phi->block->preds.at[p];
    Instr *u = ir_instr_new(f, k->unbox, k->raw, 1);
    u->args[0] = phi->args[p];
    u->fs = edge_state(f, entry_state(phi->block), phi->block, pred);
    u->inl = u->fs->inl;
    u->off = u->fs->off;
    ir_insert_before(pred->last, u);
    return u;
}

static void
make_raw(Func *f, Instr *phi, const Kind *k)
{
    Instr *raw = ir_instr_new(f, OpPhi, k->raw, phi->n_args),
          *box = ir_instr_new(f, k->box, k->boxed, 1);
    raw->inl = box->inl = phi->inl;
    raw->off = box->off = phi->off;
    raw->imm = phi->imm;
    ir_insert_before(phi, raw);
    Instr *at = phi;
    while (at->op == OpPhi || at->op == OpMaybe) /* the box's state may name them */
        at = at->next;
    box->args[0] = raw;
    ir_insert_before(at, box);
    phi->repl =
        box; /* arguments that are this phi resolve to the box, then to raw, in fill_raw() */
    box->mark = raw->mark = 0;
}

/* The header's state for a box behind its phis: it must not refer to that box, nor to one that an
 * earlier round put there, which now comes after it. */
static FrameState *
state_of_raws(Func *f, const FrameState *fs, const Block *header)
{
    FrameState *c = ir_fs_clone(f, fs);
    if (fs->outer)
        c->outer = state_of_raws(f, fs->outer, header);
    for (uint32_t k = 0; k < c->n_locals + c->n_stack; k++) {
        Instr *v = c->vals[k];
        if (v && v->op == OpPhi && v->repl)
            c->vals[k] = v->repl->args[0];
        else if (v && v->block == header && is_fallible_box(v))
            c->vals[k] = v->args[0];
    }
    return c;
}

static void
fill_raw(Func *f, Instr *phi, const Kind *k)
{
    Instr *raw = phi->repl->args[0];
    if (k->raw != TyBit)
        phi->repl->fs = state_of_raws(f, entry_state(phi->block), phi->block);
    for (uint32_t p = 0; p < phi->n_args; p++) {
        Instr *v = ir_origin(phi->args[p]);
        while (v->repl)
            v = ir_origin(v->repl);
        Block *pred = phi->block->preds.at[p];
        Instr *r = raw_value(f, v, k, pred->last);
        raw->args[p] = r ? r : unbox_on_edge(f, phi, p, k);
    }
}

/* Boxes behind a phi may fail to allocate: where that is reported needs a state. */
static bool
box_has_state(const Instr *phi, const Kind *k)
{
    return k->raw == TyBit || entry_state(phi->block);
}

static bool
unbox_phis(Func *f)
{
    Vec(Instr *) chosen = {0};
    FOR_EACH_BLOCK (f, b)
        for (Instr *i = b->first; i; i = i->next) {
            i->mark = 0;
            if (i->op != OpPhi || !ty_boxed((Ty)i->type))
                continue;
            const Kind *k = kind_of_type((Ty)i->type);
            for (size_t j = 0; j < countof(kinds) && !k && ty_unknown((Ty)i->type); j++)
                if (is_unboxed_as(f, i, &kinds[j]))
                    k = &kinds[j];
            if (k && box_has_state(i, k))
                i->mark = (uint32_t)(k - kinds) + 1;
        }
    for (bool changed = true; changed;) {
        changed = false;
        FOR_EACH_BLOCK (f, b)
            for (Instr *i = b->first; i && i->op == OpPhi; i = i->next)
                if (i->mark && !still_candidate(f, i, &kinds[i->mark - 1])) {
                    i->mark = 0;
                    changed = true;
                }
    }
    FOR_EACH_BLOCK (f, b)
        for (Instr *i = b->first; i && i->op == OpPhi; i = i->next)
            if (i->mark)
                vec_push(f->arena, &chosen, i);
    for (uint32_t n = 0; n < chosen.n; n++)
        make_raw(f, chosen.at[n], &kinds[chosen.at[n]->mark - 1]);
    for (uint32_t n = 0; n < chosen.n; n++)
        fill_raw(f, chosen.at[n], &kinds[chosen.at[n]->mark - 1]);
    for (uint32_t n = 0; n < chosen.n; n++)
        ir_remove(chosen.at[n]);
    if (chosen.n)
        ir_apply_replacements(f);
    return chosen.n > 0;
}

/* ---- 3 ---- */

static void
raw_in_state(Instr **use, void *arg)
{
    (void)arg;
    for (size_t k = 0; k < countof(kinds); k++)
        if ((*use)->op == kinds[k].box && !(*use)->mark)
            *use = (*use)->args[0];
}

static void
raw_of(Instr **use, void *arg)
{
    if (*use == arg)
        *use = ((Instr *)arg)->args[0];
}

static void
raw_states(Instr *i, Instr *box)
{
    ir_fs_each(i->fs, raw_of, box);
}

/* mark 1: something needs the object itself. */
static bool
drop_boxes(Func *f)
{
    bool any = false;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            i->mark = 0;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; k < i->n_args && i->op != OpSetLocal && i->op != OpParts; k++)
                i->args[k]->mark = ir_origin(i->args[k])->mark = 1;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i) {
            ir_fs_each(i->fs, raw_in_state, NULL);
            for (uint32_t k = 0; i->op == OpParts && k < i->n_args; k++)
                raw_in_state(&i->args[k], NULL);
            if (i->op != OpSetLocal)
                continue;
            Instr *before = i->args[0];
            raw_in_state(&i->args[0], NULL);
            /* An inlined callee's parameter is a local of its own: no need for the caller's box. */
            for (size_t k = 0; k < countof(kinds); k++)
                if (i->inl->id && i->args[0]->op == kinds[k].box && i->off == i->inl->entry)
                    i->args[0] = i->args[0]->args[0];
            any |= i->args[0] != before;
        }
    return any;
}

/* ---- 4 ---- */

/* Nothing between a box and the SetLocal behind it may need the object: frame states get the raw
 * value. */
static bool
only_states_between(const Instr *box, const Instr *set)
{
    for (const Instr *i = box->next; i; i = i->next) {
        if (i == set)
            return true;
        for (uint32_t k = 0; k < i->n_args; k++)
            if (ir_origin(i->args[k]) == box)
                return false;
    }
    return false;
}

static bool
box_in_homes(Func *f)
{
    bool any = false;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            if (i->op != OpSetLocal)
                continue;
            Instr *box = i->args[0];
            const Kind *k = kind_of_type((Ty)box->type);
            if (!k || box->dead || box->op != k->box || box->op == OpBoxBool || box->block != b ||
                !only_states_between(box, i))
                continue;
            for (Instr *j = box->next; j != i; j = j->next)
                raw_states(j, box);
            raw_states(i, box);
            Instr *local = ir_instr_new(f, OpBoxLocal, (Ty)box->type, 1);
            local->args[0] = box->args[0];
            local->imm = i->imm;
            local->inl = i->inl;
            local->off = i->off;
            local->fs = i->fs;
            ir_insert_before(i, local);
            ir_remove(i);
            ir_replace(box, local);
            ir_remove(box);
            any = true;
        }
    if (any)
        ir_apply_replacements(f);
    return any;
}

/* needs rpo, dom, types */
bool
opt_unbox(PassCtx *ctx)
{
    bool any = open_boxes(ctx->f);
    if (unbox_phis(ctx->f)) {
        any = true;
        open_boxes(ctx->f);
    }
    any |= drop_boxes(ctx->f);
    return any;
}

/* needs rpo, types; after the last opt_unbox */
bool
opt_box_locals(PassCtx *ctx)
{
    return box_in_homes(ctx->f);
}
