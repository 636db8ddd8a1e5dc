/* Inlining of Python callees.  A call whose callee the profile names, whose bytecode is in the
 * profile and is small and simple, becomes the callee's body, built by build_inline() with the
 * caller's state as the outer frame state.  New calls inside are considered in turn, within the
 * budget.
 *
 * Where many samples name one callee only, a guard on the function's code object comes first:
 * behind it everything known of the callee holds.  Everywhere else the code object is tested: one
 * way runs the body, the other makes the call, which may be inlined in turn for another callee.  A
 * guess that is wrong once in a while must not throw the rest of a loop into the interpreter. */
#include "build.h"
#include "pass.h"

#include <string.h>

static bool
is_recursive(const Inl *inl, CodeKey key)
{
    for (; inl; inl = inl->parent)
        if (codekey_equal(inl->code->key, key))
            return true;
    return false;
}

static bool
is_rt(const Instr *i, RtId id)
{
    return i->op == OpRt && i->imm == id;
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
        uint32_t off = ins.at[k].off;
        double share = 0;
        uint64_t calls;
        const ProfCallee *callee = f ? profile_callee(f, off, &share) : NULL;
        const ProfCallee *init = f ? feedback_init(f, off, &share, &calls) : NULL;
        const ProfFunc *g =
            callee ? profile_find(ctx->fb->profile, (init ? init : callee)->key) : NULL;
        if (g && g->code)
            out = !simple(g->code) || share * 100 < LimitInlineNestedPct ||
                  calls_out(ctx, g->code, depth + 1);
        else
            out = !callee || !is_known(callee->name);
    }
    arena_free(a);
    return out;
}

/* One callee of a call. */
typedef struct Choice {
    const PyCode *code;
    double share; /* of the calls seen there */
    bool sure;    /* no other was seen, in many samples */
} Choice;

static bool
can_inline(const PassCtx *ctx, const Instr *call, const PyCode *callee, uint32_t budget)
{
    return simple(callee) && callee->n_units <= budget && !is_recursive(call->inl, callee->key) &&
           !calls_out(ctx, callee, 0);
}

/* A global names one function or class for as long as the program runs, nearly always; what a
 * variable or an attribute holds is the caller's business. */
static bool
is_named(const Instr *call)
{
    return is_rt(call, RtCall) && call->args[0]->type == TyNull &&
           ir_origin(call->args[1])->op == OpLoadGlobal;
}

/* Is the only callee that samples met the only one?  Few samples are enough where the program names
 * it, or where the interpreter's own cache, which names one function, was found in place every time
 * and had missed nothing. */
static bool
is_sure(const ProfFunc *f, const Instr *call, uint64_t calls)
{
    uint64_t seen = 0;
    if (is_named(call))
        return calls > 0;
    for (uint32_t k = 0; k < f->quick.n; k++) {
        const ProfQuick *q = &f->quick.at[k];
        if (q->off != call->off)
            continue;
        if (strncmp(q->opname, "CALL_PY_", 8) || q->misses)
            return calls >= LimitInlineSure;
        seen += q->seen;
    }
    return calls + seen >= LimitInlineSure;
}

/* The most frequent callees that can be inlined, from the nth on: mark counts those tried at this
 * call. */
static Choice
choose(const PassCtx *ctx, Instr *call, uint32_t budget)
{
    const ProfFunc *f = profile_find(ctx->fb->profile, call->inl->code->key);
    Choice none = {0};
    uint64_t total = 0;
    for (uint32_t k = 0; f && k < f->callees.n; k++)
        if (f->callees.at[k].off == call->off)
            total += f->callees.at[k].count;
    uint32_t n = 0;
    for (uint32_t k = 0; f && k < f->callees.n; k++) {
        const ProfCallee *c = &f->callees.at[k]; /* most frequent first, per offset */
        if (c->off != call->off || n++ < call->mark)
            continue;
        call->mark = n;
        double share = total ? (double)c->count / (double)total : 1; /* only seen below */
        const ProfFunc *g = c->key.hi || c->key.lo ? profile_find(ctx->fb->profile, c->key) : NULL;
        if (share * 100 < LimitInlineSharePct || n > LimitInlineWays)
            return none;
        if (g && g->code && can_inline(ctx, call, g->code, budget))
            return (Choice){g->code, share, total && c->count == total && is_sure(f, call, total)};
    }
    return none;
}

