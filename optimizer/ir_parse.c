/* IR text back into IR: exactly what ir_print.c writes; the grammar is in schemas/ir.md.
 *
 * One pass over the lines.  A value may be used before its line (phis, frame states of loops): the
 * first mention makes an instruction that is not filled in yet, and its mark holds the line of that
 * mention until the definition comes. Edges are made where terminators name their successors; a
 * block's `from` list then says in which order its predecessors stand, which is the order of its
 * phis' arguments.  What the text can say wrongly is refused here; rules about the meaning are left
 * to ir_verify(). */
#include "ir_parse.h"

#include "build.h"

#include <ctype.h>
#include <string.h>

Instr *
irparse_value_of(Parser *p, uint32_t id)
{
    uint64_t *slot = map_at(&p->values, id);
    if (!*slot) {
        Instr *i = arena_new_of(p->t.arena, Instr);
        i->id = id;
        i->op = Undefined;
        i->mark = p->t.line;
        *slot = (uintptr_t)i;
        if (id >= p->f->n_instrs)
            p->f->n_instrs = id + 1;
    }
    return (Instr *)(uintptr_t)*slot;
}

Block *
irparse_block_of(Parser *p, uint32_t id)
{
    uint64_t *slot = map_at(&p->blocks, id);
    if (!*slot) {
        Block *b = arena_new_of(p->t.arena, Block);
        b->id = id;
        b->func = p->f;
        b->mark = p->t.line;
        *slot = (uintptr_t)b;
        if (id >= p->f->n_blocks)
            p->f->n_blocks = id + 1;
    }
    return (Block *)(uintptr_t)*slot;
}

/* ---- the head ---- */

static bool
parse_level(Parser *p)
{
    IrText *t = &p->t;
    uint32_t id, parent = 0, func = 0;
    irtext_skip(t);
    if (!irtext_uint(t, countof(p->f->inls) - 1, &id))
        return false;
    if (id != p->f->n_inls)
        return irtext_fail(t, "level %u expected", p->f->n_inls);
    Inl inl = {0};
    while (!irtext_at_end(t) && *t->at != 'c') {
        bool ok = irtext_accept(t, "in=") ? irtext_uint(t, MaxId, &parent)
                  : irtext_accept(t, "func=%")
                      ? irtext_uint(t, MaxId, &func) && (inl.func = irparse_value_of(p, func))
                  : irtext_accept(t, "init") ? (inl.init = true)
                  : irtext_accept(t, "entry=")
                      ? irtext_uint(t, LimitMaxUnits, &inl.entry)
                      : irtext_fail(t, "in=, func=, entry= or code expected");
        if (!ok)
            return false;
    }
    const PyCode *code = ir_code_parse(t);
    if (!code)
        return false;
    if (id == 0 && p->code)
        code = p->code;
    if (id && parent >= id)
        return irtext_fail(t, "level %u can only be in a level before it", id);
    if (p->f->n_slots + code->n_localsplus > UINT16_MAX / 4)
        return irtext_fail(t, "too many locals");
    PyInstrs *ins = arena_new_of(t->arena, PyInstrs);
    Err why;
    if (!instrs_decode(t->arena, code, ins, &why))
        return irtext_fail(t, "%s", why.msg);
    Inl *made = ir_inl_new(p->f, id ? p->f->inls[parent] : NULL, code, ins);
    made->func = inl.func;
    made->entry = inl.entry;
    made->init = inl.init;
    if (id == 0)
        p->f->code = code;
    return true;
}

static bool
parse_deps(Parser *p)
{
    while (!irtext_at_end(&p->t)) {
        const char *hex = irtext_word(&p->t);
        CodeKey key;
        if (!hex || !codekey_parse(hex, &key))
            return irtext_fail(&p->t, "the key of a code object expected, 32 hex digits");
        vec_push(p->t.arena, &p->f->deps, key);
    }
    return true;
}

static bool
parse_cells(Parser *p)
{
    while (!irtext_at_end(&p->t)) {
        const char *type = irtext_name(&p->t);
        if (!type)
            return false;
        ir_cell_new(p->f, type);
    }
    return true;
}

/* "12" or "12/1": an offset in a level's code. */
bool
irparse_place(Parser *p, uint32_t *off, Inl **inl)
{
    uint32_t level = 0;
    if (!irtext_uint(&p->t, LimitMaxUnits, off))
        return false;
    if (irtext_accept_here(&p->t, "/") && !irtext_uint(&p->t, MaxId, &level))
        return false;
    if (level >= p->f->n_inls)
        return irtext_fail(&p->t, "there is no level %u", level);
    *inl = p->f->inls[level];
    if (*off >= (*inl)->code->n_units)
        return irtext_fail(&p->t, "offset %u is outside the code, which has %u units", *off,
                           (*inl)->code->n_units);
    return true;
}

/* ---- blocks ---- */

