#define _GNU_SOURCE
#include "cc.h"

#include "digest.h"
#include "fileio.h"
#include "proc.h"
#include "strbuf.h"
#include "unit_abi.h"
#include "vec.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How generated C is compiled.  Strict aliasing stays on: type-based alias analysis is what lets
 * gcc keep unboxed values in registers across stores to objects.  -fwrapv as CPython itself; no
 * contraction, because a*b+c must round twice as the interpreter does.  -w: the C is for machines
 * first. */
static const char *const flags[] = {
    "-g1",
    "-fPIC",
    "-fno-plt",
    "-fwrapv",
    "-ffp-contract=off",
    "-fno-stack-protector",
    "-fno-reorder-blocks-and-partition", /* NAME.cold is no symbol when NAME is quoted */
    "-fvisibility=hidden",
    "-std=gnu11",
    "-w",
};

/* "ccache gcc" is two words. */
static char **
split_words(Arena *a, const char *text)
{
    Vec(char *) words = {0};
    for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        vec_push(a, &words, arena_strndup(a, at, n));
        at += n;
    }
    vec_push(a, &words, NULL);
    return words.at;
}

static bool
try_compiler(Arena *a, const char *command, CcTarget *t)
{
    char **words = split_words(a, command);
    Vec(char *) argv = {0};
    for (char **w = words; *w; w++)
        vec_push(a, &argv, *w);
    vec_push(a, &argv, "--version");
    vec_push(a, &argv, NULL);
    ProcCmd cmd = {.argv = argv.at};
    if (!*words || !proc_run(a, &cmd, NULL) || cmd.status != 0)
        return false;
    t->cc = words;
    t->cc_version = arena_strndup(a, cmd.output, strcspn(cmd.output, "\n"));
    return true;
}

static bool
find_compiler(Arena *a, CcTarget *t, Err *err)
{
    const char *chosen = getenv("CC");
    if (chosen && *chosen)
        return try_compiler(a, chosen, t) ||
               err_set(err, ErrNoCompiler, "the compiler that CC names, %s, cannot be run", chosen);
    return try_compiler(a, "gcc", t) || try_compiler(a, "clang", t) || try_compiler(a, "cc", t) ||
           err_set(err, ErrNoCompiler, "no C compiler: install gcc or clang, or name one in CC");
}

static int
visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static const char *
digest_folder(Arena *a, const char *dir, Err *err)
{
    struct dirent **names;
    int n = scandir(dir, &names, visible, alphasort);
    if (n <= 0) {
        err_set(err, ErrNoCompiler, "the runtime's headers are missing: %s (run make)", dir);
        return NULL;
    }
    DigestRun *d = digest_begin();
    bool ok = true;
    for (int i = 0; i < n; i++) {
        void *bytes;
        size_t len;
        if (ok)
            ok = fileio_read(a, arena_printf(a, "%s/%s", dir, names[i]->d_name), &bytes, &len, err);
        if (ok) {
            digest_add_str(d, names[i]->d_name);
            digest_add(d, bytes, len);
        }
        free(names[i]);
    }
    free(names);
    Digest sum = digest_end(d);
    char hex[DIGEST_HEX];
    digest_hex(&sum, hex);
    return ok ? arena_strdup(a, hex) : NULL;
}

CcTarget *
cc_target_find(Arena *a, const PyTarget *py, unsigned level, Err *err)
{
    CcTarget *t = arena_new_of(a, CcTarget);
    t->py = py;
    t->level = level;
    if (!find_compiler(a, t, err))
        return NULL;
    const char *prefix = fileio_prefix(a); /* the headers travel with the program */
    t->runtime = arena_printf(a, "%s/lib/pyopt/include", prefix ? prefix : "");
    t->headers_key = digest_folder(a, t->runtime, err);
    return t->headers_key ? t : NULL;
}

typedef Vec(char *) Args;

