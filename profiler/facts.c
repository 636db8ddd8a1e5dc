#include "facts.h"

#include <string.h>

enum { NAMED = 3, DEEPEST = 8 };

bool
facts_open(Arena *a, const ProfFunc *f, Facts *out)
{
    Err err;
    *out = (Facts){.f = f};
    if (!f->code || !instrs_decode(a, f->code, &out->ins, &err))
        return false;
    out->info = linetab_read(a, f->code);
    return true;
}

static double
percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

const char *
facts_short_name(const char *name)
{
    static const char builtins[] = "builtins.";
    return strncmp(name, builtins, sizeof builtins - 1) == 0 ? name + sizeof builtins - 1 : name;
}

void
facts_types(StrBuf *out, const ProfSite *s)
{
    for (uint32_t i = 0; i < s->types.n && i < NAMED; i++) {
        sb_printf(out, "%s%s", i ? "|" : "", facts_short_name(s->types.at[i].name));
        if (s->types.n > 1)
            sb_printf(out, " %.0f%%", percent(s->types.at[i].count, s->total));
    }
    if (s->types.n > NAMED)
        sb_printf(out, "|%u more", (unsigned)s->types.n - NAMED);
}

static void
put_operands(StrBuf *out, const Facts *x, uint32_t off)
{
    bool any = false;
    for (int slot = DEEPEST; slot >= 0; slot--) { /* deepest first: the order of the source */
        const ProfSite *site = profile_site(x->f, off, (uint32_t)slot);
        if (!site)
            continue;
        sb_puts(out, any ? ", " : " (");
        facts_types(out, site);
        any = true;
    }
    if (any)
        sb_putc(out, ')');
}

static void
put_callees(StrBuf *out, const Facts *x, uint32_t off)
{
    uint64_t all = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->f->callees.n; i++)
        all += x->f->callees.at[i].off == off ? x->f->callees.at[i].count : 0;
    for (uint32_t i = 0; i < x->f->callees.n && n < NAMED; i++) {
        const ProfCallee *c = &x->f->callees.at[i];
        if (c->off != off)
            continue;
        sb_printf(out, "%s%s", n++ ? " | " : " calls ", facts_short_name(c->name));
        if (c->count != all)
            sb_printf(out, " %.0f%%", percent(c->count, all));
    }
}

static void
put_branch(StrBuf *out, const Facts *x, const PyInstr *in)
{
    const ProfBranch *b = profile_branch(x->f, in->off);
    if (!b)
        return;
    sb_printf(out, " %s %.0f%% (%.0f to %.0f)", in->op == PyOp_FOR_ITER ? "ends" : "jumps",
              100 * b->p_taken, 100 * b->lo, 100 * b->hi);
    if (in->op == PyOp_FOR_ITER && b->p_taken > 0 && b->p_taken < 1)
        sb_printf(out, ", about %.3g rounds", 1 / b->p_taken - 1);
}

static void
put_raised(StrBuf *out, const Facts *x, const PyInstr *in)
{
    for (uint32_t i = 0; i < x->f->raised.n; i++) {
        const ProfBranch *r = &x->f->raised.at[i];
        if (r->off == in->off)
            sb_printf(out, " in %.3g%% (%.2g to %.2g) of the %s", 100 * r->p_taken, 100 * r->lo,
                      100 * r->hi, in->op == PyOp_RAISE_VARARGS ? "calls" : "entries");
    }
}

/* The opcode with what tells it from others on its line. */
static void
put_instruction(StrBuf *out, const Facts *x, const PyInstr *in)
{
    /* The in-place forms follow in the same order. */
    static const char *const operators[] = {"+", "&",  "//", "<<", "@", "*", "%",
                                            "|", "**", ">>", "-",  "/", "^"};
    static const char *const comparisons[] = {"<", "<=", "==", "!=", ">", ">="};
    const char *detail = "";
    if (in->op == PyOp_PUSH_EXC_INFO) {
        sb_puts(out, "caught");
        return;
    }
    if (in->op == PyOp_RAISE_VARARGS) {
        sb_puts(out, "raised");
        return;
    }
    if (in->op == PyOp_BINARY_OP)
        detail = operators[in->arg % countof(operators)];
    else if (in->op == PyOp_COMPARE_OP && in->arg < countof(comparisons))
        detail = comparisons[in->arg];
    else if (pyops_info(in->op)->arg == ArgName)
        detail = x->f->code->names[in->arg]->s;
    sb_printf(out, "%s%s%s", pyops_name(in->op), *detail ? " " : "", detail);
}

int
facts_line_of(const Facts *x, uint32_t index)
{
    uint32_t i = index;
    while (x->ins.at[index].op == PyOp_PUSH_EXC_INFO && i + 1 < x->ins.n &&
           x->info[x->ins.at[i].off].line <= 0)
        i++;
    return x->info[x->ins.at[i].off].line;
}

void
facts_line(const Facts *x, int line, uint32_t max, FactsVisit *visit, void *arg)
{
    for (uint32_t i = 0, n = 0; i < x->ins.n && n < max; i++) {
        const PyInstr *in = &x->ins.at[i];
        if (facts_line_of(x, i) != line || in->op == PyOp_RESUME)
            continue;
        Arena *a = arena_new();
        StrBuf name, known;
        sb_init(&name, a);
        sb_init(&known, a);
        put_operands(&known, x, in->off);
        put_callees(&known, x, in->off);
        put_branch(&known, x, in);
        put_raised(&known, x, in);
        put_instruction(&name, x, in);
        if (known.n) {
            visit(name.s, known.s, arg);
            n++;
        }
        arena_free(a);
    }
}

void
facts_locals(StrBuf *out, const Facts *x)
{
    for (uint32_t i = 0; i < x->f->sites.n; i++) {
        const ProfSite *site = &x->f->sites.at[i];
        if (site->slot < ProfSlotLocal || site->slot - ProfSlotLocal >= x->f->code->n_localsplus)
            continue;
        sb_printf(out, "%s%s: ", out->n ? ", " : "",
                  x->f->code->localsplusnames[site->slot - ProfSlotLocal]->s);
        facts_types(out, site);
    }
}
