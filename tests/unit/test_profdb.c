#include "profdb.h"
#include "profsql.h"
#include "profwrite.h"
#include "unit_code.h"
#include "unit_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];
static Err err;

static void
new_path(void)
{
    snprintf(path, sizeof path, "%s/test_profdb_XXXXXX", P_tmpdir);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    unlink(path);
    err = (Err){0};
}

static PyCode *
sample_code(void)
{
    return UNIT_CODE(2, {PyOp_LOAD_FAST, 0}, {PyOp_LOAD_CONST, 1}, {PyOp_BINARY_OP, 0},
                     {PyOp_RETURN_VALUE, 0});
}

static const RunInfo run = {.started = "2026-01-01T00:00:00Z",
                            .host = "h",
                            .python = "/usr/bin/python3.11",
                            .version = "3.11.2",
                            .soabi = "cpython-311-x86_64-linux-gnu",
                            .argv = "[]",
                            .clock = "perf",
                            .hexversion = 0x030b02f0,
                            .samples = 7,
                            .seconds = 1.5};

/* The counts of one small recording; `times` of them. */
static void
count(Collect *c, Code *k, uint64_t times)
{
    uint32_t caller = collect_node(c, 0, k->id, 4), leaf = collect_node(c, caller, k->id, 2);
    collect_count(&c->now.self, k, 2, 0, 7 * times);
    collect_count(&c->now.total, k, 0, 0, 7 * times);
    collect_type(c, k, 2, 0, names_id(&c->types, "builtins.int"), 2 * times);
    collect_type(c, k, 2, 0, names_id(&c->types, "builtins.float"), 5 * times);
    collect_type(c, k, 0, 1000, names_id(&c->types, "m.C"), times);
    collect_count(&c->now.callees, k, 2, collect_callee(c, names_id(&c->names, "builtins.len"), 0),
                  times);
    collect_count(&c->now.callees, k, 2, collect_callee(c, 0, k->id), 3 * times);
    collect_count(&c->now.quick, k, 2, names_id(&c->names, "BINARY_OP_ADD_INT"), 4 * times);
    collect_count(&c->now.misses, k, 2, names_id(&c->names, "BINARY_OP_ADD_INT"), 6 * times);
    collect_count(&c->now.outcomes, k, 2, 1, 9 * times);
    *map_at(&c->now.stacks, leaf) += 7 * times;
}

/* Two recordings into one file, the first in two flushes. */
static void
write_profile(void)
{
    new_path();
    for (int recording = 0; recording < 2; recording++) {
        Collect c;
        collect_init(&c);
        sqlite3 *db = recording ? profsql_open(path, true, &err) : profsql_create(path, &err);
        ck_assert_msg(db != NULL, "%s", err.msg);
        ProfWriter *w = profwrite_new(db, &c, (ProfLimits){0});
        Code *k = collect_code(&c, sample_code());
        for (int flush = recording; flush < 2; flush++) {
            k->module = flush ? "m" : NULL;
            count(&c, k, 1);
            ck_assert_msg(profwrite_flush(w, &run, &err), "%s", err.msg);
            collect_reset(&c);
        }
        profwrite_close(w);
        collect_free(&c);
    }
}

static void
change(const char *sql)
{
    sqlite3 *db = profsql_open(path, true, &err);
    ck_assert_msg(db != NULL, "%s", err.msg);
    ck_assert_msg(profsql_exec(db, sql, &err), "%s", err.msg);
    sqlite3_close(db);
}

#define CHECK_REFUSED(kind_, text)                                                                 \
    do {                                                                                           \
        err = (Err){0};                                                                            \
        ck_assert_ptr_null(profdb_load(unit_arena(), path, &err));                                 \
        ck_assert_msg(err.kind == (kind_) && strstr(err.msg, text), "%d %s", err.kind, err.msg);   \
        unlink(path);                                                                              \
    } while (0)

START_TEST(what_was_counted_is_read_back)
{
    write_profile();
    Profile *p = profdb_load(unit_arena(), path, &err);
    ck_assert_msg(p != NULL, "%s", err.msg);
    ck_assert_uint_eq(p->samples, 14);
    ck_assert_str_eq(p->soabi, run.soabi);
    ck_assert_uint_eq(p->funcs.n, 1);
    const ProfFunc *f = profile_find(p, sample_code()->key);
    ck_assert_ptr_nonnull(f);
    ck_assert_str_eq(f->module, "m");
    ck_assert(f->self == 21 && f->total == 21 && f->at[2] == 21 && f->at[0] == 0);
    ck_assert(codekey_equal(f->code->key, f->key));
    const ProfSite *s = profile_site(f, 2, 0);
    ck_assert(s && s->total == 21 && s->types.n == 2 && s->types.at[0].count == 15);
    ck_assert_str_eq(s->types.at[0].name, "builtins.float");
    ck_assert_str_eq(profile_site(f, 0, ProfSlotLocal)->types.at[0].name, "m.C");
    ck_assert_ptr_null(profile_site(f, 2, 1));
    double share;
    const ProfCallee *callee = profile_callee(f, 2, &share);
    ck_assert(codekey_equal(callee->key, f->key) && share == 0.75);
    ck_assert(f->quick.n == 1 && f->quick.at[0].seen == 12 && f->quick.at[0].misses == 18);
    ck_assert(f->outcomes.n == 1 && f->outcomes.at[0].taken == 27);
    unlink(path);
}
END_TEST

