#include "loops.h"

static LoopTest
test_of(PyOp op)
{
    switch ((int)op) {
    case PyOp_JUMP_BACKWARD: return LoopAlways;
    case PyOp_POP_JUMP_BACKWARD_IF_TRUE: return LoopIfTrue;
    case PyOp_POP_JUMP_BACKWARD_IF_FALSE: return LoopIfFalse;
    case PyOp_POP_JUMP_BACKWARD_IF_NONE: return LoopIfNone;
    case PyOp_POP_JUMP_BACKWARD_IF_NOT_NONE: return LoopIfNotNone;
    default: return LoopNone;
    }
}

/* A state of the function itself before the loop's first instruction: what is known there. */
static const FrameState *
state_at(const Func *f, uint32_t off)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i) {
            const FrameState *fs = i->fs;
            while (fs && fs->outer)
                fs = fs->outer;
            if (fs && !fs->inl->id && fs->off == off && !fs->resume)
                return fs;
        }
    return NULL;
}

/* The class that a guard demands of what the state says of one local or stack entry.  TyObj: any,
 * but bound; TyMaybe: nothing is demanded. */
static Ty
demanded(const Instr *v)
{
    if (!v)
        return TyMaybe;
    if (v->op == OpMaybe) /* opt_state_phis.c opens what is there */
        return TyMaybe;
    switch ((int)v->type) {
    case TyI64: return TyInt;
    case TyF64: return TyFloat;
    case TyBit: return TyBool;
    case TyParts: return TyTuple;
    case TyScalar:
    case TyFloatArray:
    case TyIntArray: return TyObj; /* no class of their own */
    case TyBottom:
    case TyVoid:
    case TyNull:
    case TyMaybe: return TyMaybe;
    default: return (Ty)v->type;
    }
}

static bool
worth_it(const Func *f, const Feedback *fb, const Loop *l, uint32_t end)
{
    if (!fb->profile)
        return true;
    const ProfFunc *p = profile_find(fb->profile, f->code->key);
    uint64_t n = 0;
    for (uint32_t u = l->header; p && p->at && u <= end; u++)
        n += p->at[u];
    return n >= LimitLoopSamples;
}

static Loop *
loop_at(Func *f, uint32_t header)
{
    for (uint32_t k = 0; k < f->loops.n; k++)
        if (f->loops.at[k].header == header)
            return &f->loops.at[k];
    vec_push(f->arena, &f->loops, (Loop){.header = header});
    return &vec_last(&f->loops);
}

static bool
learn_types(Func *f, Loop *l)
{
    const FrameState *fs = state_at(f, l->header);
    if (!fs)
        return false;
    uint32_t n = fs->n_locals + fs->n_stack;
    l->depth = fs->n_stack;
    l->types = arena_array(f->arena, Ty, n + 1);
    for (uint32_t k = 0; k < n; k++)
        l->types[k] = demanded(fs->vals[k]);
    return true;
}

void
loops_find(Func *f, const Feedback *fb)
{
    const PyInstrs *ins = f->inls[0]->ins;
    if (ir_resumes(f)) /* a generator comes back by itself, with the next resume */
        return;
    for (uint32_t k = 0; k < ins->n; k++) {
        const PyInstr *i = &ins->at[k];
        LoopTest test = test_of(i->op);
        if (test == LoopNone || i->target > i->off)
            continue;
        Loop *l = loop_at(f, i->target);
        vec_push(f->arena, &l->backs, (LoopBack){i->off, i->next, test});
    }
    uint32_t kept = 0, most = fb->profile ? LimitLoops : LimitLoopsAll;
    for (uint32_t k = 0; k < f->loops.n && kept < most; k++) {
        Loop *l = &f->loops.at[k];
        if (worth_it(f, fb, l, vec_last(&l->backs).off) && learn_types(f, l))
            f->loops.at[kept++] = *l;
    }
    f->loops.n = kept;
}
