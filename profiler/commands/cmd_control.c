#include "cli.h"
#include "control.h"

#include <stdlib.h>
#include <string.h>

int
cmd_control(const Cli *cli)
{
    static const char *const orders[] = {"start", "stop", "flush", "status"};
    const char *order = cli->n_rest > 1 ? cli->rest[1] : "status";
    char *end = "", answer[512];
    long pid = cli->n_rest ? strtol(cli->rest[0], &end, 10) : 0;
    bool known = false;
    for (size_t i = 0; i < countof(orders); i++)
        known = known || strcmp(orders[i], order) == 0;
    if (pid <= 0 || *end || cli->n_rest > 2 || !known)
        return cli_usage(cli, "control takes a process number, and start, stop, flush or status");
    Err err = {0};
    if (!control_ask((pid_t)pid, order, answer, sizeof answer, &err))
        return cli_fail(&err);
    puts(answer);
    return 0;
}
