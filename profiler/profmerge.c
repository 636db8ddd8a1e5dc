/* Merging is addition, so it is associative and commutative, and the rest must be too: where two
 * files say different things of one code object (its path, its line numbers), the smaller in a
 * fixed order is kept, never the first.  Row numbers are each file's own; a table of numbers for
 * codes, types and stacks translates, and goes with the file, so memory does not grow with the
 * number of files. */
#include "profmerge.h"

#include "map.h"
#include "profdb.h"

#include <stdlib.h>
#include <string.h>

typedef struct Merge {
    sqlite3 *into, *from;
    const char *path;
    double weight;
    Arena *arena;
    Map codes, types, stacks; /* row in `from` to row in `into` */
    Err *err;
} Merge;

/* One table.  How each selected column becomes a bound value is a letter of `how`:
 *   K T S   not bound: the row's number in the codes, types or stacks; what the insert returns is
 *           its number now
 *   c t p   a number of a code, a type, a stack, translated; for p and C, 0 stays 0
 *   C       a code or 0
 *   w       a count: times the weight; a row of zeros is left out unless it has a number
 *   v       as it is */
typedef struct Copy {
    const char *how, *select, *insert;
} Copy;

#define LESS                                                                                       \
    "(excluded.body IS NULL, excluded.filename, excluded.firstlineno, excluded.body) < "           \
    "(code.body IS NULL, code.filename, code.firstlineno, code.body)"

