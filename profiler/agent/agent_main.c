/* Start and end of processes and threads: which of them are sampled, and with which ring.
 *
 *   start   a constructor, in every program that inherits LD_PRELOAD; it goes on only in a Python
 *   thread  pthread_create() is wrapped, so a new thread arms its own clock and disarms it at its
 * end fork    the child takes a process row and a ring of its own; exec starts over with the
 * constructor */
#define _GNU_SOURCE
#include <pthread.h>

#include "agent.h"
#include "timer_clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef void *ThreadMain(void *);
typedef int PthreadCreate(pthread_t *, const pthread_attr_t *, ThreadMain *, void *);

EXPORT int pthread_create(pthread_t *id, const pthread_attr_t *attr, ThreadMain *run, void *arg);

Agent agent;
__thread AgentThread agent_thread = {.fd = -1};

static RingFile *
map_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct stat st;
    size_t size =
        fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof(RingFile) ? (size_t)st.st_size : 0;
    void *at = size ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    close(fd);
    if (at == MAP_FAILED)
        return NULL;
    RingFile *f = at;
    if (f->magic == RING_MAGIC && f->abi == RING_ABI && ring_file_size(f->ring_words) == size) {
        madvise(at, size, MADV_DONTDUMP);
        return f;
    }
    munmap(at, size);
    return NULL;
}

static RingProc *
claim_proc(RingFile *f)
{
    for (int i = 0; i < RING_PROCS; i++) {
        uint32_t free_state = RingProcFree;
        RingProc *p = &f->procs[i];
        if (!atomic_compare_exchange_strong(&p->state, &free_state, RingProcClaimed))
            continue;
        p->seq = atomic_fetch_add(&f->seq, 1) + 1;
        p->pid = getpid();
        p->parent = -1;
        p->signals = p->early = p->no_python = p->lost = p->handler_ns = 0;
        return p;
    }
    return NULL;
}

static Ring *
claim_ring(AgentThread *t)
{
    for (int i = 0; i < RING_THREADS; i++) {
        uint32_t free_state = RingFree;
        _Atomic uint32_t *state = &agent.file->ring_state[i];
        if (atomic_load_explicit(state, memory_order_relaxed) != RingFree ||
            !atomic_compare_exchange_strong(state, &free_state, RingClaimed))
            continue;
        Ring *r = ring_at(agent.file, (uint32_t)i);
        t->slot = (uint32_t)i;
        r->proc = (uint32_t)(agent.proc - agent.file->procs);
        r->seq = agent.proc->seq;
        r->tid = (int32_t)syscall(SYS_gettid);
        atomic_store(state, RingLive);
        return r;
    }
    return NULL;
}

static void
thread_begin(void)
{
    AgentThread *t = &agent_thread;
    t->tstate = 0;
    t->ring = claim_ring(t);
    if (!t->ring) {
        atomic_fetch_add(&agent.proc->lost, 1);
        return;
    }
    pthread_setspecific(agent.key, t); /* so that thread_end runs */
    agent_clock_start(t);
}

static void
thread_end(void *unused)
{
    (void)unused;
    AgentThread *t = &agent_thread;
    Ring *r = t->ring;
    if (!r || agent.pid != getpid())
        return;
    t->ring = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    agent_clock_stop(t);
    atomic_store(&agent.file->ring_state[t->slot], RingClosed);
}

/* The child shares the parent's memory file but none of its rows; offsets are the same. */
static void
after_fork(void)
{
    if (!agent.file)
        return;
    RingProc *parent = agent.proc;
    agent_clock_close(&agent_thread);
    agent_thread = (AgentThread){.fd = -1};
    agent.pid = getpid();
    agent.proc = claim_proc(agent.file);
    if (!agent.proc) {
        agent.file = NULL;
        return;
    }
    memcpy(agent.proc->symbols, parent->symbols, sizeof parent->symbols);
    agent.proc->python = parent->python;
    bool ready = parent->state == RingProcReady;
    agent.proc->parent = ready ? (int32_t)(parent - agent.file->procs) : -1;
    agent.proc->parent_seq = parent->seq;
    atomic_store(&agent.proc->state, ready ? RingProcReady : RingProcAnnounced);
    thread_begin();
}

static void
look_up_symbols(RingProc *p)
{
#define X(name) p->symbols[RingSym_##name] = (uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, #name);
    RING_SYMBOLS(X)
#undef X
}

/* Is this the Python that the recorder has met already?  Then its offsets are here. */
static bool
is_known(void)
{
    const uint64_t *symbols = agent.proc->symbols;
    unsigned long version = *(const unsigned long *)(uintptr_t)symbols[RingSym_Py_Version];
    if (agent.file->known != RING_KNOWN(version, symbols[RingSym__Py_RefTotal]))
        return false;
    agent.proc->python = agent.file->python;
    return true;
}

__attribute__((constructor)) static void
agent_start(void)
{
    int saved = errno;
    const char *path = getenv(RING_ENV);
    if (!path || !dlsym(RTLD_DEFAULT, "Py_Version") || !(agent.file = map_file(path)))
        goto out;
    agent.pid = getpid();
    if (agent.file->stop || !(agent.proc = claim_proc(agent.file)) ||
        pthread_key_create(&agent.key, thread_end)) {
        agent.file = NULL;
        goto out;
    }
    look_up_symbols(agent.proc);
    /* Yama lets only ancestors read a process's memory; a daemon's parent is init. */
    prctl(PR_SET_PTRACER, (unsigned long)agent.file->recorder, 0, 0, 0);
    pthread_atfork(NULL, NULL, after_fork);
    agent_probe_choose();
    agent.timer_from = timer_clock_from();
    agent_signal_install();
    if (agent.file) {
        thread_begin();
        agent.proc->clock = agent.clock;
        atomic_store(&agent.proc->state, is_known() ? RingProcReady : RingProcAnnounced);
    }
out:
    errno = saved;
}

__attribute__((destructor)) static void
agent_stop(void)
{
    if (!agent.file || agent.pid != getpid())
        return;
    thread_end(NULL);
    atomic_store(&agent.proc->state, RingProcExited);
}

typedef struct Start {
    ThreadMain *run;
    void *arg;
} Start;

static void *
thread_main(void *p)
{
    Start s = *(Start *)p;
    free(p);
    thread_begin();
    return s.run(s.arg);
}

EXPORT int
pthread_create(pthread_t *id, const pthread_attr_t *attr, ThreadMain *run, void *arg)
{
    PthreadCreate *real = (PthreadCreate *)dlsym(RTLD_NEXT, "pthread_create");
    if (!real)
        return ENOSYS;
    Start *s = agent.file && !agent.file->stop ? malloc(sizeof *s) : NULL;
    if (!s)
        return real(id, attr, run, arg);
    *s = (Start){run, arg};
    int rc = real(id, attr, thread_main, s);
    if (rc)
        free(s);
    return rc;
}
