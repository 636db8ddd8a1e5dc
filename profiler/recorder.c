/* The recorder's main loop: drain the rings, look at inline caches, write to the file from time to
 * time, until the command has ended.  The command must not notice: its exit status is passed on,
 * signals meant for it are forwarded, and when the file cannot be written it runs on all the same.
 */
#define _GNU_SOURCE
#include "recorder.h"

#include "harvest.h"
#include "profwrite.h"
#include "rate.h"
#include "rings.h"
#include "spawn.h"

#include "fileio.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    POLL_MS = 10,
    POLL_NEW_MS = 2, /* while code is met for the first time: it may not live long */
    NEW_MS = 500,
    HARVEST_MS = 100,
    FLUSH_MS = 5000,
    MAX_NOTICES = 3,
};

typedef struct Recorder {
    const RecordOptions *opt;
    Arena *arena;
    Rings rings;
    Collect collect;
    ProfWriter *writer;
    RunInfo run;
    double rate;
    double begun;
    int notices;
    Err broken; /* why the file is no longer written */
    pid_t child;
    int child_status;
} Recorder;

static double
seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void
notice(const char *text, void *arg)
{
    Recorder *r = arg;
    if (r->notices++ < MAX_NOTICES && !r->opt->quiet)
        fprintf(stderr, "pyprof: %s\n", text);
}

static sqlite3 *
open_output(const RecordOptions *opt, Err *err)
{
    bool exists = fileio_exists(opt->output);
    if (exists && opt->append)
        return profsql_open(opt->output, true, err);
    if (exists && !opt->force) {
        err_set(err, ErrExists,
                "%s: exists already (use --force to replace it, --append to add to it)",
                opt->output);
        return NULL;
    }
    if (exists && unlink(opt->output)) {
        err_set(err, ErrWrite, "%s: %s", opt->output, strerror(errno));
        return NULL;
    }
    return profsql_create(opt->output, err);
}

static const char *
json_argv(Arena *a, char *const *argv)
{
    StrBuf b;
    sb_init(&b, a);
    for (int i = 0; argv[i]; i++) {
        sb_puts(&b, i ? ", " : "[");
        sb_json(&b, argv[i]);
    }
    sb_putc(&b, ']');
    return b.s;
}

static void
start_run(Recorder *r)
{
    struct utsname host;
    time_t now = time(NULL);
    struct tm utc;
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    uname(&host);
    r->run = (RunInfo){.started = arena_strdup(r->arena, stamp),
                       .host = arena_strdup(r->arena, host.nodename),
                       .argv = json_argv(r->arena, r->opt->argv),
                       .rate = r->rate};
    r->begun = seconds();
}

static void
update_run(Recorder *r)
{
    static const char *const clocks[] = {"", "perf", "timer", "itimer"};
    struct rusage use;
    RingTotals t = rings_totals(&r->rings);
    Counts *n = &r->collect.now;
    unsigned hex = r->rings.hexversion;
    getrusage(RUSAGE_CHILDREN, &use);
    r->run.cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                 1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    r->run.python = r->rings.python ? r->rings.python : "";
    r->run.hexversion = hex;
    r->run.clock = clocks[r->rings.clock];
    r->run.seconds = seconds() - r->begun;
    r->run.overhead = 1e-9 * (double)t.handler_ns;
    r->run.lost = t.lost;
    r->run.no_python = t.no_python;
    r->run.processes = r->rings.processes;
    r->run.samples += n->samples;
    r->run.unreadable += n->unreadable + n->torn;
    r->run.off_gil += n->off_gil;
    if (!hex) {
        r->run.version = r->run.soabi = "";
        return;
    }
    r->run.version = arena_printf(r->arena, "%u.%u.%u", hex >> 24, hex >> 16 & 255, hex >> 8 & 255);
    r->run.soabi = arena_printf(r->arena, "cpython-%u%u%s-x86_64-linux-gnu", hex >> 24,
                                hex >> 16 & 255, r->rings.debug ? "d" : "");
}

static void
flush(Recorder *r)
{
    update_run(r);
    if (r->writer && !profwrite_flush(r->writer, &r->run, &r->broken)) {
        notice(r->broken.msg, r);
        profwrite_close(r->writer);
        r->writer = NULL;
    }
    collect_reset(&r->collect);
}

