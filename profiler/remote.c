/* Nothing is stopped, so a stack may change while it is read.  What is read of the innermost frames
 * comes from one page or two, each copied in one go, and that takes less than a microsecond; the
 * walk is made again when the thread has left the frame it began in meanwhile. */
#define _GNU_SOURCE
#include "remote.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef Memory *WalkReader;

static bool
walk_readable(WalkReader *m, uint64_t address, uint32_t n)
{
    uint8_t byte;
    return memory_read(*m, address, &byte, 1) && memory_read(*m, address + n - 1, &byte, 1);
}

static uint64_t
walk_load64(WalkReader *m, uint64_t address)
{
    return memory_u64(*m, address);
}

#include "walk.h"

enum { TRIES = 3, INTERPRETERS = 64 };

Remote *
remote_open(pid_t pid, Err *err)
{
    Target *t = target_attach(pid, err);
    if (!t)
        return NULL;
    Remote *r = calloc(1, sizeof *r);
    if (!r)
        die("no memory for another process");
    *r = (Remote){.t = t, .py = target_offsets(t->objects.lay)};
    return r;
}

void
remote_close(Remote *r)
{
    if (!r)
        return;
    target_close(r->t);
    free(r);
}

bool
remote_gone(Remote *r)
{
    memory_forget(r->t->mem);
    return memory_u64(r->t->mem, r->t->objects.symbols[RingSym_Py_Version]) == 0;
}

uint32_t
remote_threads(Remote *r, RemoteThread *out)
{
    const PyLayout *l = r->t->objects.lay;
    Memory *m = r->t->mem;
    uint64_t runtime = r->t->objects.symbols[RingSym__PyRuntime];
    memory_forget(m);
    uint64_t holder = memory_u64(m, runtime + (uint64_t)l->runtime_tstate_current);
    uint64_t interp = memory_u64(m, runtime + (uint64_t)l->runtime_interp_head);
    uint32_t n = 0;
    for (int i = 0; interp && i < INTERPRETERS; i++) {
        uint64_t t = memory_u64(m, interp + (uint64_t)l->interp_tstate_head);
        for (; t && n < REMOTE_THREADS; t = memory_u64(m, t + (uint64_t)l->tstate_next)) {
            pid_t tid = memory_i32(m, t + (uint64_t)l->tstate_native_thread_id);
            out[n++] = (RemoteThread){t, tid, t == holder};
        }
        interp = memory_u64(m, interp + (uint64_t)l->interp_next);
    }
    return n;
}

bool
remote_runs(const Remote *r, const RemoteThread *t)
{
    char path[64], stat[128];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)r->t->pid, (int)t->tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, stat, sizeof stat - 1);
    close(fd);
    stat[n > 0 ? n : 0] = 0;
    const char *end = strrchr(stat, ')'); /* of its name, which may hold anything */
    return end && end[1] == ' ' && end[2] == 'R';
}

/* The innermost frame at this moment. */
static uint64_t
current_frame(Remote *r, const RemoteThread *t)
{
    Memory *m = r->t->mem;
    memory_forget(m);
    uint64_t cframe = memory_u64(m, t->tstate + (uint64_t)r->py.tstate_cframe);
    return cframe ? memory_u64(m, cframe + (uint64_t)r->py.cframe_current_frame) : 0;
}

uint32_t
remote_sample(Remote *r, const RemoteThread *t, uint64_t words[RING_MAX_RECORD])
{
    Walk w;
    struct timespec now;
    for (int i = 0; i < TRIES; i++) {
        uint64_t frame = current_frame(r, t);
        walk_begin(&w, &r->py, r->t->objects.symbols);
        w.reader = r->t->mem;
        clock_gettime(CLOCK_MONOTONIC, &now);
        w.w[1] = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
        if (!frame) /* it runs no Python */
            return 0;
        if (!walk_thread(&w, t->tstate, t->holds_gil) || current_frame(r, t) != frame)
            continue;
        walk_end(&w);
        memcpy(words, w.w, w.n * sizeof *words);
        return w.n;
    }
    r->unreadable++;
    return 0;
}
