/* Where unboxed locals meet the frame.
 *
 * A forward dataflow problem over the homes' physical contents (homes.h), then one walk that
 *   1. makes SetLocal of an unboxed value mean nothing, and puts a ClearLocal before it when what
 * the home holds could be seen dying;
 *   2. puts a Publish before every effect for each unboxed local whose home is out of date;
 *   3. lists for every exit the locals that are out of date and the operand stack;
 *   4. releases an inlined callee's homes where it returns.
 *
 * A parameter of an inlined callee is often a local of its caller (self, above all).  That local's
 * home keeps the object for as long as the callee runs, so the callee's home need not: its value is
 * lent.  Like an unboxed one it is out of step with its home, and published where somebody could
 * look.
 *
 * Two slots may hold the same value.  A merge keeps a value when all sides hold it, or a phi when
 * each side holds that side's argument. */
#include "build.h"
#include "homes.h"

Home *
homes_entry(const Block *b)
{
    return b->homes;
}

uint32_t
homes_n_levels(const FrameState *fs)
{
    uint32_t n = 0;
    for (; fs; fs = fs->outer)
        n++;
    return n;
}

int64_t
homes_slot_of(const Instr *i, const ExitVal *v)
{
    /* What only shows the frame is listed by where it runs, not by its state (opt_show.c). */
    const Inl *inl = ir_effect(i) == 'L' ? i->inl : i->fs->inl;
    for (uint32_t depth = ir_inl_depth(inl); depth > v->level; depth--)
        inl = inl->parent;
    return v->index < inl->code->n_localsplus ? (int64_t)inl->base_slot + v->index : -1;
}

bool
homes_lets_go_unseen(const Instr *i)
{
    if (i->op == OpDecref)
        return i->imm2 != HomeUnknown || ty_scalar((Ty)i->args[0]->type);
    if (i->op == OpSetLocal && !ty_boxed((Ty)i->args[0]->type))
        return true; /* the home stays as it is */
    return (i->op == OpSetLocal || i->op == OpClearLocal) && i->imm2 != HomeUnknown;
}

uint32_t
homes_raise_depth(const FrameState *fs, uint32_t off)
{
    Arena *a = arena_new();
    ExcTable t;
    const ExcEntry *e = exctab_read(a, fs->inl->code, &t, NULL) ? exctab_find(&t, off) : NULL;
    uint32_t depth = e ? e->depth : 0;
    arena_free(a);
    return depth < fs->n_stack ? depth : fs->n_stack;
}

static Instr *
held(Instr *v)
{
    return ty_boxed((Ty)v->type) ? ir_origin(v) : v;
}

static bool
is_scalar_home(Home h)
{
    return h.kind == HomeNull || h.kind == HomeScalar ||
           (h.kind == HomeSync && (h.scalar || ty_scalar((Ty)h.v->type)));
}

static Home
home_of(Instr *v)
{
    if (v->type == TyNull)
        return (Home){.kind = HomeNull};
    return (Home){.kind = HomeSync, .v = held(v)};
}

/* Does the home hold what the frame state says of its local? */
static bool
in_sync(Home h, Instr *v)
{
    if (v->type == TyNull)
        return h.kind == HomeNull;
    return h.kind == HomeSync && h.v == held(v);
}

/* The cold path of an 'L' operation publishes what is out of date: afterwards such a home holds
 * either its old object or the local's. */
static void
cold_publish(Home *homes, const Instr *i)
{
    for (const FrameState *fs = i->fs; fs; fs = fs->outer)
        for (uint32_t k = 0; k < fs->n_locals; k++) {
            Home *h = &homes[fs->inl->base_slot + k];
            Instr *v = fs->vals[k];
            if (v && !in_sync(*h, v))
                *h = (Home){.kind = is_scalar_home(*h) && ty_scalar((Ty)v->type) ? HomeScalar
                                                                                 : HomeUnknown};
        }
}

