/* The bets.  Each generic operation is looked at once, in reverse postorder so that operands are
 * specialised first; where the profile (or an operand's own operation) says what the operands are,
 * it becomes guards and a typed operation.  Without evidence it stays what the interpreter would
 * do.  Guards inserted here are plentiful: opt_types and opt_gvn remove those that say nothing new.
 */
#include "build.h"
#include "spec.h"

#include <string.h>

Instr *
spec_emit(Spec *s, Op op, Ty type, uint32_t n_args, Instr **args)
{
    Instr *i = ir_instr_new(s->f, op, type, n_args);
    if (n_args)
        memcpy(i->args, args, n_args * sizeof *args);
    i->inl = s->at->inl;
    i->off = s->at->off;
    if (ir_is_guard(i) || ir_may_raise(i) || ir_effect(i) == 'L')
        i->fs = s->at->fs;
    ir_insert_before(s->at, i);
    return i;
}

Instr *
spec_emit1(Spec *s, Op op, Ty type, Instr *a)
{
    return spec_emit(s, op, type, 1, &a);
}

Instr *
spec_emit2(Spec *s, Op op, Ty type, Instr *a, Instr *b)
{
    return spec_emit(s, op, type, 2, (Instr *[]){a, b});
}

static bool
is_exact(Ty t)
{
    return ty_boxed(t) && !ty_unknown(t) && t != TyMaybe && t != TyNull && t != TyBottom;
}

/* What the local that operand k was read from held, wherever a sample saw the function: there are
 * many more of those than of samples at one instruction. */
static FbType
local_type(const Spec *s, uint32_t k)
{
    const FrameState *fs = s->at->fs;
    for (uint32_t slot = 0; slot < fs->n_locals; slot++) {
        const Instr *v = fs->vals[slot];
        while (v && v->repl)
            v = v->repl;
        if (v == s->at->args[k])
            return feedback_local(s->ctx->fb, fs->inl, slot);
    }
    return (FbType){.type = TyObj};
}

/* Of an attribute: what those of its name held anywhere. */
static FbType
attr_type(const Spec *s, uint32_t k)
{
    const Instr *v = ir_origin(s->at->args[k]);
    if (v->op != OpLoadAttr && v->op != OpLoadField)
        return (FbType){.type = TyObj};
    return feedback_attr(s->ctx->fb, v->inl->code->names[v->imm]->s);
}

FbType
spec_operand(Spec *s, uint32_t k, uint32_t depth)
{
    Ty t = (Ty)s->at->args[k]->type;
    FbType seen = feedback_operand(s->ctx->fb, s->at->inl, s->at->fs->off, depth);
    if (!seen.seen && s->at->fs->off != s->at->off)
        seen = feedback_operand(s->ctx->fb, s->at->inl, s->at->off, depth);
    FbType local = local_type(s, k);
    if (!seen.seen)
        seen = local;
    if (!seen.seen)
        seen = attr_type(s, k);
    if (!seen.seen)
        seen = spec_guess(s, s->at->args[k]);
    seen.mixed |= local.mixed;
    if (is_exact(t)) {
        seen.type = t;
        seen.number = t == TyInt || t == TyFloat;
    }
    return seen;
}

const char *
spec_callee(Spec *s)
{
    double share = 0;
    const Instr *i = s->at, *callable = ir_origin(i->args[1]);
    const ProfCallee *c = feedback_callee(s->ctx->fb, i->inl, i->off, &share);
    if (c)
        return share * 100 >= LimitTypeSharePct ? c->name : NULL;
    if (feedback_is_append(s->ctx->fb, i->inl, i->off))
        return ir_known_names[Known_list_append];
    return callable->op == OpLoadGlobal &&
                   feedback_is_builtin(s->ctx->fb, callable->inl, callable->off)
               ? ir_builtin_named(callable->inl->code->names[callable->imm]->s)
               : NULL;
}

Instr *
spec_guard(Spec *s, Instr *v, Ty type)
{
    return v->type == type ? v : spec_emit1(s, OpGuardType, type, v);
}

Instr *
spec_const_int(Spec *s, int64_t v)
{
    Instr *i = spec_emit(s, OpConstInt, TyI64, 0, NULL);
    i->imm = v;
    return i;
}

Instr *
spec_int(Spec *s, Instr *v)
{
    Instr *o = ir_origin(v);
    if (o->op == OpBoxInt)
        return o->args[0];
    if (v->type == TyBool)
        return spec_emit1(s, OpBitToInt, TyI64, spec_emit1(s, OpUnboxBool, TyBit, v));
    return spec_emit1(s, OpUnboxInt, TyI64, v);
}

Instr *
spec_float(Spec *s, Instr *v, Ty seen)
{
    Instr *o = ir_origin(v);
    if (o->op == OpBoxFloat)
        return o->args[0];
    if (o->op == OpBoxInt)
        return spec_emit1(s, OpIntToFloat, TyF64, o->args[0]);
    return spec_emit1(s, seen == TyFloat ? OpUnboxFloat : OpToFloat, TyF64, v);
}

void
spec_replace(Spec *s, Instr *raw)
{
    Instr *by = raw;
    if (s->at->type != TyBit && raw->type == TyBit)
        by = spec_emit1(s, OpBoxBool, TyBool, raw);
    else if (raw->type == TyI64)
        by = spec_emit1(s, OpBoxInt, TyInt, raw);
    else if (raw->type == TyF64)
        by = spec_emit1(s, OpBoxFloat, TyFloat, raw);
    ir_replace(s->at, by);
    ir_remove(s->at);
}

/* Odds for the branches, as the profile's flow inference found them. */
static void
weigh_branch(Spec *s)
{
    double taken, weight;
    Block *b = s->at->block;
    if (!feedback_branch(s->ctx->fb, s->at->inl, s->at->off, &taken, &weight) || weight < 1)
        return;
    if (taken < 0.0001)
        taken = 0.0001;
    if (taken > 0.9999)
        taken = 0.9999;
    b->weight[0] = s->at->imm ? taken : 1 - taken;
    b->weight[1] = 1 - b->weight[0];
}

static void
resolve_args(Instr *i)
{
    for (uint32_t k = 0; k < i->n_args; k++)
        while (i->args[k]->repl)
            i->args[k] = i->args[k]->repl;
}

/* needs rpo, dom */
bool
opt_specialize(PassCtx *ctx)
{
    Spec s = {.ctx = ctx, .f = ctx->f};
    bool any = false;
    FOR_EACH_BLOCK (ctx->f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            resolve_args(i);
            s.at = i;
            if (i->op == OpBranch)
                weigh_branch(&s);
            else if (i->fs)
                any |= spec_number(&s) || spec_sequence(&s) || spec_slice(&s) || spec_call(&s) ||
                       spec_math(&s);
        }
    ir_apply_replacements(ctx->f);
    return any;
}
