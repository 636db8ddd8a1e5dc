/* The whole profile, read.  Rows are checked one by one: a row that names a code or type that is
 * not there, or a unit outside its code, means a damaged file, never an index out of bounds later.
 */
#include "profdb.h"

#include "marshal.h"
#include "nameless.h"
#include "profsql.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "map.h"

enum { MAX_BODY = 64 << 20, ENOUGH_CALLS = 5 };

typedef struct Reader {
    Arena *arena;
    sqlite3 *db;
    const char *path;
    Profile *p;
    Map funcs; /* code.id to index in p->funcs, plus 1 */
    Map types; /* type.id to address of its name */
    Err *err;
} Reader;

typedef bool Row(Reader *r, sqlite3_stmt *s);

static bool
corrupt(Reader *r, const char *what)
{
    return err_set(r->err, ErrCorrupt, "%s: damaged: %s", r->path, what);
}

static bool
each(Reader *r, const char *sql, Row *row)
{
    sqlite3_stmt *s = profsql_prepare(r->db, sql, r->err);
    if (!s)
        return false;
    int step = SQLITE_ROW;
    bool ok = true;
    while (ok && (step = sqlite3_step(s)) == SQLITE_ROW)
        ok = row(r, s);
    if (ok && step != SQLITE_DONE)
        ok = profsql_failed(r->db, "cannot be read", r->err);
    sqlite3_finalize(s);
    return ok;
}

static const char *
text(Reader *r, sqlite3_stmt *s, int column)
{
    return profsql_text(r->arena, s, column);
}

static uint64_t
count(sqlite3_stmt *s, int column)
{
    int64_t n = sqlite3_column_int64(s, column);
    return n > 0 ? (uint64_t)n : 0;
}

static bool
run_row(Reader *r, sqlite3_stmt *s)
{
    unsigned hex = (unsigned)sqlite3_column_int64(s, 0);
    r->p->native += count(s, 6);
    if (!hex) { /* the command started no Python, or another sampler's profile was imported */
        r->p->samples += count(s, 4);
        r->p->seconds += sqlite3_column_double(s, 5);
        return true;
    }
    const PyVer *ver = pyver_find((int)(hex >> 24), (int)(hex >> 16 & 0xff));
    if (!ver)
        return err_set(r->err, ErrBadPython, "%s: recorded with Python %u.%u; supported: %s",
                       r->path, hex >> 24, hex >> 16 & 0xff, pyver_supported());
    if (r->p->ver && r->p->ver != ver)
        return err_set(r->err, ErrBadFormat, "%s: runs of different Pythons in one profile",
                       r->path);
    r->p->ver = ver;
    r->p->version = text(r, s, 1);
    r->p->python = text(r, s, 2);
    r->p->soabi = text(r, s, 3);
    r->p->samples += count(s, 4);
    r->p->seconds += sqlite3_column_double(s, 5);
    return r->p->version && r->p->python && r->p->soabi ? true : corrupt(r, "a run has no Python");
}

static PyCode *
unpack_body(Reader *r, const void *blob, size_t n)
{
    unsigned long long size = ZSTD_getFrameContentSize(blob, n);
    Err inner = {0};
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > MAX_BODY) {
        corrupt(r, "a code object's size");
        return NULL;
    }
    void *bytes = arena_alloc(r->arena, (size_t)size + 1);
    if (ZSTD_decompress(bytes, (size_t)size, blob, n) != size) {
        corrupt(r, "a compressed code object");
        return NULL;
    }
    PyObj *o = marshal_read(r->arena, r->p->ver, bytes, (size_t)size, &inner);
    if (o && o->kind == PyCodeObj)
        return o->code;
    corrupt(r, o ? "a code object that is none" : inner.msg);
    return NULL;
}

/* One that is not known is no Python at least. */
static ProfKind
kind_of(const char *name)
{
    static const char *const names[] = {
#define X(kind, text) text,
        PROF_KINDS(X)
#undef X
    };
    for (size_t i = 0; name && i < countof(names); i++)
        if (strcmp(name, names[i]) == 0)
            return (ProfKind)i;
    return ProfNative;
}