/* Does __init__ return None wherever it returns, by its bytecode? */
static bool
returns_none(const PyCode *c)
{
    Arena *a = arena_new();
    PyInstrs ins;
    bool ok = instrs_decode(a, c, &ins, NULL);
    for (uint32_t k = 0; ok && k < ins.n; k++) {
        const PyInstr *i = &ins.at[k];
        if (i->target != INSTR_NO_TARGET)
            ok = ins.at[ins.index_of[i->target]].op != PyOp_RETURN_VALUE;
        else if (i->op == PyOp_RETURN_VALUE)
            ok = k && ins.at[k - 1].op == PyOp_LOAD_CONST &&
                 c->consts->items[ins.at[k - 1].arg]->kind == PyNone;
    }
    arena_free(a);
    return ok;
}

/* The __init__ of the class that is called here, if that can be inlined. */
static Choice
choose_init(const PassCtx *ctx, const Instr *call, uint32_t budget)
{
    const ProfFunc *f = profile_find(ctx->fb->profile, call->inl->code->key);
    Choice c = {0};
    uint64_t calls = 0;
    const ProfCallee *init =
        f && !call->mark ? feedback_init(f, call->off, &c.share, &calls) : NULL;
    const ProfFunc *g = init ? profile_find(ctx->fb->profile, init->key) : NULL;
    if (!g || !g->code || c.share * 100 < LimitInlineSharePct || !returns_none(g->code) ||
        !can_inline(ctx, call, g->code, budget))
        return (Choice){0};
    c.code = g->code;
    c.sure = c.share == 1 && calls >= (is_named(call) ? 1 : LimitInlineSure);
    return c;
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

static Instr *
guard_code(Func *f, Instr *call, Instr *func, uint32_t dep)
{
    Instr *guard = guard_before(f, call, OpGuardCode, func);
    guard->imm = dep;
    return guard;
}

static bool
is_method(const Instr *call)
{
    return call->args[0]->type != TyNull;
}

static Instr *
copy_call(Func *f, const Instr *call, Block *into)
{
    Instr *c = ir_instr_new(f, OpRt, (Ty)call->type, call->n_args);
    memcpy(c->args, call->args, call->n_args * sizeof *c->args);
    c->imm = call->imm;
    c->imm2 = call->imm2;
    c->imm3 = call->imm3;
    c->fs = call->fs;
    c->inl = call->inl;
    c->off = call->off;
    c->mark = call->mark;
    into->inl = call->inl;
    into->off = call->off;
    ir_append(into, c);
    return c;
}

static void
jump(Func *f, const Instr *call, Block *from, Block *to)
{
    Instr *j = ir_instr_new(f, OpJump, TyVoid, 0);
    j->inl = call->inl;
    j->off = call->off;
    ir_append(from, j);
    ir_add_edge(from, to);
}

/* call becomes: does `is` hold? one copy of it : another.  Returns the first. */
static Instr *
fork_call(Func *f, Instr *call, Instr *is, double share)
{
    Block *b = call->block, *rest = build_split(f, call), *yes = ir_block_new(f),
          *no = ir_block_new(f);
    Instr *branch = ir_instr_new(f, OpBranch, TyVoid, 1);
    branch->args[0] = is;
    branch->imm = 1;
    is->inl = branch->inl = call->inl;
    is->off = branch->off = call->off;
    Instr *phi = ir_instr_new(f, OpPhi, TyObj, 2);
    phi->args[0] = copy_call(f, call, yes);
    phi->args[1] = copy_call(f, call, no);
    phi->inl = call->inl;
    phi->off = call->off;
    ir_insert_before(rest->first, phi);
    ir_append(b, is);
    ir_append(b, branch);
    ir_add_edge(b, yes);
    ir_add_edge(b, no);
    b->weight[0] = share > 0.98 ? 0.98 : share; /* never believed to the last */
    b->weight[1] = 1 - b->weight[0];
    jump(f, call, yes, rest);
    jump(f, call, no, rest);
    ir_replace(call, phi);
    ir_remove(call);
    return phi->args[0];
}

/* A function called by name (NULL below it) or as a method (self is the second entry). */
static bool
inline_call(PassCtx *ctx, Instr *call, Choice c)
{
    Func *f = ctx->f;
    uint32_t skip = is_method(call) ? 1 : 2, n = call->n_args - skip;
    if (n != (uint32_t)c.code->argcount || !build_inlinable(f, c.code))
        return false;
    uint32_t dep = dep_of(f, c.code->key);
    Instr *func;
    if (c.sure) {
        func = guard_code(f, call, call->args[skip - 1], dep);
    } else {
        Instr *is = ir_instr_new(f, OpIsCode, TyBit, 1);
        is->args[0] = call->args[skip - 1];
        is->imm = dep;
        call = fork_call(f, call, is, c.share);
        func = call->args[skip - 1];
    }
    build_inline(f, call, func, c.code, call->args + skip, n);
    return true;
}

/* A class: the collection that an allocation might run, the test, the allocation, then __init__. */
static bool
inline_class(PassCtx *ctx, Instr *call, Choice c)
{
    Func *f = ctx->f;
    uint32_t n = call->n_args - 1;
    call->mark = 1;
    if (n != (uint32_t)c.code->argcount || !build_inlinable(f, c.code))
        return false;
    if (is_method(call)) { /* as `module.Class(...)` leaves it */
        Instr *below = guard_before(f, call, OpNotNull, call->args[0]);
        guard_before(f, call, OpGuardTrue, guard_before(f, call, OpBitNot, below));
    }
    Instr *poll = guard_before(f, call, OpGcPoll, call->args[1]);
    poll->n_args = 0;
    Instr *is = ir_instr_new(f, OpIsClass, TyBit, 1), *class = is->args[0] = call->args[1];
    is->imm = dep_of(f, c.code->key);
    is->imm2 = (int32_t)ir_cell_new(f, "PyrtClassCell");
    if (c.sure) {
        is->inl = call->inl;
        is->off = call->off;
        ir_insert_before(call, is);
        guard_before(f, call, OpGuardTrue, is);
    } else {
        call = fork_call(f, call, is, c.share);
    }
    Instr *func = guard_before(f, call, OpClassInit, class);
    func->imm2 = is->imm2;
    Instr *params[LimitMaxSlots + 1] = {guard_before(f, call, OpNewInstance, class)};
    memcpy(params + 1, call->args + 2, (n - 1) * sizeof *params);
    build_inline_init(f, call, func, c.code, params, n);
    return true;
}

/* o[k] or o[k] = v where o's class has a Python __getitem__ or __setitem__: the guard on the class
 * is the site's own cell. */
static bool
inline_subscript(PassCtx *ctx, Instr *call, Choice c)
{
    Func *f = ctx->f;
    const char *dot = strrchr(c.code->qualname, '.');
    if (!dot || strcmp(dot, call->imm == RtSetItem ? ".__setitem__" : ".__getitem__"))
        return false; /* a dict's __missing__, a key's __hash__ */
    if (call->n_args != (uint32_t)c.code->argcount || c.share * 100 < LimitInlineNestedPct ||
        !build_inlinable(f, c.code))
        return false;
    Instr *guard = guard_before(f, call, OpGuardItemFunc, call->args[0]);
    guard->imm = call->imm == RtSetItem;
    guard->imm2 = call->imm3;
    Instr *func = guard_code(f, call, guard, dep_of(f, c.code->key));
    build_inline(f, call, func, c.code, call->args, call->n_args);
    return true;
}

/* o.name where samples met Python code below: a property, if it can be inlined. */
static bool
inline_getter(PassCtx *ctx, Instr *load, Choice c)
{
    Func *f = ctx->f;
    if (c.code->argcount != 1 || c.share * 100 < LimitInlineNestedPct ||
        !build_inlinable(f, c.code))
        return false;
    Instr *getter = guard_before(f, load, OpFindGetter, load->args[0]);
    getter->imm = load->imm;
    getter->imm2 = (int32_t)ir_cell_new(f, "PyrtGetterCell");
    Instr *func = guard_code(f, load, getter, dep_of(f, c.code->key));
    build_inline(f, load, func, c.code, load->args, 1);
    return true;
}

static bool
may_inline(const Instr *i)
{
    return (is_rt(i, RtCall) && i->imm2 < 0) || is_rt(i, RtGetItem) || is_rt(i, RtSetItem) ||
           i->op == OpLoadAttr;
}

static bool
inline_one(PassCtx *ctx, Instr *i, Choice c, bool init)
{
    if (i->op == OpLoadAttr)
        return inline_getter(ctx, i, c);
    if (i->imm != RtCall)
        return inline_subscript(ctx, i, c);
    return init ? inline_class(ctx, i, c) : inline_call(ctx, i, c);
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
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            i->mark = 0;
    for (uint32_t k = 0; k < f->blocks.n; k++) /* grows while we go */
        FOR_EACH_INSTR_SAFE (f->blocks.at[k], i) {
            if (!may_inline(i) || ir_inl_depth(i->inl) >= LimitInlineDepth)
                continue;
            Choice made = is_rt(i, RtCall) ? choose_init(ctx, i, budget) : (Choice){0};
            Choice c = made.code ? made : choose(ctx, i, budget);
            if (c.code && inline_one(ctx, i, c, made.code != NULL)) {
                budget -= c.code->n_units;
                any = true;
                k--; /* the callee's first block is the rest of this one; what was is in a new one
                      */
                break;
            }
        }
    if (any)
        ir_apply_replacements(f);
    return any;
}