/* "b3 @12 from b1 b2:" */
static bool
parse_block(Parser *p)
{
    IrText *t = &p->t;
    uint32_t id;
    t->at++;
    if (!irtext_uint(t, MaxBlockId, &id))
        return false;
    Block *b = p->cur = irparse_block_of(p, id);
    if (b->inl)
        return irtext_fail(t, "b%u begins twice", id);
    if (!p->f->n_inls)
        return irtext_fail(t, "\"level 0 code ...\" must stand before the first block");
    b->inl = p->f->inls[0];
    b->mark = 0;
    vec_push(t->arena, &p->order, b);
    if (irtext_accept(t, "@") && !irparse_place(p, &b->off, &b->inl))
        return false;
    if (irtext_accept(t, "from")) {
        FromList from = {.block = b, .line = t->line};
        while (irtext_skip(t), *t->at == 'b') {
            t->at++;
            if (!irtext_uint(t, MaxBlockId, &id))
                return false;
            vec_push(t->arena, &from.ids, id);
        }
        vec_push(t->arena, &p->from, from);
    }
    return irtext_expect(t, ":");
}

static bool
parse_line(Parser *p)
{
    IrText *t = &p->t;
    if (irtext_accept(t, "level"))
        return parse_level(p);
    if (irtext_accept(t, "deps"))
        return parse_deps(p);
    if (irtext_accept(t, "cells"))
        return parse_cells(p);
    if (*t->at == 'b' && isdigit((unsigned char)t->at[1]))
        return parse_block(p);
    return irparse_instr(p);
}

/* ---- the end ---- */

static bool
order_preds(Parser *p, FromList *from)
{
    Block *b = from->block;
    Vec(Block *) sorted = {0};
    for (uint32_t k = 0; k < from->ids.n; k++)
        for (uint32_t j = 0; j < b->preds.n; j++)
            if (b->preds.at[j] && b->preds.at[j]->id == from->ids.at[k]) {
                vec_push(p->t.arena, &sorted, b->preds.at[j]);
                b->preds.at[j] = NULL;
                break;
            }
    p->t.line = from->line;
    if (sorted.n != b->preds.n || sorted.n != from->ids.n)
        return irtext_fail(
            &p->t, "b%u: %u predecessors are listed, %u of them lead here, and %u blocks do", b->id,
            from->ids.n, sorted.n, b->preds.n);
    if (sorted.n)
        memcpy(b->preds.at, sorted.at, sorted.n * sizeof *sorted.at);
    return true;
}

/* The first mention of something that is missing. */
static bool
all_defined(Parser *p)
{
    const Instr *value = NULL;
    const Block *block = NULL;
    for (MapSlot *s = map_first(&p->values); s; s = map_next(&p->values, s)) {
        const Instr *i = (Instr *)(uintptr_t)s->value;
        if (i->op == Undefined && (!value || i->mark < value->mark))
            value = i;
    }
    for (MapSlot *s = map_first(&p->blocks); s; s = map_next(&p->blocks, s)) {
        const Block *b = (Block *)(uintptr_t)s->value;
        if (!b->inl && (!block || b->mark < block->mark))
            block = b;
    }
    p->t.line = value ? value->mark : block ? block->mark : p->t.line;
    if (value)
        return irtext_fail(&p->t, "%%%u is used but never defined", value->id);
    return !block || irtext_fail(&p->t, "b%u is a successor but not in the text", block->id);
}

static bool
finish(Parser *p)
{
    IrText *t = &p->t;
    if (!p->order.n)
        return irtext_fail(t, "a function has at least one block");
    if (!all_defined(p))
        return false;
    for (uint32_t k = 0; k < p->from.n; k++)
        if (!order_preds(p, &p->from.at[k]))
            return false;
    for (uint32_t k = 0; k < p->unnamed.n; k++)
        p->unnamed.at[k]->id = p->f->n_instrs++;
    for (uint32_t k = 0; k < p->order.n; k++) {
        p->order.at[k]->rpo = k;
        p->order.at[k]->reachable = true;
        vec_push(t->arena, &p->f->blocks, p->order.at[k]);
    }
    return true;
}

Func *
ir_parse(Arena *a, const PyCode *code, const char *text, Err *err)
{
    Parser p = {.t = {.at = text, .line = 1, .arena = a, .err = err},
                .code = code,
                .f = ir_func_new(a, code)};
    map_init(&p.values, a);
    map_init(&p.blocks, a);
    if (!irtext_next_line(&p.t)) {
        irtext_fail(&p.t, "no function in the text");
        return NULL;
    }
    if (!irtext_expect(&p.t, "func") || !irtext_name(&p.t))
        return NULL;
    p.f->is_loop = irtext_accept(&p.t, "loop");
    do {
        if (!irtext_at_end(&p.t)) {
            irtext_fail(&p.t, "unexpected: \"%.*s\"", (int)strcspn(p.t.at, "\n"), p.t.at);
            return NULL;
        }
        if (!irtext_next_line(&p.t))
            return finish(&p) ? p.f : NULL;
    } while (parse_line(&p));
    return NULL;
}
