/* A callee's bytecode to IR, in place of a call: the abstract interpretation of build.c with the
 * arguments for parameters and a block behind the call for returns.  Frame states of the callee
 * have the caller's state, without the callable and its arguments, behind them. */
#include "build.h"

#include <string.h>

static bool
has_plain_locals(const PyCode *c)
{
    for (uint32_t k = 0; k < c->n_localsplus; k++)
        if (pycode_is_cell(c, k))
            return false;
    return !(c->flags & (PyCoVarArgs | PyCoVarKeywords | PyCoGenerator | PyCoCoroutine)) &&
           c->kwonlyargcount == 0 && (c->flags & PyCoOptimized);
}

bool
build_inlinable(Func *f, const PyCode *callee)
{
    Builder b = {.f = f};
    return has_plain_locals(callee) && f->n_inls < countof(f->inls) &&
           build_prepare(&b, f->arena, callee) && build_entry(&b) < b.ins.n && !b.exc.n;
}

Block *
build_split(Func *f, Instr *call)
{
    Block *old = call->block, *rest = ir_block_new(f);
    rest->inl = old->inl;
    rest->off = call->off;
    while (call->next) {
        Instr *i = call->next;
        ir_remove(i);
        i->dead = false;
        ir_append(rest, i);
    }
    for (uint32_t s = 0; s < old->n_succ; s++) {
        rest->succ[s] = old->succ[s];
        rest->weight[s] = old->weight[s];
        old->succ[s]->preds.at[ir_pred_index(old->succ[s], old)] = rest;
    }
    rest->n_succ = old->n_succ;
    old->n_succ = 0;
    return rest;
}

static FrameState *
outer_state(Func *f, const Instr *call, uint32_t next_unit)
{
    FrameState *fs = ir_fs_clone(f, call->fs);
    fs->off = call->off;
    fs->resume = next_unit;
    fs->n_stack -= call->n_args;
    return fs;
}

/* The value of the call: what its returns bring. */
static Instr *
returned(const Builder *b, const Instr *call)
{
    if (b->inl_results.n == 1)
        return b->inl_results.at[0];
    Instr *result = ir_instr_new(b->f, OpPhi, TyObj, b->inl_results.n);
    memcpy(result->args, b->inl_results.at, b->inl_results.n * sizeof *result->args);
    result->inl = call->inl;
    result->off = call->off;
    if (b->inl_return->first)
        ir_insert_before(b->inl_return->first, result);
    else
        ir_append(b->inl_return, result);
    return result;
}

static void
splice(Func *f, Instr *call, Instr *func, const PyCode *callee, Instr **params, uint32_t n,
       bool init)
{
    Builder b = {.f = f};
    build_prepare(&b, f->arena, callee);
    const Inl *caller = call->inl;
    uint32_t next = caller->ins->at[caller->ins->index_of[call->off]].next;
    uint32_t saved_blocks = f->blocks.n;
    b.inl = ir_inl_new(f, call->inl, callee, arena_memdup(f->arena, &b.ins, sizeof b.ins));
    b.inl->func = func;
    b.inl->init = init;
    b.inl->entry = b.ins.at[build_entry(&b)].off;
    b.outer = outer_state(f, call, next);
    if (init)
        b.outer->vals[b.outer->n_locals + b.outer->n_stack++] = params[0];
    b.inl_return = build_split(f, call);
    b.at = b.group = build_entry(&b);
    b.cur = call->block;
    Instr *enter = build_emit(&b, OpEnterInline, TyVoid, 1, &func);
    enter->inl = call->inl;
    enter->off = call->off;
    enter->imm = b.inl->id;
    for (uint32_t k = 0; k < callee->n_localsplus; k++)
        b.locals[k] = k < n ? params[k] : build_const_null(&b);
    for (uint32_t k = 0; k < n; k++) {
        Instr *set = build_emit(&b, OpSetLocal, TyVoid, 1, &params[k]);
        set->imm = b.inl->base_slot + k;
    }
    b.fs = NULL;
    build_translate(&b, b.at);
    if (b.bail || !b.inl_results.n)
        die("build_inline: %s was checked and still fails (%u blocks before)", callee->qualname,
            saved_blocks);
    ir_replace(call, init ? params[0] : returned(&b, call));
    ir_remove(call);
}

void
build_inline(Func *f, Instr *call, Instr *func, const PyCode *callee, Instr **params, uint32_t n)
{
    splice(f, call, func, callee, params, n, false);
}

void
build_inline_init(Func *f, Instr *call, Instr *func, const PyCode *callee, Instr **params,
                  uint32_t n)
{
    splice(f, call, func, callee, params, n, true);
}
