/* One poll() loop feeds and drains every child.  Children run with PYOPT=off (a Python we ask
 * questions must not be optimised itself) and LC_ALL=C (we read the messages). */
#define _GNU_SOURCE
#include "proc.h"

#include "strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { In, Out, Errs, NPipes };

typedef struct Child {
    uint32_t index; /* of its command */
    pid_t pid;      /* 0: the slot is free */
    int fd[NPipes]; /* our ends; -1 when closed */
    size_t sent;
    StrBuf got[NPipes];
} Child;

static char **
child_env(Arena *a)
{
    size_t n = 0;
    while (environ[n])
        n++;
    char **env = arena_array(a, char *, n + 3);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "PYOPT=", 6) != 0 && strncmp(environ[i], "LC_ALL=", 7) != 0)
            env[k++] = environ[i];
    env[k++] = "PYOPT=off";
    env[k++] = "LC_ALL=C";
    return env;
}

/* posix_spawn with our three pipes as 0, 1, 2.  Returns errno of the spawn. */
static int
spawn(Child *c, const ProcCmd *cmd, char **env)
{
    int theirs[NPipes], pair[2];
    posix_spawn_file_actions_t acts;
    posix_spawnattr_t attr;
    sigset_t dflt;
    posix_spawn_file_actions_init(&acts);
    posix_spawnattr_init(&attr);
    sigemptyset(&dflt);
    sigaddset(&dflt, SIGPIPE);
    posix_spawnattr_setsigdefault(&attr, &dflt);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
    int failed = 0;
    for (int i = 0; i < NPipes; i++) {
        c->fd[i] = theirs[i] = -1;
        if (failed || pipe2(pair, O_CLOEXEC) != 0) {
            failed = failed ? failed : errno;
            continue;
        }
        c->fd[i] = pair[i == In];
        theirs[i] = pair[i != In];
        fcntl(c->fd[i], F_SETFL, O_NONBLOCK);
        posix_spawn_file_actions_adddup2(&acts, theirs[i], i);
    }
    if (!failed)
        failed = posix_spawnp(&c->pid, cmd->argv[0], &acts, &attr, cmd->argv, env);
    for (int i = 0; i < NPipes; i++) {
        if (theirs[i] >= 0)
            close(theirs[i]);
        if (failed && c->fd[i] >= 0)
            close(c->fd[i]);
    }
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&acts);
    return failed;
}

static void
shut(Child *c, int which)
{
    if (c->fd[which] >= 0)
        close(c->fd[which]);
    c->fd[which] = -1;
}

static void
feed(Child *c, const ProcCmd *cmd)
{
    if (c->sent < cmd->n_input) {
        ssize_t k = write(c->fd[In], cmd->input + c->sent, cmd->n_input - c->sent);
        if (k < 0 && errno != EAGAIN && errno != EINTR)
            shut(c, In); /* it does not want the rest */
        else if (k > 0)
            c->sent += (size_t)k;
    }
    if (c->sent == cmd->n_input)
        shut(c, In);
}

static void
drain(Child *c, int which)
{
    char buf[16384];
    ssize_t k = read(c->fd[which], buf, sizeof buf);
    if (k > 0)
        sb_write(&c->got[which], buf, (size_t)k);
    else if (k == 0 || (errno != EAGAIN && errno != EINTR))
        shut(c, which);
}

static void
finish(Child *c, ProcCmd *cmd)
{
    int st = 0;
    while (waitpid(c->pid, &st, 0) < 0 && errno == EINTR)
        continue;
    shut(c, In);
    cmd->status = WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
    cmd->output = c->got[Out].s;
    cmd->n_output = c->got[Out].n;
    cmd->errors = c->got[Errs].s;
    c->pid = 0;
}

/* Wait for something to happen on any pipe and serve it. */
static void
serve(Child *kids, unsigned n, const ProcCmd *cmds, struct pollfd *pfds)
{
    unsigned np = 0;
    for (unsigned i = 0; i < n; i++)
        for (int p = 0; p < NPipes; p++)
            pfds[np++] = (struct pollfd){.fd = kids[i].pid ? kids[i].fd[p] : -1,
                                         .events = p == In ? POLLOUT : POLLIN};
    if (poll(pfds, np, -1) < 0)
        return;
    for (unsigned i = 0; i < n; i++) {
        const struct pollfd *pf = pfds + (size_t)i * NPipes;
        if (pf[In].revents)
            feed(&kids[i], &cmds[kids[i].index]);
        for (int p = Out; p < NPipes; p++)
            if (pf[p].revents)
                drain(&kids[i], p);
    }
}

/* Start a command in a free slot; false when the system has no room for it now. */
static bool
start(Arena *a, Child *c, ProcCmd *cmds, uint32_t index, char **env)
{
    *c = (Child){.index = index};
    sb_init(&c->got[Out], a);
    sb_init(&c->got[Errs], a);
    int failed = spawn(c, &cmds[index], env);
    if (!failed) {
        feed(c, &cmds[index]);
        return true;
    }
    c->pid = 0;
    cmds[index].status = 127;
    cmds[index].output = "";
    cmds[index].errors = arena_strdup(a, strerror(failed));
    return failed == ENOENT || failed == EACCES || failed == ENOTDIR || failed == ENOEXEC;
}

bool
proc_run_all(Arena *a, ProcCmd *cmds, uint32_t n, unsigned jobs, ProcDone *done, void *arg,
             Err *err)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before);
    if (jobs == 0 || jobs > n)
        jobs = n ? n : 1;
    char **env = child_env(a);
    Child *kids = arena_array(a, Child, jobs);
    struct pollfd *pfds = arena_array(a, struct pollfd, jobs * NPipes);
    uint32_t next = 0, live = 0;
    bool ok = true;
    while (live || (ok && next < n)) {
        for (unsigned i = 0; i < jobs && ok && next < n; i++) {
            if (kids[i].pid)
                continue;
            uint32_t index = next++;
            ok = start(a, &kids[i], cmds, index, env);
            if (!ok)
                err_set(err, ErrFailed, "cannot start %s: %s", cmds[index].argv[0],
                        cmds[index].errors);
            else if (kids[i].pid)
                live++;
            else if (done)
                done(index, arg);
        }
        if (live)
            serve(kids, jobs, cmds, pfds);
        for (unsigned i = 0; i < jobs; i++) {
            if (!kids[i].pid || kids[i].fd[Out] >= 0 || kids[i].fd[Errs] >= 0)
                continue;
            finish(&kids[i], &cmds[kids[i].index]);
            live--;
            if (done)
                done(kids[i].index, arg);
        }
    }
    sigaction(SIGPIPE, &before, NULL);
    return ok;
}

bool
proc_run(Arena *a, ProcCmd *cmd, Err *err)
{
    return proc_run_all(a, cmd, 1, 1, NULL, NULL, err);
}

unsigned
proc_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (unsigned)n : 1;
}

double
proc_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
