/* The loader: takes a bundle into this process and meets every code object before it runs.
 *
 * The audit hook gets `exec` with the code object for imports, the main script, exec() and runpy;
 * `function.__new__` and an assignment to f.__code__ cover code objects that came another way
 * (marshal, code.replace, pickles).  Each is walked with the code objects nested in its constants;
 * one that matches a unit is patched before it has run.
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

PYRT_API int pyopt_loader_event(const char *event, PyObject *args);

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
    loader.init_name = PyUnicode_InternFromString("__init__");
    loader.no_args = PyTuple_New(0);
    if (!loader.init_name || !loader.no_args || !install_init() || !match_init()) {
        PyErr_Clear();
        loader_log("cannot start: out of memory");
        return false;
    }
    if (!pyrt_known_init()) {
        loader_log("cannot start: this interpreter's builtin objects are not what units expect");
        return false;
    }
    stats_init();
    return true;
}

/* Every code object of a module, by recursion through constants. */
static void
walk(PyCodeObject *code)
{
    PyObject *consts = code->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); i++)
        if (PyCode_Check(PyTuple_GET_ITEM(consts, i)))
            walk((PyCodeObject *)PyTuple_GET_ITEM(consts, i));
    if (pyrt_entry_of(code))
        return;
    const PyoptUnit *u = match_find(code);
    if (u && install_unit(code, u))
        loader.installed++;
}

static void
see(PyObject *args, Py_ssize_t i)
{
    if (PyTuple_GET_SIZE(args) > i && PyCode_Check(PyTuple_GET_ITEM(args, i)))
        walk((PyCodeObject *)PyTuple_GET_ITEM(args, i));
}

/* Entries and cells belong to one interpreter; CPython's own frozen code objects are shared by all.
 */
static void
refuse(void)
{
    loader_log("a subinterpreter was started: all units are taken out");
    loader.refused = true;
    for (PyoptEntry *e = loader.entries; e; e = e->next) {
        e->direct = NULL;
        e->body = pyrt_decline;
    }
    install_restore_all();
}

int
pyopt_loader_event(const char *event, PyObject *args)
{
    bool exec = strcmp(event, "exec") == 0;
    if (loader.refused)
        return 0;
    if (!loader.ready) {
        if (!exec)
            return 0;
        loader.ready = start();
        loader.refused = !loader.ready;
        if (loader.refused)
            return 0;
    }
    if (exec || strcmp(event, "function.__new__") == 0)
        see(args, 0);
    else if (strcmp(event, "object.__setattr__") == 0)
        see(args, 2);
    else if (strcmp(event, "cpython.PyInterpreterState_New") == 0)
        refuse();
    else if (strcmp(event, "cpython._PySys_ClearAuditHooks") == 0)
        install_restore_all();
    return 0;
}