const Inl *
homes_owner(const Func *f, uint32_t slot)
{
    const Inl *inl = f->inls[0];
    for (uint32_t k = 1; k < f->n_inls && f->inls[k]->base_slot <= slot; k++)
        inl = f->inls[k];
    return inl;
}

/* Is i the only store to a local of an inlined callee, of what a home of its callers keeps anyway?
 * Those are out of its reach while it runs. */
static bool
is_lent(const Func *f, const Home *homes, const Instr *i)
{
    if (!f->set_once)
        return i->imm2 == HomeLent;
    if (!f->set_once[i->imm] || homes[i->imm].kind != HomeNull)
        return false;
    const Instr *v = held(i->args[0]);
    for (const Inl *inl = homes_owner(f, (uint32_t)i->imm)->parent; inl; inl = inl->parent)
        for (uint32_t k = 0; k < inl->code->n_localsplus; k++) {
            Home h = homes[inl->base_slot + k];
            if (h.kind == HomeSync && h.v == v)
                return true;
        }
    return false;
}

/* What is opened as a number, or has passed for a scalar, is one. */
static void
note_scalar(const Func *f, Home *homes, const Instr *i)
{
    const Instr *v = ir_origin(i->args[0]);
    for (uint32_t s = 0; s < f->n_slots; s++)
        if (homes[s].kind == HomeSync && homes[s].v == v)
            homes[s].scalar = true;
}

void
homes_step(const Func *f, Home *homes, const Instr *i)
{
    if (i->op == OpUnboxInt || i->op == OpUnboxFloat || i->op == OpToFloat ||
        (i->op == OpGuardType && ty_scalar((Ty)i->type)))
        note_scalar(f, homes, i);
    if (i->op == OpSetLocal) {
        if (ty_boxed((Ty)i->args[0]->type) && is_lent(f, homes, i))
            return;
        if (ty_boxed((Ty)i->args[0]->type))
            homes[i->imm] = home_of(i->args[0]);
        else if (!is_scalar_home(homes[i->imm]))
            homes[i->imm] = (Home){.kind = HomeNull};        /* the walk puts a ClearLocal here */
    } else if (i->op == OpOpenInt || i->op == OpOpenFloat) { /* a number, or NULL */
        const Instr *v = held(i->args[0]);
        for (uint32_t s = 0; s < f->n_slots; s++)
            if (homes[s].kind == HomeSync && homes[s].v == v)
                homes[s] = (Home){.kind = HomeScalar};
    } else if (i->op == OpBoxLocal || i->op == OpReload || ir_is_param(i)) {
        homes[i->imm] = home_of((Instr *)(uintptr_t)i);
    } else if (i->op == OpClearLocal) {
        homes[i->imm] = (Home){.kind = HomeNull};
    } else if (i->op == OpPublish) {
        homes[i->imm] = home_of(i->args[0]);
    } else if (ir_effect(i) == 'L' && ir_may_raise(i)) {
        cold_publish(homes, i);
        if (i->op == OpConcatLocal)
            homes[i->imm] = home_of((Instr *)(uintptr_t)i);
    } else if (i->op == OpEnterInline || i->op == OpLeaveInline) {
        const Inl *inl = f->inls[i->imm];
        for (uint32_t k = 0; k < inl->code->n_localsplus; k++)
            homes[inl->base_slot + k] = (Home){.kind = HomeNull};
    }
}

/* imm2 of SetLocal and ClearLocal: what is known of the object they let go. */
static int32_t
release_kind(Home h)
{
    return h.kind == HomeNull ? HomeNull : is_scalar_home(h) ? HomeScalar : HomeUnknown;
}

/* The instruction that makes a home hold v: a raw value is boxed into it. */
static void
place_publish(Func *f, const Home *homes, Instr *at, uint32_t slot, Instr *v)
{
    Op op = v->type == TyNull ? OpClearLocal : ty_boxed((Ty)v->type) ? OpSetLocal : OpPublish;
    Instr *p = ir_instr_new(f, op, TyVoid, op == OpClearLocal ? 0 : 1);
    if (op != OpClearLocal)
        p->args[0] = v;
    p->imm = slot;
    p->imm2 = op == OpPublish ? 0 : release_kind(homes[slot]);
    p->inl = at->inl;
    p->off = at->off;
    ir_insert_before(at, p);
}

