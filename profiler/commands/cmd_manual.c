/* Manual pages in man(7) macros: pyprof(1), and pyprof-NAME(1) for each command. */
#include "cli.h"

#include <string.h>

/* Text where roff sees none of its own signs: no line begins with a dot, minus signs are those that
 * can be pasted. */
static void
put(const char *s)
{
    if (*s == '.' || *s == '\'')
        fputs("\\&", stdout);
    for (; *s; s++) {
        if (*s == '-')
            fputs("\\-", stdout);
        else if (*s == '\\')
            fputs("\\e", stdout);
        else if (*s == '\n')
            fputs("\n.br\n", stdout);
        else
            putchar(*s);
    }
}

static void
put_line(const char *s)
{
    put(s);
    putchar('\n');
}

static void
heading(const char *name, const char *what)
{
    printf(".TH \"%s\" 1 \"\" \"pyprof " CLI_VERSION "\" \"pyprof\"\n.SH NAME\n", name);
    put(name);
    fputs(" \\- ", stdout);
    put_line(what);
}

static void
put_options(const CliCommand *c)
{
    fputs(".SH OPTIONS\n", stdout);
    for (const CliOption *o = c->options; o->name; o++) {
        fputs(".TP\n", stdout);
        if (o->letter)
            printf("\\fB\\-%c\\fR, ", o->letter);
        fputs("\\fB\\-\\-", stdout);
        put(o->name);
        fputs("\\fR", stdout);
        if (o->arg)
            printf(" \\fI%s\\fR", o->arg);
        putchar('\n');
        put_line(o->what);
    }
}

static void
page(const CliCommand *c)
{
    char name[32];
    snprintf(name, sizeof name, "pyprof-%s", c->name);
    heading(name, c->what);
    printf(".SH SYNOPSIS\n\\fBpyprof %s\\fR ", c->name);
    put_line(c->args);
    if (*c->more) {
        fputs(".SH DESCRIPTION\n", stdout);
        put_line(c->more);
    }
    if (c->options->name)
        put_options(c);
    fputs(".SH EXAMPLES\n", stdout);
    for (const CliExample *e = c->examples; e->command; e++) {
        fputs(".TP\n\\fB", stdout);
        put(e->command);
        fputs("\\fR\n", stdout);
        put_line(e->what);
    }
    fputs(".SH EXIT STATUS\nSee \\fBpyprof\\fR(1).\n.SH SEE ALSO\n\\fBpyprof\\fR(1)\n", stdout);
}

static void
overview(void)
{
    heading("pyprof", "a sampling profiler for CPython that records what an optimizer needs");
    fputs(".SH SYNOPSIS\n\\fBpyprof\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] ...\n.SH COMMANDS\n"
          "A command's name may be cut short as long as one only fits.\n",
          stdout);
    for (const CliCommand *c = cli_commands; c->name; c++) {
        printf(".TP\n\\fBpyprof\\-%s\\fR(1)\n", c->name);
        put_line(c->what);
    }
    fputs(".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nNo colours on a terminal.\n"
          ".SH EXIT STATUS\n",
          stdout);
    const char *table = strchr(err_status_help(), '\n');
    put_line(table ? table + 1 : "");
}

int
cmd_manual(const Cli *cli)
{
    const CliCommand *c = cli->n_rest ? cli_find(cli->rest[0]) : NULL;
    if (cli->n_rest > 1 || (cli->n_rest && !c))
        return cli_usage(cli, "manual takes the name of one command");
    if (c)
        page(c);
    else
        overview();
    return 0;
}