static void
push_flags(Arena *a, Args *v, const CcTarget *t, const char *pch)
{
    for (char **w = t->cc; *w; w++)
        vec_push(a, v, *w);
    if (pch)
        vec_push(a, v, arena_printf(a, "-I%s", pch)); /* searched first */
    vec_push(a, v, arena_printf(a, "-O%u", t->level));
    for (size_t i = 0; i < countof(flags); i++)
        vec_push(a, v, (char *)flags[i]);
    if (!t->py->debug)
        vec_push(a, v, "-DNDEBUG"); /* as the interpreter's own objects */
    vec_push(a, v, arena_printf(a, "-I%s", t->runtime));
    for (int i = 0; i < 2; i++) {
        if (i && strcmp(t->py->include[0], t->py->include[1]) == 0)
            continue;
        /* Not -isystem: gcc would follow Debian's links from the debug build's headers to the
         * other's. */
        vec_push(a, v, arena_printf(a, "-I%s", t->py->include[i]));
    }
}

/* Everything an object depends on but the C text: flags, compiler, headers, interpreter. */
static void
digest_setting(Arena *a, const CcTarget *t, DigestRun *d)
{
    Args v = {0};
    push_flags(a, &v, t, NULL);
    for (uint32_t i = 0; i < v.n; i++)
        digest_add_str(d, v.at[i]);
    digest_add_str(d, t->cc_version);
    digest_add_str(d, t->headers_key);
    digest_add_str(d, t->py->soabi);
    digest_add(d, &t->py->hexversion, sizeof t->py->hexversion);
}

static const char *
keyed_path(Arena *a, const CcTarget *t, const char *dir, const char *c_text, const char *suffix)
{
    DigestRun *d = digest_begin();
    digest_setting(a, t, d);
    digest_add_str(d, c_text);
    Digest sum = digest_end(d);
    char hex[DIGEST_HEX];
    digest_hex(&sum, hex);
    return arena_printf(a, "%s/%s%s", dir, hex, suffix);
}

/* Is it in the cache?  If so it is young again. */
static bool
cached(const char *path)
{
    return utimensat(AT_FDCWD, path, NULL, 0) == 0;
}

#define PCH_NAME "pyopt_rt.h.gch"

/* What nobody has used for this long goes. */
static void
prune(Arena *a, const char *dir)
{
    enum { MaxAge = 30 * 24 * 3600 };
    DIR *d = opendir(dir);
    time_t limit = time(NULL) - MaxAge;
    struct stat st;
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *path = arena_printf(a, "%s/%s", dir, e->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && e->d_name[0] != '.')
            path = arena_printf(a, "%s/" PCH_NAME, path);
        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime < limit)
            unlink(path);
    }
    if (d)
        closedir(d);
}

/* Three quarters of the time for a small unit goes into reading Python.h and the runtime.  gcc
 * takes pyopt_rt.h.gch from the first folder on its path instead, if that was made with the same
 * flags; this gives that folder, or NULL (not gcc, or it did not work: then the headers are read as
 * always). */
static const char *
precompile(Arena *a, const CcTarget *t, const char *cache)
{
    if (strstr(t->cc_version, "clang"))
        return NULL;
    const char *dir = keyed_path(a, t, cache, "pyopt_rt.h", ".pch");
    const char *pch = arena_printf(a, "%s/" PCH_NAME, dir);
    if (cached(pch))
        return dir;
    char *temp = arena_printf(a, "%s.%d", pch, getpid());
    Args v = {0};
    push_flags(a, &v, t, NULL);
    const char *const rest[] = {"-x", "c-header", "-o", temp,
                                arena_printf(a, "%s/pyopt_rt.h", t->runtime)};
    for (size_t i = 0; i < countof(rest); i++)
        vec_push(a, &v, (char *)rest[i]);
    vec_push(a, &v, NULL);
    ProcCmd cmd = {.argv = v.at};
    if (fileio_mkdirs(dir, 0700, NULL) && proc_run(a, &cmd, NULL) && cmd.status == 0 &&
        rename(temp, pch) == 0)
        return dir;
    unlink(temp);
    return NULL;
}

