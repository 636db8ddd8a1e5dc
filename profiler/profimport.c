/* perf names a Python function "py::qualname:file", from the map that `python -X perf` writes (3.12
 * on).  Between two Python frames it shows the interpreter's own, which say nothing: a stack is cut
 * down to its Python frames, and to what ran in C below the innermost of them.  A stack without
 * Python stays as it is.
 *
 * A name is no content: the key of an imported function is made of its names, so that it meets
 * itself in later imports and never a function with bytecode. */
#include "profimport.h"

#include "codekey.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_FRAMES = 512, LINE = 8192 };

const char profimport_fields[] = "comm,pid,tid,time,period,event,ip,sym,dso";

typedef struct Node {
    uint32_t parent, func; /* numbers from 1; parent 0: none */
    uint64_t n;
} Node;

typedef struct Import {
    Arena *arena;
    sqlite3 *db;
    ImportTotals *totals;
    Names funcs; /* "file\tqualname" */
    Vec(Node) nodes;
    Map nodes_by;    /* parent << 32 | func */
    Map self, below; /* by func: samples in it; with it anywhere */
    Map pids;
    double first, last, period; /* seconds; sum of nanoseconds */
    bool clock;                 /* the event counts time */
    const char *host, *started, *argv;
    /* the sample being read, innermost first */
    const char *frames[MAX_FRAMES];
    bool is_python[MAX_FRAMES];
    uint32_t n_frames;
    bool open;
    Err *err;
} Import;

/* "\t  7f12 name+0x1 (/lib/x.so)": the function's name and file as one text; NULL when it is none.
 */
static const char *
frame_of(Import *m, char *line, bool *is_python)
{
    static const char py[] = "py::";
    char *gone = strstr(line, " (deleted))"); /* a file that was replaced since */
    if (gone)
        strcpy(gone, ")");
    char *name = strchr(line + strspn(line, " \t"), ' ');
    char *dso = name ? strstr(name, " (") : NULL;
    for (char *next = dso; next && (next = strstr(next + 1, " (")); dso = next)
        ;
    char *end = dso ? strrchr(dso, ')') : NULL;
    if (!end)
        return NULL;
    *dso = *end = 0;
    name++;
    dso += 2;
    char *offset = strstr(name, "+0x");
    if (offset)
        *offset = 0;
    if (strcmp(name, "[unknown]") == 0)
        return NULL;
    *is_python = strncmp(name, py, sizeof py - 1) == 0;
    if (*is_python) {
        name += sizeof py - 1;
        char *file = strchr(name, ':');
        if (file)
            *file++ = 0;
        return arena_printf(m->arena, "%s\t%s", file ? file : "?", name);
    }
    return arena_printf(m->arena, "%s\t%s", dso, name);
}

static bool
is_machinery(const char *frame)
{
    const char *name = strchr(frame, '\t') + 1;
    return strncmp(name, "_PyEval_", 8) == 0 || strncmp(name, "py_trampoline", 13) == 0 ||
           strncmp(name, "_Py_trampoline", 14) == 0;
}

static uint32_t
node_below(Import *m, uint32_t parent, uint32_t func)
{
    uint64_t *known = map_at(&m->nodes_by, (uint64_t)parent << 32 | func);
    if (!*known) {
        vec_push(m->arena, &m->nodes, (Node){parent, func, 0});
        *known = m->nodes.n;
    }
    return (uint32_t)*known;
}

/* The sample is complete: its frames become a path of the tree. */
static void
end_sample(Import *m)
{
    uint32_t node = 0, innermost = 0, path[MAX_FRAMES], n = 0;
    if (!m->open)
        return;
    m->open = false;
    while (innermost < m->n_frames && !m->is_python[innermost])
        innermost++;
    bool python = innermost < m->n_frames;
    for (uint32_t i = m->n_frames; i-- > 0;) {
        bool keep = !python || m->is_python[i] || (i < innermost && !is_machinery(m->frames[i]));
        uint32_t func = keep ? names_id(&m->funcs, m->frames[i]) : 0;
        if (!keep)
            continue;
        bool seen = false;
        for (uint32_t k = 0; k < n && !seen; k++)
            seen = path[k] == func;
        if (!seen)
            *map_at(&m->below, func) += 1;
        path[n++] = func;
        node = node_below(m, node, func);
    }
    if (!n) {
        m->totals->unreadable++;
        return;
    }
    m->totals->samples++;
    m->totals->python += python;
    m->nodes.at[node - 1].n++;
    *map_at(&m->self, path[n - 1]) += 1;
}

