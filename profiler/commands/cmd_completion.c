#include "cli.h"

#include <string.h>

/* Options a shell should offer a file for. */
static bool
takes_file(const CliOption *o)
{
    return o->arg && (strcmp(o->arg, "FILE") == 0 || strcmp(o->arg, "OUT") == 0);
}

static void
bash(void)
{
    fputs("_pyprof() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} words\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        words='",
          stdout);
    for (const CliCommand *c = cli_commands; c->name; c++)
        printf("%s ", c->name);
    fputs("--help --version'\n    else\n        case ${COMP_WORDS[1]} in\n", stdout);
    for (const CliCommand *c = cli_commands; c->name; c++) {
        printf("        %s) words='", c->name);
        for (const CliOption *o = c->options; o->name; o++)
            printf("--%s ", o->name);
        fputs("--help' ;;\n", stdout);
    }
    fputs("        esac\n"
          "        [[ $cur == -* ]] || words=\n"
          "    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
          "}\n"
          "complete -o default -F _pyprof pyprof\n",
          stdout);
}

/* 'it''s' for zsh and fish, which take a text in single quotes. */
static void
quoted(const char *s, bool fish)
{
    putchar('\'');
    for (; *s; s++) {
        if (*s == '\'')
            fputs(fish ? "\\'" : "'\\''", stdout);
        else if (!fish && strchr("[]:", *s))
            printf("\\%c", *s);
        else
            putchar(*s);
    }
    putchar('\'');
}

static void
zsh(void)
{
    fputs(
        "#compdef pyprof\n_pyprof() {\n    if (( CURRENT == 2 )); then\n        local -a names=(\n",
        stdout);
    for (const CliCommand *c = cli_commands; c->name; c++) {
        printf("            %s:", c->name);
        quoted(c->what, false);
        putchar('\n');
    }
    fputs("        )\n        _describe command names\n        return\n    fi\n    case $words[2] "
          "in\n",
          stdout);
    for (const CliCommand *c = cli_commands; c->name; c++) {
        printf("    %s) _arguments", c->name);
        for (const CliOption *o = c->options; o->name; o++) {
            printf(" \\\n        --%s%s\\[", o->name, o->arg ? "=" : "");
            quoted(o->what, false);
            printf("\\]%s", !o->arg ? "" : takes_file(o) ? ":file:_files" : ":value:");
        }
        fputs(" \\\n        '*:file:_files' ;;\n", stdout);
    }
    fputs("    esac\n}\ncompdef _pyprof pyprof\n", stdout);
}

static void
fish(void)
{
    for (const CliCommand *c = cli_commands; c->name; c++) {
        printf("complete -c pyprof -n __fish_use_subcommand -f -a %s -d ", c->name);
        quoted(c->what, true);
        putchar('\n');
        for (const CliOption *o = c->options; o->name; o++) {
            printf("complete -c pyprof -n '__fish_seen_subcommand_from %s' -l %s", c->name,
                   o->name);
            if (o->letter)
                printf(" -s %c", o->letter);
            printf("%s -d ", !o->arg ? "" : takes_file(o) ? " -r -F" : " -x");
            quoted(o->what, true);
            putchar('\n');
        }
    }
}

int
cmd_completion(const Cli *cli)
{
    const char *shell = cli->n_rest == 1 ? cli->rest[0] : "";
    if (strcmp(shell, "bash") == 0)
        bash();
    else if (strcmp(shell, "zsh") == 0)
        zsh();
    else if (strcmp(shell, "fish") == 0)
        fish();
    else
        return cli_usage(cli, "completion takes bash, zsh or fish");
    return 0;
}