/* Publishes that an effect implies; used by the dataflow (place false) and by the walk.  A boxed
 * value can be out of step too: one made from a raw phi, whose local was stored raw. */
static void
publish_for(Func *f, Home *homes, Instr *i, bool place)
{
    for (FrameState *fs = i->fs; fs; fs = fs->outer)
        for (uint32_t k = 0; k < fs->n_locals; k++) {
            Instr *v = fs->vals[k];
            uint32_t slot = fs->inl->base_slot + k;
            if (!v || in_sync(homes[slot], v))
                continue;
            if (place)
                place_publish(f, homes, i, slot, v);
            homes[slot] = home_of(v);
        }
}

static bool
publishes(const Func *f, const Instr *i)
{
    return i->fs && (ir_effect(i) == 'P' || (f->crowded && ir_effect(i) == 'L' && ir_may_raise(i)));
}

/* Every cold path writes home what is out of date: the product of two numbers.  Where both are
 * large, locals are published before it, once, and are in step from then on. */
static bool
is_crowded(const Func *f)
{
    size_t n = 0;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            n += i->fs && ir_effect(i) == 'L';
    return n * f->n_slots > LimitColdVals;
}

/* Which locals of inlined callees are written at one place only: parameters, most of them. */
static bool *
find_set_once(const Func *f)
{
    bool *once = arena_array(f->arena, bool, f->n_slots + 1);
    bool *written = arena_array(f->arena, bool, f->n_slots + 1);
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            if (i->op == OpSetLocal || i->op == OpBoxLocal || i->op == OpClearLocal ||
                i->op == OpPublish || i->op == OpConcatLocal) {
                bool inlined = i->imm >= f->code->n_localsplus;
                once[i->imm] = inlined && i->op == OpSetLocal && !written[i->imm];
                written[i->imm] = true;
            }
    return once;
}

/* ---- the dataflow ---- */

static void
entry_homes(const Func *f, Home *h)
{
    for (uint32_t s = 0; s < f->n_slots; s++)
        h[s] = (Home){.kind =
                          s < f->code->n_localsplus && (ir_resumes(f) || pycode_is_cell(f->code, s))
                              ? HomeUnknown
                              : HomeNull};
    uint32_t n_set = f->is_loop ? f->code->n_localsplus : pycode_n_params(f->code);
    for (uint32_t s = 0; s < n_set; s++)
        h[s] = (Home){.kind = HomeUnknown};
    FOR_EACH_INSTR (f->blocks.at[0], i)
        if (ir_is_param(i))
            h[i->imm] = (Home){.kind = HomeSync, .v = i};
}

/* The phi of b that stands for slot s given what each known predecessor holds, or NULL. */
static Instr *
phi_for(const Block *b, Home *const *out, uint32_t s)
{
    for (Instr *phi = b->first; phi && phi->op == OpPhi; phi = phi->next) {
        bool fits = phi->imm == (int64_t)s + 1;
        for (uint32_t p = 0; p < b->preds.n && fits; p++) {
            const Home *h = out[b->preds.at[p]->rpo];
            fits = !h || in_sync(h[s], phi->args[p]);
        }
        if (fits)
            return phi;
    }
    return NULL;
}

static Home
merge(const Block *b, Home *const *out, uint32_t s)
{
    Home first = {0};
    bool same = true, scalar = true, seen = false;
    for (uint32_t p = 0; p < b->preds.n; p++) {
        const Home *h = out[b->preds.at[p]->rpo];
        if (!h)
            continue;
        if (seen)
            same &= h[s].kind == first.kind && h[s].v == first.v;
        else
            first = h[s];
        seen = true;
        scalar &= is_scalar_home(h[s]);
    }
    Instr *phi = b->preds.n > 1 ? phi_for(b, out, s) : NULL;
    if (phi)
        return (Home){.kind = HomeSync, .v = phi, .scalar = scalar};
    first.scalar &= scalar;
    if (same)
        return first;
    return (Home){.kind = scalar ? HomeScalar : HomeUnknown};
}