/* "comm pid/tid time: period event:", where comm may hold anything. */
static bool
begin_sample(Import *m, const char *line)
{
    int pid, tid;
    double when;
    unsigned long long period;
    char event[64];
    for (const char *s = strchr(line, ' '); s; s = strchr(s + 1, ' ')) {
        if (sscanf(s, " %d/%d %lf: %llu %63s", &pid, &tid, &when, &period, event) != 5)
            continue;
        m->first = m->first > 0 && m->first < when ? m->first : when;
        m->last = when > m->last ? when : m->last;
        m->period += (double)period;
        m->clock = strstr(event, "clock") != NULL;
        map_put(&m->pids, (uint64_t)pid, 1);
        m->open = true;
        m->n_frames = 0;
        return true;
    }
    return false;
}

/* "# hostname : web7" */
static void
read_header(Import *m, char *line)
{
    static const char host[] = "# hostname : ", captured[] = "# captured on    : ",
                      command[] = "# cmdline : ";
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, host, sizeof host - 1) == 0)
        m->host = arena_strdup(m->arena, line + sizeof host - 1);
    else if (strncmp(line, command, sizeof command - 1) == 0)
        m->argv = arena_strdup(m->arena, line + sizeof command - 1);
    else if (strncmp(line, captured, sizeof captured - 1) == 0)
        m->started = arena_strdup(m->arena, line + sizeof captured - 1);
}

static bool
read_all(Import *m, FILE *in, const char *name)
{
    char line[LINE];
    while (fgets(line, sizeof line, in)) {
        bool python;
        if (*line == '#') {
            read_header(m, line);
        } else if (*line == '\n') {
            end_sample(m);
        } else if (*line == '\t' || *line == ' ') {
            const char *f = m->open && m->n_frames < MAX_FRAMES ? frame_of(m, line, &python) : NULL;
            if (f) {
                m->is_python[m->n_frames] = python;
                m->frames[m->n_frames++] = f;
            }
        } else {
            end_sample(m);
            if (!begin_sample(m, line))
                return err_set(m->err, ErrBadFormat, "%s: not what perf script prints (-F %s)",
                               name, profimport_fields);
        }
    }
    end_sample(m);
    return m->totals->samples || err_set(m->err, ErrEmpty, "%s: no samples in it", name);
}

static bool
done(Import *m, sqlite3_stmt *s, int64_t *id)
{
    int step = sqlite3_step(s);
    if (step == SQLITE_ROW && id)
        *id = sqlite3_column_int64(s, 0);
    if (step == SQLITE_ROW)
        step = sqlite3_step(s);
    sqlite3_reset(s);
    return step == SQLITE_DONE || profsql_failed(m->db, "cannot be written", m->err);
}

static uint64_t
count_of(const Map *m, uint32_t func)
{
    uint64_t *n = map_get(m, func);
    return n ? *n : 0;
}