/* They come from elsewhere and are shown on terminals. */
START_TEST(names_hold_no_control_characters)
{
    write_profile();
    change("UPDATE code SET filename = 'a' || char(27) || '[2J' || char(10) || 'b.py'");
    Profile *p = profdb_load(unit_arena(), path, &err);
    ck_assert_msg(p != NULL, "%s", err.msg);
    ck_assert_str_eq(p->funcs.at[0].filename, "a?[2J?b.py");
    unlink(path);
}
END_TEST

START_TEST(stacks_are_one_tree)
{
    write_profile();
    sqlite3 *db = profsql_open(path, false, &err);
    sqlite3_stmt *s = profsql_prepare(db, "SELECT count(*), sum(n), max(parent) FROM stack", &err);
    ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
    ck_assert_int_eq(sqlite3_column_int(s, 0), 2);
    ck_assert_int_eq(sqlite3_column_int(s, 1), 21);
    ck_assert_int_gt(sqlite3_column_int(s, 2), 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    unlink(path);
}
END_TEST

/* A file as version 1 wrote it is read as it is, and brought up to date when it is written to. */
START_TEST(older_versions_are_read_and_written)
{
    write_profile();
    change(
        "DROP VIEW hottest_functions; DROP VIEW most_polymorphic_sites; DROP VIEW branch_table;"
        "DROP VIEW callers_of; DROP VIEW hottest_native; DROP VIEW exceptions;"
        "CREATE TABLE old_run AS SELECT * FROM run; ALTER TABLE old_run DROP COLUMN native;"
        "ALTER TABLE old_run DROP COLUMN native_lost; DROP TABLE run;"
        "CREATE TABLE old_code AS SELECT * FROM code; ALTER TABLE old_code DROP COLUMN kind;"
        "DROP TABLE code; ALTER TABLE old_run RENAME TO run; ALTER TABLE old_code RENAME TO code;"
        "PRAGMA user_version = 1; DROP TABLE raised");
    Arena *a = arena_new();
    Profile *p = profdb_load(a, path, &err);
    ck_assert_msg(p != NULL, "%s", err.msg);
    ck_assert_int_eq(p->samples, 14); /* two runs */
    ck_assert_int_eq(p->funcs.at[0].kind, ProfPython);
    sqlite3 *db = profsql_open(path, true, &err);
    ck_assert_msg(db != NULL, "%s", err.msg);
    ck_assert_msg(profsql_exec(db,
                               "UPDATE main.run SET native = 3; UPDATE main.code SET kind = "
                               "'native'",
                               &err),
                  "%s", err.msg);
    sqlite3_close(db);
    p = profdb_load(a, path, &err);
    ck_assert_msg(p != NULL, "%s", err.msg);
    ck_assert_int_eq(p->native, 6);
    ck_assert_int_eq(p->funcs.at[0].kind, ProfNative);
    arena_free(a);
    unlink(path);
}
END_TEST

START_TEST(other_files_are_refused)
{
    new_path();
    CHECK_REFUSED(ErrNoFile, "No such file");
    new_path();
    FILE *f = fopen(path, "w");
    fputs("not a database at all, but long enough to be one", f);
    fclose(f);
    CHECK_REFUSED(ErrBadFormat, "not a profile");
    write_profile();
    change("PRAGMA application_id = 5");
    CHECK_REFUSED(ErrBadFormat, "not a profile");
    write_profile();
    change("PRAGMA user_version = 7");
    CHECK_REFUSED(ErrNewerFormat, "newer version");
    write_profile();
    change("DROP TABLE self_sample");
    CHECK_REFUSED(ErrBadFormat, "no such table");
}
END_TEST

START_TEST(impossible_rows_are_refused)
{
    static const char *const damage[][2] = {
        {"UPDATE self_sample SET code = 99", "code object that is not there"},
        {"UPDATE self_sample SET unit = 99", "instruction that is not there"},
        {"UPDATE site_type SET type = 99 WHERE slot = 1000", "place that cannot be"},
        {"UPDATE callee SET callee = 99 WHERE callee <> 0", "callee that is not there"},
        {"INSERT INTO branch VALUES (1, 2, 0.5, 0.6, 0.7, 1)", "odds"},
        {"UPDATE code SET key = 'zz'", "names"},
        {"UPDATE code SET key = '00000000000000000000000000000001'", "not what its key says"},
        {"UPDATE code SET body = x'00112233'", "size"},
        {"UPDATE code SET body = substr(body, 1, length(body) - 3)", "compressed"},
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        write_profile();
        change(damage[i][0]);
        CHECK_REFUSED(ErrCorrupt, damage[i][1]);
    }
}
END_TEST

/* Cut anywhere, a profile gives an error and never a crash. */
START_TEST(cut_files_are_refused)
{
    write_profile();
    FILE *f = fopen(path, "r");
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    fclose(f);
    for (long n = size - 1; n > 0; n -= 509) {
        ck_assert_int_eq(truncate(path, n), 0);
        err = (Err){0};
        ck_assert_ptr_null(profdb_load(unit_arena(), path, &err));
        ck_assert(err.kind == ErrCorrupt || err.kind == ErrBadFormat);
    }
    unlink(path);
}
END_TEST

Suite *
test_profdb_suite(void)
{
    const TTest *const tests[] = {what_was_counted_is_read_back,
                                  stacks_are_one_tree,
                                  names_hold_no_control_characters,
                                  older_versions_are_read_and_written,
                                  other_files_are_refused,
                                  impossible_rows_are_refused,
                                  cut_files_are_refused,
                                  NULL};
    return unit_suite("profdb", tests);
}
