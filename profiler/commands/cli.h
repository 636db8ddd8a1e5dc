/* The command line of pyprof: one table of commands (commands.def) drives dispatch, option parsing,
 * --help, the manual pages and shell completion, so none of them can say what another does not. */
#ifndef PYOPT_CLI_H
#define PYOPT_CLI_H

#include "err.h"

#include <stdio.h>
#include <sys/types.h>

#define CLI_VERSION "0.1.0"

typedef struct CliOption {
    char letter;      /* 0: long only */
    const char *name; /* NULL ends the list */
    const char *arg;  /* what it takes; NULL for a flag */
    const char *what;
} CliOption;

typedef struct CliExample {
    const char *command, *what; /* command NULL ends the list */
} CliExample;

typedef struct Cli Cli;

typedef struct CliCommand {
    const char *name;
    const char *args; /* after the name in a usage line */
    const char *what; /* one line */
    const char *more; /* a paragraph, or "" */
    int (*run)(const Cli *cli);
    const CliOption *options;
    const CliExample *examples;
} CliCommand;

enum { CLI_MAX_OPTIONS = 32 };

/* One command line, taken apart. */
struct Cli {
    const CliCommand *command;
    const char *values[CLI_MAX_OPTIONS]; /* by option; "" for a flag that was given, else NULL */
    char *const *rest;                   /* what is left, NULL-terminated */
    int n_rest;
};

extern const CliCommand cli_commands[]; /* name NULL ends the table */

/* One function a command, each in the file of its name. */
#define COMMAND(name, args, what, more) int cmd_##name(const Cli *cli);
#define OPTION(letter, name, arg, what)
#define FLAG(letter, name, what)
#define EXAMPLES
#define EXAMPLE(command, what)
#define END
#include "commands.def"
#undef COMMAND
#undef OPTION
#undef FLAG
#undef EXAMPLES
#undef EXAMPLE
#undef END

/* The whole program: the process's exit status. */
int cli_main(int argc, char **argv);
/* The command this is the name of, or the only one it begins; NULL. */
const CliCommand *cli_find(const char *name);

/* The value of an option of this command, NULL when it was not given; a flag's is "". */
const char *cli_get(const Cli *cli, const char *name);
bool cli_has(const Cli *cli, const char *name);
/* A number option: `otherwise` when it was not given, NAN after an error that has been told. */
double cli_number(const Cli *cli, const char *name, double least, double most, double otherwise);
/* "100M", "2G": a number of bytes; NAN likewise. */
double cli_bytes(const Cli *cli, const char *name, double otherwise);

/* The process that --pid or the only other argument names; 0 when there is none, or more. */
pid_t cli_pid(const Cli *cli);

/* Tell it on stderr, return the exit status. */
int cli_fail(const Err *err);
int cli_usage(const Cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* cli_help.c */
void cli_help_all(FILE *out);
void cli_help_command(FILE *out, const CliCommand *c);

#endif
