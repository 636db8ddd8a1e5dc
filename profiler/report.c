#include "report.h"

#include "linetab.h"
#include "profdb.h"

#include <string.h>

typedef struct Line {
    int line;
    uint64_t self;
} Line;

/* Self samples per line, hottest first. */
static uint32_t
lines_of(Arena *a, const ProfFunc *f, Line **out)
{
    Vec(Line) v = {0};
    LineInfo *info = f->code ? linetab_read(a, f->code) : NULL;
    for (uint32_t u = 0; info && u < f->code->n_units; u++) {
        uint32_t i = 0;
        if (!f->at[u])
            continue;
        while (i < v.n && v.at[i].line != info[u].line)
            i++;
        if (i == v.n)
            vec_push(a, &v, (Line){info[u].line, 0});
        v.at[i].self += f->at[u];
        for (; i && v.at[i].self > v.at[i - 1].self; i--) {
            Line swap = v.at[i];
            v.at[i] = v.at[i - 1];
            v.at[i - 1] = swap;
        }
    }
    *out = v.at;
    return v.n;
}

bool
report_print(const ReportOptions *opt, FILE *out, Err *err)
{
    Arena *a = arena_new();
    Profile *p = profdb_load(a, opt->path, err);
    if (p) {
        fprintf(out, "%llu samples\n", (unsigned long long)p->samples);
        for (uint32_t i = 0; i < p->funcs.n && i < opt->top; i++) {
            Line *l;
            const ProfFunc *f = &p->funcs.at[i];
            fprintf(out, "%6llu %6llu  %s (%s:%d)\n", (unsigned long long)f->self,
                    (unsigned long long)f->total, f->qualname, f->filename, f->firstlineno);
            uint32_t n = lines_of(a, f, &l);
            for (uint32_t k = 0; k < n && k < 5; k++)
                fprintf(out, "            line %d: %llu\n", l[k].line,
                        (unsigned long long)l[k].self);
        }
    }
    arena_free(a);
    return p != NULL;
}
