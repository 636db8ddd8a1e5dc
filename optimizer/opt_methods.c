/* Methods whose body is here.
 *
 * LOAD_METHOD leaves a function and the object to call it with, each counted, and has a cold path
 * that may run code, for what it finds can be anything.  Where the call was inlined behind a test
 * of the function's code and the interpreter's cache says that a method of the class is found, only
 * the function is looked for, and borrowed; the object is the one at hand, so that a callee's self
 * is the caller's local (opt_homes.c lends it).  Something else than a method is an exit.  The same
 * for a method found through super(). */
#include "pass.h"

static Instr *
method_of(const Instr *load)
{
    Instr *p = load->next;
    return p && p->op == OpProj && p->args[0] == load ? p : NULL;
}

/* mark: the function's code is tested. */
static void
mark_tested(Func *f)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            i->mark = 0;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            if (i->op == OpIsCode || i->op == OpGuardCode)
                ir_origin(i->args[0])->mark = 1;
}

/* The projection becomes the lookup, and the load its object: the last argument. */
static void
find_instead(Instr *load, Instr *method)
{
    method->op = load->op == OpLoadSuper ? OpFindSuper : OpFindMethod;
    method->type = TyObj;
    method->n_args = load->n_args;
    method->args = load->args;
    method->imm = load->imm;
    method->imm2 = load->imm2;
    method->imm3 = load->imm3;
    method->fs = load->fs;
    method->off = load->off;
    ir_replace(load, load->args[load->n_args - 1]);
    ir_remove(load);
}

/* needs rpo */
bool
opt_methods(PassCtx *ctx)
{
    bool any = false;
    mark_tested(ctx->f);
    FOR_EACH_BLOCK (ctx->f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            Instr *method = i->op == OpLoadMethod || i->op == OpLoadSuper ? method_of(i) : NULL;
            if (method && method->mark &&
                (i->op == OpLoadSuper || feedback_plain_method(ctx->fb, i->inl, i->off))) {
                find_instead(i, method);
                any = true;
            }
        }
    if (any)
        ir_apply_replacements(ctx->f);
    return any;
}
