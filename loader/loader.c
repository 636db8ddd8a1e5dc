/* The loader: takes a bundle into this process.  watch.c meets the code objects, match.c finds the
 * unit of one, install.c and patch.c make it enter native code, rt/ is what that code needs.
 *
 * Nothing here may fail loudly: whatever does not fit is left to the interpreter, with a line in
 * PYOPT_LOG. */
#define _GNU_SOURCE
#include "loader.h"
#include "rt_iter.h"
#include "rt_known.h"

#include "rt_deopt.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

Loader loader;
PYRT_API Py_ssize_t pyrt_extra_index = -1;
extern int pyrt_stress_set(int on);

/* For the preload library's audit hook. */
PYRT_API int pyopt_loader_event(const char *event, PyObject *args);
/* For the tests: the code key of a live code object as hex digits; 0 when it has none. */
PYRT_API int pyopt_loader_key(PyObject *code, char hex[CODEKEY_HEX]);

void
loader_log(const char *fmt, ...)
{
    int fd = loader.log_path
                 ? open(loader.log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)
                 : -1;
    if (fd < 0)
        return;
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    dprintf(fd, "pyopt: %s\n", line);
    close(fd);
}

/* Code is run from this file with the user's rights: only root or the user may have written it. */
static bool
may_be_trusted(const char *path)
{
    struct stat st;
    if (stat(path, &st)) {
        loader_log("%s: cannot be read", path);
        return false;
    }
    if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) ||
        st.st_mode & (S_IWGRP | S_IWOTH)) {
        loader_log("%s: not used, because others than you and root can write to it", path);
        return false;
    }
    return true;
}

static bool
fits(const PyoptBundleInfo *b, const char *path)
{
    if (b->abi != PYOPT_ABI || b->layout != PYRT_LAYOUT_FINGERPRINT || strcmp(b->soabi, SOABI) ||
        b->hexversion != PY_VERSION_HEX || b->hexversion != Py_Version) {
        loader_log("%s: made for another Python or another pyopt", path);
        return false;
    }
    return true;
}

static const PyoptBundleInfo *
open_bundle(const char *path)
{
    if (!path || !may_be_trusted(path))
        return NULL;
    void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const PyoptBundleInfo *b = so ? dlsym(so, "pyopt_bundle") : NULL;
    if (!b)
        loader_log("%s: %s", path, so ? "not a bundle" : dlerror());
    return b && fits(b, path) ? b : NULL;
}

/* PYOPT_STRESS=deopt:N */
static void
read_stress(const char *text)
{
    int n;
    if (!text || sscanf(text, "deopt:%d", &n) != 1 || n < 1)
        return;
    loader.stress_every = loader.stress_left = n;
    pyrt_stress_set(1);
}

static bool
start(void)
{
    loader.log_path = getenv("PYOPT_LOG");
    loader.stats_path = getenv("PYOPT_STATS");
    loader.bundle = open_bundle(getenv("PYOPT_BUNDLE"));
    if (!loader.bundle)
        return false;
    read_stress(getenv("PYOPT_STRESS"));
    loader.interp = PyInterpreterState_Get();
    if (!pyrt_known_init()) {
        loader_log("cannot start: this interpreter's builtin objects are not what units expect");
        return false;
    }
    loader.init_name = PyUnicode_InternFromString("__init__");
    loader.iter_name = PyUnicode_InternFromString("__iter__");
    loader.no_args = PyTuple_New(0);
    if (!loader.init_name || !loader.iter_name || !loader.no_args || !install_init() ||
        !match_init()) {
        PyErr_Clear();
        loader_log("cannot start: out of memory");
        return false;
    }
    pyrt_collect_init(&loader.collect, loader.interp);
    Py_AtExit(patch_undo_at_exit); /* code objects of the executable outlive the interpreter */
    stats_init();
    return true;
}

int
pyopt_loader_event(const char *event, PyObject *args)
{
    if (loader.refused)
        return 0;
    if (!loader.ready) {
        if (strcmp(event, "exec"))
            return 0;
        loader.ready = start();
        loader.refused = !loader.ready;
        if (loader.refused) {
            watch_give_up();
            return 0;
        }
    }
    watch_event(event, args);
    return 0;
}

int
pyopt_loader_key(PyObject *code, char hex[CODEKEY_HEX])
{
    CodeKey key;
    if (!PyCode_Check(code) || !match_key((PyCodeObject *)code, &key))
        return 0;
    codekey_hex(key, hex);
    return 1;
}
