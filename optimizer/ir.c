#include "ir.h"

#include <string.h>

enum { G = OpFlagG, X = OpFlagX, T = OpFlagT, K = OpFlagK, C = OpFlagC, S = OpFlagS, D = OpFlagD };

const OpInfo ir_ops[OpCount] = {
#define OP(name, n, type, eff, ref, flags) [Op##name] = {#name, n, Ty##type, eff, ref, flags},
#include "ir.def"
#undef OP
};

const TyInfo ir_types[TyCount] = {
#define TY(name, ctype, boxed, scalar, object) [Ty##name] = {#name, #ctype, object, boxed, scalar},
#include "types.def"
#undef TY
};

#define EFFECT_P 'P'
#define EFFECT_L 'L'
#define EFFECT_E 'E'
const RtInfo ir_rts[RtCount] = {
#define P EFFECT_P
#define L EFFECT_L
#define E EFFECT_E
#define RT(name, ret, args, effect, fn, cell)                                                      \
    [Rt##name] = {#name, args, #fn, #cell, RtRet##ret, effect},
#include "rtcalls.def"
#undef RT
#undef P
#undef L
#undef E
};

/* As profiles name them: a class by its module too. */
#define OWNER_builtins "builtins"
#define OWNER_list     "builtins.list"
#define OWNER_set      "builtins.set"

const char *const ir_known_names[KnownCount] = {
#define KNOWN(id, owner, name) [Known_##id] = OWNER_##owner "." name,
#include "known.def"
#undef KNOWN
};

const char *
ir_builtin_named(const char *name)
{
    for (uint32_t k = 0; k < KnownCount; k++)
        if (!strncmp(ir_known_names[k], OWNER_builtins ".", sizeof OWNER_builtins) &&
            !strcmp(ir_known_names[k] + sizeof OWNER_builtins, name))
            return ir_known_names[k];
    return NULL;
}

const MathInfo ir_maths[MathCount] = {
#define MATH(name, n, result) [Math_##name] = {"math." #name, n, Ty##result},
#include "math.def"
#undef MATH
};

MathId
ir_math_named(const char *name)
{
    MathId id = 0;
    while (id < MathCount && strcmp(ir_maths[id].name, name))
        id++;
    return id;
}

Func *
ir_func_new(Arena *a, const PyCode *code)
{
    Func *f = arena_new_of(a, Func);
    f->arena = a;
    f->code = code;
    return f;
}

Inl *
ir_inl_new(Func *f, Inl *parent, const PyCode *code, const PyInstrs *ins)
{
    Inl *inl = arena_new_of(f->arena, Inl);
    *inl =
        (Inl){.id = f->n_inls, .parent = parent, .code = code, .ins = ins, .base_slot = f->n_slots};
    f->n_slots += code->n_localsplus;
    f->inls[f->n_inls++] = inl;
    return inl;
}

uint32_t
ir_inl_depth(const Inl *inl)
{
    uint32_t depth = 0;
    for (; inl->parent; inl = inl->parent)
        depth++;
    return depth;
}

Block *
ir_block_new(Func *f)
{
    Block *b = arena_new_of(f->arena, Block);
    b->id = f->n_blocks++;
    b->func = f;
    vec_push(f->arena, &f->blocks, b);
    return b;
}

Instr *
ir_instr_new(Func *f, Op op, Ty type, uint32_t n_args)
{
    Instr *i = arena_new_of(f->arena, Instr);
    i->id = f->n_instrs++;
    i->op = op;
    i->type = ir_ops[op].type == TyAny ? type : (Ty)ir_ops[op].type;
    i->n_args = n_args;
    i->args = arena_array(f->arena, Instr *, n_args ? n_args : 1);
    return i;
}

FrameState *
ir_fs_new(Func *f, Inl *inl, uint32_t off, uint32_t n_locals, uint32_t n_stack)
{
    FrameState *fs = arena_new_of(f->arena, FrameState);
    *fs = (FrameState){
        .inl = inl, .off = off, .n_locals = n_locals, .n_stack = n_stack, .id = f->n_fs++};
    fs->vals = arena_array(f->arena, Instr *, n_locals + n_stack + 1);
    return fs;
}

FrameState *
ir_fs_clone(Func *f, const FrameState *fs)
{
    FrameState *c = ir_fs_new(f, fs->inl, fs->off, fs->n_locals, fs->n_stack);
    c->resume = fs->resume;
    c->outer = fs->outer;
    memcpy(c->vals, fs->vals, (fs->n_locals + fs->n_stack) * sizeof *c->vals);
    return c;
}

uint32_t
ir_cell_new(Func *f, const char *ctype)
{
    vec_push(f->arena, &f->cells, ctype);
    return f->cells.n - 1;
}

void
ir_append(Block *b, Instr *i)
{
    i->block = b;
    i->prev = b->last;
    i->next = NULL;
    if (b->last)
        b->last->next = i;
    else
        b->first = i;
    b->last = i;
}

void
ir_insert_before(Instr *at, Instr *i)
{
    Block *b = at->block;
    i->block = b;
    i->prev = at->prev;
    i->next = at;
    if (at->prev)
        at->prev->next = i;
    else
        b->first = i;
    at->prev = i;
}

void
ir_insert_after(Instr *at, Instr *i)
{
    if (at->next)
        ir_insert_before(at->next, i);
    else
        ir_append(at->block, i);
}

void
ir_remove(Instr *i)
{
    Block *b = i->block;
    if (i->prev)
        i->prev->next = i->next;
    else
        b->first = i->next;
    if (i->next)
        i->next->prev = i->prev;
    else
        b->last = i->prev;
    i->dead = true;
}

void
ir_replace(Instr *i, Instr *by)
{
    i->repl = by;
}

static Instr *
resolve(Instr *i)
{
    while (i && i->repl)
        i = i->repl;
    return i;
}

static void
resolve_use(Instr **use, void *arg)
{
    (void)arg;
    *use = resolve(*use);
}

void
ir_fs_each(FrameState *fs, IrUse *fn, void *arg)
{
    for (; fs; fs = fs->outer) {
        for (uint32_t k = 0; k < fs->n_locals + fs->n_stack; k++)
            if (fs->vals[k])
                fn(&fs->vals[k], arg);
        if (fs->inl->func)
            fn(&fs->inl->func, arg);
    }
}

void
ir_apply_replacements(Func *f)
{
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i) {
            for (uint32_t k = 0; k < i->n_args; k++)
                i->args[k] = resolve(i->args[k]);
            ir_fs_each(i->fs, resolve_use, NULL);
        }
}

