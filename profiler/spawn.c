#define _GNU_SOURCE
#include "spawn.h"

#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *
spawn_agent_path(Arena *a, Err *err)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = 0;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(self, '/');
        if (slash)
            *slash = 0;
    }
    char *path = arena_printf(a, "%s/lib/pyopt/libpyprof_agent.so", self);
    if (access(path, R_OK) == 0)
        return path;
    err_set(err, ErrNoFile, "%s: not found; it belongs beside pyprof's own folder", path);
    return NULL;
}

static void
become(char *const argv[], const char *agent, const char *ring, int report)
{
    const char *before = getenv("LD_PRELOAD");
    Arena *a = arena_new();
    setenv("LD_PRELOAD", before && *before ? arena_printf(a, "%s:%s", agent, before) : agent, 1);
    setenv(RING_ENV, ring, 1);
    signal(SIGXFSZ, SIG_DFL);
    execvp(argv[0], argv);
    int failed = errno;
    if (write(report, &failed, sizeof failed) < 0)
        _exit(125);
    _exit(failed == ENOENT ? 127 : 126);
}

pid_t
spawn_command(char *const argv[], const char *agent, const char *ring, int *status, Err *err)
{
    int report[2], failed = 0;
    if (pipe2(report, O_CLOEXEC)) {
        err_set(err, ErrFailed, "no pipe to start the command: %s", strerror(errno));
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(argv, agent, ring, report[1]);
    close(report[1]);
    ssize_t n = pid < 0 ? 0 : read(report[0], &failed, sizeof failed);
    close(report[0]);
    if (pid < 0) {
        err_set(err, ErrFailed, "cannot start a process: %s", strerror(errno));
        return -1;
    }
    if (n != sizeof failed)
        return pid;
    waitpid(pid, NULL, 0);
    *status = failed == ENOENT ? 127 : 126;
    err_set(err, ErrNoFile, "%s: %s", argv[0], strerror(failed));
    return -1;
}
