#define _GNU_SOURCE
#include "calltree.h"

#include "linetab.h"
#include "profdb.h"
#include "profsql.h"

#include <stdlib.h>
#include <string.h>

#include "map.h"

/* A child's key: its parent's number, its function and its line. */
enum { LINE_BITS = 20, FUNC_BITS = 20, NODE_BITS = 24 };

typedef struct Builder {
    Arena *arena, *scratch;
    const char *path;
    sqlite3 *db;
    CallTree *t;
    bool lines;
    LineInfo **info; /* by function, read when first needed */
    Map funcs;       /* code.id to index + 1 */
    Map rows;        /* stack.id to node */
    Map children;
    Err *err;
} Builder;

static bool
corrupt(Builder *b, const char *what)
{
    return err_set(b->err, ErrCorrupt, "%s: damaged: %s", b->path, what);
}

typedef bool Row(Builder *b, sqlite3_stmt *s);

static bool
each(Builder *b, const char *sql, Row *row)
{
    sqlite3_stmt *s = profsql_prepare(b->db, sql, b->err);
    bool ok = s != NULL;
    int step = SQLITE_DONE;
    while (ok && (step = sqlite3_step(s)) == SQLITE_ROW)
        ok = row(b, s);
    if (ok && step != SQLITE_DONE)
        ok = profsql_failed(b->db, "cannot be read", b->err);
    sqlite3_finalize(s);
    return ok;
}

static bool
run_row(Builder *b, sqlite3_stmt *s)
{
    const char *started = (const char *)sqlite3_column_text(s, 0);
    double rate = sqlite3_column_double(s, 1);
    b->t->started = started ? arena_strdup(b->arena, started) : "";
    b->t->period = rate > 0 ? 1 / rate : 0;
    return true;
}

static bool
code_row(Builder *b, sqlite3_stmt *s)
{
    const char *hex = (const char *)sqlite3_column_text(s, 1);
    CodeKey key;
    uint64_t *index = hex && codekey_parse(hex, &key) ? map_get(&b->rows, key.lo) : NULL;
    if (!index)
        return corrupt(b, "a code object's key");
    map_put(&b->funcs, (uint64_t)sqlite3_column_int64(s, 0), *index);
    return true;
}

static int
line_of(Builder *b, uint32_t func, int64_t unit)
{
    const ProfFunc *f = &b->t->profile->funcs.at[func];
    if (!b->lines)
        return 0;
    if (!f->code)
        return f->firstlineno;
    if (!b->info[func])
        b->info[func] = linetab_read(b->scratch, f->code);
    int line = unit < f->code->n_units ? b->info[func][unit].line : -1;
    return line > 0 && line < 1 << LINE_BITS ? line : f->firstlineno & ((1 << LINE_BITS) - 1);
}

static uint32_t
child_of(Builder *b, uint32_t parent, uint32_t func, int line)
{
    uint64_t key = ((uint64_t)parent << FUNC_BITS | func) << LINE_BITS | (uint64_t)line;
    uint64_t *known = map_at(&b->children, key);
    if (*known)
        return (uint32_t)*known;
    vec_push(b->arena, &b->t->nodes, (CallNode){.parent = parent, .func = func, .line = line});
    *known = b->t->nodes.n - 1;
    return (uint32_t)*known;
}

/* Rows come in the order of their numbers; a caller's is smaller. */
static bool
stack_row(Builder *b, sqlite3_stmt *s)
{
    int64_t id = sqlite3_column_int64(s, 0), above = sqlite3_column_int64(s, 1);
    uint64_t *func = map_get(&b->funcs, (uint64_t)sqlite3_column_int64(s, 2));
    uint64_t *parent = above ? map_get(&b->rows, (uint64_t)above) : NULL;
    int64_t unit = sqlite3_column_int64(s, 3), n = sqlite3_column_int64(s, 4);
    if (!func || unit < 0 || (above && !parent))
        return corrupt(b, "a stack without its code or caller");
    if (b->t->nodes.n >> NODE_BITS || *func >> FUNC_BITS)
        return err_set(b->err, ErrFailed, "%s: more stacks than this program can hold", b->path);
    uint32_t index = (uint32_t)*func - 1;
    uint32_t node = child_of(b, parent ? (uint32_t)*parent : 0, index, line_of(b, index, unit));
    map_put(&b->rows, (uint64_t)id, node);
    b->t->nodes.at[node].self += n > 0 ? (uint64_t)n : 0;
    return true;
}

/* A module is known of functions that were seen running; others of their file are in the same one.
 */
static void
guess_modules(Builder *b)
{
    Profile *p = b->t->profile;
    for (uint32_t i = 0; i < p->funcs.n; i++) {
        ProfFunc *f = &p->funcs.at[i];
        for (uint32_t k = 0; f->total && !f->module && k < p->funcs.n; k++)
            if (p->funcs.at[k].module && strcmp(p->funcs.at[k].filename, f->filename) == 0)
                f->module = p->funcs.at[k].module;
    }
}

