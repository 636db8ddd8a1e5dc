/* Exits: the cold block that hands live values to pyrt_deopt(), and the records that say where each
 * goes. */
#include "emit.h"

static uint32_t
level_count(const FrameState *fs)
{
    return homes_n_levels(fs);
}

/* ev entries of one exit while it is written. */
typedef struct EvList {
    StrBuf text;
    uint32_t n;
} EvList;

static uint32_t
ev_add(EvList *l, const char *field, const char *expr)
{
    sb_printf(&l->text, "{.%s = %s}, ", field, expr);
    return l->n++;
}

static void
add_val(Emit *e, uint32_t slot, const char *kind, uint32_t level, uint32_t src)
{
    sb_printf(&e->vals, "{%u, %s, %u, %u},\n", slot, kind, level, src);
    e->n_vals++;
}

static void
exit_val(Emit *e, EvList *ev, const ExitVal *x)
{
    Instr *v = x->v;
    if (v->op == OpMaybe) {
        uint32_t src = ev_add(ev, v->type == TyF64 ? "d" : "i", emit_raw(e, x));
        ev_add(ev, "i", emit_raw_flag(e, x));
        add_val(e, x->index, v->type == TyF64 ? "PyoptValMaybeDouble" : "PyoptValMaybeInt",
                x->level, src);
        return;
    }
    switch ((int)v->type) {
    case TyNull: add_val(e, x->index, "PyoptValNull", x->level, 0); return;
    case TyI64:
        add_val(e, x->index, "PyoptValInt", x->level, ev_add(ev, "i", emit_raw(e, x)));
        return;
    case TyF64:
        add_val(e, x->index, "PyoptValDouble", x->level, ev_add(ev, "d", emit_raw(e, x)));
        return;
    case TyBit:
        add_val(e, x->index, "PyoptValBool", x->level, ev_add(ev, "i", emit_raw(e, x)));
        return;
    default:
        add_val(e, x->index, x->owned ? "PyoptValOwned" : "PyoptValBorrow", x->level,
                ev_add(ev, "o", emit_name(e, v)));
    }
}

/* A tuple in pieces: its items follow.  Another place of the same exit that wants it copies the
 * first: it is one object. */
static void
exit_tuple(Emit *e, EvList *ev, const Exit *exit, ExitVal *x, uint32_t first_val)
{
    for (const ExitVal *p = exit->vals.at; p != x; p++)
        if (p->v == x->v) {
            add_val(e, x->index, "PyoptValCopy", x->level, p->number);
            return;
        }
    x->number = (uint16_t)(e->n_vals - first_val);
    add_val(e, x->index, "PyoptValTuple", x->level, x->v->n_args);
    for (uint32_t k = 0; k < x->v->n_args; k++)
        exit_val(e, ev, &(ExitVal){.level = x->level, .v = x->v->args[k]});
}

/* A __setitem__'s result is nobody's. */
static bool
drops_result(const FrameState *fs)
{
    const PyInstrs *ins = fs->inl->ins;
    return fs->resume && ins->at[ins->index_of[fs->off]].op == PyOp_STORE_SUBSCR;
}

/* Outermost level first.  call: the PyoptCall that the next level came from. */
static void
exit_levels(Emit *e, EvList *ev, const Instr *i, FrameState *fs, bool raises, uint32_t off,
            const char *call)
{
    uint32_t depth = raises ? homes_raise_depth(fs, off) : fs->n_stack;
    if (fs->outer)
        exit_levels(e, ev, i, fs->outer, raises, fs->outer->off,
                    !fs->inl->init ? "PyoptCallPlain"
                    : raises       ? "PyoptCallClassUp"
                                   : "PyoptCallClass");
    uint32_t frame = 0, func = 0, at = off;
    if (fs->inl->id) {
        frame = ev_add(ev, "o", emit_frame(e, fs->inl));
        func = ev_add(ev, "o", emit_name(e, fs->inl->func));
    }
    if (!raises && fs == i->fs) { /* run the instruction again, with its EXTENDED_ARGs */
        const PyInstrs *ins = fs->inl->ins;
        at = ins->at[ins->index_of[fs->off]].start;
    }
    sb_printf(&e->levels, "{%u, %u, %u, %u, %u, %s},\n", at, depth, frame, func, fs->resume,
              drops_result(fs) ? "PyoptCallDrop" : call);
    e->n_levels++;
}

uint32_t
emit_exit(Emit *e, Instr *i)
{
    if (i->exit->id)
        return i->exit->id - 1;
    Exit *x = i->exit;
    x->id = ++e->n_exits;
    bool raises = !ir_is_guard(i);
    uint32_t first_level = e->n_levels, first_val = e->n_vals;
    EvList ev = {0};
    sb_init(&ev.text, e->a);
    exit_levels(e, &ev, i, i->fs, raises, raises ? i->off : i->fs->off, "PyoptCallPlain");
    for (uint32_t k = 0; k < x->vals.n; k++)
        if (x->vals.at[k].v->op == OpParts)
            exit_tuple(e, &ev, x, &x->vals.at[k], first_val);
        else
            exit_val(e, &ev, &x->vals.at[k]);
    for (uint32_t k = 0; k < x->drops.n; k++)
        if (x->drops.at[k]->type != TyNull)
            add_val(e, 0, "PyoptValDrop", 0, ev_add(&ev, "o", emit_name(e, x->drops.at[k])));
    sb_printf(&e->cold,
              "X%u: {\nPyoptEv ev[] = {%s{.i = 0}};\nreturn pyrt_deopt(ts, f, UNIT, %u, ev);\n}\n",
              x->id - 1, ev.text.s, x->id - 1);
    const Instr *at = i;
    sb_printf(&e->exits, "{%s, %u, %u, %u, %u, %d, ", raises ? "PyoptExitRaise" : "PyoptExitGuard",
              level_count(i->fs), e->n_vals - first_val, first_level, first_val,
              e->lines[at->inl->id][at->off].line);
    sb_cstr(&e->exits, emit_reason(e->a, i));
    sb_puts(&e->exits, "},\n");
    return x->id - 1;
}

/* What the statistics and `pyopt explain` call this exit. */
const char *
emit_reason(Arena *a, const Instr *i)
{
    if (i->op == OpGuardType)
        return arena_printf(a, "guard_type %s", ir_types[i->type].name);
    if (i->op == OpRt)
        return arena_printf(a, "raise %s", ir_rts[i->imm].name);
    return arena_printf(a, "%s %s", ir_is_guard(i) ? "guard" : "raise", ir_ops[i->op].name);
}