static bool
code_row(Reader *r, sqlite3_stmt *s)
{
    ProfFunc f = {.module = text(r, s, 2),
                  .filename = text(r, s, 3),
                  .qualname = text(r, s, 4),
                  .firstlineno = sqlite3_column_int(s, 5),
                  .total = count(s, 6),
                  .kind = kind_of(text(r, s, 8))};
    const char *key = (const char *)sqlite3_column_text(s, 1);
    if (!key || !codekey_parse(key, &f.key) || !f.filename || !f.qualname)
        return corrupt(r, "a code object's names");
    const void *blob = sqlite3_column_blob(s, 7);
    size_t n = (size_t)sqlite3_column_bytes(s, 7);
    if (blob && r->p->ver && f.kind == ProfPython) {
        f.code = unpack_body(r, blob, n);
        if (!f.code)
            return false;
        if (nameless_is(f.code))
            f.code->key = f.key;
        if (!codekey_equal(f.code->key, f.key))
            return corrupt(r, "a code object whose content is not what its key says");
        f.at = arena_array(r->arena, uint64_t, f.code->n_units + 1);
    }
    vec_push(r->arena, &r->p->funcs, f);
    map_put(&r->funcs, (uint64_t)sqlite3_column_int64(s, 0), r->p->funcs.n);
    return true;
}

static bool
type_row(Reader *r, sqlite3_stmt *s)
{
    const char *name = text(r, s, 1);
    if (!name)
        return corrupt(r, "a type without a name");
    map_put(&r->types, (uint64_t)sqlite3_column_int64(s, 0), (uint64_t)(uintptr_t)name);
    return true;
}

static ProfFunc *
func_of(Reader *r, sqlite3_stmt *s, int column, uint32_t *unit)
{
    uint64_t *index = map_get(&r->funcs, (uint64_t)sqlite3_column_int64(s, column));
    int64_t off = sqlite3_column_int64(s, column + 1);
    if (!index) {
        corrupt(r, "a row for a code object that is not there");
        return NULL;
    }
    ProfFunc *f = &r->p->funcs.at[*index - 1];
    if (off < 0 || off > UINT16_MAX || (f->code && off >= f->code->n_units)) {
        corrupt(r, "a row for an instruction that is not there");
        return NULL;
    }
    *unit = (uint32_t)off;
    return f;
}

static bool
self_row(Reader *r, sqlite3_stmt *s)
{
    uint32_t unit;
    ProfFunc *f = func_of(r, s, 0, &unit);
    if (!f)
        return false;
    f->self += f->kind != ProfNative ? count(s, 2) : 0;
    if (f->at)
        f->at[unit] += count(s, 2);
    return true;
}

/* Native functions end stacks. */
static bool
native_row(Reader *r, sqlite3_stmt *s)
{
    uint64_t *index = map_get(&r->funcs, (uint64_t)sqlite3_column_int64(s, 0));
    if (index) /* or the stack is damaged, which calltree.c will notice */
        r->p->funcs.at[*index - 1].self += count(s, 1);
    return true;
}

/* Rows come ordered by site, most frequent type first. */
static bool
site_row(Reader *r, sqlite3_stmt *s)
{
    uint32_t unit;
    ProfFunc *f = func_of(r, s, 0, &unit);
    uint64_t *type = map_get(&r->types, (uint64_t)sqlite3_column_int64(s, 3));
    int64_t slot = sqlite3_column_int64(s, 2);
    if (!f)
        return false;
    if (!type || slot < 0 || slot > UINT16_MAX)
        return corrupt(r, "a type at a place that cannot be");
    ProfSite *last = f->sites.n ? &vec_last(&f->sites) : NULL;
    if (!last || last->off != unit || last->slot != (uint32_t)slot) {
        vec_push(r->arena, &f->sites, (ProfSite){.off = unit, .slot = (uint32_t)slot});
        last = &vec_last(&f->sites);
    }
    ProfType t = {(const char *)(uintptr_t)*type, count(s, 4)};
    vec_push(r->arena, &last->types, t);
    last->total += t.count;
    return true;
}

/* How often each was called where that was seen often enough to tell, else how long each took: the
 * rows of one site come together, with the site's sum. */
static bool
callee_row(Reader *r, sqlite3_stmt *s)
{
    uint32_t unit;
    ProfFunc *f = func_of(r, s, 0, &unit);
    if (!f)
        return false;
    bool enough = count(s, 6) >= ENOUGH_CALLS;
    ProfCallee c = {.off = unit, .name = text(r, s, 3), .count = count(s, 4)};
    if (!enough)
        c.count += count(s, 5);
    uint64_t id = (uint64_t)sqlite3_column_int64(s, 2);
    uint64_t *index = id ? map_get(&r->funcs, id) : NULL;
    if (!c.name || (id && !index))
        return corrupt(r, "a callee that is not there");
    if (index)
        c.key = r->p->funcs.at[*index - 1].key;
    vec_push(r->arena, &f->callees, c);
    return true;
}

