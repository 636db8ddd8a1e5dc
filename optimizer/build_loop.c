/* A loop's body as a function of its own: the abstract interpretation of build.c begins at the
 * loop's first instruction, with what the interpreter left in the frame. */
#include "build.h"

/* The frame as it came: the homes hold the locals, whatever they are. */
static FrameState *
state_found(Builder *b, const Loop *loop)
{
    uint32_t n = b->code->n_localsplus;
    FrameState *fs = ir_fs_new(b->f, b->inl, loop->header, n, loop->depth);
    for (uint32_t k = 0; k < loop->depth; k++)
        fs->vals[n + k] = b->stack[k];
    return fs;
}

/* Guards come behind everything that is taken out of the frame: who leaves puts all of it back. */
static void
load_frame(Builder *b, const Loop *loop)
{
    uint32_t n = b->code->n_localsplus;
    for (uint32_t k = 0; k < loop->depth; k++) {
        b->stack[k] = build_emit(b, OpTakeStack, TyObj, 0, NULL);
        b->stack[k]->imm = n + k;
    }
    b->fs = state_found(b, loop);
    build_emit(b, OpCheckTrace, TyVoid, 0, NULL);
    for (uint32_t k = 0; k < n; k++) {
        if (pycode_is_cell(b->code, k))
            continue;
        b->locals[k] = build_emit(b, OpFound, loop->types[k], 0, NULL);
        b->locals[k]->imm = k;
    }
    for (uint32_t k = 0; k < loop->depth; k++)
        if (loop->types[n + k] != TyObj && loop->types[n + k] != TyMaybe)
            b->stack[k] = build_emit(b, OpGuardType, loop->types[n + k], 1, &b->stack[k]);
    b->fs = NULL;
    b->n_stack = loop->depth;
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