/* One cc_build(): its sources and where their objects go. */
typedef struct Source {
    const char *c_text, *object, *temp;
    uint32_t unit;
} Source;

enum { WorthPch = 3 }; /* sources; making the precompiled header costs about as much as these */

typedef struct Build {
    const CcProgress *cb;
    CcUnit *units;
    Source *todo;
    ProcCmd *cmds;
    uint32_t done, total;
    Arena *arena;
} Build;

/* The first line that says error, without a temporary's name. */
static const char *
first_error(Arena *a, const char *said)
{
    const char *hit = strstr(said, "error:");
    const char *from = hit ? hit : said;
    while (from > said && from[-1] != '\n')
        from--;
    size_t n = strcspn(from, "\n");
    return n ? arena_strndup(a, from, n) : "the compiler failed and said nothing";
}

static void
object_done(uint32_t index, void *arg)
{
    Build *b = arg;
    const Source *s = &b->todo[index];
    const ProcCmd *cmd = &b->cmds[index];
    if (cmd->status == 0 && rename(s->temp, s->object) == 0) {
        b->units[s->unit].refused = NULL;
    } else {
        unlink(s->temp);
        b->units[s->unit].refused = first_error(b->arena, cmd->errors);
    }
    b->done++;
    if (b->cb)
        b->cb->step(b->cb->arg, b->done, b->total);
}

static ProcCmd
compile_command(Arena *a, const CcTarget *t, const char *pch, const Source *s)
{
    Args v = {0};
    push_flags(a, &v, t, pch);
    const char *const rest[] = {"-c", "-x", "c", "-o", s->temp, "-"};
    for (size_t i = 0; i < countof(rest); i++)
        vec_push(a, &v, (char *)rest[i]);
    vec_push(a, &v, NULL);
    return (ProcCmd){.argv = v.at, .input = s->c_text, .n_input = strlen(s->c_text)};
}

/* Compile what the cache does not hold; objects[i] is unit i's object either way. */
static bool
compile_all(Arena *a, const CcTarget *t, CcUnit *units, uint32_t n, const char **objects,
            const CcProgress *cb, CcStats *st, Err *err)
{
    const char *cache = fileio_cache_dir(a, "objects", err);
    if (!cache)
        return false;
    Build b = {.cb = cb, .units = units, .arena = a};
    b.todo = arena_array(a, Source, n);
    b.cmds = arena_array(a, ProcCmd, n);
    for (uint32_t i = 0; i < n; i++) {
        units[i].refused = NULL;
        objects[i] = keyed_path(a, t, cache, units[i].c_text, ".o");
        if (cached(objects[i])) {
            st->n_cached++;
            continue;
        }
        b.todo[b.total] = (Source){.c_text = units[i].c_text,
                                   .object = objects[i],
                                   .temp = arena_printf(a, "%s.%d.%u", objects[i], getpid(), i),
                                   .unit = i};
        b.total++;
    }
    st->n_compiled += b.total;
    const char *pch = b.total >= WorthPch ? precompile(a, t, cache) : NULL;
    for (uint32_t i = 0; i < b.total; i++)
        b.cmds[i] = compile_command(a, t, pch, &b.todo[i]);
    return proc_run_all(a, b.cmds, b.total, proc_cores(), object_done, &b, err);
}

/* A unit that names a refused unit's symbol would not load. */
static void
refuse_dependents(Arena *a, CcUnit *units, uint32_t n, CcStats *st)
{
    for (bool again = true; again;) {
        again = false;
        for (uint32_t r = 0; r < n; r++)
            for (uint32_t i = 0; units[r].refused && i < n; i++) {
                if (units[i].refused || !strstr(units[i].c_text, units[r].symbol))
                    continue;
                units[i].refused =
                    arena_printf(a, "calls %s, which did not compile", units[r].name);
                again = true;
            }
    }
    for (uint32_t i = 0; i < n; i++)
        st->n_refused += units[i].refused != NULL;
}

