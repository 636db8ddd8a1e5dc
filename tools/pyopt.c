/* pyopt: compile, explain, run.  Options to library calls to an exit status; no logic here. */
#include "bundle.h"
#include "bundling.h"
#include "explain.h"
#include "launch.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.1.0"

static const char usage[] =
    "Usage: pyopt COMMAND ...\n"
    "\n"
    "  compile profile.db [-o app.pyob] [--json]      compile what a profile says is hot\n"
    "  compile --all -o app.pyob FILE_OR_DIR...       compile every function, without a profile\n"
    "  explain app.pyob [NAME] [--json]               what became of each function, line by line\n"
    "  run app.pyob -- CMD ARGS...                    run a program with a bundle\n"
    "\n"
    "A command may be shortened as long as it is the only one that starts so.\n"
    "\n"
    "Options of compile:\n"
    "  -o, --output FILE    the bundle; default: the profile's name with .pyob\n"
    "  -f, --force          overwrite it\n"
    "      --python PYTHON  the interpreter to compile for; default: the recorded one, or python3\n"
    "      --json           the report as JSON on standard output\n"
    "  -O LEVEL             how hard the C compiler tries, 0 to 3; default 2\n"
    "      --only NAME      compile this function alone (its qualified name)\n"
    "      --files PATTERN  compile functions of these files alone, as in '*/myapp/*'\n"
    "      --save-c DIR     keep the generated C\n"
    "      --verify         check the IR after every pass; a refused C file is an error\n"
    "      --dump PASS      print the IR after a pass on standard error\n"
    "Options of explain:\n"
    "      --json           as JSON\n"
    "  Each line of the program, and under it what was seen there by the profile, which guard was "
    "set, what\n"
    "  runs unboxed, specialised, cached or inlined, and what stayed generic, as in the "
    "interpreter, and why.\n"
    "Everywhere:\n"
    "  -h, --help           this text\n"
    "  -V, --version        the version\n"
    "\n"
    "Environment:\n"
    "  PYOPT=off            run: start the program as it is\n"
    "  PYOPT_STATS=FILE     run: counters per unit and exit, as JSON, when the program ends\n"
    "  PYOPT_STRESS=deopt:N run: every N-th guard fails (for tests)\n"
    "  PYOPT_LOG=FILE       run: a line for everything the loader decided\n"
    "  CC                   compile: the C compiler; default gcc, then clang\n"
    "  XDG_CACHE_HOME       where objects and unpacked bundles are kept\n"
    "\n"
    "Examples:\n"
    "  pyprof record -o app.db -- python3 app.py\n"
    "  pyopt compile app.db -o app.pyob\n"
    "  pyopt explain app.pyob Point.distance\n"
    "  pyopt run app.pyob -- python3 app.py\n"
    "\n";

enum { OptJson = 256, OptPython, OptAll, OptOnly, OptFiles, OptSaveC, OptVerify, OptDump };

#define COMMON                                                                                     \
    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'},                         \
    {                                                                                              \
        0                                                                                          \
    }

static const struct option compile_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"force", no_argument, NULL, 'f'},
    {"json", no_argument, NULL, OptJson},
    {"python", required_argument, NULL, OptPython},
    {"all", no_argument, NULL, OptAll},
    {"only", required_argument, NULL, OptOnly},
    {"files", required_argument, NULL, OptFiles},
    {"save-c", required_argument, NULL, OptSaveC},
    {"verify", no_argument, NULL, OptVerify},
    {"dump", required_argument, NULL, OptDump},
    COMMON,
};
static const struct option explain_options[] = {{"json", no_argument, NULL, OptJson}, COMMON};
static const struct option run_options[] = {COMMON};

typedef struct Cli {
    Arena *arena;
    BundlingJob job;
    bool json;
    int argc; /* what is left after the options */
    char **argv;
    Err err;
} Cli;

static int
fail(const Err *err)
{
    const char *red = "", *plain = "";
    const char *no_color = getenv("NO_COLOR");
    if (isatty(STDERR_FILENO) && !(no_color && *no_color)) {
        red = "\033[31m";
        plain = "\033[0m";
    }
    char line[sizeof err->msg]; /* one line, whoever worded it */
    size_t n = 0;
    for (const char *m = err->msg; *m; m++)
        line[n++] = *m == '\n' ? ' ' : *m;
    fprintf(stderr, "%spyopt: %.*s%s\n", red, (int)n, line, plain);
    return err_exit_status(err->kind);
}

static int
misused(Cli *c, const char *what)
{
    err_set(&c->err, ErrUsage, "%s; pyopt --help shows how", what);
    return fail(&c->err);
}

static int
put(Cli *c, const StrBuf *text)
{
    if (fwrite(text->s, 1, text->n, stdout) == text->n && fflush(stdout) == 0)
        return 0;
    err_set(&c->err, ErrWrite, "cannot write to standard output");
    return fail(&c->err);
}

