/* LD_PRELOADed into the program that `pyopt run` starts and all its children.  libc only: in a
 * shell or any other program that is not Python it finds no PySys_AddAuditHook and does nothing.
 *
 * In Python it adds an audit hook before Py_Initialize.  At the first event the interpreter's
 * version is known; the loader built for exactly that interpreter lies next to this file and takes
 * over.  No match: the program runs as always.  PYOPT=off is checked before anything else. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int Event(const char *event, void *args);
typedef int AuditHook(const char *event, void *args, void *data);

static struct {
    Event *event; /* the loader's, once it is in */
    int tried;
} preload;

static void
log_line(const char *what, const char *detail)
{
    const char *path = getenv("PYOPT_LOG");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
    if (fd < 0)
        return;
    dprintf(fd, "pyopt: %s%s\n", what, detail);
    close(fd);
}

/* DIR/loader-3.11.2-cpython-311d-x86_64-linux-gnu.so, DIR being where this library lies. */
static int
loader_path(char *out, size_t size)
{
    const unsigned long *version = dlsym(RTLD_DEFAULT, "Py_Version"); /* 3.11 and later */
    Dl_info self;
    if (!version || !dladdr((void *)&preload, &self) || !self.dli_fname)
        return 0;
    const char *slash = strrchr(self.dli_fname, '/');
    int dir = slash ? (int)(slash - self.dli_fname) : 1;
    unsigned major = *version >> 24 & 0xff, minor = *version >> 16 & 0xff,
             micro = *version >> 8 & 0xff;
    const char *debug = dlsym(RTLD_DEFAULT, "_Py_NegativeRefcount") ? "d" : "";
    int n = snprintf(out, size, "%.*s/loader-%u.%u.%u-cpython-%u%u%s-x86_64-linux-gnu.so", dir,
                     slash ? self.dli_fname : ".", major, minor, micro, major, minor, debug);
    return n > 0 && (size_t)n < size;
}

static void
load(void)
{
    char path[PATH_MAX];
    preload.tried = 1;
    if (!loader_path(path, sizeof path)) {
        log_line("this Python is older than any loader", "");
        return;
    }
    if (access(path, R_OK)) {
        log_line("no loader for this Python: ", path);
        return;
    }
    void *so = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (so)
        preload.event = (Event *)dlsym(so, "pyopt_loader_event");
    if (!preload.event)
        log_line("cannot load the loader: ", so ? path : dlerror());
}

static int
hook(const char *event, void *args, void *data)
{
    (void)data;
    if (!preload.tried)
        load();
    return preload.event ? preload.event(event, args) : 0;
}

__attribute__((constructor)) static void
start(void)
{
    const char *off = getenv("PYOPT");
    if (off && strcmp(off, "off") == 0)
        return;
    if (!getenv("PYOPT_BUNDLE"))
        return;
    int (*add)(AuditHook *, void *) =
        (int (*)(AuditHook *, void *))dlsym(RTLD_DEFAULT, "PySys_AddAuditHook");
    if (add)
        add(hook, (void *)hook); /* the loader knows its entry in the runtime's list by this */
}