static const char *
index_text(Arena *a, const CcTarget *t, const CcUnit *units, uint32_t n)
{
    StrBuf b;
    sb_init(&b, a);
    sb_puts(&b, "/* What the loader finds with dlsym(): every unit of this bundle. */\n"
                "#include \"pyopt_rt.h\"\n\n");
    sb_printf(&b,
              "#if PY_VERSION_HEX != 0x%08x\n"
              "#error \"the headers are not those of the interpreter\"\n#endif\n\n",
              t->py->hexversion);
    for (uint32_t i = 0; i < n; i++)
        if (!units[i].refused && !units[i].inner)
            sb_printf(&b, "extern const PyoptUnit %s;\n", units[i].symbol);
    sb_puts(&b, "\nstatic const PyoptUnit *const units[] = {\n");
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!units[i].refused && !units[i].inner) {
            sb_printf(&b, "    &%s,\n", units[i].symbol);
            kept++;
        }
    sb_puts(&b, "    0,\n};\n\n"
                "__attribute__((visibility(\"default\"))) const PyoptBundleInfo pyopt_bundle = {\n"
                "    .abi = PYOPT_ABI,\n"
                "    .hexversion = PY_VERSION_HEX,\n    .soabi = ");
    sb_cstr(&b, t->py->soabi);
    sb_printf(&b,
              ",\n    .layout = PYRT_LAYOUT_FINGERPRINT,\n    .n_units = %u,\n"
              "    .units = units,\n};\n",
              kept);
    return b.s;
}

static bool
link_objects(Arena *a, const CcTarget *t, const CcUnit *units, uint32_t n,
             const char *const *objects, const char *index, const char *out_so, Err *err)
{
    /* Thousands of names do not fit a command line: they go through a response file. */
    StrBuf names;
    sb_init(&names, a);
    for (uint32_t i = 0; i < n; i++)
        if (!units[i].refused)
            sb_printf(&names, "\"%s\"\n", objects[i]);
    sb_printf(&names, "\"%s\"\n", index);
    char *list = arena_printf(a, "%s.objects", out_so);
    if (!fileio_write(list, names.s, names.n, 0600, err))
        return false;
    char *at_list = arena_printf(a, "@%s", list);
    const char *const rest[] = {"-shared", "-Wl,-O1,--build-id=sha1", "-o", out_so, at_list};
    Args v = {0};
    for (char **w = t->cc; *w; w++)
        vec_push(a, &v, *w);
    for (size_t i = 0; i < countof(rest); i++)
        vec_push(a, &v, (char *)rest[i]);
    vec_push(a, &v, NULL);
    ProcCmd cmd = {.argv = v.at};
    bool ok = proc_run(a, &cmd, err);
    unlink(list);
    if (ok && cmd.status != 0)
        return err_set(err, ErrFailed, "linking the bundle failed: %s", first_error(a, cmd.errors));
    return ok;
}

bool
cc_build(Arena *a, const CcTarget *t, CcUnit *units, uint32_t n, const char *out_so,
         const CcProgress *cb, CcStats *stats, Err *err)
{
    double began = proc_now();
    CcStats st = {0};
    const char **objects = arena_array(a, const char *, n + 1);
    if (!compile_all(a, t, units, n, objects, cb, &st, err))
        return false;
    refuse_dependents(a, units, n, &st);
    CcUnit index = {.name = "the index", .symbol = "pyopt_bundle"};
    index.c_text = index_text(a, t, units, n);
    CcStats ignored = {0};
    if (!compile_all(a, t, &index, 1, &objects[n], NULL, &ignored, err))
        return false;
    if (index.refused)
        return err_set(err, ErrFailed, "compiling the bundle's index failed: %.400s",
                       index.refused);
    if (!link_objects(a, t, units, n, objects, objects[n], out_so, err))
        return false;
    struct stat so;
    st.so_bytes = stat(out_so, &so) == 0 ? (size_t)so.st_size : 0;
    prune(a, fileio_cache_dir(a, "objects", NULL));
    st.seconds = proc_now() - began;
    if (stats)
        *stats = st;
    return true;
}
