/* Attributes that an object simply keeps.
 *
 * A load becomes a guard and a borrowed reference: no cold path that could run code, and nothing is
 * counted for a number that is only opened.  Only where the interpreter's own cache says that the
 * attribute is kept, so that a property does not fail the guard each time, and where the site sees
 * no more types than its cell has entries for.
 *
 * A store of a box that nobody else wants stores the raw number: in the old box, when that is the
 * attribute's alone.  Whoever else wants the box must get the object that the attribute has. */
#include "pass.h"

/* mark: how often a box is an argument. */
static void
count_uses(Func *f)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            i->mark = 0;
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; k < i->n_args; k++)
                i->args[k]->mark++;
}

/* What a global names has attributes as modules and classes have them, unless samples know better.
 */
static AttrSite
site_of(const PassCtx *ctx, const Instr *i)
{
    AttrSite site = feedback_attr_site(ctx->fb, i->inl, i->off);
    bool global = i->op == OpLoadAttr && ir_origin(i->args[0])->op == OpLoadGlobal;
    bool kept = feedback_plain_attr(ctx->fb, i->inl, i->off);
    return global && !kept ? SiteNamed : site;
}

/* needs rpo, types */
bool
opt_fields(PassCtx *ctx)
{
    bool any = false;
    count_uses(ctx->f);
    FOR_EACH_BLOCK (ctx->f, b)
        FOR_EACH_INSTR_SAFE (b, i) {
            const Instr *v = i->op == OpStoreAttr ? i->args[1] : NULL;
            if (v || i->op == OpLoadAttr)
                i->imm3 = site_of(ctx, i);
            if (i->op == OpLoadAttr && feedback_plain_attr(ctx->fb, i->inl, i->off)) {
                i->op = OpLoadField;
                any = true;
            } else if (v && (v->op == OpBoxFloat || v->op == OpBoxInt) && v->mark == 1) {
                i->op = OpStoreField;
                i->args[1] = v->args[0];
                any = true;
            }
        }
    return any;
}
