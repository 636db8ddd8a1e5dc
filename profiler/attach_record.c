/* `pyprof record -p`: the recorder's other loop.  A round is due at every tick of a clock that is
 * jittered, or a program with a rhythm of its own would always be met at the same step; rounds that
 * were not in time are counted as lost and not made up for. */
#define _GNU_SOURCE
#include "attach.h"
#include "control.h"
#include "recording.h"
#include "term.h"

#include "fileio.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_MS = 250,
    HARVEST_MS = 250,
    FLUSH_MS = 5000,
    ATTACH_RATE = 100,
    LEAST_RATE = 2,
    COSTS = 8
};
#define CPU_BUDGET 0.02 /* of a core, for ourselves, unless the user has named a rate */

typedef struct AttachRecorder {
    Recording rec;
    Attach attach;
    Control control;
    double rate;
    uint32_t random;
    uint64_t rounds, missed;
    double active;       /* seconds not paused */
    double costs[COSTS]; /* CPU seconds of the last rounds */
    int signals;
    bool ended;
} AttachRecorder;

/* The command line of a process, as a NULL-terminated list. */
static char *const *
command_of(Arena *a, pid_t pid)
{
    enum { MAX_ARGS = 1 << 16 };
    char path[64], *text = arena_alloc(a, MAX_ARGS + 1);
    Vec(char *) args = {0};
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, MAX_ARGS, f) : 0;
    if (f)
        fclose(f);
    for (size_t i = 0; i < n; i += strlen(text + i) + 1)
        vec_push(a, &args, text + i);
    vec_push(a, &args, NULL);
    return args.at;
}