static bool
read_rows(Builder *b)
{
    map_init(&b->rows, b->scratch);
    map_init(&b->funcs, b->scratch);
    map_init(&b->children, b->scratch);
    Profile *p = b->t->profile;
    for (uint32_t i = 0; i < p->funcs.n; i++)
        map_put(&b->rows, p->funcs.at[i].key.lo, i + 1);
    if (!each(b, "SELECT id, key FROM code", code_row))
        return false;
    map_init(&b->rows, b->scratch);
    return each(b,
                "SELECT min(started), sum(rate * samples) / max(1, sum(samples)) FROM run "
                "WHERE samples > 0",
                run_row) &&
           each(b, "SELECT id, parent, code, unit, n FROM stack ORDER BY id", stack_row);
}

static int
by_name(const void *x, const void *y, void *arg)
{
    const CallTree *t = arg;
    const CallNode *a = &t->nodes.at[*(const uint32_t *)x], *b = &t->nodes.at[*(const uint32_t *)y];
    const ProfFunc *f = &t->profile->funcs.at[a->func], *g = &t->profile->funcs.at[b->func];
    int order = strcmp(f->module ? f->module : "", g->module ? g->module : "");
    order = order ? order : strcmp(f->qualname, g->qualname);
    order = order ? order : (a->line > b->line) - (a->line < b->line);
    return order ? order : (a->func > b->func) - (a->func < b->func);
}

/* Totals, and the lists of children: numbers sorted by name, linked from the last to the first. */
static void
link_nodes(Builder *b)
{
    CallTree *t = b->t;
    uint32_t n = t->nodes.n, *order = arena_array(b->scratch, uint32_t, n);
    for (uint32_t i = n; i-- > 0;) {
        CallNode *node = &t->nodes.at[i];
        node->total += node->self;
        if (i)
            t->nodes.at[node->parent].total += node->total;
        order[i] = i;
    }
    if (n > 1)
        qsort_r(order + 1, n - 1, sizeof *order, by_name, t);
    for (uint32_t i = n; i-- > 1;) {
        CallNode *node = &t->nodes.at[order[i]], *parent = &t->nodes.at[node->parent];
        if (!node->total)
            continue;
        node->next = parent->child;
        parent->child = order[i];
    }
}

CallTree *
calltree_load(Arena *a, const char *path, bool lines, Err *err)
{
    Builder b = {.arena = a, .path = path, .lines = lines, .err = err};
    b.t = arena_new_of(a, CallTree);
    b.t->started = "";
    b.t->profile = profdb_load(a, path, err);
    b.db = b.t->profile ? profsql_open(path, false, err) : NULL;
    if (!b.db)
        return NULL;
    b.scratch = arena_new();
    b.info = arena_array(b.scratch, LineInfo *, b.t->profile->funcs.n + 1);
    vec_push(a, &b.t->nodes, (CallNode){0});
    guess_modules(&b);
    bool ok = read_rows(&b);
    if (ok)
        link_nodes(&b);
    sqlite3_close(b.db);
    arena_free(b.scratch);
    if (ok && !b.t->nodes.at[0].total)
        ok = err_set(err, ErrEmpty, "%s: no stacks in it", path);
    return ok ? b.t : NULL;
}

/* For a function whose module nobody knows: what its file is called.  "json" of
 * ".../json/__init__.py", "zipimport" of "<frozen zipimport>". */
static const char *
file_as_module(Arena *a, const char *filename)
{
    static const char frozen[] = "<frozen ", package[] = "/__init__.py";
    size_t n = strlen(filename), k = sizeof package - 1;
    if (strncmp(filename, frozen, sizeof frozen - 1) == 0)
        return arena_strndup(a, filename + sizeof frozen - 1, n - sizeof frozen);
    if (*filename == '<')
        return NULL;
    if (n > k && strcmp(filename + n - k, package) == 0)
        n -= k;
    else if (n > 3 && strcmp(filename + n - 3, ".py") == 0)
        n -= 3;
    size_t from = n;
    while (from && filename[from - 1] != '/')
        from--;
    return arena_strndup(a, filename + from, n - from);
}

const char *
calltree_function(Arena *a, const ProfFunc *f)
{
    const char *module = f->module ? f->module : file_as_module(a, f->filename);
    return module ? arena_printf(a, "%s.%s", module, f->qualname) : f->qualname;
}

const char *
calltree_name(Arena *a, const CallTree *t, const CallNode *n)
{
    const char *name = calltree_function(a, &t->profile->funcs.at[n->func]);
    return n->line ? arena_printf(a, "%s:%d", name, n->line) : name;
}

uint32_t
calltree_next(const CallTree *t, uint32_t n, int *depth)
{
    if (t->nodes.at[n].child) {
        ++*depth;
        return t->nodes.at[n].child;
    }
    while (n && !t->nodes.at[n].next) {
        n = t->nodes.at[n].parent;
        --*depth;
    }
    return n ? t->nodes.at[n].next : 0;
}
