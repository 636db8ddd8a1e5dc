/* pyprof record, and pyprof attach, which is record -p. */
#include "cli.h"
#include "recorder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
parse_clock(const char *name, RingClock *clock)
{
    static const char *const names[] = {"auto", "perf", "timer", "itimer", "outside"};
    for (size_t i = 0; name && i < countof(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *clock = (RingClock)i;
            return true;
        }
    return !name;
}

/* What both commands take; false after a word to the user. */
static bool
common_options(const Cli *cli, RecordOptions *opt)
{
    const char *output = cli_get(cli, "output");
    double stacks = cli_number(cli, "max-stacks", 1, 1e6, 0);
    *opt = (RecordOptions){.output = output ? output : "profile.db",
                           .argv = cli->rest,
                           .append = cli_has(cli, "append"),
                           .force = cli_has(cli, "force"),
                           .quiet = cli_has(cli, "quiet"),
                           .paused = cli_has(cli, "paused"),
                           .subprocesses = cli_has(cli, "subprocesses"),
                           .idle = cli_has(cli, "idle"),
                           .gil = cli_has(cli, "gil"),
                           .native = cli_has(cli, "native"),
                           .threads = cli_has(cli, "threads"),
                           .no_code = cli_has(cli, "no-code"),
                           .no_locals = cli_has(cli, "no-locals"),
                           .max_stacks = (uint32_t)(isnan(stacks) ? 0 : stacks),
                           .rate = cli_number(cli, "rate", 1, 10000, 0),
                           .duration = cli_number(cli, "duration", 0.01, 1e9, 0),
                           .max_size = cli_bytes(cli, "max-size", 0)};
    if (isnan(stacks) || isnan(opt->rate) || isnan(opt->duration) || isnan(opt->max_size))
        return false;
    if (opt->append && opt->force) {
        cli_usage(cli, "--append and --force exclude each other");
        return false;
    }
    return true;
}

static int
attach(const Cli *cli, RecordOptions *opt, const char *pid)
{
    char *end;
    Err err = {0};
    opt->pid = (pid_t)strtol(pid, &end, 10);
    if (!*pid || *end || opt->pid <= 0)
        return cli_usage(cli, "'%s' is no process number", pid);
    if (opt->gil && opt->idle)
        return cli_usage(cli, "--gil and --idle exclude each other");
    return recorder_attach(opt, &err) ? 0 : cli_fail(&err);
}

static int
launch(const Cli *cli, RecordOptions *opt)
{
    if (!parse_clock(cli_get(cli, "clock"), &opt->clock))
        return cli_usage(cli, "--clock takes auto, perf, timer, itimer or outside");
    if (opt->native && opt->clock == RingClockOutside)
        return cli_usage(cli, "--native needs a clock in the command: --clock outside is none");
    if (opt->idle || opt->subprocesses)
        return cli_usage(cli, "--idle and --subprocesses are for -p");
    if (!cli->n_rest)
        return cli_usage(cli, "record needs a command: pyprof record -- CMD ARGS...");
    Err err = {0};
    int status;
    bool ok = recorder_run(opt, &status, &err);
    if (!ok && !status)
        return cli_fail(&err);
    if (!ok && err.kind != ErrWrite)
        cli_fail(&err);
    return status;
}

int
cmd_record(const Cli *cli)
{
    RecordOptions opt;
    const char *pid = cli_get(cli, "pid");
    if (!common_options(cli, &opt))
        return err_exit_status(ErrUsage);
    if (pid && cli->n_rest)
        return cli_usage(cli, "either -p PID or a command");
    return pid ? attach(cli, &opt, pid) : launch(cli, &opt);
}

int
cmd_attach(const Cli *cli)
{
    RecordOptions opt;
    if (!common_options(cli, &opt))
        return err_exit_status(ErrUsage);
    if (cli->n_rest != 1)
        return cli_usage(cli, "attach needs one process number");
    return attach(cli, &opt, cli->rest[0]);
}
