#include "pytarget.h"

#include "fileio.h"
#include "proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Printed behind a marker, since a launcher or a wrapper may have printed something before. */
#define MARKER "pyopt-target"
static const char script[] =
    "import sys,sysconfig as s\n"
    "v=s.get_config_var\n"
    "print('" MARKER "')\n"
    "for x in (sys.implementation.name,'%d.%d.%d'%sys.version_info[:3],sys.hexversion,v('SOABI'),\n"
    "          int(hasattr(sys,'gettotalrefcount')),v('INCLUDEPY'),v('CONFINCLUDEPY')): print(x)\n";
enum { Name, Version, Hex, Soabi, Debug, Include, ConfInclude, NFields };

/* The lines behind the marker; false when there are fewer than asked. */
static bool
split_answer(Arena *a, const char *text, const char *field[NFields])
{
    const char *at = strstr(text, MARKER "\n");
    if (!at)
        return false;
    at += sizeof MARKER;
    for (int i = 0; i < NFields; i++) {
        const char *end = strchr(at, '\n');
        if (!end)
            return false;
        field[i] = arena_strndup(a, at, (size_t)(end - at));
        at = end + 1;
    }
    return true;
}

static bool
has_headers(Arena *a, const PyTarget *t)
{
    return fileio_exists(arena_printf(a, "%s/Python.h", t->include[0])) &&
           fileio_exists(arena_printf(a, "%s/internal/pycore_frame.h", t->include[0]));
}

PyTarget *
pytarget_probe(Arena *a, const char *python, Err *err)
{
    char *argv[] = {(char *)python, "-I", "-S", "-c", (char *)script, NULL};
    ProcCmd cmd = {.argv = argv};
    const char *f[NFields];
    if (!proc_run(a, &cmd, err))
        return NULL;
    if (cmd.status != 0 || !split_answer(a, cmd.output, f)) {
        err_set(err, ErrBadPython, "%s is not a Python that can be run; give one with --python",
                python);
        return NULL;
    }
    int major = 0, minor = 0;
    sscanf(f[Version], "%d.%d", &major, &minor);
    const PyVer *ver = strcmp(f[Name], "cpython") == 0 ? pyver_find(major, minor) : NULL;
    if (!ver) {
        err_set(err, ErrBadPython, "%s is %s %s; supported: CPython %s", python, f[Name],
                f[Version], pyver_supported());
        return NULL;
    }
    PyTarget *t = arena_new_of(a, PyTarget);
    *t = (PyTarget){.python = arena_strdup(a, python),
                    .version = f[Version],
                    .soabi = f[Soabi],
                    .hexversion = (uint32_t)strtoul(f[Hex], NULL, 10),
                    .debug = f[Debug][0] == '1',
                    .include = {f[Include], f[ConfInclude]},
                    .ver = ver};
    if (!has_headers(a, t)) {
        err_set(err, ErrNoCompiler,
                "the headers of CPython %s are not in %s: install them (Debian: %s)", t->version,
                t->include[0], t->debug ? "python3-dbg and python3-dev" : "python3-dev");
        return NULL;
    }
    return t;
}

static bool
is_for(const PyTarget *t, const Profile *p)
{
    return strcmp(t->version, p->version) == 0 &&
           (!p->soabi || !*p->soabi || strcmp(t->soabi, p->soabi) == 0);
}

PyTarget *
pytarget_for_profile(Arena *a, const Profile *p, const char *python, Err *err)
{
    if (python) {
        PyTarget *t = pytarget_probe(a, python, err);
        if (t && !is_for(t, p)) {
            err_set(err, ErrBadPython, "the profile was recorded on CPython %s (%s), %s is %s (%s)",
                    p->version, p->soabi, python, t->version, t->soabi);
            return NULL;
        }
        return t;
    }
    int major = p->ver->major, minor = p->ver->minor;
    const char *candidates[] = {
        p->python,
        arena_printf(a, "python%d.%d", major, minor),
        arena_printf(a, "/usr/bin/python%d.%d", major, minor),
        arena_printf(a, "/usr/local/bin/python%d.%d", major, minor),
        arena_printf(a, "python%d.%d-dbg", major, minor),
        "python3",
    };
    Err first = {0};
    for (size_t i = 0; i < countof(candidates); i++) {
        Err why = {0};
        if (!candidates[i] || !*candidates[i])
            continue;
        PyTarget *t = pytarget_probe(a, candidates[i], &why);
        if (t && is_for(t, p))
            return t;
        if (!t && why.kind == ErrNoCompiler && first.kind == ErrNone)
            first = why;
    }
    if (first.kind != ErrNone)
        *err = first;
    else
        err_set(err, ErrNoCompiler,
                "the profile was recorded on CPython %s (%s), which is not here; give one of that "
                "version with --python",
                p->version, p->soabi && *p->soabi ? p->soabi : "any ABI");
    return NULL;
}
