#include "cli.h"

#include "export.h"
#include "fileio.h"

#include <string.h>

static const struct Format {
    const char *name, *ending; /* of a file's name, when no format was asked for */
    ExportWrite *write;
    bool lines; /* always by line: the format holds both */
} formats[] = {
    {"flamegraph", ".html", export_flame, false},
    {"collapsed", ".txt", export_collapsed, false},
    {"speedscope", ".speedscope.json", export_speedscope, false},
    {"pprof", ".pb.gz", export_pprof, true},
    {"json", ".json", export_json, false},
};

static bool
ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n > k && strcmp(s + n - k, end) == 0;
}

static const struct Format *
find_format(const char *name, const char *output)
{
    for (size_t i = 0; i < countof(formats); i++)
        if (name ? strcmp(formats[i].name, name) == 0
                 : output && ends_with(output, formats[i].ending))
            return &formats[i];
    return NULL;
}

static bool
write_out(const Cli *cli, const StrBuf *b, Err *err)
{
    const char *output = cli_get(cli, "output");
    if (output)
        return fileio_write(output, b->s, b->n, 0644, err);
    if (fwrite(b->s, 1, b->n, stdout) == b->n && fflush(stdout) == 0)
        return true;
    return err_set(err, ErrWrite, "standard output cannot be written");
}

int
cmd_export(const Cli *cli)
{
    const char *name = cli_get(cli, "format"), *output = cli_get(cli, "output");
    const struct Format *f = find_format(name, output);
    Err err = {0};
    if (cli->n_rest != 1)
        return cli_usage(cli, "export needs one profile");
    if (!f && !name && output)
        return cli_usage(cli, "%s does not say which format; --format does", output);
    if (!f)
        return cli_usage(cli, "--format takes flamegraph, collapsed, speedscope, pprof or json");
    if (output && fileio_exists(output) && !cli_has(cli, "force")) {
        err_set(&err, ErrExists, "%s: exists already (use --force to replace it)", output);
        return cli_fail(&err);
    }
    Arena *a = arena_new();
    CallTree *t = calltree_load(a, cli->rest[0], f->lines || cli_has(cli, "lines"), &err);
    bool ok = false;
    if (t) {
        const char *title = cli_get(cli, "title");
        StrBuf b;
        sb_init(&b, a);
        f->write(&b, t, title ? title : fileio_base_name(cli->rest[0]));
        ok = write_out(cli, &b, &err);
    }
    arena_free(a);
    return ok ? 0 : cli_fail(&err);
}
