/* One note per fact and instruction: what the profile saw there, what is guarded, what runs
 * unboxed, specialised, cached or inlined, and what stayed the call the interpreter would make, and
 * why.
 *
 * Facts of inlined code are told at the line of the call. */
#include "notes.h"

#include "linetab.h"

#include <ctype.h>
#include <string.h>

typedef struct Notes {
    Arena *arena;
    const Func *f;
    const ProfFunc **seen; /* per inlined level, 0 the function itself; NULL: no profile */
    PyoptResult *r;
    LineInfo *lines;
    uint32_t *call_off; /* per inlined level: where the function itself calls into it */
} Notes;

static void
add(Notes *n, uint32_t off, const char *what)
{
    for (uint32_t k = n->r->notes.n; k--;) {
        const PyoptNote *old = &n->r->notes.at[k];
        if (old->off == off && strcmp(old->what, what) == 0)
            return;
    }
    vec_push(n->arena, &n->r->notes,
             (PyoptNote){.line = n->lines[off].line, .off = off, .what = what});
}

/* ---- what the profile saw ---- */

static const char *
short_type(const char *name)
{
    return strncmp(name, "builtins.", 9) == 0 ? name + 9 : name;
}

static unsigned
percent(uint64_t part, uint64_t whole)
{
    return whole ? (unsigned)((100 * part + whole / 2) / whole) : 0;
}

/* "float", or "float 97 %, int 3 %". */
static void
put_types(StrBuf *b, const ProfSite *s)
{
    enum { Shown = 3 };
    if (s->types.n == 1) {
        sb_puts(b, short_type(s->types.at[0].name));
        return;
    }
    sb_putc(b, '(');
    for (uint32_t i = 0; i < s->types.n && i < Shown; i++)
        sb_printf(b, "%s%s %u %%", i ? ", " : "", short_type(s->types.at[i].name),
                  percent(s->types.at[i].count, s->total));
    sb_puts(b, s->types.n > Shown ? ", ...)" : ")");
}

static void
seen_operands(Notes *n, uint32_t off, const char *opname)
{
    enum { MaxDepth = 8 };
    StrBuf b;
    sb_init(&b, n->arena);
    for (uint32_t depth = MaxDepth; depth--;) { /* the deepest operand is the leftmost */
        const ProfSite *s = profile_site(n->seen[0], off, depth);
        if (!s || !s->types.n)
            continue;
        sb_puts(&b, b.n ? ", " : "");
        put_types(&b, s);
    }
    if (b.n)
        add(n, off, arena_printf(n->arena, "seen: %s of %s", opname, b.s));
}

static void
seen_at(Notes *n, const PyInstr *i)
{
    double share = 0;
    const char *opname = pyops_name(i->op);
    seen_operands(n, i->off, opname);
    const ProfCallee *c = profile_callee(n->seen[0], i->off, &share);
    if (c)
        add(n, i->off,
            arena_printf(n->arena, "seen: %s %s, %.0f %% of calls", opname, short_type(c->name),
                         100 * share));
    const ProfBranch *br = profile_branch(n->seen[0], i->off);
    if (br)
        add(n, i->off, arena_printf(n->arena, "seen: %s jumps %.0f %%", opname, 100 * br->p_taken));
}

/* ---- what became of it ---- */

/* "IntFloorDiv" as "int floor div". */
static const char *
words(Notes *n, const char *camel)
{
    StrBuf b;
    sb_init(&b, n->arena);
    for (const char *s = camel; *s; s++) {
        if (s > camel && isupper((unsigned char)*s))
            sb_putc(&b, ' ');
        sb_putc(&b, (char)tolower((unsigned char)*s));
    }
    return b.s;
}

/* The local a value is, where it has a name. */
static const char *
value_name(const Instr *v)
{
    const PyCode *c = v->inl ? v->inl->code : NULL;
    int64_t local = ir_is_param(v) ? v->imm : v->op == OpPhi ? v->imm - 1 : -1;
    return c && local >= 0 && local < c->n_localsplus ? c->localsplusnames[local]->s
                                                      : "the operand";
}

static const char *
name_at(const Instr *i)
{
    const PyCode *c = i->inl->code;
    return i->imm >= 0 && i->imm < c->n_names ? c->names[i->imm]->s : "?";
}

static const char *
inlined_name(const Func *f, int64_t inl)
{
    return inl >= 0 && inl < f->n_inls ? f->inls[inl]->code->qualname : "?";
}

/* Why no typed operation took the place of this one. */
static const char *
why_generic(Notes *n, const Instr *i)
{
    enum { MaxDepth = 3 };
    const ProfFunc *seen = n->seen[i->inl->id];
    if (!seen)
        return "no profile";
    double share;
    const ProfCallee *c = profile_callee(seen, i->off, &share);
    if (c && share < 0.9)
        return "callees vary";
    bool any = c != NULL;
    for (uint32_t depth = 0; depth < MaxDepth; depth++) {
        const ProfSite *s = profile_site(seen, i->off, depth);
        if (!s || !s->types.n)
            continue;
        any = true;
        if (percent(s->types.at[0].count, s->total) < 97)
            return "types vary";
    }
    return any ? "no typed form" : "no types seen here";
}

