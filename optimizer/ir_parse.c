/* IR text back into IR: exactly what ir_print.c writes; the grammar is in schemas/ir.md.
 *
 * One pass over the lines.  A value may be used before its line (phis, frame states of loops): the
 * first mention makes an instruction that is not filled in yet, and its mark holds the line of that
 * mention until the definition comes. Edges are made where terminators name their successors; a
 * block's `from` list then says in which order its predecessors stand, which is the order of its
 * phis' arguments.  What the text can say wrongly is refused here; rules about the meaning are left
 * to ir_verify(). */
#include "ir_text.h"

#include "build.h"
#include "homes.h"
#include "map.h"

#include <ctype.h>
#include <string.h>

enum { MaxId = 1 << 22, MaxBlockId = 1 << 16, Undefined = OpCount };

typedef struct FromList {
    Block *block;
    uint32_t line;
    Vec(uint32_t) ids;
} FromList;

typedef struct Parser {
    IrText t;
    Func *f;
    const PyCode *code;
    Map values, blocks;
    Vec(Block *) order; /* in the order of their lines */
    Vec(FromList) from;
    Vec(Instr *) unnamed; /* they get numbers behind all others */
    Block *cur;
} Parser;

/* ---- names ---- */

static Instr *
value_of(Parser *p, uint32_t id)
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

static Block *
block_of(Parser *p, uint32_t id)
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

static bool
type_named(const char *name, Ty *out)
{
    for (uint32_t k = 0; k < TyCount; k++)
        if (!strcmp(ir_types[k].name, name)) {
            *out = (Ty)k;
            return true;
        }
    return false;
}