static const Copy copies[] = {
    {"Kvvvvvvwvv",
     "SELECT id, key, module, filename, qualname, firstlineno, units, total, body, kind FROM code",
     "INSERT INTO code (key, module, filename, qualname, firstlineno, units, total, body, kind) "
     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
     "total = total + excluded.total, "
     "module = min(coalesce(module, excluded.module), coalesce(excluded.module, module)), "
     "body = CASE WHEN " LESS " THEN excluded.body ELSE body END, "
     "filename = CASE WHEN " LESS " THEN excluded.filename ELSE filename END, "
     "firstlineno = CASE WHEN " LESS " THEN excluded.firstlineno ELSE firstlineno END "
     "RETURNING id"},
    {"Tv", "SELECT id, name FROM type",
     "INSERT INTO type (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = excluded.name "
     "RETURNING id"},
    {"cvw", "SELECT code, unit, n FROM self_sample",
     "INSERT INTO self_sample VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"},
    {"cvvtw", "SELECT code, unit, slot, type, n FROM site_type",
     "INSERT INTO site_type VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
     "n = n + excluded.n"},
    {"cvCvww", "SELECT code, unit, callee, name, n, below FROM callee",
     "INSERT INTO callee VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
     "n = n + excluded.n, below = below + excluded.below"},
    {"cvvw", "SELECT code, unit, taken, n FROM outcome",
     "INSERT INTO outcome VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"},
    {"cvvww", "SELECT code, unit, opname, seen, misses FROM quick",
     "INSERT INTO quick VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
     "seen = seen + excluded.seen, misses = misses + excluded.misses"},
    {"Spcvw", "SELECT id, parent, code, unit, n FROM stack ORDER BY id",
     "INSERT INTO stack (parent, code, unit, n) VALUES (?, ?, ?, ?) "
     "ON CONFLICT (parent, code, unit) DO UPDATE SET n = n + excluded.n RETURNING id"},
    {"tvvv", "SELECT type, kind, position, name FROM layout",
     "INSERT INTO layout VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
     "name = min(name, excluded.name)"},
    {"vvvvvvvvvvvwwwwwvvww",
     "SELECT started, host, python, version, hexversion, soabi, argv, clock, rate, seconds, cpu, "
     "samples, lost, unreadable, off_gil, no_python, processes, overhead, native, native_lost FROM "
     "run",
     "INSERT INTO run (started, host, python, version, hexversion, soabi, argv, clock, rate, "
     "seconds, cpu, samples, lost, unreadable, off_gil, no_python, processes, overhead, native, "
     "native_lost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
};

static bool
corrupt(Merge *m, const char *what)
{
    return err_set(m->err, ErrCorrupt, "%s: damaged: %s", m->path, what);
}

static Map *
numbers(Merge *m, char letter)
{
    return strchr("KcC", letter) ? &m->codes : strchr("Tt", letter) ? &m->types : &m->stacks;
}

static int64_t
weighted(const Merge *m, int64_t n)
{
    return n > 0 ? (int64_t)((double)n * m->weight + 0.5) : 0;
}

/* Binds a row; *counts says whether any count is left of it. */
static bool
bind_row(Merge *m, const Copy *c, sqlite3_stmt *from, sqlite3_stmt *to, bool *counts)
{
    *counts = !strchr(c->how, 'w') || strchr("KTS", c->how[0]);
    for (int i = 0, at = 0; c->how[i]; i++) {
        char letter = c->how[i];
        if (strchr("KTS", letter))
            continue;
        at++;
        int64_t n = sqlite3_column_int64(from, i);
        if (letter == 'v') {
            sqlite3_bind_value(to, at, sqlite3_column_value(from, i));
        } else if (letter == 'w') {
            sqlite3_bind_int64(to, at, weighted(m, n));
            *counts = *counts || weighted(m, n);
        } else if (n == 0 && strchr("pC", letter)) {
            sqlite3_bind_int64(to, at, 0);
        } else {
            uint64_t *row = map_get(numbers(m, letter), (uint64_t)n);
            if (!row)
                return corrupt(m, "a row for something that is not there");
            sqlite3_bind_int64(to, at, (int64_t)*row);
        }
    }
    return true;
}

static bool
put_row(Merge *m, const Copy *c, sqlite3_stmt *from, sqlite3_stmt *to)
{
    int step = sqlite3_step(to);
    if (step == SQLITE_ROW) {
        map_put(numbers(m, c->how[0]), (uint64_t)sqlite3_column_int64(from, 0),
                (uint64_t)sqlite3_column_int64(to, 0));
        step = sqlite3_step(to);
    }
    bool ok = step == SQLITE_DONE;
    if ((step & 0xff) == SQLITE_CONSTRAINT)
        corrupt(m, "a row that the schema does not allow");
    else if (!ok)
        profsql_failed(m->into, "cannot be written", m->err);
    sqlite3_reset(to);
    sqlite3_clear_bindings(to);
    return ok;
}

static bool
copy_table(Merge *m, const Copy *c)
{
    sqlite3_stmt *from = profsql_prepare(m->from, c->select, m->err);
    sqlite3_stmt *to = from ? profsql_prepare(m->into, c->insert, m->err) : NULL;
    bool ok = to != NULL, counts;
    int step = SQLITE_DONE;
    while (ok && (step = sqlite3_step(from)) == SQLITE_ROW) {
        ok = bind_row(m, c, from, to, &counts);
        if (ok && counts)
            ok = put_row(m, c, from, to);
    }
    if (ok && step != SQLITE_DONE)
        ok = profsql_failed(m->from, "cannot be read", m->err);
    sqlite3_finalize(from);
    sqlite3_finalize(to);
    return ok;
}

static bool
is_sound(const char *path, Err *err)
{
    Arena *a = arena_new();
    bool ok = profdb_load(a, path, err) != NULL;
    arena_free(a);
    return ok;
}

bool
profmerge_add(sqlite3 *into, const char *path, double weight, Err *err)
{
    Merge m = {.into = into, .path = path, .weight = weight, .err = err};
    m.from = is_sound(path, err) ? profsql_open(path, false, err) : NULL;
    if (!m.from)
        return false;
    m.arena = arena_new();
    map_init(&m.codes, m.arena);
    map_init(&m.types, m.arena);
    map_init(&m.stacks, m.arena);
    bool ok = true;
    for (size_t i = 0; ok && i < countof(copies); i++)
        ok = copy_table(&m, &copies[i]);
    arena_free(m.arena);
    sqlite3_close(m.from);
    return ok;
}

bool
profmerge_decay(sqlite3 *db, double factor, Err *err)
{
    static const char sql[] =
        "UPDATE code SET total = CAST(total * %1$.17g AS INTEGER);"
        "UPDATE self_sample SET n = CAST(n * %1$.17g AS INTEGER);"
        "UPDATE site_type SET n = CAST(n * %1$.17g AS INTEGER);"
        "UPDATE outcome SET n = CAST(n * %1$.17g AS INTEGER);"
        "UPDATE stack SET n = CAST(n * %1$.17g AS INTEGER);"
        "UPDATE callee SET n = CAST(n * %1$.17g AS INTEGER), below = CAST(below * %1$.17g AS "
        "INTEGER);"
        "UPDATE quick SET seen = CAST(seen * %1$.17g AS INTEGER), misses = CAST(misses * %1$.17g "
        "AS INTEGER);"
        "UPDATE run SET samples = CAST(samples * %1$.17g AS INTEGER), lost = CAST(lost * %1$.17g "
        "AS INTEGER), unreadable = CAST(unreadable * %1$.17g AS INTEGER), off_gil = CAST(off_gil * "
        "%1$.17g AS INTEGER), no_python = CAST(no_python * %1$.17g AS INTEGER), "
        "native = CAST(native * %1$.17g AS INTEGER), native_lost = CAST(native_lost * %1$.17g AS "
        "INTEGER);"
        "DELETE FROM self_sample WHERE n = 0; DELETE FROM site_type WHERE n = 0;"
        "DELETE FROM outcome WHERE n = 0; DELETE FROM callee WHERE n = 0 AND below = 0;"
        "DELETE FROM quick WHERE seen = 0;";
    Arena *a = arena_new();
    bool ok = profsql_exec(db, arena_printf(a, sql, factor), err);
    arena_free(a);
    return ok && profmerge_prune(db, UINT32_MAX, err);
}

/* The stack tree in memory, in the order of its row numbers: callers first. */
typedef struct Frame {
    int64_t id, self, total;
    uint32_t parent; /* index + 1, 0: none */
    bool kept;
} Frame;

typedef struct Frames {
    Arena *arena;
    Vec(Frame) at;
    Map index; /* row number to index + 1 */
} Frames;

static bool
read_frames(sqlite3 *db, Frames *f, Err *err)
{
    sqlite3_stmt *s = profsql_prepare(db, "SELECT id, parent, n FROM stack ORDER BY id", err);
    int step = SQLITE_DONE;
    while (s && (step = sqlite3_step(s)) == SQLITE_ROW) {
        uint64_t *parent = map_get(&f->index, (uint64_t)sqlite3_column_int64(s, 1));
        int64_t n = sqlite3_column_int64(s, 2);
        vec_push(f->arena, &f->at,
                 (Frame){.id = sqlite3_column_int64(s, 0),
                         .self = n,
                         .total = n,
                         .parent = parent ? (uint32_t)*parent : 0});
        map_put(&f->index, (uint64_t)vec_last(&f->at).id, f->at.n);
    }
    sqlite3_finalize(s);
    if (s && step != SQLITE_DONE)
        return profsql_failed(db, "cannot be read", err);
    return s != NULL;
}

static int
falling(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* A frame's total is at most its caller's, so those above a threshold are a tree again. */
static void
choose(Frames *f, uint32_t max)
{
    int64_t *totals = arena_array(f->arena, int64_t, f->at.n), least = 1;
    for (uint32_t i = f->at.n; i-- > 0;) {
        Frame *x = &f->at.at[i];
        totals[i] = x->total;
        if (x->parent)
            f->at.at[x->parent - 1].total += x->total;
    }
    if (f->at.n > max) {
        qsort(totals, f->at.n, sizeof *totals, falling);
        least = totals[max] + 1 > least ? totals[max] + 1 : least;
    }
    for (uint32_t i = 0; i < f->at.n; i++)
        f->at.at[i].kept = f->at.at[i].total >= least;
}

bool
profmerge_prune(sqlite3 *db, uint32_t max, Err *err)
{
    Frames f = {.arena = arena_new()};
    map_init(&f.index, f.arena);
    bool ok = read_frames(db, &f, err);
    if (ok && f.at.n)
        choose(&f, max);
    sqlite3_stmt *give =
        ok ? profsql_prepare(db, "UPDATE stack SET n = ? WHERE id = ?", err) : NULL;
    sqlite3_stmt *drop = give ? profsql_prepare(db, "DELETE FROM stack WHERE id = ?", err) : NULL;
    ok = drop != NULL;
    for (uint32_t i = f.at.n; ok && i-- > 0;) { /* callees first, so that counts move up */
        Frame *x = &f.at.at[i];
        if (x->kept)
            continue;
        if (x->parent)
            f.at.at[x->parent - 1].self += x->self;
        sqlite3_bind_int64(drop, 1, x->id);
        ok = sqlite3_step(drop) == SQLITE_DONE || profsql_failed(db, "cannot be written", err);
        sqlite3_reset(drop);
    }
    for (uint32_t i = 0; ok && i < f.at.n; i++) {
        if (!f.at.at[i].kept)
            continue;
        sqlite3_bind_int64(give, 1, f.at.at[i].self);
        sqlite3_bind_int64(give, 2, f.at.at[i].id);
        ok = sqlite3_step(give) == SQLITE_DONE || profsql_failed(db, "cannot be written", err);
        sqlite3_reset(give);
    }
    sqlite3_finalize(give);
    sqlite3_finalize(drop);
    arena_free(f.arena);
    return ok;
}
