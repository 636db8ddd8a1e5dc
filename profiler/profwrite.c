/* Rows in the file have numbers of their own, since others may have written there before: each
 * Code, type and stack node is looked up by content once and its row number kept. */
#include "profwrite.h"

#include "marshal.h"
#include "nameless.h"
#include "profmerge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 6, PAGE = 4096, MAX_STACKS = 100000 };

typedef struct Rows {
    int64_t *at; /* by number; 0: not in the file yet */
    uint32_t n;
} Rows;

struct ProfWriter {
    sqlite3 *db;
    Collect *c;
    ProfLimits limits;
    bool full;   /* the last flush met the limit on the size */
    int64_t run; /* row of this recording, 0 before the first flush */
    Rows codes, types, nodes;
    Map modules; /* Code.id to 1 when its module is in the file */
    Arena *arena;
    Err *err; /* of the flush under way */
};

ProfWriter *
profwrite_new(sqlite3 *db, Collect *c, ProfLimits limits)
{
    ProfWriter *w = calloc(1, sizeof *w);
    if (!w)
        die("no memory for the profile's writer");
    w->db = db;
    w->c = c;
    w->limits = limits;
    w->arena = arena_new();
    map_init(&w->modules, w->arena);
    if (!w->limits.max_stacks)
        w->limits.max_stacks = MAX_STACKS;
    if (limits.max_size > 0) { /* some room stays for the branches' odds at the end */
        const char *pragma = arena_printf(w->arena, "PRAGMA max_page_count = %.0f",
                                          ceil(0.95 * limits.max_size / PAGE));
        sqlite3_exec(db, pragma, NULL, NULL, NULL);
    }
    return w;
}

void
profwrite_close(ProfWriter *w)
{
    if (!w)
        return;
    sqlite3_close(w->db);
    free(w->codes.at);
    free(w->types.at);
    free(w->nodes.at);
    arena_free(w->arena);
    free(w);
}

static int64_t *
row(Rows *r, uint32_t i)
{
    if (i >= r->n) {
        uint32_t n = i * 2 + 64;
        r->at = realloc(r->at, n * sizeof *r->at);
        if (!r->at)
            die("no memory for the profile's row numbers");
        memset(r->at + r->n, 0, (n - r->n) * sizeof *r->at);
        r->n = n;
    }
    return &r->at[i];
}

/* Steps a statement that returns one row number or nothing, and makes it ready for the next. */
static bool
step(ProfWriter *w, sqlite3_stmt *s, int64_t *id)
{
    int got = sqlite3_step(s);
    if (got == SQLITE_ROW && id)
        *id = sqlite3_column_int64(s, 0);
    if (got == SQLITE_ROW)
        got = sqlite3_step(s);
    bool ok = got == SQLITE_DONE || profsql_failed(w->db, "cannot be written", w->err);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return ok;
}

static void
bind_text(sqlite3_stmt *s, int i, const char *text)
{
    sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC);
}

static void
bind_body(Arena *a, sqlite3_stmt *s, int i, PyCode *c)
{
    PyObj o = {.kind = PyCodeObj, .code = c};
    StrBuf b;
    sb_init(&b, a);
    marshal_write(&o, &b);
    size_t room = ZSTD_compressBound(b.n);
    void *packed = arena_alloc(a, room);
    size_t n = ZSTD_compress(packed, room, b.s, b.n, ZSTD_LEVEL);
    if (!ZSTD_isError(n))
        sqlite3_bind_blob(s, i, packed, (int)n, SQLITE_STATIC);
}