static bool
odds_row(Reader *r, sqlite3_stmt *s, ProfFunc **f, ProfBranch *out)
{
    uint32_t unit;
    *f = func_of(r, s, 0, &unit);
    if (!*f)
        return false;
    *out = (ProfBranch){unit, sqlite3_column_double(s, 2), sqlite3_column_double(s, 3),
                        sqlite3_column_double(s, 4), sqlite3_column_double(s, 5)};
    return (out->lo >= 0 && out->lo <= out->p_taken && out->p_taken <= out->hi && out->hi <= 1 &&
            out->weight >= 0) ||
           corrupt(r, "odds that are none");
}

static bool
branch_row(Reader *r, sqlite3_stmt *s)
{
    ProfFunc *f;
    ProfBranch b;
    if (!odds_row(r, s, &f, &b))
        return false;
    vec_push(r->arena, &f->branches, b);
    return true;
}

static bool
raised_row(Reader *r, sqlite3_stmt *s)
{
    ProfFunc *f;
    ProfBranch b;
    if (!odds_row(r, s, &f, &b))
        return false;
    vec_push(r->arena, &f->raised, b);
    return true;
}

static bool
outcome_row(Reader *r, sqlite3_stmt *s)
{
    uint32_t unit;
    ProfFunc *f = func_of(r, s, 0, &unit);
    if (!f)
        return false;
    if (!f->outcomes.n || vec_last(&f->outcomes).off != unit)
        vec_push(r->arena, &f->outcomes, (ProfOutcome){.off = unit});
    ProfOutcome *o = &vec_last(&f->outcomes);
    *(sqlite3_column_int(s, 2) ? &o->taken : &o->fallen) += count(s, 3);
    return true;
}

static bool
quick_row(Reader *r, sqlite3_stmt *s)
{
    uint32_t unit;
    ProfFunc *f = func_of(r, s, 0, &unit);
    if (!f)
        return false;
    ProfQuick q = {unit, text(r, s, 2), count(s, 3), count(s, 4)};
    if (!q.opname)
        return corrupt(r, "an inline cache without an opcode");
    vec_push(r->arena, &f->quick, q);
    return true;
}

static int
hottest_first(const void *a, const void *b)
{
    const ProfFunc *x = a, *y = b;
    if (x->self != y->self)
        return x->self < y->self ? 1 : -1;
    if (x->total != y->total)
        return x->total < y->total ? 1 : -1;
    int by_name = strcmp(x->qualname, y->qualname);
    return by_name                  ? by_name
           : x->key.hi != y->key.hi ? (x->key.hi < y->key.hi ? -1 : 1)
                                    : (x->key.lo > y->key.lo) - (x->key.lo < y->key.lo);
}

static bool
read_all(Reader *r)
{
    return each(r,
                "SELECT hexversion, version, python, soabi, samples, seconds, native "
                "FROM run ORDER BY id",
                run_row) &&
           each(r,
                "SELECT id, key, module, filename, qualname, firstlineno, total, body, kind "
                "FROM code "
                "ORDER BY id",
                code_row) &&
           each(r, "SELECT id, name FROM type", type_row) &&
           each(r, "SELECT code, unit, n FROM self_sample", self_row) &&
           each(r,
                "SELECT s.code, sum(s.n) FROM stack s JOIN code c ON c.id = s.code "
                "WHERE c.kind = 'native' GROUP BY s.code",
                native_row) &&
           each(
               r,
               "SELECT code, unit, slot, type, n FROM site_type ORDER BY code, unit, slot, n DESC, "
               "type",
               site_row) &&
           each(r,
                "SELECT code, unit, callee, name, n, below, sum(n) OVER (PARTITION BY code, unit) "
                "FROM callee ORDER BY code, unit, n DESC, below DESC, name",
                callee_row) &&
           each(r, "SELECT code, unit, taken, n FROM outcome ORDER BY code, unit", outcome_row) &&
           each(r, "SELECT code, unit, taken, low, high, weight FROM branch ORDER BY code, unit",
                branch_row) &&
           each(r, "SELECT code, unit, part, low, high, weight FROM raised ORDER BY code, unit",
                raised_row) &&
           each(
               r,
               "SELECT code, unit, opname, seen, misses FROM quick ORDER BY code, unit, seen DESC, "
               "opname",
               quick_row);
}

Profile *
profdb_load(Arena *a, const char *path, Err *err)
{
    Reader r = {.arena = a, .path = path, .err = err, .p = arena_new_of(a, Profile)};
    map_init(&r.funcs, a);
    map_init(&r.types, a);
    r.db = profsql_open(path, false, err);
    if (!r.db)
        return NULL;
    bool ok = read_all(&r);
    sqlite3_close(r.db);
    if (!ok)
        return NULL;
    if (r.p->funcs.n)
        qsort(r.p->funcs.at, r.p->funcs.n, sizeof *r.p->funcs.at, hottest_first);
    return r.p;
}
