/* The IR as text.  ir_parse.c reads it back; the grammar is in schemas/ir.md.
 *
 *     func NAME
 *     level 0 code NAME args=1 locals=[a b]      what the optimizer asks of the code object
 *     b0 @0 from b3 b7:                          block, bytecode offset, predecessors
 *       %3:I64 = UnboxInt %1 @12 [0@12 L %1 %2 _ S %4]        value:type = Op args imm=.. @offset
 * [frame state] Branch %9 b2:0.9 b3:0.1
 */
#include "homes.h"
#include "ir_text.h"

static void
print_value(const Instr *v, StrBuf *out)
{
    if (v)
        sb_printf(out, " %%%u", v->id);
    else
        sb_puts(out, " _");
}

static void
print_fs(const FrameState *fs, StrBuf *out)
{
    sb_printf(out, " [%u@%u", fs->inl->id, fs->off);
    if (fs->resume)
        sb_printf(out, ">%u", fs->resume);
    if (fs->n_locals)
        sb_puts(out, " L");
    for (uint32_t k = 0; k < fs->n_locals; k++)
        print_value(fs->vals[k], out);
    if (fs->n_stack)
        sb_puts(out, " S");
    for (uint32_t k = 0; k < fs->n_stack; k++)
        print_value(fs->vals[fs->n_locals + k], out);
    if (fs->outer)
        print_fs(fs->outer, out);
    sb_putc(out, ']');
}

static void
print_exit(const Exit *x, StrBuf *out)
{
    sb_puts(out, " {");
    for (uint32_t k = 0; k < x->vals.n; k++) {
        const ExitVal *v = &x->vals.at[k];
        sb_printf(out, "%s%u.%u=%%%u%s", k ? " " : "", v->level, v->index, v->v->id,
                  v->owned ? "!" : "");
        if (v->raw)
            sb_printf(out, "@%u", v->raw);
    }
    for (uint32_t k = 0; k < x->drops.n; k++)
        sb_printf(out, "%s-%%%u", k || x->vals.n ? " " : "", x->drops.at[k]->id);
    sb_putc(out, '}');
}

/* The immediate is part of the operation's printed name. */
static bool
has_named_imm(const Instr *i)
{
    return i->op == OpRt || i->op == OpKnown || i->op == OpMath || i->op == OpIsMath;
}

static void
print_imm(const Instr *i, StrBuf *out)
{
    if (i->op == OpConstFloat) {
        sb_puts(out, " f=");
        irtext_put_double(out, i->f);
    }
    if (i->op == OpIsExact)
        sb_printf(out, " imm=%s", ir_types[i->imm].name);
    else if (i->imm && !has_named_imm(i))
        sb_printf(out, " imm=%lld", (long long)i->imm);
    if (i->imm2)
        sb_printf(out, " imm2=%d", i->imm2);
    if (i->imm3)
        sb_printf(out, " imm3=%d", i->imm3);
}

static void
print_instr(const Instr *i, StrBuf *out)
{
    sb_puts(out, "  ");
    if (i->type != TyVoid)
        sb_printf(out, "%%%u:%s = ", i->id, ir_types[i->type].name);
    else if (i->op == OpUnpack || i->op == OpUnpackEx)
        sb_printf(out, "%%%u:Void = ", i->id); /* a Proj refers to it */
    if (i->op == OpRt)
        sb_printf(out, "Rt.%s", ir_rts[i->imm].name);
    else if (i->op == OpKnown)
        sb_printf(out, "Known.%s", ir_known_names[i->imm]);
    else if (i->op == OpMath || i->op == OpIsMath)
        sb_printf(out, "%s.%s", ir_ops[i->op].name, ir_maths[i->imm].name);
    else
        sb_puts(out, ir_ops[i->op].name);
    for (uint32_t k = 0; k < i->n_args; k++)
        print_value(i->args[k], out);
    print_imm(i, out);
    if (ir_is_terminator(i) && i->block)
        for (uint32_t s = 0; s < i->block->n_succ; s++) {
            sb_printf(out, " b%u", i->block->succ[s]->id);
            if (i->block->weight[s] > 0)
                sb_printf(out, ":%.3g", i->block->weight[s]);
        }
    sb_printf(out, " @%u", i->off);
    if (i->inl && i->inl->id)
        sb_printf(out, "/%u", i->inl->id);
    if (i->fs)
        print_fs(i->fs, out);
    if (i->exit)
        print_exit(i->exit, out);
    sb_putc(out, '\n');
}

/* A level whose code was found unreachable has lost its function object: nothing refers to it any
 * more. */
static bool
is_in(const Func *f, const Instr *v)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            if (i == v)
                return true;
    return false;
}

static void
print_head(const Func *f, StrBuf *out)
{
    sb_puts(out, "func ");
    irtext_put_name(out, f->code->qualname);
    sb_puts(out, f->is_loop ? " loop\n" : "\n");
    for (uint32_t k = 0; k < f->n_inls; k++) {
        const Inl *inl = f->inls[k];
        sb_printf(out, "level %u ", k);
        if (inl->parent)
            sb_printf(out, "in=%u ", inl->parent->id);
        if (inl->func && is_in(f, inl->func))
            sb_printf(out, "func=%%%u ", inl->func->id);
        if (inl->init)
            sb_puts(out, "init ");
        if (inl->entry)
            sb_printf(out, "entry=%u ", inl->entry);
        ir_code_print(inl->code, out);
        sb_putc(out, '\n');
    }
    char hex[CODEKEY_HEX];
    for (uint32_t k = 0; k < f->deps.n; k++) {
        codekey_hex(f->deps.at[k], hex);
        sb_printf(out, "%s%s%s", k ? " " : "deps ", hex, k + 1 == f->deps.n ? "\n" : "");
    }
    for (uint32_t k = 0; k < f->cells.n; k++)
        sb_printf(out, "%s%s%s", k ? " " : "cells ", f->cells.at[k],
                  k + 1 == f->cells.n ? "\n" : "");
}

void
ir_print(const Func *f, StrBuf *out)
{
    print_head(f, out);
    FOR_EACH_BLOCK (f, b) {
        sb_printf(out, "b%u @%u", b->id, b->off);
        if (b->inl && b->inl->id)
            sb_printf(out, "/%u", b->inl->id);
        for (uint32_t p = 0; p < b->preds.n; p++)
            sb_printf(out, "%s b%u", p ? "" : " from", b->preds.at[p]->id);
        sb_puts(out, ":\n");
        FOR_EACH_INSTR (b, i)
            print_instr(i, out);
    }
}
