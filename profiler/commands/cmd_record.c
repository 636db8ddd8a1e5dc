#include "cli.h"
#include "recorder.h"

#include <math.h>
#include <string.h>

static bool
parse_clock(const char *name, RingClock *clock)
{
    static const char *const names[] = {"auto", "perf", "timer", "itimer"};
    for (size_t i = 0; name && i < countof(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *clock = (RingClock)i;
            return true;
        }
    return !name;
}

int
cmd_record(const Cli *cli)
{
    const char *output = cli_get(cli, "output");
    RecordOptions opt = {.output = output ? output : "profile.db",
                         .append = cli_has(cli, "append"),
                         .force = cli_has(cli, "force"),
                         .quiet = cli_has(cli, "quiet"),
                         .argv = cli->rest};
    opt.rate = cli_number(cli, "rate", 1, 10000, 0);
    if (isnan(opt.rate))
        return err_exit_status(ErrUsage);
    if (!parse_clock(cli_get(cli, "clock"), &opt.clock))
        return cli_usage(cli, "--clock takes auto, perf, timer or itimer");
    if (opt.append && opt.force)
        return cli_usage(cli, "--append and --force exclude each other");
    if (!cli->n_rest)
        return cli_usage(cli, "record needs a command: pyprof record -- CMD ARGS...");
    Err err = {0};
    int status;
    bool ok = recorder_run(&opt, &status, &err);
    if (!ok && !status)
        return cli_fail(&err);
    if (!ok && err.kind != ErrWrite)
        cli_fail(&err);
    return status;
}
