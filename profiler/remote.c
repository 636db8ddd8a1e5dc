/* Nothing is stopped, but for native stacks, so a stack may change while it is read: snapshot.c. */
#define _GNU_SOURCE
#include "remote.h"

#include "snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { INTERPRETERS = 64, MAX_STATS = 256 };

static bool
same_namespace(pid_t pid)
{
    char path[64];
    struct stat mine, its;
    snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
    return stat("/proc/self/ns/pid", &mine) || stat(path, &its) || mine.st_ino == its.st_ino;
}

Remote *
remote_open(pid_t pid, Err *err)
{
    Target *t = target_attach(pid, err);
    if (!t)
        return NULL;
    Remote *r = calloc(1, sizeof *r);
    if (!r)
        die("no memory for another process");
    *r = (Remote){.t = t, .arena = arena_new()};
    map_init(&r->tids, r->arena);
    map_init(&r->stats, r->arena);
    r->elsewhere = !same_namespace(pid);
    return r;
}

void
remote_close(Remote *r)
{
    if (!r)
        return;
    for (MapSlot *s = map_first(&r->stats); s; s = map_next(&r->stats, s))
        if (s->value)
            close((int)s->value - 1);
    target_close(r->t);
    arena_free(r->arena);
    free(r);
}

bool
remote_gone(Remote *r)
{
    memory_forget(r->t->mem);
    return memory_u64(r->t->mem, r->t->objects.symbols[RingSym_Py_Version]) == 0;
}

/* A thread's numbers in every namespace it is in, ours first and its own last:
 * "NSpid:\t4711\t12". */
static void
learn_tid(Remote *r, const char *tid)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/status", (int)r->t->pid, tid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        const char *inner = strrchr(line, '\t');
        if (strncmp(line, "NSpid:", 6) == 0 && inner)
            map_put(&r->tids, strtoull(inner, NULL, 10), strtoull(tid, NULL, 10));
    }
    if (f)
        fclose(f);
}

static pid_t
our_tid(Remote *r, pid_t tid)
{
    char path[64];
    uint64_t *known = r->elsewhere ? map_get(&r->tids, (uint64_t)tid) : NULL;
    if (!r->elsewhere || known)
        return known ? (pid_t)*known : tid;
    snprintf(path, sizeof path, "/proc/%d/task", (int)r->t->pid);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));)
        learn_tid(r, e->d_name);
    if (d)
        closedir(d);
    return (pid_t)*map_at(&r->tids, (uint64_t)tid); /* 0, and not asked again, when it has gone */
}

uint32_t
remote_threads(Remote *r, RemoteThread *out)
{
    const PyLayout *l = r->t->objects.lay;
    Memory *m = r->t->mem;
    uint64_t runtime = r->t->objects.symbols[RingSym__PyRuntime];
    target_forget(r->t);
    halt_release(&r->halts);
    uint64_t holder = memory_u64(m, runtime + (uint64_t)l->runtime_tstate_current);
    uint64_t interp = memory_u64(m, runtime + (uint64_t)l->runtime_interp_head);
    uint32_t n = 0;
    for (int i = 0; interp && i < INTERPRETERS; i++) {
        uint64_t t = memory_u64(m, interp + (uint64_t)l->interp_tstate_head);
        for (; t && n < REMOTE_THREADS; t = memory_u64(m, t + (uint64_t)l->tstate_next)) {
            pid_t tid = our_tid(r, memory_i32(m, t + (uint64_t)l->tstate_native_thread_id));
            out[n++] = (RemoteThread){t, tid, t == holder};
        }
        interp = memory_u64(m, interp + (uint64_t)l->interp_next);
    }
    return n;
}

/* The file is kept open, for the first threads at least: opening is most of the cost. */
static ssize_t
read_stat(Remote *r, pid_t tid, char *to, size_t size)
{
    char path[64];
    uint64_t *known = map_get(&r->stats, (uint64_t)tid);
    int fd = known && *known ? (int)*known - 1 : -1;
    if (fd < 0) {
        snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)r->t->pid, (int)tid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    ssize_t n = fd < 0 ? -1 : pread(fd, to, size, 0);
    bool keep = n > 0 && (known || r->stats.n < MAX_STATS);
    if (fd >= 0 && !keep)
        close(fd);
    if (keep || known)
        map_put(&r->stats, (uint64_t)tid, keep ? (uint64_t)fd + 1 : 0);
    return n;
}

bool
remote_runs(Remote *r, const RemoteThread *t)
{
    char stat[128];
    ssize_t n = read_stat(r, t->tid, stat, sizeof stat - 1);
    stat[n > 0 ? n : 0] = 0;
    const char *end = strrchr(stat, ')'); /* of its name, which may hold anything */
    return end && end[1] == ' ' && end[2] == 'R';
}

static uint32_t
walk(Remote *r, Collect *c, const RemoteThread *t, uint64_t words[RING_MAX_RECORD])
{
    Snapshot s;
    memory_forget(r->t->mem);
    SnapResult found = snapshot_take(&s, r->t, snapshot_place(r->t, t->tstate), false);
    uint32_t n = found == SnapTaken ? snapshot_record(&s, c, t->holds_gil, true, words) : 0;
    r->unreadable += found != SnapNothing && !n;
    return n;
}

/* As much of the stack as can be read, page by page: a read ends at the first that is not there. */
static uint32_t
copy_stack(const Remote *r, uint64_t from, uint64_t *to)
{
    enum { BYTES = 8 * RING_STACK_WORDS, PARTS = BYTES / MEMORY_PAGE + 2 };
    struct iovec local = {to, BYTES}, remote[PARTS];
    uint32_t n = 0;
    for (uint64_t at = from, end = from + BYTES; at < end; n++) {
        uint64_t next = (at & ~(uint64_t)(MEMORY_PAGE - 1)) + MEMORY_PAGE;
        next = next < end ? next : end;
        remote[n] = (struct iovec){(void *)(uintptr_t)at, next - at};
        at = next;
    }
    ssize_t got = process_vm_readv(r->t->pid, &local, 1, remote, n, 0);
    return got > 0 ? (uint32_t)(got / 8) : 0;
}

/* The native part behind n words of a record, of a thread that stands still. */
static uint32_t
add_native(const Remote *r, const Halt *halt, uint64_t *words, uint32_t n)
{
    enum { RSP = 7, RED_ZONE = 128 };
    RingHead head;
    uint64_t *w = words + n;
    if (!halt_registers(halt, w))
        return n;
    w[RING_REGS] = (w[RSP] - RED_ZONE) & ~7ull;
    n += RING_STACK_HEAD + copy_stack(r, w[RING_REGS], w + RING_STACK_HEAD);
    memcpy(&head, words, sizeof head);
    head.flags |= RingNative;
    head.n_words = (uint16_t)n;
    memcpy(words, &head, sizeof head);
    return n;
}

uint32_t
remote_sample(Remote *r, Collect *c, const RemoteThread *t, uint64_t words[RING_MAX_RECORD])
{
    Halt halt;
    if (!r->native || !halt_begin(&r->halts, t->tid, &halt))
        return walk(r, c, t, words);
    uint32_t n = walk(r, c, t, words);
    if (n)
        n = add_native(r, &halt, words, n);
    halt_end(&r->halts, &halt);
    return n;
}
