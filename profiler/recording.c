#define _GNU_SOURCE
#include "recording.h"

#include "fileio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { MAX_NOTICES = 3 };

double
recording_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

void
recording_notice(const char *text, void *recording)
{
    Recording *r = recording;
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

bool
recording_open(Recording *r, const RecordOptions *opt, double rate, Err *err)
{
    *r = (Recording){.opt = opt, .arena = arena_new(), .run = {.rate = rate}};
    collect_init(&r->collect);
    r->collect.gil_only = opt->gil;
    r->collect.threads = opt->threads;
    elffiles_init(&r->files);
    r->collect.files = opt->native ? &r->files : NULL;
    sqlite3 *db = open_output(opt, err);
    if (!db)
        return false;
    ProfLimits limits = {opt->no_code, opt->no_locals, opt->max_size, opt->max_stacks};
    r->writer = profwrite_new(db, &r->collect, limits);
    return true;
}

void
recording_close(Recording *r)
{
    profwrite_close(r->writer);
    collect_free(&r->collect);
    elffiles_free(&r->files);
    arena_free(r->arena);
}

void
recording_begin(Recording *r, char *const *argv)
{
    struct utsname host;
    time_t now = time(NULL);
    struct tm utc;
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    uname(&host);
    r->run.started = arena_strdup(r->arena, stamp);
    r->run.host = arena_strdup(r->arena, host.nodename);
    r->run.argv = json_argv(r->arena, argv);
    r->run.clock = "";
    recording_python(r, "", 0, false);
    r->begun = recording_now();
}

void
recording_python(Recording *r, const char *python, unsigned hex, bool debug)
{
    r->run.python = python;
    r->run.hexversion = hex;
    r->run.version = r->run.soabi = "";
    if (!hex)
        return;
    r->run.version = arena_printf(r->arena, "%u.%u.%u", hex >> 24, hex >> 16 & 255, hex >> 8 & 255);
    r->run.soabi = arena_printf(r->arena, "cpython-%u%u%s-x86_64-linux-gnu", hex >> 24,
                                hex >> 16 & 255, debug ? "d" : "");
}

/* The file stays as the last flush that succeeded has left it. */
static void
stop_writing(Recording *r)
{
    r->full = profwrite_is_full(r->writer);
    if (r->full)
        err_set(&r->broken, ErrWrite, "%s has reached --max-size: no more is recorded",
                r->opt->output);
    recording_notice(r->broken.msg, r);
    if (r->full)
        r->broken = (Err){0};
    else if (!r->opt->quiet)
        r->broken.msg[0] = 0; /* it has been told */
    profwrite_close(r->writer);
    r->writer = NULL;
}

void
recording_flush(Recording *r)
{
    Counts *n = &r->collect.now;
    r->run.seconds = recording_now() - r->begun;
    r->run.samples += n->samples;
    r->run.unreadable += n->unreadable + n->torn;
    r->run.off_gil += n->off_gil;
    r->run.native += n->native;
    r->run.native_lost += n->bare;
    if (r->writer && !profwrite_flush(r->writer, &r->run, &r->broken))
        stop_writing(r);
    collect_reset(&r->collect);
}

static void
summary(const Recording *r)
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

void
recording_finish(Recording *r)
{
    recording_flush(r);
    bool sound = r->writer || r->full;
    if (sound && r->run.samples && !profwrite_branches(r->opt->output, &r->broken))
        recording_notice(r->broken.msg, r);
    if (sound)
        summary(r);
}