/* One function and its samples; its row goes to *id. */
static bool
write_function(Import *m, sqlite3_stmt *code, sqlite3_stmt *self, uint32_t func, int64_t *id)
{
    const char *text = names_text(&m->funcs, func), *name = strchr(text, '\t') + 1;
    const char *file = arena_strndup(m->arena, text, (size_t)(name - text - 1));
    char hex[CODEKEY_HEX];
    codekey_hex(codekey_foreign(file, name, ""), hex);
    sqlite3_bind_text(code, 1, hex, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(code, 2, file, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(code, 3, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(code, 4, (int64_t)count_of(&m->below, func));
    if (!done(m, code, id))
        return false;
    if (!count_of(&m->self, func))
        return true;
    sqlite3_bind_int64(self, 1, *id);
    sqlite3_bind_int64(self, 2, (int64_t)count_of(&m->self, func));
    return done(m, self, NULL);
}

static bool
write_stacks(Import *m, const int64_t *codes)
{
    int64_t *ids = arena_array(m->arena, int64_t, m->nodes.n + 1);
    sqlite3_stmt *s =
        profsql_prepare(m->db,
                        "INSERT INTO stack (parent, code, unit, n) VALUES (?, ?, 0, ?) ON CONFLICT "
                        "(parent, code, unit) DO UPDATE SET n = n + excluded.n RETURNING id",
                        m->err);
    bool ok = s != NULL;
    for (uint32_t i = 0; ok && i < m->nodes.n; i++) {
        const Node *n = &m->nodes.at[i];
        sqlite3_bind_int64(s, 1, ids[n->parent]);
        sqlite3_bind_int64(s, 2, codes[n->func]);
        sqlite3_bind_int64(s, 3, (int64_t)n->n);
        ok = done(m, s, &ids[i + 1]);
    }
    sqlite3_finalize(s);
    return ok;
}

/* perf's "Sun Nov 22 10:00:00 2026", as the profile has it; the time zone is not told. */
static const char *
iso_time(Import *m)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4];
    int day, hour, minute, second, year;
    if (sscanf(m->started, "%*3s %3s %d %d:%d:%d %d", month, &day, &hour, &minute, &second,
               &year) != 6)
        return "";
    const char *at = strstr(months, month);
    return arena_printf(m->arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", year,
                        at ? (int)(at - months) / 3 + 1 : 1, day, hour, minute, second);
}

static bool
write_run(Import *m)
{
    sqlite3_stmt *s = profsql_prepare(
        m->db,
        "INSERT INTO run (started, host, python, version, hexversion, soabi, argv, clock, rate, "
        "seconds, cpu, samples, lost, unreadable, off_gil, no_python, processes, overhead) "
        "VALUES (?, ?, '', '', 0, '', json_array(?), 'import', ?, ?, 0, ?, 0, ?, 0, ?, ?, 0)",
        m->err);
    const ImportTotals *t = m->totals;
    double seconds = m->last - m->first, all = (double)(t->samples + t->unreadable);
    double rate = m->clock && m->period > 0 ? 1e9 * all / m->period
                  : seconds > 0             ? all / seconds
                                            : 1;
    if (!s)
        return false;
    sqlite3_bind_text(s, 1, iso_time(m), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 2, m->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, m->argv, -1, SQLITE_STATIC);
    sqlite3_bind_double(s, 4, rate);
    sqlite3_bind_double(s, 5, seconds);
    sqlite3_bind_int64(s, 6, (int64_t)t->samples);
    sqlite3_bind_int64(s, 7, (int64_t)t->unreadable);
    sqlite3_bind_int64(s, 8, (int64_t)(t->samples - t->python));
    sqlite3_bind_int64(s, 9, m->pids.n);
    bool ok = done(m, s, NULL);
    sqlite3_finalize(s);
    return ok;
}

static bool
write_all(Import *m)
{
    int64_t *codes = arena_array(m->arena, int64_t, m->funcs.text.n + 1);
    sqlite3_stmt *code = profsql_prepare(
        m->db,
        "INSERT INTO code (key, filename, qualname, firstlineno, units, total) VALUES "
        "(?, ?, ?, 0, 1, ?) ON CONFLICT (key) DO UPDATE SET total = total + excluded.total "
        "RETURNING id",
        m->err);
    sqlite3_stmt *self = profsql_prepare(m->db,
                                         "INSERT INTO self_sample VALUES (?, 0, ?) ON CONFLICT DO "
                                         "UPDATE SET n = n + excluded.n",
                                         m->err);
    bool ok = code && self && profsql_exec(m->db, "BEGIN IMMEDIATE", m->err);
    for (uint32_t i = 1; ok && i <= m->funcs.text.n; i++)
        ok = write_function(m, code, self, i, &codes[i]);
    sqlite3_finalize(code);
    sqlite3_finalize(self);
    return ok && write_stacks(m, codes) && write_run(m) && profsql_exec(m->db, "COMMIT", m->err);
}

bool
profimport_perf(sqlite3 *db, FILE *in, const char *name, ImportTotals *out, Err *err)
{
    Import *m = calloc(1, sizeof *m);
    if (!m)
        return err_set(err, ErrNoMemory, "out of memory");
    *out = (ImportTotals){0};
    m->arena = arena_new();
    m->db = db;
    m->totals = out;
    m->err = err;
    m->host = m->started = m->argv = "";
    names_init(&m->funcs, m->arena);
    Map *const maps[] = {&m->nodes_by, &m->self, &m->below, &m->pids};
    for (size_t i = 0; i < countof(maps); i++)
        map_init(maps[i], m->arena);
    bool ok = read_all(m, in, name) && write_all(m);
    arena_free(m->arena);
    free(m);
    return ok;
}