/* "IntAdd", "Rt.Call", "Known.builtins.len", "IsMath.math.sin". */
static bool
op_named(const char *name, Op *op, int64_t *imm)
{
    if (!strncmp(name, "Rt.", 3))
        for (uint32_t k = 0; k < RtCount; k++)
            if (!strcmp(ir_rts[k].name, name + 3)) {
                *op = OpRt;
                *imm = k;
                return true;
            }
    if (!strncmp(name, "Known.", 6))
        for (uint32_t k = 0; k < KnownCount; k++)
            if (!strcmp(ir_known_names[k], name + 6)) {
                *op = OpKnown;
                *imm = k;
                return true;
            }
    for (uint32_t k = OpMath; k; k = k == OpMath ? OpIsMath : 0) {
        size_t n = strlen(ir_ops[k].name);
        if (strncmp(name, ir_ops[k].name, n) || name[n] != '.')
            continue;
        *op = (Op)k;
        *imm = ir_math_named(name + n + 1);
        return *imm != MathCount;
    }
    for (uint32_t k = 0; k < OpCount; k++)
        if (k != OpRt && k != OpKnown && k != OpMath && k != OpIsMath &&
            !strcmp(ir_ops[k].name, name)) {
            *op = (Op)k;
            return true;
        }
    return false;
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
                      ? irtext_uint(t, MaxId, &func) && (inl.func = value_of(p, func))
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

/* ---- offsets and frame states ---- */

/* "12" or "12/1": an offset in a level's code. */
static bool
parse_place(Parser *p, uint32_t *off, Inl **inl)
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

typedef Vec(Instr *) Values;

static bool
parse_value(Parser *p, Values *out)
{
    uint32_t id;
    irtext_skip(&p->t);
    if (irtext_accept_here(&p->t, "_")) {
        vec_push(p->t.arena, out, NULL);
        return true;
    }
    if (!irtext_accept_here(&p->t, "%"))
        return irtext_fail(&p->t, "a value expected");
    if (!irtext_uint(&p->t, MaxId, &id))
        return false;
    vec_push(p->t.arena, out, value_of(p, id));
    return true;
}

static bool
at_value(Parser *p)
{
    irtext_skip(&p->t);
    return *p->t.at == '%' || *p->t.at == '_';
}

static bool
parse_fs(Parser *p, uint32_t depth, FrameState **out)
{
    IrText *t = &p->t;
    uint32_t level, off, resume = 0, n_locals = 0;
    FrameState *outer = NULL;
    Values vals = {0};
    if (depth > countof(p->f->inls))
        return irtext_fail(t, "frame states nested too deeply");
    if (!irtext_uint(t, MaxId, &level) || !irtext_expect(t, "@") ||
        !irtext_uint(t, LimitMaxUnits, &off))
        return false;
    if (irtext_accept_here(t, ">") && !irtext_uint(t, LimitMaxUnits, &resume))
        return false;
    if (level >= p->f->n_inls)
        return irtext_fail(t, "there is no level %u", level);
    Inl *inl = p->f->inls[level];
    if (off >= inl->code->n_units || resume >= inl->code->n_units)
        return irtext_fail(t, "the frame state's offset is outside the code");
    if (irtext_accept(t, "L"))
        while (at_value(p))
            if (!parse_value(p, &vals))
                return false;
    n_locals = vals.n;
    if (irtext_accept(t, "S"))
        while (at_value(p))
            if (!parse_value(p, &vals))
                return false;
    if (irtext_accept(t, "[") && !parse_fs(p, depth + 1, &outer))
        return false;
    if (!irtext_expect(t, "]"))
        return false;
    if (n_locals != inl->code->n_localsplus)
        return irtext_fail(t, "the frame state has %u locals, level %u has %u", n_locals, level,
                           inl->code->n_localsplus);
    FrameState *fs = ir_fs_new(p->f, inl, off, n_locals, vals.n - n_locals);
    if (vals.n)
        memcpy(fs->vals, vals.at, vals.n * sizeof *vals.at);
    fs->resume = resume;
    fs->outer = outer;
    *out = fs;
    return true;
}

/* "{0.1=%5 0.3=%7! -%4}": what leaving here writes, and what it drops. */
static bool
parse_exit(Parser *p, Exit **out)
{
    IrText *t = &p->t;
    Exit *x = arena_new_of(t->arena, Exit);
    while (!irtext_accept(t, "}")) {
        Values v = {0};
        if (irtext_accept(t, "-")) {
            if (!parse_value(p, &v))
                return false;
            if (!v.at[0])
                return irtext_fail(t, "a value expected");
            vec_push(t->arena, &x->drops, v.at[0]);
            continue;
        }
        uint32_t level, index;
        if (!irtext_uint(t, UINT8_MAX, &level) || !irtext_expect(t, ".") ||
            !irtext_uint(t, UINT16_MAX, &index) || !irtext_expect(t, "=") || !parse_value(p, &v))
            return false;
        if (!v.at[0])
            return irtext_fail(t, "a value expected");
        ExitVal val = {.level = (uint8_t)level, .index = (uint16_t)index, .v = v.at[0]};
        val.owned = irtext_accept_here(t, "!");
        uint32_t raw = 0;
        if (irtext_accept_here(t, "@") && !irtext_uint(t, UINT16_MAX, &raw))
            return false;
        val.raw = (uint16_t)raw;
        vec_push(t->arena, &x->vals, val);
    }
    *out = x;
    return true;
}

/* ---- instructions ---- */

static bool
parse_successor(Parser *p)
{
    IrText *t = &p->t;
    uint32_t id;
    Block *b = p->cur;
    t->at++;
    if (!irtext_uint(t, MaxBlockId, &id))
        return false;
    if (b->n_succ == countof(b->succ))
        return irtext_fail(t, "a block has at most two successors");
    if (irtext_accept_here(t, ":") && !irtext_double(t, &b->weight[b->n_succ]))
        return false;
    ir_add_edge(b, block_of(p, id));
    return true;
}

static bool
parse_imm(Parser *p, int64_t *out)
{
    Ty type;
    if (isdigit((unsigned char)*p->t.at) || *p->t.at == '-')
        return irtext_int(&p->t, out);
    const char *name = irtext_word(&p->t);
    if (!name || !type_named(name, &type))
        return irtext_fail(&p->t, "a number or a type expected");
    *out = type;
    return true;
}

static bool
parse_small(Parser *p, int32_t *out)
{
    int64_t v;
    if (!irtext_int(&p->t, &v))
        return false;
    if (v != (int32_t)v)
        return irtext_fail(&p->t, "number too large");
    *out = (int32_t)v;
    return true;
}

/* One of the things that follow the operation's name. */
static bool
parse_operand(Parser *p, Instr *i, Values *args)
{
    IrText *t = &p->t;
    if (at_value(p))
        return parse_value(p, args);
    if (irtext_accept(t, "imm="))
        return parse_imm(p, &i->imm);
    if (irtext_accept(t, "imm2="))
        return parse_small(p, &i->imm2);
    if (irtext_accept(t, "imm3="))
        return parse_small(p, &i->imm3);
    if (irtext_accept(t, "f="))
        return irtext_double(t, &i->f);
    if (irtext_accept(t, "@"))
        return parse_place(p, &i->off, &i->inl);
    if (irtext_accept(t, "[")) {
        if (i->fs)
            return irtext_fail(t, "one frame state only");
        return parse_fs(p, 0, &i->fs);
    }
    if (irtext_accept(t, "{"))
        return parse_exit(p, &i->exit);
    if (*t->at == 'b' && isdigit((unsigned char)t->at[1]) && ir_is_terminator(i))
        return parse_successor(p);
    return irtext_fail(t, "not part of an instruction: \"%.*s\"", (int)strcspn(t->at, "\n"), t->at);
}

/* "%3:I64 =" in front of an operation that makes a value. */
static bool
parse_result(Parser *p, Instr **out, Ty *type)
{
    IrText *t = &p->t;
    uint32_t id;
    if (!irtext_uint(t, MaxId, &id) || !irtext_expect(t, ":"))
        return false;
    irtext_skip(t);
    const char *name = irtext_word(t);
    if (!name || !type_named(name, type))
        return irtext_fail(t, "%s is not a type", name ? name : "this");
    Instr *i = value_of(p, id);
    if (i->op != Undefined)
        return irtext_fail(t, "%%%u is defined twice", id);
    *out = i;
    return irtext_expect(t, "=");
}

static bool
parse_instr(Parser *p)
{
    IrText *t = &p->t;
    Instr *i = NULL;
    Ty type = TyVoid;
    Op op = OpNull;
    int64_t imm = 0;
    Values args = {0};
    if (!p->cur)
        return irtext_fail(t, "a block must begin before an instruction");
    if (irtext_accept(t, "%") && !parse_result(p, &i, &type))
        return false;
    irtext_skip(t);
    const char *name = irtext_word(t);
    if (!name || !op_named(name, &op, &imm))
        return irtext_fail(t, "%s is not an operation", name ? name : "this");
    if (!i && ir_ops[op].type != TyVoid && ir_ops[op].type != TyAny)
        return irtext_fail(t, "%s makes a value: give it a name", name);
    if (!i) {
        i = arena_new_of(t->arena, Instr);
        vec_push(t->arena, &p->unnamed, i);
    }
    i->op = (uint8_t)op;
    i->type = (uint8_t)type;
    i->mark = 0;
    i->imm = imm;
    i->inl = p->f->inls[0];
    while (!irtext_at_end(t))
        if (!parse_operand(p, i, &args))
            return false;
    i->args = args.n ? args.at : arena_array(t->arena, Instr *, 1);
    i->n_args = args.n;
    ir_append(p->cur, i);
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
    Block *b = p->cur = block_of(p, id);
    if (b->inl)
        return irtext_fail(t, "b%u begins twice", id);
    if (!p->f->n_inls)
        return irtext_fail(t, "\"level 0 code ...\" must stand before the first block");
    b->inl = p->f->inls[0];
    b->mark = 0;
    vec_push(t->arena, &p->order, b);
    if (irtext_accept(t, "@") && !parse_place(p, &b->off, &b->inl))
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
    return parse_instr(p);
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
