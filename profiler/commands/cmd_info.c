/* pyprof info: straight from SQL, so that it tells of a large profile without reading it all. */
#include "cli.h"

#include "profsql.h"
#include "strbuf.h"

#include <string.h>
#include <sys/stat.h>

/* What is counted, one row of numbers; the names are the JSON's members and the text's words. */
static const struct {
    const char *name, *sql;
} sizes[] = {
    {"functions", "SELECT count(*) FROM code"},
    {"sampled", "SELECT count(*) FROM code WHERE total > 0"},
    {"with_code", "SELECT count(*) FROM code WHERE body IS NOT NULL"},
    {"code_bytes", "SELECT coalesce(sum(length(body)), 0) FROM code"},
    {"types", "SELECT count(*) FROM type"},
    {"sites", "SELECT count(*) FROM (SELECT DISTINCT code, unit, slot FROM site_type)"},
    {"branches", "SELECT count(*) FROM branch"},
    {"stacks", "SELECT count(*) FROM stack WHERE n > 0"},
};

typedef struct Info {
    const char *path;
    sqlite3 *db;
    Arena *arena;
    int64_t bytes, at[countof(sizes)];
    Err *err;
} Info;

static bool
measure(Info *i)
{
    struct stat st;
    i->bytes = stat(i->path, &st) == 0 ? st.st_size : 0;
    for (size_t k = 0; k < countof(sizes); k++) {
        sqlite3_stmt *s = profsql_prepare(i->db, sizes[k].sql, i->err);
        if (!s)
            return false;
        bool ok = sqlite3_step(s) == SQLITE_ROW || profsql_failed(i->db, "cannot be read", i->err);
        i->at[k] = ok ? sqlite3_column_int64(s, 0) : 0;
        sqlite3_finalize(s);
        if (!ok)
            return false;
    }
    return true;
}

static const char *
text(Info *i, sqlite3_stmt *s, int column)
{
    const char *t = profsql_text(i->arena, s, column);
    return t ? t : "";
}

static void
run_text(Info *i, sqlite3_stmt *s)
{
    double samples = (double)sqlite3_column_int64(s, 10);
    double gone = (double)(sqlite3_column_int64(s, 11) + sqlite3_column_int64(s, 12));
    double cpu = sqlite3_column_double(s, 9);
    printf("\n%s  %s  Python %s (%s)\n  command     %s\n", text(i, s, 0), text(i, s, 1),
           *text(i, s, 3) ? text(i, s, 3) : "none", text(i, s, 2), text(i, s, 5));
    printf("  samples     %.0f at %.0f Hz (clock %s), %.1f s, %.1f s CPU, %lld %s\n", samples,
           sqlite3_column_double(s, 7), text(i, s, 6), sqlite3_column_double(s, 8), cpu,
           (long long)sqlite3_column_int64(s, 15),
           sqlite3_column_int64(s, 15) == 1 ? "process" : "processes");
    printf("  lost        %.0f (%.2f %%), without the GIL %lld, without Python %lld\n", gone,
           samples + gone > 0 ? 100 * gone / (samples + gone) : 0,
           (long long)sqlite3_column_int64(s, 13), (long long)sqlite3_column_int64(s, 14));
    if (sqlite3_column_int64(s, 17) + sqlite3_column_int64(s, 18))
        printf("  native      %lld samples with native frames, %lld without\n",
               (long long)sqlite3_column_int64(s, 17), (long long)sqlite3_column_int64(s, 18));
    if (cpu > 0)
        printf("  %s  %.2f %% of the CPU time\n",
               strcmp(text(i, s, 6), "attach") == 0 ? "stopped   " : "in handler",
               100 * sqlite3_column_double(s, 16) / cpu);
}

static void
run_json(Info *i, sqlite3_stmt *s)
{
    StrBuf b;
    sb_init(&b, i->arena);
    for (int k = 0; k < sqlite3_column_count(s); k++) {
        const char *name = sqlite3_column_name(s, k);
        sb_printf(&b, "%s\"%s\": ", k ? ", " : "{", name);
        if (strcmp(name, "argv") == 0 && *text(i, s, k) == '[')
            sb_puts(&b, text(i, s, k));
        else if (sqlite3_column_type(s, k) == SQLITE_TEXT)
            sb_json(&b, text(i, s, k));
        else if (sqlite3_column_type(s, k) == SQLITE_FLOAT)
            sb_printf(&b, "%.6g", sqlite3_column_double(s, k));
        else
            sb_printf(&b, "%lld", (long long)sqlite3_column_int64(s, k));
    }
    printf("%s}", b.s);
}

static bool
each_run(Info *i, bool json)
{
    sqlite3_stmt *s = profsql_prepare(
        i->db,
        "SELECT started, host, python, version, soabi, argv, clock, rate, seconds, cpu, samples, "
        "lost, unreadable, off_gil, no_python, processes, overhead, native, native_lost FROM run "
        "ORDER BY started, id",
        i->err);
    if (!s)
        return false;
    int step;
    for (int n = 0; (step = sqlite3_step(s)) == SQLITE_ROW; n++) {
        if (json && n)
            fputs(",\n", stdout);
        (json ? run_json : run_text)(i, s);
    }
    bool ok = step == SQLITE_DONE || profsql_failed(i->db, "cannot be read", i->err);
    sqlite3_finalize(s);
    return ok;
}

static bool
put_json(Info *i)
{
    printf("{\"schema\": 1, \"bytes\": %lld", (long long)i->bytes);
    for (size_t k = 0; k < countof(sizes); k++)
        printf(", \"%s\": %lld", sizes[k].name, (long long)i->at[k]);
    fputs(", \"runs\": [\n", stdout);
    bool ok = each_run(i, true);
    fputs("]}\n", stdout);
    return ok;
}

static bool
put_text(Info *i)
{
    printf("%s: %.1f kB\n", i->path, (double)i->bytes / 1024);
    printf("%lld functions, %lld of them sampled, %lld with their bytecode (%.1f kB)\n",
           (long long)i->at[0], (long long)i->at[1], (long long)i->at[2], (double)i->at[3] / 1024);
    printf("%lld types at %lld places, odds of %lld branches, %lld stacks\n", (long long)i->at[4],
           (long long)i->at[5], (long long)i->at[6], (long long)i->at[7]);
    return each_run(i, false);
}

int
cmd_info(const Cli *cli)
{
    if (cli->n_rest != 1)
        return cli_usage(cli, "info needs one profile");
    Err err = {0};
    Info i = {.path = cli->rest[0], .err = &err};
    i.db = profsql_open(i.path, false, &err);
    if (!i.db)
        return cli_fail(&err);
    i.arena = arena_new();
    bool ok = measure(&i) && (cli_has(cli, "json") ? put_json(&i) : put_text(&i));
    sqlite3_close(i.db);
    arena_free(i.arena);
    return ok ? 0 : cli_fail(&err);
}
