#include "annotate.h"
#include "cli.h"
#include "term.h"

#include "fileio.h"

#include <math.h>
#include <string.h>

static double
percent(const CallTree *t, uint64_t n)
{
    return 100.0 * (double)n / (double)t->nodes.at[0].total;
}

static void
put_share(const CallTree *t, uint64_t n)
{
    if (n)
        printf("%6.2f ", percent(t, n));
    else
        fputs("       ", stdout);
}

static void
put_line(const CallTree *t, const AnnotateLine *l, bool colour)
{
    put_share(t, l->self);
    put_share(t, l->total);
    printf("%6d  %s%s%s\n", l->number, l->self ? term_style(colour, TermBold) : "",
           l->text ? l->text : "", l->self ? term_style(colour, TermPlain) : "");
    for (uint32_t i = 0; i < l->facts.n; i++)
        printf("%s%24s%-24s %s%s\n", term_style(colour, TermDim), "", l->facts.at[i].instruction,
               l->facts.at[i].known, term_style(colour, TermPlain));
}

static void
put_text(const CallTree *t, const AnnotateFunc *f)
{
    bool colour = term_colour(stdout), gap = false;
    printf("%s%s%s  %s:%d\n%.2f %% in itself, %.2f %% with what it calls\n",
           term_style(colour, TermBold), f->name, term_style(colour, TermPlain), f->f->filename,
           f->f->firstlineno, percent(t, f->f->self), percent(t, f->f->total));
    if (*f->locals)
        printf("locals: %s\n", f->locals);
    if (!f->lines.n)
        puts("(the profile has no bytecode of it)");
    else if (!f->source)
        printf("(%s: source not found; --source FROM=TO says where it is)\n", f->path);
    else if (f->newer)
        puts("(the source was changed after the recording: lines may be off)");
    if (f->lines.n)
        puts("  self  total   line");
    for (uint32_t i = 0; i < f->lines.n; i++) {
        const AnnotateLine *l = &f->lines.at[i];
        bool shown = l->shown && (f->source || l->total || l->facts.n);
        if (shown && gap)
            puts("                  ...");
        if (shown)
            put_line(t, l, colour);
        gap = !shown;
    }
    putchar('\n');
}

static bool
write_page(const Cli *cli, const CallTree *t, const AnnotateFunc *funcs, uint32_t n, Err *err)
{
    const char *out = cli_get(cli, "html");
    Arena *a = arena_new();
    StrBuf b;
    sb_init(&b, a);
    annotate_html(&b, t, funcs, n, fileio_base_name(cli->rest[0]));
    bool ok = fileio_write(out, b.s, b.n, 0644, err);
    arena_free(a);
    return ok;
}

/* "FROM=TO" */
static bool
parse_source(const Cli *cli, Arena *a, Annotate *x)
{
    const char *s = cli_get(cli, "source"), *eq = s ? strchr(s, '=') : NULL;
    if (s && (!eq || eq == s))
        return false;
    if (s) {
        x->from = arena_strndup(a, s, (size_t)(eq - s));
        x->to = eq + 1;
    }
    return true;
}

static int
run(const Cli *cli, Arena *a, const CallTree *t, uint32_t top, Err *err)
{
    const char *name = cli->n_rest > 1 ? cli->rest[1] : NULL;
    Vec(AnnotateFunc) funcs = {0};
    Annotate x;
    annotate_init(&x, a, t);
    if (!parse_source(cli, a, &x))
        return cli_usage(cli, "--source takes FROM=TO");
    for (uint32_t i = 0; i < t->profile->funcs.n && funcs.n < top; i++) {
        const ProfFunc *f = &t->profile->funcs.at[i];
        if (f->kind != ProfPython)
            continue;
        if (name ? !f->total || !strstr(f->qualname, name) : !f->self)
            continue;
        AnnotateFunc found;
        annotate_function(&x, i, &found);
        vec_push(a, &funcs, found);
    }
    if (!funcs.n) {
        err_set(err, ErrEmpty, "%s: no sampled function has '%s' in its name", cli->rest[0],
                name ? name : "");
        return cli_fail(err);
    }
    if (cli_has(cli, "html"))
        return write_page(cli, t, funcs.at, funcs.n, err) ? 0 : cli_fail(err);
    for (uint32_t i = 0; i < funcs.n; i++)
        put_text(t, &funcs.at[i]);
    return 0;
}

int
cmd_annotate(const Cli *cli)
{
    const char *html = cli_get(cli, "html");
    double top = cli_number(cli, "top", 1, 1e6, html ? 20 : 5);
    Err err = {0};
    if (isnan(top))
        return err_exit_status(ErrUsage);
    if (cli->n_rest < 1 || cli->n_rest > 2)
        return cli_usage(cli, "annotate needs one profile, and at most one name");
    if (html && fileio_exists(html) && !cli_has(cli, "force")) {
        err_set(&err, ErrExists, "%s: exists already (use --force to replace it)", html);
        return cli_fail(&err);
    }
    Arena *a = arena_new();
    CallTree *t = calltree_load(a, cli->rest[0], true, &err);
    int status = t ? run(cli, a, t, (uint32_t)top, &err) : cli_fail(&err);
    arena_free(a);
    return status;
}