void
ir_add_edge(Block *from, Block *to)
{
    from->succ[from->n_succ++] = to;
    vec_push(from->func->arena, &to->preds, from);
}

uint32_t
ir_pred_index(const Block *b, const Block *pred)
{
    for (uint32_t k = 0; k < b->preds.n; k++)
        if (b->preds.at[k] == pred)
            return k;
    die("ir_pred_index: b%u does not precede b%u", pred->id, b->id);
}

void
ir_remove_edge(Block *from, uint32_t s)
{
    Block *to = from->succ[s];
    uint32_t p = ir_pred_index(to, from);
    for (uint32_t k = p + 1; k < to->preds.n; k++)
        to->preds.at[k - 1] = to->preds.at[k];
    to->preds.n--;
    for (Instr *i = to->first; i && i->op == OpPhi; i = i->next) {
        for (uint32_t k = p + 1; k < i->n_args; k++)
            i->args[k - 1] = i->args[k];
        i->n_args--;
    }
    if (s == 0) {
        from->succ[0] = from->succ[1];
        from->weight[0] = from->weight[1];
    }
    from->succ[--from->n_succ] = NULL;
}

char
ir_effect(const Instr *i)
{
    if (i->op == OpBoxLocal && i->imm3) /* the home's object may be one that is seen to end */
        return 'L';
    return (char)(i->op == OpRt ? ir_rts[i->imm].effect : ir_ops[i->op].eff);
}

char
ir_ref(const Instr *i)
{
    if (!ty_boxed((Ty)i->type))
        return '-';
    if (i->op == OpRt)
        return ir_rts[i->imm].ret == RtRetBor ? 'm' : 'o';
    return (char)ir_ops[i->op].ref;
}

bool
ir_is_guard(const Instr *i)
{
    return ir_ops[i->op].flags & OpFlagG;
}

bool
ir_takes(const Instr *i, uint32_t k)
{
    if (i->op == OpRt)
        return strchr(ir_rts[i->imm].args, 'M') != NULL;
    return (k == 0 || i->op == OpYield) && ir_ops[i->op].flags & OpFlagS;
}

bool
ir_may_raise(const Instr *i)
{
    if (i->op == OpRt)
        return ir_rts[i->imm].effect != '.' && ir_rts[i->imm].ret != RtRetBor;
    return ir_ops[i->op].flags & OpFlagX;
}

bool
ir_is_terminator(const Instr *i)
{
    return ir_ops[i->op].flags & OpFlagT;
}

bool
ir_has_side_effect(const Instr *i)
{
    if (i->op == OpProj) /* the reference it hands out must be released */
        return ty_boxed((Ty)i->type);
    /* A guard stands for an operation that would have raised or run code where the guard fails: it
     * stays, used or not. */
    return ir_ops[i->op].flags & (OpFlagD | OpFlagT | OpFlagG);
}

Ty
ty_join(Ty a, Ty b)
{
    if (a == b || b == TyBottom)
        return a;
    if (a == TyBottom)
        return b;
    if (!ty_boxed(a) || !ty_boxed(b))
        return TyVoid;
    if (a == TyNull || a == TyMaybe || b == TyNull || b == TyMaybe)
        return TyMaybe;
    return ty_scalar(a) && ty_scalar(b) ? TyScalar : TyObj;
}

bool
ty_is_subtype(Ty a, Ty b)
{
    return ty_join(a, b) == b;
}

Instr *
ir_origin(Instr *i)
{
    while (i->op != OpPhi && ir_ops[i->op].ref == 'a')
        i = i->args[0];
    return i;
}
