#define _GNU_SOURCE
#include "attach.h"

#include "harvest.h"
#include "samples.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What /proc/PID/stat says; false when there is no such process. */
typedef struct Stat {
    pid_t parent;
    uint64_t started; /* clock ticks since boot */
    double cpu;       /* seconds */
} Stat;

static bool
read_stat(pid_t pid, Stat *out)
{
    char path[64], text[1024];
    unsigned long user, system;
    unsigned long long started;
    int parent;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    const char *rest = strrchr(text, ')');
    if (!rest || sscanf(rest,
                        ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d "
                        "%*d %*d %llu",
                        &parent, &user, &system, &started) != 4)
        return false;
    *out = (Stat){parent, started, (double)(user + system) / (double)sysconf(_SC_CLK_TCK)};
    return true;
}

static uint64_t
identity(pid_t pid, const Stat *s)
{
    return (uint64_t)pid << 40 ^ s->started;
}

static bool
is_known(const Attach *a, pid_t pid)
{
    for (uint32_t i = 0; i < a->at.n; i++)
        if (a->at.at[i].r->t->pid == pid)
            return true;
    return false;
}

static bool
meet(Attach *a, pid_t pid, Err *err)
{
    Stat s;
    if (!read_stat(pid, &s))
        return err_set(err, ErrNoFile, "there is no process %d", (int)pid);
    if (map_get(&a->refused, identity(pid, &s)))
        return false;
    Remote *r = remote_open(pid, err);
    if (!r) {
        map_put(&a->refused, identity(pid, &s), 1);
        return false;
    }
    r->native = a->opt.native;
    vec_push(a->arena, &a->at, (Attached){r, s.cpu, s.cpu});
    a->processes++;
    return true;
}

bool
attach_open(Attach *a, pid_t pid, AttachOptions opt, Err *err)
{
    *a = (Attach){.opt = opt, .root = pid, .arena = arena_new()};
    map_init(&a->refused, a->arena);
    return meet(a, pid, err);
}

void
attach_close(Attach *a)
{
    for (uint32_t i = 0; i < a->at.n; i++)
        remote_close(a->at.at[i].r);
    arena_free(a->arena);
}

static void
let_go(Attach *a, uint32_t i)
{
    Attached *x = &a->at.at[i];
    a->cpu += x->cpu_last - x->cpu_first;
    a->unreadable += x->r->unreadable;
    a->halts += x->r->halts.times;
    a->stopped_ns += x->r->halts.stopped_ns;
    remote_close(x->r);
    *x = vec_last(&a->at);
    a->at.n--;
}

typedef struct Process {
    pid_t pid, parent;
} Process;

typedef struct Family { /* every process there is */
    Vec(Process) at;
} Family;

static bool
descends(const Family *f, pid_t pid, pid_t from)
{
    enum { GENERATIONS = 64 };
    for (int i = 0; pid > 1 && i < GENERATIONS; i++) {
        uint32_t k = 0;
        while (k < f->at.n && f->at.at[k].pid != pid)
            k++;
        if (k == f->at.n)
            return false;
        pid = f->at.at[k].parent;
        if (pid == from)
            return true;
    }
    return false;
}

static void
meet_children(Attach *a)
{
    Arena *scratch = arena_new();
    Family f = {0};
    Stat s;
    Err err;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid > 0 && read_stat(pid, &s))
            vec_push(scratch, &f.at, (Process){pid, s.parent});
    }
    if (d)
        closedir(d);
    for (uint32_t i = 0; i < f.at.n; i++)
        if (!is_known(a, f.at.at[i].pid) && descends(&f, f.at.at[i].pid, a->root))
            meet(a, f.at.at[i].pid, &err);
    arena_free(scratch);
}

bool
attach_look(Attach *a)
{
    Stat s;
    for (uint32_t i = a->at.n; i-- > 0;) {
        Attached *x = &a->at.at[i];
        if (remote_gone(x->r))
            let_go(a, i);
        else if (read_stat(x->r->t->pid, &s))
            x->cpu_last = s.cpu;
    }
    if (a->opt.subprocesses)
        meet_children(a);
    return a->at.n > 0;
}

static void
sample_process(const Attach *a, Remote *r, Collect *c)
{
    RemoteThread threads[REMOTE_THREADS];
    uint64_t words[RING_MAX_RECORD];
    uint32_t n = remote_threads(r, threads);
    for (uint32_t i = 0; i < n; i++) {
        const RemoteThread *t = &threads[i];
        if (a->opt.gil ? !t->holds_gil : !a->opt.idle && !remote_runs(r, t))
            continue;
        uint32_t len = remote_sample(r, c, t, words);
        if (len)
            samples_count(c, r->t, t->tid, words, len, 1);
    }
}

void
attach_round(Attach *a, Collect *c)
{
    for (uint32_t i = 0; i < a->at.n; i++)
        sample_process(a, a->at.at[i].r, c);
}

void
attach_harvest(Attach *a, Collect *c)
{
    for (uint32_t i = 0; i < a->at.n; i++)
        harvest_one(c, a->at.at[i].r->t);
}

double
attach_cpu(const Attach *a)
{
    double sum = a->cpu;
    for (uint32_t i = 0; i < a->at.n; i++)
        sum += a->at.at[i].cpu_last - a->at.at[i].cpu_first;
    return sum;
}

uint64_t
attach_halts(const Attach *a, double *seconds)
{
    uint64_t times = a->halts, ns = a->stopped_ns;
    for (uint32_t i = 0; i < a->at.n; i++) {
        times += a->at.at[i].r->halts.times;
        ns += a->at.at[i].r->halts.stopped_ns;
    }
    *seconds = 1e-9 * (double)ns;
    return times;
}
