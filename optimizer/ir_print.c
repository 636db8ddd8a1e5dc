/* The IR as text.  ir_parse.c reads it back; the grammar is in schemas/ir.md.
 *
 *     func NAME
 *     b0 @0:                                     block, bytecode offset
 *       %3:I64 = UnboxInt %1 @12 [0@12 L %1 %2 _ S %4]        value:type = Op args imm=.. @offset [frame state]
 *       Branch %9 b2:0.9 b3:0.1
 */
#include "ir.h"

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
print_instr(const Instr *i, StrBuf *out)
{
    sb_puts(out, "  ");
    if (i->type != TyVoid)
        sb_printf(out, "%%%u:%s = ", i->id, ir_types[i->type].name);
    else if (i->op == OpUnpack || i->op == OpUnpackEx)
        sb_printf(out, "%%%u:Void = ", i->id); /* a Proj refers to it */
    if (i->op == OpRt)
        sb_printf(out, "Rt.%s", ir_rts[i->imm].name);
    else
        sb_puts(out, ir_ops[i->op].name);
    for (uint32_t k = 0; k < i->n_args; k++)
        print_value(i->args[k], out);
    if (i->op == OpConstFloat)
        sb_printf(out, " f=%a", i->f);
    if (i->imm && i->op != OpRt)
        sb_printf(out, " imm=%lld", (long long)i->imm);
    if (i->imm2)
        sb_printf(out, " imm2=%d", i->imm2);
    if (i->imm3)
        sb_printf(out, " imm3=%d", i->imm3);
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
    sb_putc(out, '\n');
}

void
ir_print(const Func *f, StrBuf *out)
{
    sb_printf(out, "func %s\n", f->code->qualname);
    FOR_EACH_BLOCK (f, b) {
        sb_printf(out, "b%u @%u:", b->id, b->off);
        for (uint32_t p = 0; p < b->preds.n; p++)
            sb_printf(out, "%s b%u", p ? "," : " ; from", b->preds.at[p]->id);
        sb_putc(out, '\n');
        FOR_EACH_INSTR (b, i)
            print_instr(i, out);
    }
}