static bool
write_code(ProfWriter *w, sqlite3_stmt *s, Code *k)
{
    static const char *const kinds[] = {
#define X(name, text) text,
        PROF_KINDS(X)
#undef X
    };
    Arena *scratch = arena_new();
    char hex[CODEKEY_HEX];
    codekey_hex(k->c->key, hex);
    bind_text(s, 1, hex);
    bind_text(s, 2, k->module);
    bind_text(s, 3, k->c->filename);
    bind_text(s, 4, k->c->qualname);
    sqlite3_bind_int(s, 5, k->c->firstlineno);
    sqlite3_bind_int64(s, 6, k->c->n_units);
    bind_text(s, 8, kinds[k->kind]);
    if (!w->limits.no_code && k->kind == ProfPython)
        bind_body(scratch, s, 7, w->limits.no_locals ? nameless_copy(scratch, k->c) : k->c);
    bool ok = step(w, s, row(&w->codes, k->id));
    if (k->module)
        map_put(&w->modules, k->id, 1);
    arena_free(scratch);
    return ok;
}

/* New codes, and the modules of those that have been seen running since. */
static bool
write_codes(ProfWriter *w)
{
    sqlite3_stmt *add = profsql_prepare(
        w->db,
        "INSERT INTO code (key, module, filename, qualname, firstlineno, units, total, body, kind) "
        "VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (key) DO UPDATE SET "
        "module = coalesce(module, excluded.module), body = coalesce(body, excluded.body) "
        "RETURNING id",
        w->err);
    bool ok = add != NULL;
    for (uint32_t i = 0; ok && i < w->c->codes.n; i++) {
        Code *k = w->c->codes.at[i];
        if (!*row(&w->codes, k->id) || (k->module && !map_get(&w->modules, k->id)))
            ok = write_code(w, add, k);
    }
    sqlite3_finalize(add);
    return ok;
}

static bool
write_types(ProfWriter *w)
{
    sqlite3_stmt *s = profsql_prepare(w->db,
                                      "INSERT INTO type (name) VALUES (?) ON CONFLICT (name) DO "
                                      "UPDATE SET name = excluded.name RETURNING id",
                                      w->err);
    bool ok = s != NULL;
    for (uint32_t id = 1; ok && id <= w->c->types.text.n; id++) {
        if (*row(&w->types, id))
            continue;
        bind_text(s, 1, names_text(&w->c->types, id));
        ok = step(w, s, row(&w->types, id));
    }
    sqlite3_finalize(s);
    return ok;
}

/* Parents have smaller numbers than their children, so their rows are there already. */
static bool
write_nodes(ProfWriter *w)
{
    sqlite3_stmt *s =
        profsql_prepare(w->db,
                        "INSERT INTO stack (parent, code, unit, n) VALUES (?, ?, ?, 0) ON CONFLICT "
                        "(parent, code, unit) DO UPDATE SET n = n RETURNING id",
                        w->err);
    bool ok = s != NULL;
    for (uint32_t id = 1; ok && id <= w->c->nodes.n; id++) {
        const StackNode *n = &w->c->nodes.at[id - 1];
        if (*row(&w->nodes, id))
            continue;
        sqlite3_bind_int64(s, 1, n->parent ? *row(&w->nodes, n->parent) : 0);
        sqlite3_bind_int64(s, 2, *row(&w->codes, n->code));
        sqlite3_bind_int64(s, 3, n->unit);
        ok = step(w, s, row(&w->nodes, id));
    }
    sqlite3_finalize(s);
    return ok;
}

/* Binds one counter's key and value. */
typedef void Bind(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value);

static bool
add_counts(ProfWriter *w, const Map *m, const char *sql, Bind *bind)
{
    sqlite3_stmt *s = profsql_prepare(w->db, sql, w->err);
    bool ok = s != NULL;
    for (MapSlot *e = map_first(m); ok && e; e = map_next(m, e)) {
        bind(w, s, e->key, e->value);
        ok = step(w, s, NULL);
    }
    sqlite3_finalize(s);
    return ok;
}

static void
bind_unit(ProfWriter *w, sqlite3_stmt *s, uint64_t key)
{
    sqlite3_bind_int64(s, 1, *row(&w->codes, KEY_CODE(key)));
    sqlite3_bind_int64(s, 2, KEY_UNIT(key));
}

