/* What is known when the program is compiled: comparisons of constants, the guards and branches
 * that hang on them.  A branch that always goes one way becomes a jump; opt's order pass takes the
 * other side out. */
#include "pass.h"

static bool
compare(int64_t x, int64_t y, int64_t how)
{
    enum { Lt, Le, Eq, Ne, Gt, Ge }; /* Py_LT .. Py_GE */
    switch (how) {
    case Lt: return x < y;
    case Le: return x <= y;
    case Eq: return x == y;
    case Ne: return x != y;
    case Gt: return x > y;
    default: return x >= y;
    }
}

/* The Bit that i always is: 0 or 1, or -1. */
static int
known_bit(const Instr *i)
{
    const Instr *x = i->n_args ? i->args[0] : NULL;
    while (x && x->repl)
        x = x->repl;
    if (i->op == OpBitNot && x->op == OpConstBit)
        return !x->imm;
    if (i->op == OpUnboxBool && ir_origin(i->args[0])->op == OpBoxBool) {
        const Instr *raw = ir_origin(i->args[0])->args[0];
        return raw->op == OpConstBit ? (int)raw->imm : -1;
    }
    if (i->op != OpIntCmp || x->op != OpConstInt || i->args[1]->op != OpConstInt)
        return -1;
    return compare(x->imm, i->args[1]->imm, i->imm);
}

static void
make_jump(Block *b, const Instr *bit)
{
    ir_remove_edge(b, bit->imm ? 1 : 0);
    b->last->op = OpJump;
    b->last->n_args = 0;
    b->last->imm = 0;
    b->weight[0] = 0;
}

/* needs rpo */
bool
opt_fold(PassCtx *ctx)
{
    Func *f = ctx->f;
    bool any = false;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            for (uint32_t k = 0; k < i->n_args; k++)
                while (i->args[k]->repl)
                    i->args[k] = i->args[k]->repl;
            int bit = known_bit(i);
            if (bit >= 0) {
                Instr *c = ir_instr_new(f, OpConstBit, TyBit, 0);
                c->imm = bit;
                c->inl = i->inl;
                c->off = i->off;
                ir_insert_before(i, c);
                ir_replace(i, c);
                ir_remove(i);
            } else if (i->op == OpGuardTrue && i->args[0]->op == OpConstBit && i->args[0]->imm) {
                ir_remove(i);
            } else if (i->op == OpBranch && i->args[0]->op == OpConstBit) {
                make_jump(b, i->args[0]);
            } else {
                continue;
            }
            any = true;
        }
    if (any)
        ir_apply_replacements(f);
    return any;
}
