#include "report.h"

#include "instrs.h"
#include "linetab.h"
#include "profdb.h"
#include "report_json.h"

#include <stdlib.h>
#include <string.h>

enum { LINES = 6, FACTS = 6, NAMED = 3 };

typedef struct Line {
    int line;
    uint64_t self;
} Line;

typedef struct Sheet { /* one function being printed */
    FILE *out;
    const Profile *p;
    const ProfFunc *f;
    LineInfo *info;
    PyInstrs ins;
} Sheet;

static double
percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* "builtins." goes without saying. */
static const char *
short_name(const char *name)
{
    static const char builtins[] = "builtins.";
    return strncmp(name, builtins, sizeof builtins - 1) == 0 ? name + sizeof builtins - 1 : name;
}

static int
hottest_line(const void *a, const void *b)
{
    const Line *x = a, *y = b;
    return x->self != y->self ? (x->self < y->self ? 1 : -1)
                              : (x->line > y->line) - (x->line < y->line);
}

static uint32_t
lines_of(Arena *a, const Sheet *s, Line **out)
{
    Vec(Line) v = {0};
    for (uint32_t u = 0; u < s->f->code->n_units; u++) {
        uint32_t i = 0;
        while (i < v.n && v.at[i].line != s->info[u].line)
            i++;
        if (i == v.n)
            vec_push(a, &v, (Line){s->info[u].line, 0});
        v.at[i].self += s->f->at[u];
    }
    if (v.n)
        qsort(v.at, v.n, sizeof *v.at, hottest_line);
    *out = v.at;
    return v.n;
}

/* " int 80%, float 20%": the most frequent few. */
static void
put_types(FILE *out, const ProfSite *s)
{
    for (uint32_t i = 0; i < s->types.n && i < NAMED; i++) {
        fprintf(out, "%s%s", i ? "|" : "", short_name(s->types.at[i].name));
        if (s->types.n > 1)
            fprintf(out, " %.0f%%", percent(s->types.at[i].count, s->total));
    }
    if (s->types.n > NAMED)
        fprintf(out, "|%u more", (unsigned)s->types.n - NAMED);
}

static bool
put_operands(Sheet *s, uint32_t off)
{
    bool any = false;
    for (int slot = 8; slot >= 0; slot--) { /* deepest first: the order of the source */
        const ProfSite *site = profile_site(s->f, off, (uint32_t)slot);
        if (!site)
            continue;
        fputs(any ? ", " : " (", s->out);
        put_types(s->out, site);
        any = true;
    }
    if (any)
        fputc(')', s->out);
    return any;
}

static bool
put_callees(Sheet *s, uint32_t off)
{
    uint64_t all = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->f->callees.n; i++)
        all += s->f->callees.at[i].off == off ? s->f->callees.at[i].count : 0;
    for (uint32_t i = 0; i < s->f->callees.n && n < NAMED; i++) {
        const ProfCallee *c = &s->f->callees.at[i];
        if (c->off != off)
            continue;
        fprintf(s->out, "%s%s", n++ ? " | " : " calls ", short_name(c->name));
        if (c->count != all)
            fprintf(s->out, " %.0f%%", percent(c->count, all));
    }
    return n > 0;
}

static bool
put_branch(Sheet *s, const PyInstr *in)
{
    const ProfBranch *b = profile_branch(s->f, in->off);
    if (!b)
        return false;
    fprintf(s->out, " %s %.0f%% (%.0f to %.0f)", in->op == PyOp_FOR_ITER ? "ends" : "jumps",
            100 * b->p_taken, 100 * b->lo, 100 * b->hi);
    return true;
}

static bool
has_facts(const Sheet *s, const PyInstr *in)
{
    double share;
    bool operands = false;
    for (uint32_t i = 0; i < s->f->sites.n && !operands; i++)
        operands = s->f->sites.at[i].off == in->off && s->f->sites.at[i].slot < ProfSlotLocal;
    return in->op != PyOp_RESUME &&
           (operands || profile_callee(s->f, in->off, &share) || profile_branch(s->f, in->off));
}