static void
bind_self(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value)
{
    bind_unit(w, s, key);
    sqlite3_bind_int64(s, 3, (int64_t)value);
}

static void
bind_total(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value)
{
    sqlite3_bind_int64(s, 1, (int64_t)value);
    sqlite3_bind_int64(s, 2, *row(&w->codes, KEY_CODE(key)));
}

static void
bind_site(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value)
{
    bind_unit(w, s, key);
    sqlite3_bind_int64(s, 3, KEY_SLOT(key));
    sqlite3_bind_int64(s, 4, *row(&w->types, KEY_TYPE(key)));
    sqlite3_bind_int64(s, 5, (int64_t)value);
}

static void
bind_outcome(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value)
{
    bind_unit(w, s, key);
    sqlite3_bind_int64(s, 3, KEY_REST(key));
    sqlite3_bind_int64(s, 4, (int64_t)value);
}

static void
bind_callee(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value)
{
    const struct CalleeName *callee = &w->c->callees.at[KEY_REST(key) - 1];
    bind_unit(w, s, key);
    sqlite3_bind_int64(s, 3, callee->code ? *row(&w->codes, callee->code) : 0);
    bind_text(s, 4,
              callee->code ? w->c->codes.at[callee->code - 1]->c->qualname
                           : names_text(&w->c->names, callee->name));
    sqlite3_bind_int64(s, 5, (int64_t)value);
}

static void
bind_quick(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value)
{
    uint64_t *misses = map_get(&w->c->now.misses, key);
    bind_unit(w, s, key);
    bind_text(s, 3, names_text(&w->c->names, KEY_REST(key)));
    sqlite3_bind_int64(s, 4, (int64_t)value);
    sqlite3_bind_int64(s, 5, misses ? (int64_t)*misses : 0);
}

static void
bind_stack(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value)
{
    sqlite3_bind_int64(s, 1, (int64_t)value);
    sqlite3_bind_int64(s, 2, *row(&w->nodes, (uint32_t)key));
}

static void
bind_layout(ProfWriter *w, sqlite3_stmt *s, uint64_t key, uint64_t value)
{
    sqlite3_bind_int64(s, 1, *row(&w->types, (uint32_t)(key >> 32)));
    bind_text(s, 2, (key >> 16 & 0xffff) == CollectKey ? "key" : "slot");
    sqlite3_bind_int64(s, 3, (int64_t)(key & 0xffff));
    bind_text(s, 4, names_text(&w->c->names, (uint32_t)value));
}

static bool
write_counts(ProfWriter *w)
{
    const Counts *n = &w->c->now;
    return add_counts(w, &n->self,
                      "INSERT INTO self_sample VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
                      "n = n + excluded.n",
                      bind_self) &&
           add_counts(w, &n->total, "UPDATE code SET total = total + ? WHERE id = ?", bind_total) &&
           add_counts(w, &n->types,
                      "INSERT INTO site_type VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                      "n = n + excluded.n",
                      bind_site) &&
           add_counts(w, &n->callees,
                      "INSERT INTO callee VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET "
                      "n = n + excluded.n",
                      bind_callee) &&
           add_counts(w, &n->below,
                      "INSERT INTO callee VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT DO UPDATE SET "
                      "below = below + excluded.below",
                      bind_callee) &&
           add_counts(w, &n->outcomes,
                      "INSERT INTO outcome VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                      "n = n + excluded.n",
                      bind_outcome) &&
           add_counts(w, &n->quick,
                      "INSERT INTO quick VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                      "seen = seen + excluded.seen, misses = misses + excluded.misses",
                      bind_quick) &&
           add_counts(w, &n->stacks, "UPDATE stack SET n = n + ? WHERE id = ?", bind_stack);
}

