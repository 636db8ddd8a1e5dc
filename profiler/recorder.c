/* The recorder's main loop: drain the rings, look at inline caches, write to the file from time to
 * time, until the command has ended.  The command must not notice: its exit status is passed on,
 * signals meant for it are forwarded, and when the file cannot be written it runs on all the same.
 */
#define _GNU_SOURCE
#include "recorder.h"

#include "control.h"
#include "harvest.h"
#include "rate.h"
#include "recording.h"
#include "rings.h"
#include "spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    POLL_MIN_MS = 10, /* and at slow rates longer, so that a look finds a few samples */
    POLL_MAX_MS = 40,
    POLL_SAMPLES = 4,
    POLL_NEW_MS = 2, /* while code is met for the first time: it may not live long */
    NEW_MS = 500,
    HARVEST_MIN_MS = 100, /* and a fiftieth of the time that has passed: caches settle */
    HARVEST_MAX_MS = 1000,
    HARVEST_PART = 50,
    FLUSH_MS = 5000,
};

typedef struct Recorder {
    Arena *arena;
    Recording rec;
    Rings rings;
    Control control;
    pid_t child;
    int child_status;
    bool ended;    /* the command */
    bool finished; /* the recording: the command may run on by itself */
} Recorder;

static void
update_run(Recorder *r)
{
    static const char *const clocks[] = {"", "perf", "timer", "itimer"};
    struct rusage use;
    RunInfo *run = &r->rec.run;
    RingTotals t = rings_totals(&r->rings);
    getrusage(RUSAGE_CHILDREN, &use);
    run->cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
               1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    run->clock = clocks[r->rings.clock];
    run->overhead = 1e-9 * (double)t.handler_ns;
    run->lost = t.lost;
    run->no_python = t.no_python;
    run->processes = r->rings.processes;
    recording_python(&r->rec, r->rings.python ? r->rings.python : "", r->rings.hexversion,
                     r->rings.debug);
}

static void
flush(Recorder *r)
{
    update_run(r);
    recording_flush(&r->rec);
    r->control.flush = false;
}

/* Signals for the group reach the command by themselves; those for us alone are passed on, but for
 * SIGUSR1 and SIGUSR2, which start and stop sampling. */
static int
take_signals(sigset_t *old)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, old);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
take_orders(Recorder *r, int fd)
{
    struct signalfd_siginfo si;
    while (read(fd, &si, sizeof si) == sizeof si) {
        if (si.ssi_signo == SIGUSR1 || si.ssi_signo == SIGUSR2)
            r->control.paused = si.ssi_signo == SIGUSR2;
        if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGHUP)
            kill(r->child, (int)si.ssi_signo);
    }
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

/* No more samples; the profile is complete.  Once. */
static void
finish(Recorder *r)
{
    if (r->finished)
        return;
    r->finished = true;
    rings_stop(&r->rings);
    rings_poll(&r->rings, &r->rec.collect);
    update_run(r);
    recording_finish(&r->rec);
}

static void
obey(Recorder *r)
{
    control_serve(&r->control, &r->rec.run, &r->rec.collect.now);
    atomic_store(&r->rings.file->paused, r->control.paused);
    if (r->control.flush && !r->finished)
        flush(r);
}

static double
clamp(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

static void
loop(Recorder *r, int signals)
{
    int pidfd = (int)syscall(SYS_pidfd_open, r->child, 0);
    struct pollfd wait[] = {{.fd = pidfd, .events = POLLIN},
                            {.fd = signals, .events = POLLIN},
                            {.fd = r->control.fd, .events = POLLIN}};
    double begun = r->rec.begun, harvested = begun, flushed = begun, until = begun + 1e-3 * NEW_MS;
    int poll_ms = (int)clamp(1e-6 * POLL_SAMPLES * (double)r->rings.file->period_ns, POLL_MIN_MS,
                             POLL_MAX_MS);
    uint32_t known = 0;
    while (!r->ended) {
        poll(wait, countof(wait), recording_now() < until ? POLL_NEW_MS : poll_ms);
        take_orders(r, signals);
        obey(r);
        r->ended = child_ended(r);
        rings_poll(&r->rings, &r->rec.collect);
        double now = recording_now();
        if (r->rec.opt->duration > 0 && now - begun >= r->rec.opt->duration)
            finish(r);
        if (r->rec.collect.codes.n != known)
            until = now + 1e-3 * NEW_MS;
        known = r->rec.collect.codes.n;
        double wait_ms = clamp(1e3 * (now - begun) / HARVEST_PART, HARVEST_MIN_MS, HARVEST_MAX_MS);
        if (now - harvested >= 1e-3 * wait_ms || r->ended) {
            harvest_all(&r->rec.collect, r->rings.targets);
            harvested = now;
        }
        if (now - flushed >= 1e-3 * FLUSH_MS && !r->finished) {
            flush(r);
            flushed = now;
        }
    }
    close(pidfd);
}

static bool
record(Recorder *r, const RecordOptions *opt, int *status, Err *err)
{
    double rate = opt->rate > 0 ? opt->rate : rate_for_this_machine(opt->native);
    signal(SIGXFSZ, SIG_IGN); /* a file too large is an error like others */
    const char *agent = spawn_agent_path(r->arena, err);
    if (!agent || !recording_open(&r->rec, opt, rate, err) ||
        !rings_open(&r->rings, (uint64_t)(1e9 / rate), opt->clock, opt->native, err))
        return false;
    r->rings.notice = recording_notice;
    r->rings.notice_arg = &r->rec;
    recording_begin(&r->rec, opt->argv);
    control_open(&r->control, opt->paused);
    atomic_store(&r->rings.file->paused, opt->paused);
    char *name = rings_name(&r->rings, r->arena);
    r->child = spawn_command(opt->argv, agent, name, status, err);
    if (r->child < 0)
        return false;
    sigset_t old;
    int signals = take_signals(&old);
    loop(r, signals);
    finish(r);
    close(signals);
    sigprocmask(SIG_SETMASK, &old, NULL);
    *status = r->child_status;
    if (r->rec.broken.kind)
        *err = r->rec.broken;
    return !r->rec.broken.kind;
}

bool
recorder_run(const RecordOptions *opt, int *status, Err *err)
{
    Recorder *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ErrNoMemory, "out of memory");
    *status = 0;
    r->rings.fd = r->control.fd = -1;
    r->arena = arena_new();
    bool ok = record(r, opt, status, err);
    control_close(&r->control);
    rings_close(&r->rings);
    recording_close(&r->rec);
    arena_free(r->arena);
    free(r);
    return ok;
}
