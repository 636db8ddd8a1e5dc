#include "profsql.h"

#include "profdb.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SQLITE_HEADER = 16, BUSY_MS = 5000 };

/* schemas/profile.sql, NUL-terminated. */
__asm__(".section .rodata\n"
        "profile_schema:\n"
        ".incbin \"schemas/profile.sql\"\n"
        ".byte 0\n"
        ".previous\n");
extern const char profile_schema[] __attribute__((visibility("hidden")));

/* SQLite knows a file by its absolute path only; what lies below the current directory is shown as
 * from there. */
static const char *
shown_path(sqlite3 *db)
{
    char here[PATH_MAX];
    const char *path = sqlite3_db_filename(db, "main");
    if (!path)
        return "profile";
    size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    return n && strncmp(path, here, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

bool
profsql_failed(sqlite3 *db, const char *doing, Err *err)
{
    int code = sqlite3_errcode(db) & 0xff;
    ErrKind kind = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ErrCorrupt
                   : code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_READONLY ||
                           code == SQLITE_CANTOPEN
                       ? ErrWrite
                       : ErrFailed;
    return err_set(err, kind, "%s: %s: %s", shown_path(db), doing, sqlite3_errmsg(db));
}

bool
profsql_exec(sqlite3 *db, const char *sql, Err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           profsql_failed(db, "cannot run a statement", err);
}

sqlite3_stmt *
profsql_prepare(sqlite3 *db, const char *sql, Err *err)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK)
        return s;
    profsql_failed(db, "a table is not as the schema has it", err);
    if (err && err->kind == ErrFailed) /* no such table or column: not what it claims to be */
        err->kind = ErrBadFormat;
    return NULL;
}

const char *
profsql_text(Arena *a, sqlite3_stmt *s, int column)
{
    const char *t = (const char *)sqlite3_column_text(s, column);
    char *copy = t ? arena_strdup(a, t) : NULL;
    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return copy;
}

/* Is it there, and does it begin like a SQLite file? */
static bool
check_header(const char *path, Err *err)
{
    char head[SQLITE_HEADER] = {0};
    FILE *f = fopen(path, "rb");
    if (!f)
        return err_set(err, ErrNoFile, "%s: %s", path, strerror(errno));
    size_t n = fread(head, 1, sizeof head, f);
    bool failed = ferror(f);
    fclose(f);
    if (failed)
        return err_set(err, ErrNoFile, "%s: cannot be read", path);
    if (n < sizeof head || memcmp(head, "SQLite format 3", sizeof head) != 0)
        return err_set(err, ErrBadFormat, "%s: not a profile (make one with: pyprof record)", path);
    return true;
}

static bool
pragma(sqlite3 *db, const char *sql, int64_t *number, char *text, size_t size, Err *err)
{
    sqlite3_stmt *s = profsql_prepare(db, sql, err);
    if (!s)
        return false;
    bool ok = sqlite3_step(s) == SQLITE_ROW;
    if (ok && number)
        *number = sqlite3_column_int64(s, 0);
    if (ok && text)
        snprintf(text, size, "%s", (const char *)sqlite3_column_text(s, 0));
    if (!ok)
        profsql_failed(db, "the file is damaged", err);
    sqlite3_finalize(s);
    return ok;
}

/* SQLite reads what is missing at the end as zeros. */
static bool
is_whole(sqlite3 *db, const char *path, bool *whole, Err *err)
{
    int64_t pages = 0, size = 0;
    struct stat st;
    if (!pragma(db, "PRAGMA page_count", &pages, NULL, 0, err) ||
        !pragma(db, "PRAGMA page_size", &size, NULL, 0, err))
        return false;
    *whole = stat(path, &st) == 0 && st.st_size >= pages * size;
    return true;
}