/* A slot only ever sinks: value, scalar, unknown.  This bounds the iteration. */
static uint32_t
rank(Home h)
{
    return h.kind == HomeUnknown ? 0 : h.kind == HomeScalar ? 1 : 2;
}

static bool
same_homes(const Home *a, const Home *b, uint32_t n)
{
    for (uint32_t s = 0; s < n; s++)
        if (a[s].kind != b[s].kind || a[s].v != b[s].v || a[s].scalar != b[s].scalar)
            return false;
    return true;
}

static void
solve(Func *f)
{
    Arena *a = arena_new();
    Home **out = arena_array(a, Home *, f->blocks.n);
    Home *now = arena_array(a, Home, f->n_slots + 1);
    FOR_EACH_BLOCK (f, b)
        b->homes = NULL;
    bool changed = true;
    for (uint32_t round = 0; changed; round++) {
        changed = false;
        FOR_EACH_BLOCK (f, b) {
            bool first = !b->homes;
            if (first)
                b->homes = arena_array(f->arena, Home, f->n_slots + 1);
            for (uint32_t s = 0; s < f->n_slots && b != f->blocks.at[0]; s++) {
                Home h = merge(b, out, s), old = b->homes[s];
                bool same = !first && h.kind == old.kind && h.v == old.v;
                h.scalar &= !same || old.scalar; /* only sinks, too */
                if (!first && !same && rank(h) >= rank(old) && round > 3)
                    h = (Home){.kind = HomeUnknown};
                changed |= !first && !same_homes(&h, &old, 1);
                b->homes[s] = h;
            }
            if (b == f->blocks.at[0])
                entry_homes(f, b->homes);
            memcpy(now, b->homes, f->n_slots * sizeof *now);
            FOR_EACH_INSTR (b, i) {
                if (publishes(f, i))
                    publish_for(f, now, i, false);
                homes_step(f, now, i);
            }
            if (!out[b->rpo])
                out[b->rpo] = arena_array(a, Home, f->n_slots + 1);
            if (first || !same_homes(out[b->rpo], now, f->n_slots))
                changed = true;
            memcpy(out[b->rpo], now, f->n_slots * sizeof *now);
        }
    }
    arena_free(a);
}

/* ---- the walk ---- */

static void
clear_before(Func *f, Home *homes, Instr *at, uint32_t slot)
{
    Instr *c = ir_instr_new(f, OpClearLocal, TyVoid, 0);
    c->imm = slot;
    c->imm2 = is_scalar_home(homes[slot]);
    c->inl = at->inl;
    c->off = at->off;
    c->fs = at->fs;
    ir_insert_before(at, c);
    homes_step(f, homes, c);
}

/* Behind LeaveInline, which may have given them to a frame object: homes are then NULL. */
static void
clear_inlined(Func *f, const Home *homes, Instr *leave)
{
    const Inl *inl = f->inls[leave->imm];
    for (uint32_t k = inl->code->n_localsplus; k-- > 0;) {
        Home h = homes[inl->base_slot + k];
        if (h.kind == HomeNull)
            continue;
        Instr *c = ir_instr_new(f, OpClearLocal, TyVoid, 0);
        c->imm = inl->base_slot + k;
        c->imm2 = is_scalar_home(h);
        c->inl = leave->inl;
        c->off = leave->off;
        c->fs = leave->fs;
        ir_insert_after(leave, c);
    }
}

static void
walk_instr(Func *f, Home *homes, Instr *i)
{
    if (i->op == OpSetLocal) {
        bool lent = ty_boxed((Ty)i->args[0]->type) && is_lent(f, homes, i);
        i->imm2 = lent ? HomeLent : release_kind(homes[i->imm]);
        if (!ty_boxed((Ty)i->args[0]->type) && !is_scalar_home(homes[i->imm]))
            clear_before(f, homes, i, (uint32_t)i->imm);
    } else if (i->op == OpLeaveInline) {
        clear_inlined(f, homes, i);
    }
    homes_step(f, homes, i);
}

