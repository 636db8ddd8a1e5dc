/* A line of IR text that holds an instruction, with its frame state and its exit. */
#include "ir_parse.h"

#include "build.h"
#include "homes.h"

#include <ctype.h>
#include <string.h>

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
    vec_push(p->t.arena, out, irparse_value_of(p, id));
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
    ir_add_edge(b, irparse_block_of(p, id));
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
        return irparse_place(p, &i->off, &i->inl);
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
    Instr *i = irparse_value_of(p, id);
    if (i->op != Undefined)
        return irtext_fail(t, "%%%u is defined twice", id);
    *out = i;
    return irtext_expect(t, "=");
}

bool
irparse_instr(Parser *p)
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
