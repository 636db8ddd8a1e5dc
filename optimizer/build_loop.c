/* A loop's body as a function of its own: the abstract interpretation of build.c begins at the
 * loop's first instruction, with what the interpreter left in the frame. */
#include "build.h"

#include <string.h>

static Instr *
guarded(Builder *b, Instr *v, Ty demanded)
{
    if (demanded == TyMaybe)
        return v;
    if (v->type == TyMaybe)
        v = build_emit(b, OpGuardBound, TyObj, 1, &v);
    return demanded == TyObj ? v : build_emit(b, OpGuardType, demanded, 1, &v);
}

/* Guards come behind everything that is loaded: their frame state is the whole frame. */
static void
load_frame(Builder *b, const Loop *loop)
{
    uint32_t n = b->code->n_localsplus;
    for (uint32_t k = 0; k < n; k++) {
        if (pycode_is_cell(b->code, k))
            continue;
        b->locals[k] = build_emit(b, OpParam, TyMaybe, 0, NULL);
        b->locals[k]->imm = k;
    }
    for (uint32_t k = 0; k < loop->depth; k++) {
        Instr *v = build_emit(b, OpTakeStack, TyObj, 0, NULL);
        v->imm = n + k;
        b->stack[k] = b->start_stack[k] = v;
    }
    b->n_stack = b->n_start_stack = loop->depth;
    /* As at every place where something may have run.  Its frame state is the frame as it came. */
    build_emit(b, OpCheckTrace, TyVoid, 0, NULL);
    for (uint32_t k = 0; k < n; k++)
        if (b->locals[k])
            b->locals[k] = guarded(b, b->locals[k], loop->types[k]);
    for (uint32_t k = 0; k < loop->depth; k++)
        b->stack[k] = guarded(b, b->stack[k], loop->types[n + k]);
}

Func *
build_loop(Arena *a, const PyCode *code, const Loop *loop)
{
    Builder b = {.f = ir_func_new(a, code)};
    if (!build_prepare(&b, a, code))
        return NULL;
    uint32_t entry = b.ins.index_of[loop->header];
    PyInstrs *ins = arena_memdup(a, &b.ins, sizeof b.ins);
    b.f->is_loop = true;
    b.inl = ir_inl_new(b.f, NULL, code, ins);
    b.cur = ir_block_new(b.f);
    b.cur->inl = b.inl;
    b.cur->off = loop->header;
    b.at = b.group = entry;
    load_frame(&b, loop);
    build_translate(&b, entry);
    return b.bail ? NULL : b.f;
}