static bool
write_run(ProfWriter *w, const RunInfo *r)
{
    sqlite3_stmt *s = profsql_prepare(
        w->db,
        "INSERT OR REPLACE INTO run (id, started, host, python, version, hexversion, soabi, argv, "
        "clock, rate, seconds, cpu, samples, lost, unreadable, off_gil, no_python, processes, "
        "overhead, native, native_lost) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        w->err);
    if (!s)
        return false;
    const char *texts[] = {r->started, r->host, r->python, r->version};
    const uint64_t counts[] = {r->samples, r->lost,      r->unreadable,
                               r->off_gil, r->no_python, r->processes};
    if (w->run)
        sqlite3_bind_int64(s, 1, w->run);
    for (int i = 0; i < (int)countof(texts); i++)
        bind_text(s, 2 + i, texts[i]);
    sqlite3_bind_int64(s, 6, r->hexversion);
    bind_text(s, 7, r->soabi);
    bind_text(s, 8, r->argv);
    bind_text(s, 9, r->clock);
    sqlite3_bind_double(s, 10, r->rate);
    sqlite3_bind_double(s, 11, r->seconds);
    sqlite3_bind_double(s, 12, r->cpu);
    for (int i = 0; i < (int)countof(counts); i++)
        sqlite3_bind_int64(s, 13 + i, (int64_t)counts[i]);
    sqlite3_bind_double(s, 19, r->overhead);
    sqlite3_bind_int64(s, 20, (int64_t)r->native);
    sqlite3_bind_int64(s, 21, (int64_t)r->native_lost);
    bool ok = step(w, s, &w->run);
    sqlite3_finalize(s);
    return ok;
}

static bool
write_all(ProfWriter *w, const RunInfo *run)
{
    if (!profsql_exec(w->db, "BEGIN IMMEDIATE", w->err))
        return false;
    if (write_run(w, run) && write_codes(w) && write_types(w) && write_nodes(w) &&
        write_counts(w) &&
        add_counts(w, &w->c->layouts, "INSERT OR REPLACE INTO layout VALUES (?, ?, ?, ?)",
                   bind_layout) &&
        profsql_exec(w->db, "COMMIT", w->err))
        return true;
    w->full = w->limits.max_size > 0 && (sqlite3_errcode(w->db) & 0xff) == SQLITE_FULL;
    sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* Row numbers that a rollback or a pruning has made wrong are looked up again. */
static void
forget_rows(Rows *r)
{
    if (r->n)
        memset(r->at, 0, r->n * sizeof *r->at);
}

static bool
prune(ProfWriter *w, uint32_t max)
{
    forget_rows(&w->nodes);
    return profsql_exec(w->db, "BEGIN IMMEDIATE", w->err) && profmerge_prune(w->db, max, w->err) &&
           profsql_exec(w->db, "COMMIT", w->err);
}

static bool
make_room(ProfWriter *w)
{
    int64_t stacks = 0;
    sqlite3_stmt *s = profsql_prepare(w->db, "SELECT count(*) FROM stack", w->err);
    bool ok = s && step(w, s, &stacks);
    sqlite3_finalize(s);
    return ok && stacks > 1 && prune(w, (uint32_t)(stacks / 2));
}

bool
profwrite_flush(ProfWriter *w, const RunInfo *run, Err *err)
{
    int64_t known_run = w->run;
    w->err = err;
    w->full = false;
    bool ok = write_all(w, run);
    if (w->full) {
        forget_rows(&w->codes);
        forget_rows(&w->types);
        w->run = known_run;
        Err first = *err;
        ok = make_room(w) && write_all(w, run);
        if (ok)
            *err = (Err){0};
        else
            *err = first;
    }
    if (ok && w->c->nodes.n > w->limits.max_stacks) {
        ok = prune(w, w->limits.max_stacks);
        collect_reset(w->c);
        collect_forget_nodes(w->c);
    }
    return ok;
}

bool
profwrite_is_full(const ProfWriter *w)
{
    return w->full;
}