/* Signals for the group reach the command by themselves; those for us alone are passed on. */
static int
take_signals(sigset_t *old)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigprocmask(SIG_BLOCK, &set, old);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
forward_signals(const Recorder *r, int fd)
{
    struct signalfd_siginfo si;
    while (read(fd, &si, sizeof si) == sizeof si)
        if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGHUP)
            kill(r->child, (int)si.ssi_signo);
}

static bool
child_ended(Recorder *r)
{
    int status;
    if (waitpid(r->child, &status, WNOHANG) != r->child)
        return false;
    r->child_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

static void
loop(Recorder *r, int signals)
{
    int pidfd = (int)syscall(SYS_pidfd_open, r->child, 0);
    struct pollfd wait[] = {{.fd = pidfd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    double harvested = r->begun, flushed = r->begun, until = r->begun + 1e-3 * NEW_MS;
    uint32_t known = 0;
    for (bool ended = false; !ended;) {
        poll(wait, countof(wait), seconds() < until ? POLL_NEW_MS : POLL_MS);
        forward_signals(r, signals);
        ended = child_ended(r);
        rings_poll(&r->rings, &r->collect);
        double now = seconds();
        if (r->collect.codes.n != known)
            until = now + 1e-3 * NEW_MS;
        known = r->collect.codes.n;
        if (now - harvested >= 1e-3 * HARVEST_MS || ended) {
            harvest_all(&r->collect, r->rings.targets);
            harvested = now;
        }
        if (now - flushed >= 1e-3 * FLUSH_MS) {
            flush(r);
            flushed = now;
        }
    }
    close(pidfd);
}

static void
summary(const Recorder *r)
{
    const RunInfo *n = &r->run;
    if (r->opt->quiet)
        return;
    if (!n->processes)
        fprintf(stderr, "pyprof: no supported Python was started: nothing recorded\n");
    else
        fprintf(stderr,
                "pyprof: %llu samples in %.1f s (%.1f s CPU) of %llu %s, %llu lost, clock %s; "
                "wrote %s\n",
                (unsigned long long)n->samples, n->seconds, n->cpu,
                (unsigned long long)n->processes, n->processes == 1 ? "process" : "processes",
                (unsigned long long)(n->lost + n->unreadable), n->clock, r->opt->output);
}

static bool
record(Recorder *r, int *status, Err *err)
{
    signal(SIGXFSZ, SIG_IGN); /* a file too large is an error like others */
    const char *agent = spawn_agent_path(r->arena, err);
    sqlite3 *db = agent ? open_output(r->opt, err) : NULL;
    if (!db)
        return false;
    r->writer = profwrite_new(db, &r->collect);
    if (!rings_open(&r->rings, (uint64_t)(1e9 / r->rate), r->opt->clock, err))
        return false;
    r->rings.notice = notice;
    r->rings.notice_arg = r;
    start_run(r);
    r->child = spawn_command(r->opt->argv, agent, rings_name(&r->rings, r->arena), status, err);
    if (r->child < 0)
        return false;
    sigset_t old;
    int signals = take_signals(&old);
    loop(r, signals);
    rings_stop(&r->rings);
    rings_poll(&r->rings, &r->collect);
    flush(r);
    if (r->writer && r->run.samples && !profwrite_branches(r->opt->output, &r->broken))
        notice(r->broken.msg, r);
    close(signals);
    sigprocmask(SIG_SETMASK, &old, NULL);
    *status = r->child_status;
    if (r->writer)
        summary(r);
    return r->broken.kind ? err_set(err, r->broken.kind, "%s", r->broken.msg) : true;
}

bool
recorder_run(const RecordOptions *opt, int *status, Err *err)
{
    Recorder *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ErrNoMemory, "out of memory");
    *status = 0;
    r->opt = opt;
    r->rate = opt->rate > 0 ? opt->rate : rate_for_this_machine();
    r->arena = arena_new();
    r->rings.fd = -1;
    collect_init(&r->collect);
    bool ok = record(r, status, err);
    profwrite_close(r->writer);
    rings_close(&r->rings);
    collect_free(&r->collect);
    arena_free(r->arena);
    free(r);
    return ok;
}