/* The opcode with what tells it from others on its line. */
static void
put_opcode(Sheet *s, const PyInstr *in)
{
    static const char *const operators[] = {"+", "&",  "//", "<<", "@", "*", "%",
                                            "|", "**", ">>", "-",  "/", "^"};
    static const char *const comparisons[] = {"<", "<=", "==", "!=", ">", ">="};
    const char *detail = "";
    if (in->op == PyOp_BINARY_OP)
        detail = operators[in->arg %
                           countof(operators)]; /* the in-place forms follow in the same order */
    else if (in->op == PyOp_COMPARE_OP && in->arg < countof(comparisons))
        detail = comparisons[in->arg];
    else if (pyops_info(in->op)->arg == ArgName)
        detail = s->f->code->names[in->arg]->s;
    int width = fprintf(s->out, "                    %s%s%s", pyops_name(in->op),
                        *detail ? " " : "", detail);
    fprintf(s->out, "%*s", width < 46 ? 46 - width : 1, "");
}

/* What is known about a line's instructions. */
static void
put_facts(Sheet *s, int line)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->ins.n && n < FACTS; i++) {
        const PyInstr *in = &s->ins.at[i];
        if (s->info[in->off].line != line || !has_facts(s, in))
            continue;
        put_opcode(s, in);
        put_operands(s, in->off);
        put_callees(s, in->off);
        put_branch(s, in);
        fputc('\n', s->out);
        n++;
    }
}

static void
put_locals(Sheet *s)
{
    bool any = false;
    for (uint32_t i = 0; i < s->f->sites.n; i++) {
        const ProfSite *site = &s->f->sites.at[i];
        if (site->slot < ProfSlotLocal || site->slot - ProfSlotLocal >= s->f->code->n_localsplus)
            continue;
        fprintf(s->out, "%s%s: ", any ? ", " : "         locals       ",
                s->f->code->localsplusnames[site->slot - ProfSlotLocal]->s);
        put_types(s->out, site);
        any = true;
    }
    if (any)
        fputc('\n', s->out);
}

static void
put_function(FILE *out, const Profile *p, const ProfFunc *f)
{
    Arena *a = arena_new();
    Sheet s = {.out = out, .p = p, .f = f};
    Line *l;
    Err err;
    fprintf(out, "\n%5.1f%% %5.1f%%  %s%s%s  %s:%d\n", percent(f->self, p->samples),
            percent(f->total, p->samples), f->module ? f->module : "", f->module ? "." : "",
            f->qualname, f->filename, f->firstlineno);
    if (f->code && f->self && instrs_decode(a, f->code, &s.ins, &err)) {
        s.info = linetab_read(a, f->code);
        put_locals(&s);
        uint32_t n = lines_of(a, &s, &l);
        for (uint32_t i = 0; i < n && i < LINES && l[i].self; i++) {
            fprintf(out, "       %5.1f%%  line %d\n", percent(l[i].self, p->samples), l[i].line);
            put_facts(&s, l[i].line);
        }
    }
    arena_free(a);
}

static void
put_text(FILE *out, const ReportOptions *opt, const Profile *p)
{
    fprintf(out, "%s: %llu samples in %.1f s, Python %s (%s)\n", opt->path,
            (unsigned long long)p->samples, p->seconds, p->version ? p->version : "none",
            p->python ? p->python : "");
    if (p->samples)
        fputs("\n  self  total  function\n", out);
    for (uint32_t i = 0; i < p->funcs.n && i < opt->top && p->funcs.at[i].self; i++)
        put_function(out, p, &p->funcs.at[i]);
}

bool
report_print(const ReportOptions *opt, FILE *out, Err *err)
{
    Arena *a = arena_new();
    Profile *p = profdb_load(a, opt->path, err);
    if (p && opt->json)
        report_json(out, p);
    else if (p)
        put_text(out, opt, p);
    arena_free(a);
    return p != NULL;
}
