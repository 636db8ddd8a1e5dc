/* pyir: the optimizer's workbench.  Reads IR text, runs passes, prints the result. */
#include "build.h"
#include "fileio.h"
#include "ir_script.h"
#include "marshal.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: pyir [--passes \"order dom gvn\"] [--verify] FILE.ir\n"
    "       pyir --build FILE.pyc QUALNAME [--passes ...] [--verify]\n"
    "\n"
    "Prints the IR after the passes; without --passes, those of the file's \"; test:\" line.\n"
    "--build starts from bytecode: the IR as it is before any pass.\n"
    "\n"
    "  -p, --passes LIST   names of passes, see --list\n"
    "  -v, --verify        check the rules of the IR before and after each pass\n"
    "  -l, --list          the passes\n"
    "  -h, --help          this text\n";

static const struct option options[] = {
    {"passes", required_argument, NULL, 'p'}, {"verify", no_argument, NULL, 'v'},
    {"build", no_argument, NULL, 'b'},        {"list", no_argument, NULL, 'l'},
    {"help", no_argument, NULL, 'h'},         {0},
};

typedef struct Search {
    const char *name;
    PyCode *found;
} Search;

static void
match(PyCode *c, void *arg)
{
    Search *s = arg;
    if (!s->found && !strcmp(c->qualname, s->name))
        s->found = c;
}

static bool
from_pyc(Arena *a, const char *path, const char *qualname, IrScript *s, Err *err)
{
    void *bytes;
    size_t n;
    if (!fileio_read(a, path, &bytes, &n, err))
        return false;
    PyObj *module = marshal_read_pyc(a, bytes, n, err);
    if (!module)
        return false;
    Search search = {.name = qualname};
    pycode_walk(module->code, match, &search);
    if (!search.found)
        return err_set(err, ErrEmpty, "%s: there is no function %s", path, qualname);
    Bailout bail;
    s->f = build_func(a, search.found, &bail);
    return s->f || err_set(err, ErrEmpty, "%s is not compiled: %s", qualname, bailout_reason(bail));
}

static bool
from_text(Arena *a, const char *path, IrScript *s, Err *err)
{
    void *bytes;
    size_t n;
    Err why;
    if (!fileio_read(a, path, &bytes, &n, err))
        return false;
    return irscript_read(a, bytes, s, &why) || err_set(err, why.kind, "%s: %s", path, why.msg);
}

static void
list_passes(void)
{
#define PASS(name, fn, needs, gives, keeps, what) printf("%-12s %s\n", #name, what);
#include "pipeline.def"
#undef PASS
}

int
main(int argc, char **argv)
{
    const char *passes = NULL;
    bool verify = false, build = false;
    for (int c; (c = getopt_long(argc, argv, "p:vblh", options, NULL)) != -1;) {
        switch (c) {
        case 'p': passes = optarg; break;
        case 'v': verify = true; break;
        case 'b': build = true; break;
        case 'l': list_passes(); return 0;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return err_exit_status(ErrUsage);
        }
    }
    if (argc - optind != (build ? 2 : 1)) {
        fputs(usage, stderr);
        return err_exit_status(ErrUsage);
    }
    Arena *a = arena_new();
    IrScript s = {.passes = ""};
    Err err = {0};
    StrBuf out;
    sb_init(&out, a);
    bool ok = build ? from_pyc(a, argv[optind], argv[optind + 1], &s, &err)
                    : from_text(a, argv[optind], &s, &err);
    ok = ok && irscript_run(a, &s, passes ? passes : s.passes, verify, &out, &err);
    fputs(out.s, stdout);
    if (!ok)
        fprintf(stderr, "pyir: %s\n", err.msg);
    arena_free(a);
    return ok ? 0 : err_exit_status(err.kind);
}
