/* Repeated computations and guards: one walk down the dominator tree with a scoped hash table.  An
 * operation flagged K with the same arguments and immediates as a dominating one is that one; a
 * guard that failed would not have got here. The two arguments of an operation flagged C may come
 * in either order. Operations that read memory ('R') are shared only within a block, up to the next
 * write or effect. */
#include "pass.h"

enum { TABLE = 1024 };

typedef struct Entry Entry;
struct Entry {
    Instr *i;
    Entry *next;
    uint32_t epoch;
};

typedef struct Gvn {
    Func *f;
    Arena *a;
    Entry *table[TABLE];
    uint32_t epoch; /* changes at every write, effect and block */
    bool changed;
} Gvn;

static Instr *
resolved(Instr *i)
{
    while (i->repl)
        i = i->repl;
    return i;
}

static bool
swapped(const Instr *i)
{
    return ir_ops[i->op].flags & OpFlagC && resolved(i->args[0])->id > resolved(i->args[1])->id;
}

/* Argument k in the order in which operations are compared. */
static Instr *
arg(const Instr *i, uint32_t k)
{
    return resolved(i->args[swapped(i) ? 1 - k : k]);
}

static uint32_t
hash(const Instr *i)
{
    uint64_t h = i->op * 31u + i->type;
    for (uint32_t k = 0; k < i->n_args; k++)
        h = h * 1000003 + arg(i, k)->id;
    h = h * 1000003 + (uint64_t)i->imm + (uint64_t)i->imm2 * 7;
    return (uint32_t)(h ^ h >> 20) % TABLE;
}

static bool
same(const Instr *a, const Instr *b)
{
    if (a->op != b->op || a->type != b->type || a->n_args != b->n_args || a->imm != b->imm ||
        a->imm2 != b->imm2 || __builtin_memcmp(&a->f, &b->f, sizeof a->f))
        return false;
    /* Constants are numbered per code object. */
    if ((a->op == OpConst || a->op == OpLoadClosure) && a->inl != b->inl)
        return false;
    for (uint32_t k = 0; k < a->n_args; k++)
        if (arg(a, k) != arg(b, k))
            return false;
    return true;
}

static bool
shared(const Instr *i)
{
    /* A guard on what a phi brings, a load that may be owned: only flagged operations. */
    return ir_ops[i->op].flags & OpFlagK && ir_ref(i) != 'm';
}

static void
visit(Gvn *g, Instr *i)
{
    char e = ir_effect(i);
    if (e == 'P' || e == 'W' || e == 'L')
        g->epoch++;
    if (!shared(i))
        return;
    uint32_t h = hash(i);
    for (Entry *n = g->table[h]; n; n = n->next)
        if (same(n->i, i) && (e != 'R' || n->epoch == g->epoch)) {
            ir_replace(i, n->i);
            ir_remove(i);
            g->changed = true;
            return;
        }
    Entry *n = arena_new_of(g->a, Entry);
    *n = (Entry){i, g->table[h], g->epoch};
    g->table[h] = n;
}

static void
walk(Gvn *g, Block *b, Block ***children, const uint32_t *n_children)
{
    Entry **saved = arena_memdup(g->a, g->table, sizeof g->table);
    g->epoch++;
    FOR_EACH_INSTR_SAFE (b, i)
        if (i->op != OpPhi)
            visit(g, i);
    for (uint32_t k = 0; k < n_children[b->rpo]; k++)
        walk(g, children[b->rpo][k], children, n_children);
    memcpy(g->table, saved, sizeof g->table);
}

/* needs rpo, dom */
bool
opt_gvn(PassCtx *ctx)
{
    Func *f = ctx->f;
    Gvn g = {.f = f, .a = arena_new()};
    Block ***children = arena_array(g.a, Block **, f->blocks.n);
    uint32_t *n = arena_array(g.a, uint32_t, f->blocks.n);
    for (uint32_t k = 1; k < f->blocks.n; k++) {
        uint32_t p = f->blocks.at[k]->idom->rpo;
        if (!children[p])
            children[p] = arena_array(g.a, Block *, f->blocks.n);
        children[p][n[p]++] = f->blocks.at[k];
    }
    walk(&g, f->blocks.at[0], children, n);
    arena_free(g.a);
    if (g.changed)
        ir_apply_replacements(f);
    return g.changed;
}
