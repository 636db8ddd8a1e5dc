/* Methods whose body is here.
 *
 * LOAD_METHOD leaves a function and the object to call it with, each counted, and has a cold path
 * that may run code, for what it finds can be anything.  Where the call was inlined behind a test
 * of the function's code and the interpreter's cache says that a method of the class is found, only
 * the function is looked for, and borrowed; the object is the one at hand, so that a callee's self
 * is the caller's local (opt_homes.c lends it).  Something else than a method is an exit. */
#include "pass.h"

static Instr *
method_of(const Instr *load)
{
    Instr *p = load->next;
    return p && p->op == OpProj && p->args[0] == load ? p : NULL;
}

static bool
is_tested(const Func *f, const Instr *method)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            if ((i->op == OpIsCode || i->op == OpGuardCode) && ir_origin(i->args[0]) == method)
                return true;
    return false;
}

static void
find_instead(Func *f, Instr *load, Instr *method)
{
    Instr *find = ir_instr_new(f, OpFindMethod, TyObj, 1);
    find->args[0] = load->args[0];
    find->imm = load->imm;
    find->imm2 = load->imm2;
    find->fs = load->fs;
    find->inl = load->inl;
    find->off = load->off;
    ir_insert_before(load, find);
    ir_replace(method, find);
    ir_replace(load, load->args[0]);
    ir_remove(method);
    ir_remove(load);
}

/* needs rpo */
bool
opt_methods(PassCtx *ctx)
{
    bool any = false;
    FOR_EACH_BLOCK (ctx->f, b)
        for (Instr *i = b->first, *next; i; i = next) {
            Instr *method = i->op == OpLoadMethod ? method_of(i) : NULL;
            next = i->next;
            if (!method || !feedback_plain_method(ctx->fb, i->inl, i->off) ||
                !is_tested(ctx->f, method))
                continue;
            next = method->next;
            find_instead(ctx->f, i, method);
            any = true;
        }
    if (any)
        ir_apply_replacements(ctx->f);
    return any;
}