static void
show_progress(void *arg, uint32_t done, uint32_t total)
{
    (void)arg;
    fprintf(stderr, "\rcompiling %u/%u%s", done, total, done == total ? "\r\033[K" : "");
}

static int
cmd_compile(Cli *c)
{
    CcProgress progress = {.step = show_progress};
    BundlingReport report;
    StrBuf text;
    if (c->job.all) {
        if (c->argc < 1 || !c->job.out)
            return misused(c, "compile --all needs -o FILE and at least one file or folder");
        c->job.paths = c->argv;
        c->job.n_paths = (uint32_t)c->argc;
    } else if (c->argc != 1) {
        return misused(c, "compile needs one profile");
    } else {
        c->job.profile = c->argv[0];
    }
    if (isatty(STDERR_FILENO))
        c->job.progress = &progress;
    if (!bundling_run(c->arena, &c->job, &report, &c->err))
        return fail(&c->err);
    sb_init(&text, c->arena);
    if (c->json)
        bundling_print_json(&report, &text);
    else
        bundling_print(&report, &text);
    return put(c, &text);
}

static int
cmd_explain(Cli *c)
{
    if (c->argc < 1 || c->argc > 2)
        return misused(c, "explain needs a bundle and at most one name");
    StrBuf text;
    sb_init(&text, c->arena);
    const Bundle *b = bundle_read(c->arena, c->argv[0], BundleExplain, &c->err);
    if (!b || !explain_print(c->arena, b, c->argv[1], c->json, &text, &c->err))
        return fail(&c->err);
    return put(c, &text);
}

static int
cmd_run(Cli *c)
{
    char **cmd = c->argv + 1;
    if (c->argc > 1 && strcmp(cmd[0], "--") == 0)
        cmd++;
    if (c->argc < 1 || !*cmd)
        return misused(c, "run needs a bundle, -- and a command");
    launch_run(c->argv[0], cmd, &c->err);
    return fail(&c->err);
}

static const struct Command {
    const char *name;
    int (*run)(Cli *c);
    const char *letters; /* '+': the options end at the first operand, the rest is another's */
    const struct option *options;
} commands[] = {
    {"compile", cmd_compile, ":o:fO:hV", compile_options},
    {"explain", cmd_explain, ":hV", explain_options},
    {"run", cmd_run, "+:hV", run_options},
};

/* The one command that starts so. */
static const struct Command *
find_command(const char *word)
{
    const struct Command *hit = NULL;
    for (size_t i = 0; i < countof(commands); i++) {
        if (strcmp(commands[i].name, word) == 0)
            return &commands[i];
        if (*word && strncmp(commands[i].name, word, strlen(word)) == 0) {
            if (hit)
                return NULL;
            hit = &commands[i];
        }
    }
    return hit;
}

/* -1: go on; otherwise the exit status. */
static int
take_option(Cli *c, int opt, char *word)
{
    switch (opt) {
    case 'o': c->job.out = optarg; return -1;
    case 'f': c->job.force = true; return -1;
    case 'O':
        c->job.level = (unsigned)(optarg[0] - '0');
        return c->job.level <= 3 && !optarg[1] ? -1 : misused(c, "-O takes 0, 1, 2 or 3");
    case OptJson: c->json = true; return -1;
    case OptPython: c->job.python = optarg; return -1;
    case OptAll: c->job.all = true; return -1;
    case OptFiles: c->job.files = optarg; return -1;
    case OptOnly: c->job.only = optarg; return -1;
    case OptSaveC: c->job.save_c = optarg; return -1;
    case OptVerify: c->job.verify = true; return -1;
    case OptDump: c->job.dump_pass = optarg; return -1;
    case 'h': printf("%s%s", usage, err_status_help()); return 0;
    case 'V': puts("pyopt " VERSION); return 0;
    case ':': return misused(c, arena_printf(c->arena, "%s needs a value", word));
    default: return misused(c, arena_printf(c->arena, "unknown option %s", word));
    }
}

static int
dispatch(Cli *c, int argc, char **argv)
{
    static const struct option none[] = {COMMON};
    const struct Command *cmd = argc > 1 && argv[1][0] != '-' ? find_command(argv[1]) : NULL;
    if (argc > 1 && argv[1][0] != '-' && !cmd)
        return misused(c, arena_printf(c->arena, "unknown command %s", argv[1]));
    int skip = cmd != NULL, opt, status;
    argc -= skip;
    argv += skip;
    opterr = 0;
    while ((opt = getopt_long(argc, argv, cmd ? cmd->letters : "+:hV", cmd ? cmd->options : none,
                              NULL)) != -1)
        if ((status = take_option(c, opt, argv[optind - 1])) >= 0)
            return status;
    if (!cmd)
        return misused(c, "a command is needed: compile, explain or run");
    c->argc = argc - optind;
    c->argv = argv + optind;
    return cmd->run(c);
}

int
main(int argc, char **argv)
{
    Cli c = {.arena = arena_new(), .job = {.level = 2}};
    int status = dispatch(&c, argc, argv);
    arena_free(c.arena);
    return status;
}