static double
own_cpu(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void
flush(AttachRecorder *r)
{
    RunInfo *run = &r->rec.run;
    run->cpu = attach_cpu(&r->attach);
    run->lost = r->missed;
    run->processes = r->attach.processes;
    run->unreadable += r->attach.unreadable;
    r->attach.unreadable = 0;
    for (uint32_t i = 0; i < r->attach.at.n; i++) {
        run->unreadable += r->attach.at.at[i].r->unreadable;
        r->attach.at.at[i].r->unreadable = 0;
    }
    attach_halts(&r->attach, &run->overhead); /* nothing runs in the target */
    if (r->active > 0 && r->rounds)
        run->rate = (double)r->rounds / r->active; /* what came of the rate asked for */
    recording_flush(&r->rec);
    r->control.flush = false;
}

static void
open_signals(AttachRecorder *r)
{
    static const int wanted[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < countof(wanted); i++)
        sigaddset(&set, wanted[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
take_orders(AttachRecorder *r)
{
    struct signalfd_siginfo si;
    while (read(r->signals, &si, sizeof si) == sizeof si) {
        if (si.ssi_signo == SIGUSR1 || si.ssi_signo == SIGUSR2)
            r->control.paused = si.ssi_signo == SIGUSR2;
        else
            r->ended = true;
    }
    control_serve(&r->control, &r->rec.run, &r->rec.collect.now);
    if (r->control.flush)
        flush(r);
}

/* Three quarters of the period to five quarters. */
static double
next_step(AttachRecorder *r)
{
    r->random = r->random * 1664525 + 1013904223;
    return (0.75 + 0.5 * (r->random >> 8) / (1 << 24)) / r->rate;
}

/* Sleeps until then, or until there is something to obey. */
static void
wait_until(AttachRecorder *r, double when)
{
    struct pollfd wait[] = {{.fd = r->signals, .events = POLLIN},
                            {.fd = r->control.fd, .events = POLLIN}};
    double left = when - recording_now();
    struct timespec ts = {(time_t)left, (long)(1e9 * (left - (double)(time_t)left))};
    if (left > 0 && ppoll(wait, countof(wait), &ts, NULL) > 0)
        take_orders(r);
}

/* Is it due?  Then the next time is set. */
static bool
due(double now, double *when, int ms)
{
    if (now < *when)
        return false;
    *when = now + 1e-3 * ms;
    return true;
}

/* Many threads make a round dear: the rate follows from what the cheapest of the last rounds has
 * cost, since code that is met for the first time costs once. */
static void
keep_budget(AttachRecorder *r)
{
    double least = r->costs[0];
    for (int i = 1; i < COSTS; i++)
        least = r->costs[i] < least ? r->costs[i] : least;
    if (r->rec.opt->rate > 0 || !(least > 0)) /* named by the user, or not enough rounds yet */
        return;
    double rate = CPU_BUDGET / least;
    r->rate = rate < LEAST_RATE ? LEAST_RATE : rate > ATTACH_RATE ? ATTACH_RATE : rate;
}

static void
round_of(AttachRecorder *r)
{
    double before = own_cpu();
    attach_round(&r->attach, &r->rec.collect);
    r->costs[r->rounds++ % COSTS] = own_cpu() - before;
    keep_budget(r);
}

static void
loop(AttachRecorder *r)
{
    double begun = recording_now(), next = begun, look = begun, harvest = begun,
           flushing = begun + 1e-3 * FLUSH_MS, duration = r->rec.opt->duration;
    while (!r->ended) {
        wait_until(r, next);
        double now = recording_now();
        if (now < next)
            continue;
        if (!r->control.paused)
            round_of(r);
        double step = next_step(r);
        next += step;
        r->active += r->control.paused ? 0 : step;
        for (now = recording_now(); next < now; next += 1 / r->rate) {
            r->missed += !r->control.paused;
            r->active += r->control.paused ? 0 : 1 / r->rate;
        }
        if (due(now, &harvest, HARVEST_MS))
            attach_harvest(&r->attach, &r->rec.collect);
        if (due(now, &look, LOOK_MS)) {
            r->ended = r->ended || !attach_look(&r->attach);
            if (!r->rec.opt->quiet)
                term_progress(
                    "%.0f s, %llu samples; Ctrl-C ends the recording", now - begun,
                    (unsigned long long)(r->rec.run.samples + r->rec.collect.now.samples));
        }
        if (due(now, &flushing, FLUSH_MS))
            flush(r);
        r->ended = r->ended || (duration > 0 && now - begun >= duration);
    }
    term_progress_end();
}

static bool
record(AttachRecorder *r, const RecordOptions *opt, Err *err)
{
    AttachOptions how = {opt->subprocesses, opt->idle, opt->gil, opt->native};
    r->rate = opt->rate > 0 ? opt->rate : ATTACH_RATE;
    r->random = (uint32_t)getpid();
    if (!attach_open(&r->attach, opt->pid, how, err) || !recording_open(&r->rec, opt, r->rate, err))
        return false;
    const Target *t = r->attach.at.at[0].r->t;
    recording_begin(&r->rec, command_of(r->rec.arena, opt->pid));
    recording_python(&r->rec, arena_strdup(r->rec.arena, t->python), t->hexversion, t->debug);
    r->rec.run.clock = "attach";
    control_open(&r->control, opt->paused);
    open_signals(r);
    loop(r);
    attach_harvest(&r->attach, &r->rec.collect);
    flush(r);
    recording_finish(&r->rec);
    if (!opt->quiet)
        fprintf(stderr, "pyprof: %.0f rounds a second; they took %.2f s of pyprof's own CPU time\n",
                r->rec.run.rate, own_cpu());
    double stopped;
    uint64_t halts = attach_halts(&r->attach, &stopped);
    if (halts && !opt->quiet)
        fprintf(stderr, "pyprof: threads were stopped %llu times, for %.0f microseconds each\n",
                (unsigned long long)halts, 1e6 * stopped / (double)halts);
    if (r->rec.broken.kind)
        *err = r->rec.broken;
    return !r->rec.broken.kind;
}

bool
recorder_attach(const RecordOptions *opt, Err *err)
{
    AttachRecorder *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ErrNoMemory, "out of memory");
    r->control.fd = r->signals = -1;
    bool ok = record(r, opt, err);
    control_close(&r->control);
    if (r->signals >= 0)
        close(r->signals);
    attach_close(&r->attach);
    recording_close(&r->rec);
    free(r);
    return ok;
}
