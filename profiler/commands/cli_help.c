/* What the table of commands says, in three ways: --help, manual pages, shell completion. */
#include "cli.h"

#include <string.h>

enum { WIDTH = 78, NAMES = 26 };

/* Words from column `at` on, wrapped behind the same column; the first line has been begun. */
static void
wrap(FILE *out, const char *text, int at)
{
    int column = at;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > at && column + 1 + (int)n > WIDTH) {
            fprintf(out, "\n%*s", at, "");
            column = at;
        } else if (column > at) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)n, text);
        column += (int)n;
        text += n + (text[n] == ' ');
    }
    fputc('\n', out);
}

static void
put_option(FILE *out, const CliOption *o)
{
    char names[64];
    snprintf(names, sizeof names, "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->arg ? " " : "",
             o->arg ? o->arg : "");
    int n = fprintf(out, "  %-*s", NAMES, names);
    if (n > NAMES + 2)
        n = fprintf(out, "\n%*s", NAMES + 2, "") - 1;
    wrap(out, o->what, NAMES + 2);
}

void
cli_help_command(FILE *out, const CliCommand *c)
{
    fprintf(out, "pyprof %s: ", c->name);
    wrap(out, c->what, 9 + (int)strlen(c->name));
    fprintf(out, "\nUsage: pyprof %s %s\n\n", c->name, c->args);
    if (*c->more) {
        wrap(out, c->more, 0);
        fputc('\n', out);
    }
    for (const CliOption *o = c->options; o->name; o++)
        put_option(out, o);
    put_option(out, &(CliOption){'h', "help", NULL, "this text"});
    if (c->examples->command)
        fputs("\nExamples:\n", out);
    for (const CliExample *e = c->examples; e->command; e++)
        fprintf(out, "  %s\n      %s\n", e->command, e->what);
}

void
cli_help_all(FILE *out)
{
    fputs("pyprof: a sampling profiler for CPython that records what an optimizer needs\n\n"
          "Usage: pyprof COMMAND [OPTIONS] ...\n\n",
          out);
    for (const CliCommand *c = cli_commands; c->name; c++) {
        fprintf(out, "  %-11s ", c->name);
        wrap(out, c->what, 14);
    }
    fputs("\nA command's name may be cut short as long as one only fits.\n"
          "pyprof COMMAND --help tells more and gives examples.\n\n"
          "Examples:\n"
          "  pyprof record -- python3 app.py\n"
          "  pyprof report profile.db\n"
          "  pyprof export --format flamegraph -o app.html profile.db\n"
          "\n"
          "NO_COLOR in the environment switches colours off.\n\n",
          out);
    fputs(err_status_help(), out);
}