static bool
check_content(sqlite3 *db, const char *path, Err *err)
{
    bool whole;
    int64_t magic = 0, version = 0;
    char verdict[160] = "";
    if (!pragma(db, "PRAGMA application_id", &magic, NULL, 0, err) ||
        !pragma(db, "PRAGMA user_version", &version, NULL, 0, err))
        return false;
    if (magic != PROFSQL_MAGIC)
        return err_set(err, ErrBadFormat, "%s: a SQLite file, but not a profile", path);
    if (version > PROFDB_VERSION)
        return err_set(err, ErrNewerFormat,
                       "%s: written by a newer version (schema %lld, this program knows up to %d)",
                       path, (long long)version, PROFDB_VERSION);
    if (version < 1)
        return err_set(err, ErrBadFormat, "%s: no schema version", path);
    if (!pragma(db, "PRAGMA quick_check(1)", NULL, verdict, sizeof verdict, err))
        return false;
    if (!is_whole(db, path, &whole, err))
        return false;
    if (!whole)
        return err_set(err, ErrCorrupt, "%s: damaged: the end is missing", path);
    for (char *c = verdict; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    if (strcmp(verdict, "ok") != 0)
        return err_set(err, ErrCorrupt, "%s: damaged: %s", path, verdict);
    return true;
}

/* What each version has that the one before it had not.  A file that is written gets it; one that
 * is only read is read through views that stand before its tables. */
typedef struct Step {
    const char *write, *read;
} Step;

static const Step steps[PROFDB_VERSION + 1] = {
    [2] = {"BEGIN IMMEDIATE;"
           "ALTER TABLE run ADD COLUMN native INTEGER NOT NULL DEFAULT 0;"
           "ALTER TABLE run ADD COLUMN native_lost INTEGER NOT NULL DEFAULT 0;"
           "ALTER TABLE code ADD COLUMN kind TEXT NOT NULL DEFAULT 'python';"
           "PRAGMA user_version = 2;"
           "COMMIT",
           "CREATE TEMP VIEW run AS SELECT *, 0 AS native, 0 AS native_lost FROM main.run;"
           "CREATE TEMP VIEW code AS SELECT *, 'python' AS kind FROM main.code"},
    [3] = {"BEGIN IMMEDIATE;"
           "CREATE TABLE raised (code INTEGER NOT NULL REFERENCES code, unit INTEGER NOT NULL, "
           "part REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, weight REAL NOT NULL, "
           "PRIMARY KEY (code, unit)) WITHOUT ROWID;"
           "PRAGMA user_version = 3;"
           "COMMIT",
           "CREATE TEMP TABLE raised (code, unit, part, low, high, weight)"},
};

static bool
bring_up_to_date(sqlite3 *db, bool writable, Err *err)
{
    int64_t version = 0;
    bool ok = pragma(db, "PRAGMA user_version", &version, NULL, 0, err);
    while (ok && ++version <= PROFDB_VERSION)
        ok = profsql_exec(db, writable ? steps[version].write : steps[version].read, err);
    return ok;
}

sqlite3 *
profsql_open(const char *path, bool writable, Err *err)
{
    sqlite3 *db;
    if (!check_header(path, err))
        return NULL;
    int flags = writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
        err_set(err, ErrNoFile, "%s: %s", path, sqlite3_errmsg(db));
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (profsql_exec(db, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0",
                     err) &&
        check_content(db, path, err) && bring_up_to_date(db, writable, err))
        return db;
    sqlite3_close(db);
    if (err && err->kind == ErrFailed) /* SQLite's own words, but it is the file's fault */
        err->kind = ErrCorrupt;
    return NULL;
}

sqlite3 *
profsql_create(const char *path, Err *err)
{
    sqlite3 *db;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
        err_set(err, ErrWrite, "%s: %s", path, sqlite3_errmsg(db));
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_busy_timeout(db, BUSY_MS);
    if (profsql_exec(db, "BEGIN", err) && profsql_exec(db, profile_schema, err) &&
        profsql_exec(db, "COMMIT", err))
        return db;
    err_set(err, ErrWrite, "%s: cannot be written: %s", path, sqlite3_errmsg(db));
    sqlite3_close(db);
    return NULL;
}
