/* pyprof diff: shares of the samples, before and after. */
#include "cli.h"
#include "term.h"

#include "map.h"
#include "profdb.h"
#include "strbuf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Change {
    const ProfFunc *before, *after; /* one of them may be NULL */
    double self[2], total[2];       /* shares of all samples, before and after */
} Change;

typedef struct Diff {
    Arena *arena;
    Profile *p[2];
    Vec(Change) changes;
} Diff;

static const ProfFunc *
either(const Change *c)
{
    return c->after ? c->after : c->before;
}

static double
share(uint64_t n, const Profile *p)
{
    return p->samples ? (double)n / (double)p->samples : 0;
}

static bool
same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The same code, or the only one of its name that has no equal: an edited function. */
static void
match(Diff *d)
{
    Map by_key;
    map_init(&by_key, d->arena);
    for (uint32_t i = 0; i < d->p[0]->funcs.n; i++)
        map_put(&by_key, d->p[0]->funcs.at[i].key.lo, i + 1);
    bool *used = arena_array(d->arena, bool, d->p[0]->funcs.n + 1);
    for (uint32_t i = 0; i < d->p[1]->funcs.n; i++) {
        const ProfFunc *f = &d->p[1]->funcs.at[i];
        uint64_t *same = map_get(&by_key, f->key.lo);
        if (same)
            used[*same - 1] = true;
        vec_push(d->arena, &d->changes,
                 (Change){.after = f, .before = same ? &d->p[0]->funcs.at[*same - 1] : NULL});
    }
    uint32_t n = d->changes.n;
    for (uint32_t i = 0; i < d->p[0]->funcs.n; i++) {
        const ProfFunc *f = &d->p[0]->funcs.at[i];
        uint32_t k = 0;
        while (!used[i] && k < n &&
               (d->changes.at[k].before || !same_text(d->changes.at[k].after->module, f->module) ||
                strcmp(d->changes.at[k].after->qualname, f->qualname) != 0))
            k++;
        if (!used[i] && k < n)
            d->changes.at[k].before = f;
        else if (!used[i])
            vec_push(d->arena, &d->changes, (Change){.before = f});
    }
}

static int
largest(const void *a, const void *b)
{
    const Change *x = a, *y = b;
    double dx = fabs(x->self[1] - x->self[0]), dy = fabs(y->self[1] - y->self[0]);
    if (dx != dy)
        return dx < dy ? 1 : -1;
    return strcmp(either(x)->qualname, either(y)->qualname);
}

static void
measure(Diff *d)
{
    for (uint32_t i = 0; i < d->changes.n; i++) {
        Change *c = &d->changes.at[i];
        const ProfFunc *f[] = {c->before, c->after};
        for (int k = 0; k < 2; k++) {
            c->self[k] = f[k] ? share(f[k]->self, d->p[k]) : 0;
            c->total[k] = f[k] ? share(f[k]->total, d->p[k]) : 0;
        }
    }
    if (d->changes.n)
        qsort(d->changes.at, d->changes.n, sizeof *d->changes.at, largest);
}

static const char *
status(const Change *c)
{
    return !c->before                                     ? "new"
           : !c->after                                    ? "gone"
           : codekey_equal(c->before->key, c->after->key) ? "same"
                                                          : "edited";
}

static void
put_text(const Diff *d, char *const *names, uint32_t top)
{
    bool colour = term_colour(stdout);
    printf("before: %s, %llu samples; after: %s, %llu samples\n\n", names[0],
           (unsigned long long)d->p[0]->samples, names[1], (unsigned long long)d->p[1]->samples);
    puts("   self  before   after   total          function");
    for (uint32_t i = 0; i < d->changes.n && i < top; i++) {
        const Change *c = &d->changes.at[i];
        double by = 100 * (c->self[1] - c->self[0]);
        const ProfFunc *f = either(c);
        const char *state = status(c);
        if (by == 0)
            break;
        printf("%s%+7.2f%s %6.2f%% %6.2f%% %+7.2f  %-6s  %s  %s\n",
               term_style(colour, by > 0 ? TermRed : TermGreen), by, term_style(colour, TermPlain),
               100 * c->self[0], 100 * c->self[1], 100 * (c->total[1] - c->total[0]),
               strcmp(state, "same") == 0 ? "" : state, profile_name(d->arena, f),
               profile_place(d->arena, f));
    }
}

static void
put_json(Diff *d)
{
    StrBuf b;
    sb_init(&b, d->arena);
    sb_printf(&b, "{\"schema\": 1, \"samples\": [%llu, %llu], \"functions\": [",
              (unsigned long long)d->p[0]->samples, (unsigned long long)d->p[1]->samples);
    for (uint32_t i = 0; i < d->changes.n; i++) {
        const Change *c = &d->changes.at[i];
        const ProfFunc *f = either(c);
        sb_printf(&b, "%s\n{\"name\": ", i ? "," : "");
        sb_json(&b, f->qualname);
        sb_puts(&b, ", \"module\": ");
        if (f->module)
            sb_json(&b, f->module);
        else
            sb_puts(&b, "null");
        sb_puts(&b, ", \"file\": ");
        sb_json(&b, f->filename);
        sb_printf(&b,
                  ", \"line\": %d, \"kind\": \"%s\", \"status\": \"%s\", \"self\": [%.6f, %.6f], "
                  "\"total\": [%.6f, %.6f]}",
                  f->firstlineno, profile_kind(f), status(c), c->self[0], c->self[1], c->total[0],
                  c->total[1]);
    }
    printf("%s]}\n", b.s);
}

int
cmd_diff(const Cli *cli)
{
    double top = cli_number(cli, "top", 1, 1e6, 20);
    if (isnan(top))
        return err_exit_status(ErrUsage);
    if (cli->n_rest != 2)
        return cli_usage(cli, "diff needs two profiles");
    Err err = {0};
    Diff d = {.arena = arena_new()};
    bool ok = true;
    for (int i = 0; i < 2 && ok; i++)
        ok = (d.p[i] = profdb_load(d.arena, cli->rest[i], &err)) != NULL;
    if (ok) {
        match(&d);
        measure(&d);
        if (cli_has(cli, "json"))
            put_json(&d);
        else
            put_text(&d, cli->rest, (uint32_t)top);
    }
    arena_free(d.arena);
    return ok ? 0 : cli_fail(&err);
}
