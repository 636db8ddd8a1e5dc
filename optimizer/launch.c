#define _GNU_SOURCE
#include "launch.h"

#include "bundle.h"
#include "fileio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The loader travels with the program. */
static const char *
find_loader(Arena *a, Err *err)
{
    const char *prefix = fileio_prefix(a);
    const char *path = arena_printf(a, "%s/lib/pyopt/libpyopt_preload.so", prefix ? prefix : "");
    if (!fileio_exists(path)) {
        err_set(err, ErrFailed, "the loader is not at %s: build it with make", path);
        return NULL;
    }
    if (strpbrk(path, " :")) { /* the dynamic linker would take it apart */
        err_set(err, ErrFailed, "the loader cannot be preloaded from %s: no blank or colon, please",
                path);
        return NULL;
    }
    return path;
}

static void
become(char *const *argv)
{
    execvp(argv[0], argv);
    int why = errno;
    fprintf(stderr, "pyopt: cannot run %s: %s\n", argv[0], strerror(why));
    exit(why == ENOENT ? 127 : 126);
}

static bool
prepare(Arena *a, const char *bundle, Err *err)
{
    const char *cache = fileio_cache_dir(a, "bundles", err);
    const char *so = cache ? bundle_unpack(a, bundle, cache, err) : NULL;
    const char *loader = so ? find_loader(a, err) : NULL;
    if (!loader)
        return false;
    const char *before = getenv("LD_PRELOAD");
    if (before && *before)
        loader = arena_printf(a, "%s:%s", loader, before);
    if (setenv("LD_PRELOAD", loader, 1) != 0 || setenv("PYOPT_BUNDLE", so, 1) != 0)
        return err_set(err, ErrNoMemory, "out of memory");
    return true;
}

bool
launch_run(const char *bundle, char *const *argv, Err *err)
{
    const char *off = getenv("PYOPT");
    if (off && strcmp(off, "off") == 0)
        become(argv); /* wins over everything, a missing bundle included */
    Arena *a = arena_new();
    bool ok = prepare(a, bundle, err);
    arena_free(a);
    if (ok)
        become(argv);
    return false;
}
