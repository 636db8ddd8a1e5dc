/* Inlining of Python callees.  A call whose callee the profile names with one voice, whose bytecode
 * is in the profile and is small and simple, becomes a guard on the function's code object and the
 * callee's body, built by build_inline() with the caller's state as the outer frame state.  New
 * calls inside are considered in turn, within the budget. */
#include "build.h"
#include "pass.h"

#include <string.h>

static uint32_t
depth_of(const Inl *inl)
{
    uint32_t n = 0;
    for (; inl->parent; inl = inl->parent)
        n++;
    return n;
}

static bool
is_recursive(const Inl *inl, CodeKey key)
{
    for (; inl; inl = inl->parent)
        if (codekey_equal(inl->code->key, key))
            return true;
    return false;
}

/* A builtin that spec_call.c or spec_math.c open-codes. */
static bool
is_known(const char *name)
{
    for (uint32_t k = 0; k < KnownCount; k++)
        if (!strcmp(ir_known_names[k], name))
            return true;
    return ir_math_named(name) != MathCount;
}

static bool
simple(const PyCode *c)
{
    return c->n_units <= LimitInlineUnits && c->exctable_len == 0 && !c->n_cells && !c->n_frees &&
           !(c->flags & (PyCoGenerator | PyCoCoroutine | PyCoAsyncGenerator | PyCoVarArgs |
                         PyCoVarKeywords)) &&
           (c->flags & PyCoOptimized) && !c->kwonlyargcount;
}

/* Does the callee call something that stays a call?  Around such a call its frame has to be shown
 * and hidden again, which costs about as much as inlining saves. */
static bool
calls_out(const PassCtx *ctx, const PyCode *c, uint32_t depth)
{
    Arena *a = arena_new();
    PyInstrs ins;
    bool out = !instrs_decode(a, c, &ins, NULL) || depth > LimitInlineDepth;
    const ProfFunc *f = profile_find(ctx->fb->profile, c->key);
    for (uint32_t k = 0; !out && k < ins.n; k++) {
        if (ins.at[k].op == PyOp_CALL_FUNCTION_EX || ins.at[k].op == PyOp_IMPORT_NAME)
            out = true;
        if (ins.at[k].op != PyOp_CALL)
            continue;
        double share = 0;
        const ProfCallee *callee = f ? profile_callee(f, ins.at[k].off, &share) : NULL;
        if (!callee && f && k)
            callee = profile_callee(f, ins.at[k - 1].off, &share);
        const ProfFunc *g = callee ? profile_find(ctx->fb->profile, callee->key) : NULL;
        if (g && g->code)
            out = !simple(g->code) || share * 100 < LimitInlineSharePct ||
                  calls_out(ctx, g->code, depth + 1);
        else
            out = !callee || !is_known(callee->name);
    }
    arena_free(a);
    return out;
}

/* The code object that always runs at this call, or NULL. */
static const PyCode *
callee_of(const PassCtx *ctx, const Instr *call)
{
    double share = 0;
    const ProfCallee *c = feedback_callee(ctx->fb, call->inl, call->off, &share);
    if (!c)
        c = feedback_callee(ctx->fb, call->inl, call->fs->off, &share);
    if (!c || (!c->key.hi && !c->key.lo) || share * 100 < LimitInlineSharePct)
        return NULL;
    const ProfFunc *f = profile_find(ctx->fb->profile, c->key);
    return f ? f->code : NULL;
}

static uint32_t
dep_of(Func *f, CodeKey key)
{
    for (uint32_t k = 0; k < f->deps.n; k++)
        if (codekey_equal(f->deps.at[k], key))
            return k;
    vec_push(f->arena, &f->deps, key);
    return f->deps.n - 1;
}

static Instr *
guard_before(Func *f, Instr *call, Op op, Instr *arg)
{
    Instr *guard = ir_instr_new(f, op, TyObj, 1);
    guard->args[0] = arg;
    guard->inl = call->inl;
    guard->off = call->off;
    guard->fs = call->fs;
    ir_insert_before(call, guard);
    return guard;
}

/* A function called by name (NULL below it) or as a method (self is the second entry). */
static bool
inline_call(PassCtx *ctx, Instr *call, const PyCode *callee)
{
    Func *f = ctx->f;
    bool method = call->args[0]->type != TyNull;
    Instr **params = call->args + (method ? 1 : 2);
    uint32_t n = call->n_args - (method ? 1 : 2);
    if (n != (uint32_t)callee->argcount)
        return false;
    Instr *guard = guard_before(f, call, OpGuardCode, call->args[method ? 0 : 1]);
    guard->imm = dep_of(f, callee->key);
    if (build_inline(f, call, guard, callee, params, n))
        return true;
    ir_remove(guard);
    return false;
}

/* o[k] or o[k] = v where o's class has a Python __getitem__ or __setitem__: the guard on the class
 * is the site's own cell. */
static bool
inline_subscript(PassCtx *ctx, Instr *call, const PyCode *callee)
{
    Func *f = ctx->f;
    if (call->n_args != (uint32_t)callee->argcount)
        return false;
    Instr *guard = guard_before(f, call, OpGuardItemFunc, call->args[0]);
    guard->imm = call->imm == RtSetItem;
    guard->imm2 = call->imm3;
    Instr *code = guard_before(f, call, OpGuardCode, guard);
    code->imm = dep_of(f, callee->key);
    if (build_inline(f, call, code, callee, call->args, call->n_args))
        return true;
    ir_remove(code);
    ir_remove(guard);
    return false;
}

static bool
may_inline(const Instr *i)
{
    if (i->op != OpRt)
        return false;
    return (i->imm == RtCall && i->imm2 < 0) || i->imm == RtGetItem || i->imm == RtSetItem;
}

/* needs rpo; breaks everything when it changed something */
bool
opt_inline(PassCtx *ctx)
{
    Func *f = ctx->f;
    uint32_t budget = LimitInlineTotalUnits;
    bool any = false;
    if (!ctx->fb->profile)
        return false;
    for (uint32_t k = 0; k < f->blocks.n; k++) /* grows while we go */
        FOR_EACH_INSTR_SAFE (f->blocks.at[k], i) {
            if (!may_inline(i) || depth_of(i->inl) >= LimitInlineDepth)
                continue;
            const PyCode *callee = callee_of(ctx, i);
            if (!callee || !simple(callee) || callee->n_units > budget ||
                is_recursive(i->inl, callee->key) || calls_out(ctx, callee, 0))
                continue;
            if (i->imm == RtCall ? inline_call(ctx, i, callee) : inline_subscript(ctx, i, callee)) {
                budget -= callee->n_units;
                any = true;
                k--; /* the callee's first block is the rest of this one; what was is in a new one */
                break;
            }
        }
    if (any)
        ir_apply_replacements(f);
    return any;
}