static const char *
guard_text(Notes *n, const Instr *i)
{
    const char *name = value_name(i->n_args ? i->args[0] : i);
    switch ((int)i->op) {
    case OpGuardType:
        return arena_printf(n->arena, "guard: %s is %s", name, words(n, ir_types[i->type].name));
    case OpOpenInt:
    case OpUnboxInt: return arena_printf(n->arena, "guard: %s is an int of 64 bits", name);
    case OpOpenFloat:
    case OpUnboxFloat: return arena_printf(n->arena, "guard: %s is a float", name);
    case OpToFloat: return arena_printf(n->arena, "guard: %s is a float or an int", name);
    case OpUnboxBool: return arena_printf(n->arena, "guard: %s is a bool", name);
    case OpGuardBound: return arena_printf(n->arena, "guard: %s is bound", name);
    case OpGuardIs: return "guard: it is the object expected";
    case OpGuardItemFunc:
        return arena_printf(n->arena, "guard: %s's class has %s", name,
                            i->imm ? "__setitem__" : "__getitem__");
    case OpGuardCode: return "guard: the function called is the one inlined";
    default: return NULL;
    }
}

/* The operations that are a reader's business; NULL for the others (moves, homes, counts, phis). */
static const char *
op_text(Notes *n, const Instr *i)
{
    const char *name = ir_ops[i->op].name, *guarded = ir_is_guard(i) ? ", guarded" : "";
    switch ((int)i->op) {
    case OpLoadAttr:
    case OpFindMethod:
    case OpFindGetter:
    case OpLoadSuper:
    case OpFindSuper:
    case OpLoadField:
    case OpStoreField:
    case OpStoreAttr:
    case OpLoadMethod:
    case OpLoadGlobal: return arena_printf(n->arena, "cached: %s %s", words(n, name), name_at(i));
    case OpEnterInline: return arena_printf(n->arena, "inlined: %s", inlined_name(n->f, i->imm));
    case OpExit: return "not compiled from here on: not reached in the profile";
    case OpRt:
        if (i->imm == RtCallMaker && n->seen[0])
            return "specialised: a generator or coroutine is made without a call";
        return arena_printf(n->arena, "generic: %s (%s)", words(n, ir_rts[i->imm].name),
                            why_generic(n, i));
    case OpIterNext:
        if (i->imm == IterGenerator && n->seen[0])
            return "specialised: a compiled generator is resumed directly";
        return arena_printf(n->arena, "generic: %s (%s)", words(n, name), why_generic(n, i));
    case OpSend: return "a compiled generator or coroutine is resumed directly";
    case OpUnpack:
    case OpUnpackEx:
        return arena_printf(n->arena, "generic: %s (%s)", words(n, name), why_generic(n, i));
    case OpLen:
    case OpOrd:
    case OpChr:
    case OpConcatLocal:
    case OpRangeNext:
    case OpTupleNext:
    case OpEnumNext:
    case OpPairNext:
    case OpTupleItem:
    case OpSlice:
    case OpBytesItem:
    case OpByteArrayItem:
    case OpByteArraySet:
    case OpStrItem: return arena_printf(n->arena, "specialised: %s%s", words(n, name), guarded);
    default: break;
    }
    if (i->op == OpListMove)
        return "specialised: slice stored without a list in between";
    if (strncmp(name, "List", 4) == 0 || strncmp(name, "Array", 5) == 0)
        return arena_printf(n->arena, "specialised: %s%s", words(n, name), guarded);
    if (i->op == OpMath)
        return arena_printf(n->arena, "unboxed: %s%s", ir_maths[i->imm].name, guarded);
    if (strncmp(name, "Int", 3) == 0 || strncmp(name, "Float", 5) == 0)
        return arena_printf(n->arena, "unboxed: %s%s", words(n, name), guarded);
    return NULL;
}

static void
note_instr(Notes *n, const Instr *i)
{
    const char *text = guard_text(n, i);
    if (!text)
        text = op_text(n, i);
    if (!text || !i->inl)
        return;
    if (!i->inl->id)
        add(n, i->off, text);
    else
        add(n, n->call_off[i->inl->id],
            arena_printf(n->arena, "in %s: %s", i->inl->code->qualname, text));
}

/* Frame states know their callers: the outermost says where the function itself stands. */
static void
learn_call_sites(Notes *n)
{
    FOR_EACH_BLOCK (n->f, b)
        FOR_EACH_INSTR (b, i) {
            const FrameState *top = i->fs;
            while (top && top->outer)
                top = top->outer;
            for (const FrameState *fs = i->fs; fs && fs->inl->id; fs = fs->outer)
                n->call_off[fs->inl->id] = top->off;
        }
}

void
notes_collect(const Func *f, const Feedback *fb, PyoptResult *r)
{
    Notes n = {.arena = f->arena, .f = f, .r = r};
    n.lines = linetab_read(f->arena, f->code);
    n.call_off = arena_array(f->arena, uint32_t, f->n_inls + 1);
    n.seen = arena_array(f->arena, const ProfFunc *, f->n_inls + 1);
    for (uint32_t k = 0; fb->profile && k < f->n_inls; k++)
        n.seen[k] = profile_find(fb->profile, f->inls[k]->code->key);
    learn_call_sites(&n);
    if (f->small)
        add(&n, f->blocks.at[0]->off, "small: entered from compiled code only");
    const PyInstrs *ins = f->n_inls ? f->inls[0]->ins : NULL;
    for (uint32_t k = 0; n.seen[0] && ins && k < ins->n; k++)
        seen_at(&n, &ins->at[k]);
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            note_instr(&n, i);
}

void
notes_add_loop(const Func *f, const Loop *loop, PyoptResult *r)
{
    Notes n = {.arena = f->arena, .f = f, .r = r, .lines = linetab_read(f->arena, f->code)};
    add(&n, loop->header, "loop: taken up again behind a failed guard or an exception");
}
