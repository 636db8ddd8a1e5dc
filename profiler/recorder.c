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
#include "rounds.h"
#include "spawn.h"
#include "timer_clock.h"

#include <errno.h>
#include <math.h>
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
    Rounds rounds;
    Control control;
    pid_t child;
    int child_status;
    bool ended;    /* the command */
    bool finished; /* the recording: the command may run on by itself */
} Recorder;

static void
update_run(Recorder *r)
{
    static const char *const clocks[] = {"", "perf", "timer", "itimer", "outside"};
    struct rusage use;
    RunInfo *run = &r->rec.run;
    RingTotals t = rings_totals(&r->rings);
    getrusage(RUSAGE_CHILDREN, &use);
    run->cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
               1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    run->clock = clocks[r->rounds.on && r->rings.clock ? RingClockOutside : r->rings.clock];
    run->overhead = 1e-9 * (double)t.handler_ns;
    run->lost = t.lost + r->rounds.missed;
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

/* Until then, or until there is something to see to. */
static bool
wait_until(struct pollfd *wait, nfds_t n, double when)
{
    double left = when - recording_now();
    left = left > 0 ? left : 0;
    struct timespec ts = {(time_t)left, (long)(1e9 * (left - (double)(time_t)left))};
    return ppoll(wait, n, &ts, NULL) > 0;
}

/* What is done every so often; when each is done next. */
typedef struct Times {
    double begun, look, harvest, flush;
    double young; /* until then code is met that may not live long */
    uint32_t known;
} Times;

static void
see_to_everything(Recorder *r, Times *t, int signals)
{
    take_orders(r, signals);
    obey(r);
    r->ended = child_ended(r);
    rings_poll(&r->rings, &r->rec.collect);
    double now = recording_now(), period = 1e3 / r->rec.run.rate;
    if (r->rec.opt->duration > 0 && now - t->begun >= r->rec.opt->duration)
        finish(r);
    if (r->rec.collect.codes.n != t->known)
        t->young = now + 1e-3 * NEW_MS;
    t->known = r->rec.collect.codes.n;
    if (now >= t->harvest || r->ended) {
        harvest_all(&r->rec.collect, r->rings.targets);
        t->harvest = now + 1e-3 * clamp(1e3 * (now - t->begun) / HARVEST_PART, HARVEST_MIN_MS,
                                        HARVEST_MAX_MS);
    }
    if (now >= t->flush && !r->finished) {
        flush(r);
        t->flush = now + 1e-3 * FLUSH_MS;
    }
    t->look =
        now + 1e-3 * (now < t->young ? POLL_NEW_MS
                                     : clamp(POLL_SAMPLES * period, POLL_MIN_MS, POLL_MAX_MS));
}

static void
loop(Recorder *r, int signals)
{
    int pidfd = (int)syscall(SYS_pidfd_open, r->child, 0);
    struct pollfd wait[] = {{.fd = pidfd, .events = POLLIN},
                            {.fd = signals, .events = POLLIN},
                            {.fd = r->control.fd, .events = POLLIN}};
    double begun = r->rec.begun;
    Times t = {.begun = begun,
               .harvest = begun + 1e-3 * HARVEST_MIN_MS,
               .flush = begun + 1e-3 * FLUSH_MS,
               .young = begun + 1e-3 * NEW_MS};
    while (!r->ended) {
        bool rounds = r->rounds.on && !r->finished && !r->control.paused;
        double when = rounds && r->rounds.next < t.look ? r->rounds.next : t.look;
        bool called = wait_until(wait, countof(wait), when);
        double now = recording_now();
        if (rounds)
            rounds_take(&r->rounds, &r->rings, &r->rec.collect, now);
        else
            rounds_skip(&r->rounds, now);
        if (called || now >= t.look)
            see_to_everything(r, &t, signals);
    }
    close(pidfd);
}

/* How many samples there are to each that the command's threads take themselves; 1: those are all.
 */
static uint32_t
part_of_timers(const RecordOptions *opt, double rate)
{
    uint64_t least = timer_clock_from();
    bool outside = opt->clock == RingClockOutside ||
                   (opt->clock == RingClockAuto && !opt->native && rate_is_for_outside(rate));
    return outside && least != UINT64_MAX ? (uint32_t)ceil(1e-9 * (double)least * rate) : 1;
}

static bool
record(Recorder *r, const RecordOptions *opt, int *status, Err *err)
{
    double rate = opt->rate > 0 ? opt->rate : rate_for_this_machine(opt->native);
    uint32_t part = part_of_timers(opt, rate);
    RingClock clock = part > 1                         ? RingClockTimer
                      : opt->clock == RingClockOutside ? RingClockAuto
                                                       : opt->clock;
    signal(SIGXFSZ, SIG_IGN); /* a file too large is an error like others */
    const char *agent = spawn_agent_path(r->arena, err);
    if (!agent || !recording_open(&r->rec, opt, rate, err) ||
        !rings_open(&r->rings, (uint64_t)(1e9 * part / rate), clock, opt->native, err))
        return false;
    r->rings.whole_weight = part;
    r->rings.notice = recording_notice;
    r->rings.notice_arg = &r->rec;
    recording_begin(&r->rec, opt->argv);
    rounds_open(&r->rounds, rate, part, r->rec.begun);
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