/* What a frame object that outlives the call has to be told: what is not at home.  Boxes are
 * opened, for one that something else wanted may be gone by then. */
static void
keep_opened(Exit *x, uint32_t level, uint32_t n_locals)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < x->vals.n; k++) {
        ExitVal val = x->vals.at[k];
        if (val.level != level || val.index >= n_locals)
            continue;
        if (val.v->op == OpBoxInt || val.v->op == OpBoxFloat)
            val.v = val.v->args[0];
        x->vals.at[n++] = val;
    }
    x->vals.n = n;
}

static bool
is_operand(const FrameState *fs, const Instr *v)
{
    for (; fs; fs = fs->outer)
        for (uint32_t k = 0; k < fs->n_stack; k++)
            if (fs->vals[fs->n_locals + k] == v)
                return true;
    return false;
}

/* A tuple in pieces that is at home and an operand too: the exit makes it for both, so that it is
 * one object. */
static bool
at_home(Home h, Instr *v, const FrameState *fs)
{
    return in_sync(h, v) && !(v->op == OpParts && is_operand(fs, v));
}

static void
list_exit(Func *f, const Home *homes, Instr *i)
{
    Exit *x = arena_new_of(f->arena, Exit);
    uint32_t level = homes_n_levels(i->fs), off = i->off;
    bool raises = !ir_is_guard(i);
    for (FrameState *fs = i->fs; fs; fs = fs->outer) {
        level--;
        for (uint32_t k = 0; k < fs->n_locals; k++)
            if (fs->vals[k] && !at_home(homes[fs->inl->base_slot + k], fs->vals[k], i->fs))
                vec_push(
                    f->arena, &x->vals,
                    (ExitVal){.level = (uint8_t)level, .index = (uint16_t)k, .v = fs->vals[k]});
        uint32_t depth = raises ? homes_raise_depth(fs, off) : fs->n_stack;
        for (uint32_t k = 0; k < depth; k++)
            vec_push(f->arena, &x->vals,
                     (ExitVal){.level = (uint8_t)level,
                               .index = (uint16_t)(fs->n_locals + k),
                               .v = fs->vals[fs->n_locals + k]});
        if (fs->outer)
            off = fs->outer->off;
    }
    if (i->op == OpReturn || i->op == OpLeaveInline)
        keep_opened(x, homes_n_levels(i->fs) - 1, i->fs->n_locals);
    i->exit = x;
}

/* needs rpo, split; gives homes */
bool
opt_homes(PassCtx *ctx)
{
    Func *f = ctx->f;
    f->crowded = is_crowded(f);
    f->set_once = find_set_once(f);
    solve(f);
    Arena *a = arena_new();
    Home *now = arena_array(a, Home, f->n_slots + 1);
    FOR_EACH_BLOCK (f, b) {
        memcpy(now, b->homes, f->n_slots * sizeof *now);
        FOR_EACH_INSTR_SAFE (b, i) {
            if (publishes(f, i))
                publish_for(f, now, i, true);
            /* Before its exit is listed: should there be no memory for the box, the exit puts the
             * object back. */
            if (i->op == OpBoxLocal && !is_scalar_home(now[i->imm])) {
                if (ir_resumes(f)) /* a number most likely, but from another activation */
                    i->imm3 = 1;
                else
                    clear_before(f, now, i, (uint32_t)i->imm);
            }
            /* A frame object may outlive the call: Return and LeaveInline list what it must be
             * told first. */
            if ((ir_is_guard(i) || ir_may_raise(i) || i->op == OpReturn ||
                 i->op == OpLeaveInline) &&
                i->fs)
                list_exit(f, now, i);
            walk_instr(f, now, i);
        }
    }
    f->set_once = NULL;
    arena_free(a);
    return true;
}
