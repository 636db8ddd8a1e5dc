#include "report.h"

#include "facts.h"
#include "profdb.h"
#include "report_json.h"
#include "term.h"

#include <stdlib.h>
#include <string.h>

enum { LINES = 6, FACTS = 6 };

typedef struct Line {
    int line;
    uint64_t self;
} Line;

static double
percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static int
hottest_line(const void *a, const void *b)
{
    const Line *x = a, *y = b;
    return x->self != y->self ? (x->self < y->self ? 1 : -1)
                              : (x->line > y->line) - (x->line < y->line);
}

static uint32_t
lines_of(Arena *a, const Facts *s, Line **out)
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

static void
put_fact(const char *instruction, const char *known, void *arg)
{
    fprintf(arg, "                    %-25s %s\n", instruction, known);
}

static void
put_lines(FILE *out, Arena *a, const Profile *p, const Facts *x)
{
    StrBuf locals;
    Line *l;
    sb_init(&locals, a);
    facts_locals(&locals, x);
    if (locals.n)
        fprintf(out, "         locals       %s\n", locals.s);
    uint32_t n = lines_of(a, x, &l);
    for (uint32_t i = 0; i < n && i < LINES && l[i].self; i++) {
        fprintf(out, "       %5.1f%%  line %d\n", percent(l[i].self, p->samples), l[i].line);
        facts_line(x, l[i].line, FACTS, put_fact, out);
    }
}

static void
put_function(FILE *out, const Profile *p, const ProfFunc *f)
{
    bool colour = term_colour(out);
    Arena *a = arena_new();
    Facts x;
    fprintf(out, "\n%5.1f%% %5.1f%%  %s%s%s  %s\n", percent(f->self, p->samples),
            percent(f->total, p->samples), term_style(colour, TermBold), profile_name(a, f),
            term_style(colour, TermPlain), profile_place(a, f));
    if (f->self && facts_open(a, f, &x))
        put_lines(out, a, p, &x);
    arena_free(a);
}

static void
put_threads(FILE *out, const Profile *p)
{
    bool any = false;
    for (uint32_t i = 0; i < p->funcs.n; i++) {
        const ProfFunc *f = &p->funcs.at[i];
        if (f->kind != ProfThread || !f->total)
            continue;
        fprintf(out, "%s       %5.1f%%  %s\n", any ? "" : "\n         part  thread\n",
                percent(f->total, p->samples), f->qualname);
        any = true;
    }
}

static void
put_text(FILE *out, const ReportOptions *opt, const Profile *p)
{
    fprintf(out, "%s: %llu samples in %.1f s, Python %s (%s)\n", opt->path,
            (unsigned long long)p->samples, p->seconds, p->version ? p->version : "none",
            p->python ? p->python : "");
    if (p->native)
        fputs("native functions are listed as well: their time is also that of the Python function "
              "above them\n",
              out);
    put_threads(out, p);
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
