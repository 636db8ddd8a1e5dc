#include "cli.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const CliCommand cli_commands[] = {
/* clang-format off */
#define COMMAND(name, args, what, more)        {#name, args, what, more, cmd_##name, (const CliOption[]){
#define OPTION(letter, name, arg, what)            {letter, name, arg, what},
#define FLAG(letter, name, what)                   {letter, name, NULL, what},
#define EXAMPLES                                   {0}}, (const CliExample[]){
#define EXAMPLE(command, what)                     {command, what},
#define END                                        {0}}},
/* clang-format on */
#include "commands.def"
#undef COMMAND
#undef OPTION
#undef FLAG
#undef EXAMPLES
#undef EXAMPLE
#undef END
    {0}};

const CliCommand *
cli_find(const char *name)
{
    const CliCommand *found = NULL;
    bool several = false;
    for (const CliCommand *c = cli_commands; *name && c->name; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
        if (strncmp(c->name, name, strlen(name)) == 0) {
            several = found != NULL;
            found = c;
        }
        if (several)
            return NULL;
    }
    return found;
}

int
cli_fail(const Err *err)
{
    if (*err->msg) /* or it has been told */
        fprintf(stderr, "pyprof: %s\n", err->msg);
    return err_exit_status(err->kind);
}

int
cli_usage(const Cli *cli, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("pyprof: ", stderr);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, " (see pyprof %s --help)\n", cli->command->name);
    return err_exit_status(ErrUsage);
}

static const char **
value_of(const Cli *cli, const char *name)
{
    const CliOption *o = cli->command->options;
    for (uint32_t i = 0; o[i].name; i++)
        if (strcmp(o[i].name, name) == 0)
            return (const char **)&cli->values[i];
    die("%s has no option --%s", cli->command->name, name);
}

const char *
cli_get(const Cli *cli, const char *name)
{
    return *value_of(cli, name);
}

bool
cli_has(const Cli *cli, const char *name)
{
    return cli_get(cli, name) != NULL;
}

double
cli_number(const Cli *cli, const char *name, double least, double most, double otherwise)
{
    const char *s = cli_get(cli, name);
    if (!s)
        return otherwise;
    char *end;
    double v = strtod(s, &end);
    if (*s && !*end && v >= least && v <= most)
        return v;
    cli_usage(cli, "--%s takes a number from %.10g to %.10g", name, least, most);
    return NAN;
}

double
cli_bytes(const Cli *cli, const char *name, double otherwise)
{
    static const char units[] = "kMGT";
    const char *s = cli_get(cli, name);
    if (!s)
        return otherwise;
    char *end;
    double v = strtod(s, &end);
    const char *unit = *end ? strchr(units, *end == 'K' ? 'k' : *end) : NULL;
    if (unit)
        for (long i = unit - units; i >= 0; i--)
            v *= 1024;
    if (end != s && v >= 1 && !end[unit ? 1 : 0])
        return v;
    cli_usage(cli, "--%s takes a size such as 500k, 20M or 1G", name);
    return NAN;
}

pid_t
cli_pid(const Cli *cli)
{
    const char *s = cli_get(cli, "pid");
    char *end = "";
    if (cli->n_rest != (s ? 0 : 1))
        return 0;
    long pid = strtol(s ? s : cli->rest[0], &end, 10);
    return *end || pid <= 0 || pid > INT32_MAX ? 0 : (pid_t)pid;
}

/* getopt's view of a command's options: val is the option's number + FIRST. */
enum { FIRST = 256, OPTION_HELP = FIRST + CLI_MAX_OPTIONS };

static void
for_getopt(const CliOption *o, struct option longs[], char *letters)
{
    uint32_t n = 0;
    *letters++ = '+'; /* a command's own options are not ours */
    *letters++ = ':';
    for (; o[n].name; n++) {
        if (n + 1 >= CLI_MAX_OPTIONS)
            die("too many options");
        longs[n] = (struct option){o[n].name, o[n].arg ? required_argument : no_argument, NULL,
                                   FIRST + (int)n};
        if (o[n].letter)
            *letters++ = o[n].letter;
        if (o[n].letter && o[n].arg)
            *letters++ = ':';
    }
    *letters++ = 'h';
    *letters = 0;
    longs[n] = (struct option){"help", no_argument, NULL, OPTION_HELP};
    longs[n + 1] = (struct option){0};
}

static int
option_number(const CliOption *o, int letter)
{
    for (int i = 0; o[i].name; i++)
        if (o[i].letter == letter)
            return i;
    return -1;
}

/* Options may follow what they do not belong to, except behind a command to run: `pyprof report
 * p.db --json`, but `pyprof record prog --json` is the program's. */
static bool
takes_a_command(const CliCommand *c)
{
    return strstr(c->args, "CMD") != NULL;
}

static int
parse(Cli *cli, int argc, char **argv)
{
    const CliOption *o = cli->command->options;
    struct option longs[CLI_MAX_OPTIONS + 2];
    char letters[3 * CLI_MAX_OPTIONS + 4];
    for_getopt(o, longs, letters);
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, letters + !takes_a_command(cli->command), longs,
                                     NULL)) != -1;) {
        if (got == OPTION_HELP || got == 'h') {
            cli_help_command(stdout, cli->command);
            return -1;
        }
        int n = got >= FIRST ? got - FIRST : option_number(o, got);
        if (got == ':')
            return cli_usage(cli, "%s needs a value", argv[optind - 1]);
        if (got == '?' || n < 0)
            return cli_usage(cli, "%s: no such option, or not one only", argv[optind - 1]);
        cli->values[n] = o[n].arg ? optarg : "";
    }
    cli->rest = argv + optind;
    cli->n_rest = argc - optind;
    return 0;
}

static int
unknown(const char *name)
{
    fprintf(stderr, "pyprof: no command '%s' (", name);
    bool any = false;
    for (const CliCommand *c = cli_commands; c->name; c++) {
        bool fits = *name && strncmp(c->name, name, strlen(name)) == 0;
        if (fits)
            fprintf(stderr, "%s%s", any ? ", " : "it may be ", c->name);
        any = any || fits;
    }
    fputs(any ? "; see pyprof --help)\n" : "see pyprof --help)\n", stderr);
    return err_exit_status(ErrUsage);
}

static bool
is_one_of(const char *s, const char *a, const char *b, const char *c)
{
    return strcmp(s, a) == 0 || strcmp(s, b) == 0 || strcmp(s, c) == 0;
}

int
cli_main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("pyprof: a command is needed: record, say, or report (see pyprof --help)\n", stderr);
        return err_exit_status(ErrUsage);
    }
    const char *first = argv[1];
    if (is_one_of(first, "-V", "--version", "version")) {
        puts("pyprof " CLI_VERSION);
        return 0;
    }
    bool help = is_one_of(first, "-h", "--help", "help");
    const char *name = help ? (argc > 2 ? argv[2] : NULL) : first;
    if (!name) {
        cli_help_all(stdout);
        return 0;
    }
    Cli cli = {.command = cli_find(name)};
    if (!cli.command)
        return unknown(name);
    if (help) {
        cli_help_command(stdout, cli.command);
        return 0;
    }
    int status = parse(&cli, argc - 1, argv + 1);
    if (status)
        return status < 0 ? 0 : status;
    return cli.command->run(&cli);
}
