#define _GNU_SOURCE
#include "fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
unreadable(Err *err, const char *path)
{
    return err_set(err, ErrNoFile, "cannot read %s: %s", path, strerror(errno));
}

bool
fileio_read(Arena *a, const char *path, void **bytes, size_t *n, Err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return unreadable(err, path);
    struct stat st;
    bool ok = fstat(fd, &st) == 0;
    if (ok && !S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        ok = false;
    }
    char *at = NULL;
    size_t got = 0, size = 0;
    if (ok) {
        size = (size_t)st.st_size;
        at = arena_alloc(a, size + 1);
    }
    while (ok && got < size) {
        ssize_t k = read(fd, at + got, size - got);
        if (k == 0)
            break; /* it shrank while we read: the caller's checks see a short file */
        if (k > 0)
            got += (size_t)k;
        else if (errno != EINTR)
            ok = false;
    }
    if (!ok)
        unreadable(err, path);
    close(fd);
    *bytes = at;
    *n = got;
    return ok;
}

static bool
unwritable(Err *err, const char *path)
{
    return err_set(err, ErrWrite, "cannot write %s: %s", path, strerror(errno));
}

static bool
write_all(int fd, const char *at, size_t n)
{
    while (n) {
        ssize_t k = write(fd, at, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return false;
        at += k;
        n -= (size_t)k;
    }
    return true;
}

bool
fileio_write(const char *path, const void *bytes, size_t n, unsigned mode, Err *err)
{
    char *temp;
    if (asprintf(&temp, "%s.%d.XXXXXX", path, (int)getpid()) < 0)
        return err_set(err, ErrNoMemory, "out of memory");
    int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0) {
        unwritable(err, path);
        free(temp);
        return false;
    }
    bool ok = write_all(fd, bytes, n) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    if (close(fd) != 0)
        ok = false;
    if (ok)
        ok = rename(temp, path) == 0;
    if (!ok) {
        unwritable(err, path);
        unlink(temp);
    }
    free(temp);
    return ok;
}

bool
fileio_mkdirs(const char *path, unsigned mode, Err *err)
{
    char *copy = strdup(path);
    if (!copy)
        return err_set(err, ErrNoMemory, "out of memory");
    bool ok = true;
    for (char *s = copy + 1; ok; s++) {
        if (*s != '/' && *s)
            continue;
        char was = *s;
        *s = 0;
        ok = mkdir(copy, mode) == 0 || errno == EEXIST;
        *s = was;
        if (!was)
            break;
    }
    if (!ok)
        err_set(err, ErrWrite, "cannot make the folder %s: %s", path, strerror(errno));
    free(copy);
    return ok;
}

bool
fileio_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

const char *
fileio_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *
fileio_prefix(Arena *a)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0)
        return NULL;
    exe[n] = 0;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(exe, '/');
        if (!slash)
            return NULL;
        *slash = 0;
    }
    return arena_strdup(a, exe);
}

/* Where XDG and HOME put it; NULL when they say nothing of use. */
static const char *
cache_root(Arena *a)
{
    const char *xdg = getenv("XDG_CACHE_HOME");
    if (xdg && xdg[0] == '/') /* the XDG rule: relative paths are to be ignored */
        return arena_printf(a, "%s/pyopt", xdg);
    const char *home = getenv("HOME");
    if (!home || !*home) {
        const struct passwd *pw = getpwuid(getuid());
        home = pw ? pw->pw_dir : "/nonexistent";
    }
    return arena_printf(a, "%s/.cache/pyopt", home);
}

static const char *
open_cache(Arena *a, const char *root, const char *sub, Err *err)
{
    const char *dir = arena_printf(a, "%s/%s", root, sub);
    Err why = {0};
    struct stat st;
    if (!fileio_mkdirs(dir, 0700, &why)) {
        err_set(err, ErrWrite, "%.400s (XDG_CACHE_HOME moves it)", why.msg);
        return NULL;
    }
    if (lstat(root, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 022)) {
        err_set(err, ErrPermission,
                "the cache %s must be a folder of this user that nobody else can write "
                "(XDG_CACHE_HOME moves it)",
                root);
        return NULL;
    }
    if (access(dir, W_OK | X_OK) != 0) {
        err_set(err, ErrWrite, "cannot write to the cache %s (XDG_CACHE_HOME moves it)", dir);
        return NULL;
    }
    return dir;
}

const char *
fileio_cache_dir(Arena *a, const char *sub, Err *err)
{
    const char *dir = open_cache(a, cache_root(a), sub, err);
    const char *xdg = getenv("XDG_CACHE_HOME"), *tmp = getenv("TMPDIR");
    if (dir || (xdg && xdg[0] == '/'))
        return dir;
    /* A service without a home of its own: a folder under /tmp that is ours alone does as well. */
    const char *root =
        arena_printf(a, "%s/pyopt-%u", tmp && tmp[0] == '/' ? tmp : "/tmp", (unsigned)geteuid());
    return open_cache(a, root, sub, NULL);
}
