#define _GNU_SOURCE
#include "bundling.h"

#include "bundle.h"
#include "explain.h"
#include "fileio.h"
#include "proc.h"
#include "profdb.h"
#include "pysource.h"
#include "unit_abi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
default_out(Arena *a, const char *profile)
{
    size_t n = strlen(profile);
    if (n > 3 && strcmp(profile + n - 3, ".db") == 0)
        n -= 3;
    return arena_printf(a, "%.*s.pyob", (int)n, profile);
}

/* Faults of the output are told before the work is done, not after. */
static bool
check_out(Arena *a, const BundlingJob *job, const char *out, Err *err)
{
    const char *slash = strrchr(out, '/');
    const char *dir = slash ? arena_strndup(a, out, (size_t)(slash - out) + 1) : ".";
    if (!job->force && fileio_exists(out))
        return err_set(err, ErrExists, "%s exists already; --force overwrites it", out);
    if (access(dir, W_OK) != 0)
        return err_set(err, ErrWrite, "cannot write %s: %s", out, strerror(errno));
    return true;
}

/* What to compile and for which Python. */
static bool
read_input(Arena *a, const BundlingJob *job, PyoptJob *pj, BundlingReport *r, Err *err)
{
    if (!job->all) {
        Profile *p = profdb_load(a, job->profile, err);
        if (!p)
            return false;
        if (p->samples == 0 || p->funcs.n == 0 || !p->ver)
            return err_set(err, ErrEmpty, "%s holds no samples of Python code", job->profile);
        pj->profile = p;
        r->profiled = true;
    }
    r->out = job->out ? job->out : default_out(a, job->profile);
    if (!check_out(a, job, r->out, err))
        return false;
    if (!job->all) {
        r->target = pytarget_for_profile(a, pj->profile, job->python, err);
        return r->target != NULL;
    }
    r->target = pytarget_probe(a, job->python ? job->python : "python3", err);
    PySources src;
    if (!r->target || !pysource_read(a, r->target, job->paths, job->n_paths, &src, err))
        return false;
    if (!src.n_codes)
        return err_set(err, ErrEmpty, "no Python files to compile in %s", job->paths[0]);
    pj->codes = src.codes;
    pj->n_codes = src.n_codes;
    r->n_skipped = src.n_skipped;
    r->skipped = src.skipped;
    return true;
}

static bool
save_one(Arena *a, const char *dir, const char *symbol, const char *text, Err *err)
{
    return fileio_write(arena_printf(a, "%s/%s.c", dir, symbol), text, strlen(text), 0644, err);
}

static bool
save_c(Arena *a, const char *dir, const PyoptResult *results, uint32_t n, Err *err)
{
    if (!fileio_mkdirs(dir, 0755, err))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const PyoptResult *u = &results[i];
        if (u->c_text && !save_one(a, dir, u->symbol, u->c_text, err))
            return false;
        for (uint32_t k = 0; k < u->loops.n; k++)
            if (!save_one(a, dir, u->loops.at[k].symbol, u->loops.at[k].c_text, err))
                return false;
    }
    return true;
}

/* All generated C into one shared object, read back into memory. */
static bool
build_so(Arena *a, const BundlingJob *job, const CcTarget *cc, BundlingReport *r, void **so,
         size_t *n_so, Err *err)
{
    uint32_t most = r->n, n = 0;
    for (uint32_t i = 0; i < r->n; i++)
        most += r->results[i].loops.n;
    CcUnit *units = arena_array(a, CcUnit, most);
    uint32_t *of = arena_array(a, uint32_t, most);
    for (uint32_t i = 0; i < r->n; i++) {
        const PyoptResult *u = &r->results[i];
        if (u->bailout)
            continue;
        const char *name =
            arena_printf(a, "%s:%d %s", u->code->filename, u->code->firstlineno, u->code->qualname);
        units[n] = (CcUnit){.name = name, .symbol = u->symbol, .c_text = u->c_text};
        of[n++] = i;
        for (uint32_t k = 0; k < u->loops.n; k++) {
            const PyoptLoopUnit *l = &u->loops.at[k];
            units[n] =
                (CcUnit){.name = name, .symbol = l->symbol, .c_text = l->c_text, .inner = true};
            of[n++] = i;
        }
    }
    const char *tmp = getenv("TMPDIR");
    char *dir = arena_printf(a, "%s/pyopt.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return err_set(err, ErrWrite, "cannot write to %s: %s", dir, strerror(errno));
    const char *path = arena_printf(a, "%s/bundle.so", dir);
    bool ok = cc_build(a, cc, units, n, path, job->progress, &r->cc, err) &&
              fileio_read(a, path, so, n_so, err);
    unlink(path);
    rmdir(dir);
    for (uint32_t i = 0; ok && i < n; i++) {
        if (!units[i].refused)
            continue;
        if (job->verify) /* a developer wants to know */
            return err_set(err, ErrFailed, "generated C was refused: %s: %.300s", units[i].name,
                           units[i].refused);
        r->results[of[i]].bailout =
            arena_printf(a, "the C compiler refused it: %s", units[i].refused);
    }
    return ok;
}

static bool
pack(Arena *a, const BundlingJob *job, const CcTarget *cc, BundlingReport *r, const void *so,
     size_t n_so, Err *err)
{
    BundleUnit *units = arena_array(a, BundleUnit, r->n);
    for (uint32_t i = 0; i < r->n; i++) {
        const PyoptResult *u = &r->results[i];
        if (u->bailout)
            continue;
        units[r->n_units++] = (BundleUnit){.key = u->code->key,
                                           .qualname = u->code->qualname,
                                           .file = u->code->filename,
                                           .line = u->code->firstlineno};
        r->coverage += u->share;
    }
    Bundle b = {.python_version = cc->py->version,
                .soabi = cc->py->soabi,
                .hexversion = cc->py->hexversion,
                .abi = PYOPT_ABI,
                .headers = cc->headers_key,
                .profile = job->profile ? fileio_base_name(job->profile) : NULL,
                .units = units,
                .n_units = r->n_units,
                .explain = explain_write(a, r->results, r->n),
                .so = so,
                .n_so = n_so};
    return bundle_write(r->out, &b, err);
}

bool
bundling_run(Arena *a, const BundlingJob *job, BundlingReport *report, Err *err)
{
    double began = proc_now();
    BundlingReport r = {0};
    PyoptJob pj = {.arena = a,
                   .all = job->all,
                   .verify = job->verify,
                   .only = job->only,
                   .files = job->files,
                   .dump_pass = job->dump_pass};
    void *so = NULL;
    size_t n_so = 0;
    if (!read_input(a, job, &pj, &r, err))
        return false;
    const CcTarget *cc = cc_target_find(a, r.target, job->level, err);
    if (!cc || !pyopt_compile(&pj, &r.results, &r.n, err))
        return false;
    if (job->save_c && !save_c(a, job->save_c, r.results, r.n, err))
        return false;
    if (!build_so(a, job, cc, &r, &so, &n_so, err) || !pack(a, job, cc, &r, so, n_so, err))
        return false;
    r.seconds = proc_now() - began;
    *report = r;
    return true;
}
