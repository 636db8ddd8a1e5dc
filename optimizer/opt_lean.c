/* Generators that do not enter their frame.
 *
 * Between two items most generators compute a little, and nothing that runs in between could look
 * at their frame.  Then the frame need not become the one that runs: for all the world it stays
 * suspended where it was until it is suspended where it is next.  This pass takes the Enter away
 * wherever an activation can get to a yield, or a branch at least, by operations that run nothing,
 * collect nothing and release nothing that could be seen; what is not such an operation, and every
 * cold path, then asks whether the frame is entered and does it (emit_gen.c, pyrt_gen_need).
 *
 * Who resumes need not show its own frame either, then: it leaves word how to (PyrtLater), and the
 * first that enters a frame does it. */
#include "build.h"
#include "pass.h"

#include <string.h>

/* Of effect L or E, with a hot path, or a whole, that runs no Python and allocates nothing that the
 * collector counts. */
static bool
helper_is_lean(const Instr *i)
{
    switch ((int)i->imm) {
    case RtTruth:
    case RtBinaryOp:
    case RtCompare:
    case RtCompareBool:
    case RtContains:
    case RtGetItem:
    case RtIsInstance:
    case RtGetAwaitable:
    case RtGetYieldFromIter:
    case RtCallMaker:
    case RtLoadDeref:
    case RtBuildString: return true;
    default: return ir_effect(i) == '.';
    }
}

bool
lean_runs_nothing(const Instr *i)
{
    if (i->op == OpRt)
        return helper_is_lean(i);
    switch ((int)i->op) {
    case OpIterNext: return i->imm == IterGenerator;
    case OpSend: return true;
    case OpEnumNext: /* may stand on an iterator that makes tuples */
    case OpSlice:
    case OpListMove:
    case OpConcatLocal:
    case OpUnpackEx:
    case OpListSetSlice: return false;
    case OpYield:
    case OpReturn: return true; /* they ask by themselves */
    default: return true;
    }
}

/* Does every activation that begins here come to something that enters anyway? */
static bool
enters_anyway(const Instr *i)
{
    for (uint32_t steps = 0; i && steps < LimitLeanSteps; steps++) {
        if (!lean_runs_nothing(i))
            return true;
        if (i->op == OpJump)
            i = i->block->succ[0]->first;
        else
            i = i->next;
    }
    return false;
}

static bool
is_generator(PassCtx *ctx, const Instr *i)
{
    if (!ctx->fb || !ctx->fb->profile)
        return true; /* nothing is known: one more compare */
    FbType t = feedback_operand(ctx->fb, i->inl, i->off, 0);
    return t.one && t.name && !strcmp(t.name, "builtins.generator");
}

/* A call of a generator function that makes the generator, as far as samples say. */
static bool
makes_generator(PassCtx *ctx, const Instr *i)
{
    double share = 0;
    if (i->op != OpRt || i->imm != RtCall || i->imm2 >= 0 || i->inl->id || !ir_resumes(ctx->f))
        return false;
    if (!ctx->fb || !ctx->fb->profile)
        return true; /* nothing is known: a few compares more */
    const ProfCallee *callee = feedback_callee(ctx->fb, i->inl, i->off, &share);
    const ProfFunc *f = callee ? profile_find(ctx->fb->profile, callee->key) : NULL;
    return f && f->code && f->code->flags & (PyCoGenerator | PyCoCoroutine);
}

/* needs rpo; after everything that moves code */
bool
opt_lean(PassCtx *ctx)
{
    Func *f = ctx->f;
    bool any = false;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            if (i->op == OpIterNext && is_generator(ctx, i)) {
                i->imm = IterGenerator;
                any = true;
            } else if (makes_generator(ctx, i)) {
                i->imm = RtCallMaker;
                any = true;
            }
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, i)
            if (i->op == OpEnter && !enters_anyway(i->next)) {
                ir_remove(i);
                f->lean = any = true;
            }
    return any;
}
