#define _GNU_SOURCE
#include "pysource.h"

#include "fileio.h"
#include "marshal.h"
#include "proc.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

/* One process for all files.  In: paths, each with a NUL.  Out: a marker (a launcher may have
 * printed something before), then per path a letter (m: marshalled code, e: a message), the length
 * as 8 hex digits, and that many bytes. */
#define MARKER "pyopt-codes\n"
static const char script[] =
    "import sys,marshal,warnings\n"
    "warnings.simplefilter('ignore')\n"
    "out=sys.stdout.buffer\n"
    "out.write(b'pyopt-codes\\n')\n"
    "def put(kind,b): out.write(kind+b'%08x'%len(b)+b)\n"
    "for p in sys.stdin.buffer.read().split(b'\\0')[:-1]:\n"
    "    p=p.decode('utf-8','surrogateescape')\n"
    "    try:\n"
    "        with open(p,'rb') as f: "
    "put(b'm',marshal.dumps(compile(f.read(),p,'exec',dont_inherit=True)))\n"
    "    except SyntaxError as e: put(b'e',f'line {e.lineno}: {e.msg}'.encode('utf-8','replace'))\n"
    "    except Exception as e: put(b'e',str(e).encode('utf-8','replace'))\n";

typedef struct Found {
    const char *path;
    bool named; /* on the command line, not found in a folder */
} Found;

typedef struct Collect {
    Arena *arena;
    Vec(Found) sources;
    Vec(Found) compiled;
} Collect;

static bool
ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n >= k && strcmp(s + n - k, end) == 0;
}

static int
by_name(const FTSENT **x, const FTSENT **y)
{
    return strcmp((*x)->fts_name, (*y)->fts_name);
}

static bool
walk_folder(Collect *c, const char *path, Err *err)
{
    char *roots[] = {(char *)path, NULL};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!fts)
        return err_set(err, ErrNoFile, "cannot read %s: %s", path, strerror(errno));
    for (FTSENT *e; (e = fts_read(fts));) {
        if (e->fts_info == FTS_D && e->fts_level > 0 &&
            (e->fts_name[0] == '.' || strcmp(e->fts_name, "__pycache__") == 0))
            fts_set(fts, e, FTS_SKIP);
        else if (e->fts_info == FTS_F && ends_with(e->fts_name, ".py"))
            vec_push(c->arena, &c->sources, (Found){arena_strdup(c->arena, e->fts_path), false});
    }
    fts_close(fts);
    return true;
}

static bool
collect(Collect *c, const char *path, Err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_set(err, ErrNoFile, "cannot read %s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return walk_folder(c, path, err);
    if (ends_with(path, ".pyc"))
        vec_push(c->arena, &c->compiled, (Found){path, true});
    else
        vec_push(c->arena, &c->sources, (Found){path, true});
    return true;
}

typedef struct Roots {
    Vec(PyCode *) codes;
} Roots;

static bool
add_pyc(Arena *a, const PyTarget *t, const char *path, Roots *roots, Err *err)
{
    void *bytes;
    size_t n;
    Err why = {0};
    if (!fileio_read(a, path, &bytes, &n, err))
        return false;
    PyObj *o = marshal_read_pyc(a, bytes, n, &why);
    if (!o)
        return err_set(err, why.kind, "%s: %.400s", path, why.msg);
    if (o->code->ver != t->ver)
        return err_set(err, ErrBadPython, "%s is not for CPython %s", path, t->version);
    vec_push(a, &roots->codes, o->code);
    return true;
}

/* One answer of the script, starting at *at. */
static bool
next_answer(const char **at, const char *end, char *kind, const char **bytes, size_t *n)
{
    if (end - *at < 9)
        return false;
    *kind = **at;
    *n = 0;
    for (int i = 1; i <= 8; i++) {
        const char *digits = "0123456789abcdef", *d = memchr(digits, (*at)[i], 16);
        if (!d)
            return false;
        *n = *n * 16 + (size_t)(d - digits);
    }
    *bytes = *at + 9;
    if ((size_t)(end - *bytes) < *n)
        return false;
    *at = *bytes + *n;
    return true;
}

static bool
add_sources(Collect *c, const PyTarget *t, Roots *roots, PySources *out, Err *err)
{
    Arena *a = c->arena;
    if (!c->sources.n)
        return true;
    StrBuf names;
    sb_init(&names, a);
    for (uint32_t i = 0; i < c->sources.n; i++)
        sb_write(&names, c->sources.at[i].path, strlen(c->sources.at[i].path) + 1);
    char *argv[] = {(char *)t->python, "-I", "-S", "-c", (char *)script, NULL};
    ProcCmd cmd = {.argv = argv, .input = names.s, .n_input = names.n};
    if (!proc_run(a, &cmd, err))
        return false;
    const char *bytes, *end = cmd.output + cmd.n_output;
    const char *at = memmem(cmd.output, cmd.n_output, MARKER, strlen(MARKER));
    at = at ? at + strlen(MARKER) : end;
    char kind;
    size_t n;
    for (uint32_t i = 0; i < c->sources.n; i++) {
        const Found *f = &c->sources.at[i];
        if (!next_answer(&at, end, &kind, &bytes, &n))
            return err_set(err, ErrFailed, "%s stopped while compiling %s", t->python, f->path);
        Err why = {0};
        PyObj *o = kind == 'm' ? marshal_read(a, t->ver, bytes, n, &why) : NULL;
        const char *fault = kind == 'm' ? why.msg : arena_strndup(a, bytes, n);
        if (o && o->kind == PyCodeObj) {
            vec_push(a, &roots->codes, o->code);
        } else if (f->named) {
            return err_set(err, kind == 'm' ? why.kind : ErrBadFormat, "%s: %.400s", f->path,
                           fault);
        } else if (out->n_skipped++ == 0) {
            out->skipped = arena_printf(a, "%s: %s", f->path, fault);
        }
    }
    return true;
}

bool
pysource_read(Arena *a, const PyTarget *t, char *const *paths, uint32_t n, PySources *out, Err *err)
{
    *out = (PySources){0};
    Collect c = {.arena = a};
    Roots roots = {0};
    for (uint32_t i = 0; i < n; i++)
        if (!collect(&c, paths[i], err))
            return false;
    if (!add_sources(&c, t, &roots, out, err))
        return false;
    for (uint32_t i = 0; i < c.compiled.n; i++)
        if (!add_pyc(a, t, c.compiled.at[i].path, &roots, err))
            return false;
    out->codes = roots.codes.at;
    out->n_codes = roots.codes.n;
    return true;
}
