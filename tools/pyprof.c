/* The command line of pyprof: options in, one of the profiler's commands, an exit status out. */
#include "recorder.h"
#include "report.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "0.1.0"

static const char help_text[] =
    "pyprof: a sampling profiler for CPython that records what an optimizer needs\n"
    "\n"
    "Usage:\n"
    "  pyprof record [-o FILE] [-r HZ] [--append|--force] -- CMD ARGS...\n"
    "  pyprof report FILE [--json] [-n COUNT]\n"
    "\n"
    "record   run a command and sample every Python in it: threads, forked children, subprocesses\n"
    "  -o, --output FILE   the profile to write (default: profile.db)\n"
    "  -r, --rate HZ       samples per second of CPU time (default: as many as cost less than 1 "
    "%)\n"
    "      --append        add to an existing profile\n"
    "      --force         replace an existing profile\n"
    "      --clock NAME    auto, perf, timer or itimer (default: auto, the first that works)\n"
    "  -q, --quiet         no summary\n"
    "  The exit status is the command's.\n"
    "\n"
    "report   hottest functions and lines, with types, callees and branches\n"
    "      --json          all of it, for programs\n"
    "  -n, --top COUNT     how many functions (default: 10)\n"
    "\n"
    "  -h, --help, --version\n"
    "\n"
    "Examples:\n"
    "  pyprof record -- python3 app.py --port 8000\n"
    "  pyprof record -o monday.db -r 100 -- gunicorn site:app\n"
    "  pyprof report profile.db\n"
    "  pyprof report profile.db --json | jq '.functions[0]'\n"
    "\n";

static int
fail(const Err *err)
{
    fprintf(stderr, "pyprof: %s\n", err->msg);
    return err_exit_status(err->kind);
}

static int
usage(const char *what)
{
    fprintf(stderr, "pyprof: %s (see pyprof --help)\n", what);
    return err_exit_status(ErrUsage);
}

static bool
parse_clock(const char *name, RingClock *clock)
{
    static const char *const names[] = {"auto", "perf", "timer", "itimer"};
    for (size_t i = 0; i < countof(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *clock = (RingClock)i;
            return true;
        }
    return false;
}

static int
record_command(int argc, char **argv)
{
    static const struct option options[] = {
        {"output", required_argument, 0, 'o'}, {"rate", required_argument, 0, 'r'},
        {"append", no_argument, 0, 'a'},       {"force", no_argument, 0, 'f'},
        {"clock", required_argument, 0, 'c'},  {"quiet", no_argument, 0, 'q'},
        {"help", no_argument, 0, 'h'},         {0, 0, 0, 0}};
    RecordOptions opt = {.output = "profile.db"};
    char *end;
    for (int o; (o = getopt_long(argc, argv, "+o:r:qh", options, NULL)) != -1;)
        switch (o) {
        case 'o': opt.output = optarg; break;
        case 'r':
            opt.rate = strtod(optarg, &end);
            if (*end || !(opt.rate >= 1 && opt.rate <= 10000))
                return usage("--rate takes a number from 1 to 10000");
            break;
        case 'a': opt.append = true; break;
        case 'f': opt.force = true; break;
        case 'c':
            if (!parse_clock(optarg, &opt.clock))
                return usage("--clock takes auto, perf, timer or itimer");
            break;
        case 'q': opt.quiet = true; break;
        case 'h': fputs(help_text, stdout); return 0;
        default: return err_exit_status(ErrUsage);
        }
    if (opt.append && opt.force)
        return usage("--append and --force exclude each other");
    if (optind >= argc)
        return usage("record needs a command: pyprof record -- CMD ARGS...");
    opt.argv = argv + optind;
    Err err = {0};
    int status;
    bool ok = recorder_run(&opt, &status, &err);
    if (!ok && !status)
        return fail(&err);
    if (!ok && err.kind != ErrWrite)
        fprintf(stderr, "pyprof: %s\n", err.msg);
    return status;
}

static int
report_command(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, 0, 'j'},
                                            {"top", required_argument, 0, 'n'},
                                            {"help", no_argument, 0, 'h'},
                                            {0, 0, 0, 0}};
    ReportOptions opt = {.top = 10};
    for (int o; (o = getopt_long(argc, argv, "n:h", options, NULL)) != -1;)
        switch (o) {
        case 'j': opt.json = true; break;
        case 'n': opt.top = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'h': fputs(help_text, stdout); return 0;
        default: return err_exit_status(ErrUsage);
        }
    if (optind + 1 != argc)
        return usage("report needs one profile");
    opt.path = argv[optind];
    Err err = {0};
    return report_print(&opt, stdout, &err) ? 0 : fail(&err);
}

typedef int Command(int argc, char **argv);

static const struct {
    const char *name;
    Command *run;
} commands[] = {{"record", record_command}, {"report", report_command}};

/* Any prefix that fits one command only. */
static Command *
find_command(const char *name)
{
    Command *found = NULL;
    for (size_t i = 0; i < countof(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run;
        if (strncmp(commands[i].name, name, strlen(name)) != 0)
            continue;
        if (found)
            return NULL;
        found = commands[i].run;
    }
    return found;
}

int
main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "--help";
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0) {
        printf("%s%s", help_text, err_status_help());
        return 0;
    }
    if (strcmp(first, "--version") == 0) {
        puts("pyprof " VERSION);
        return 0;
    }
    Command *run = *first ? find_command(first) : NULL;
    if (!run) {
        fprintf(stderr, "pyprof: no command '%s' (record or report; see pyprof --help)\n", first);
        return err_exit_status(ErrUsage);
    }
    return run(argc - 1, argv + 1);
}
