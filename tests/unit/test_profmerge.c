#include "calltree.h"
#include "nameless.h"
#include "profdb.h"
#include "profmerge.h"
#include "profwrite.h"
#include "unit_code.h"
#include "unit_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Err err;

static void
new_path(char path[64])
{
    snprintf(path, 64, "%s/test_profmerge_XXXXXX", P_tmpdir);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    unlink(path);
    err = (Err){0};
}

static sqlite3 *
create(char path[64])
{
    new_path(path);
    sqlite3 *db = profsql_create(path, &err);
    ck_assert_msg(db != NULL, "%s", err.msg);
    return db;
}

static void
run_sql(sqlite3 *db, const char *sql)
{
    ck_assert_msg(profsql_exec(db, sql, &err), "%s: %s", sql, err.msg);
}

static int64_t
ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = profsql_prepare(db, sql, &err);
    ck_assert_msg(s && sqlite3_step(s) == SQLITE_ROW, "%s: %s", sql, err.msg);
    int64_t v = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return v;
}

/* Two functions without bytecode, f calls g; rows numbered from `from`, so that files differ. */
static void
write_file(char path[64], int from, int n)
{
    sqlite3 *db = create(path);
    char sql[1200];
    snprintf(
        sql, sizeof sql,
        "INSERT INTO code VALUES (%1$d, '0000000000000000000000000000000a', 'm', 'a.py', 'f', "
        "1, 9, %2$d, NULL, 'python'), (%1$d + 1, '0000000000000000000000000000000b', NULL, 'a.py', "
        "'g', "
        "5, 9, %2$d, NULL, 'python');"
        "INSERT INTO type VALUES (%1$d + 2, 'builtins.int');"
        "INSERT INTO self_sample VALUES (%1$d + 1, 3, %2$d);"
        "INSERT INTO site_type VALUES (%1$d + 1, 3, 0, %1$d + 2, %2$d);"
        "INSERT INTO callee VALUES (%1$d, 4, %1$d + 1, 'g', 1, %2$d), (%1$d, 6, 0, 'len', 2, 0);"
        "INSERT INTO stack VALUES (%1$d, 0, %1$d, 4, 0), (%1$d + 1, %1$d, %1$d + 1, 3, %2$d), "
        "(%1$d + 2, %1$d, %1$d + 1, 7, 1);"
        "INSERT INTO run VALUES (1, '2026-01-0%2$d', 'h', '', '', 0, '', '[]', '', 100, 1, 1, "
        "%2$d, 0, 0, 0, 0, 1, 0, %2$d, 1)",
        from, n);
    run_sql(db, sql);
    sqlite3_close(db);
}

START_TEST(merging_adds_by_content)
{
    char a[64], b[64], out[64];
    write_file(a, 1, 3);
    write_file(b, 40, 5);
    sqlite3 *db = create(out);
    ck_assert_msg(profmerge_add(db, a, 1, &err), "%s", err.msg);
    ck_assert_msg(profmerge_add(db, b, 2, &err), "%s", err.msg);
    ck_assert_int_eq(ask(db, "SELECT count(*) FROM code"), 2);
    ck_assert_int_eq(ask(db, "SELECT sum(total) FROM code"), 26);
    ck_assert_int_eq(ask(db, "SELECT n FROM self_sample"), 13);
    ck_assert_int_eq(ask(db, "SELECT n FROM site_type"), 13);
    ck_assert_int_eq(ask(db, "SELECT below FROM callee WHERE name = 'g'"), 13);
    ck_assert_int_eq(ask(db, "SELECT n FROM callee WHERE name = 'len' AND callee = 0"), 6);
    ck_assert_int_eq(ask(db, "SELECT count(*) * 100 + sum(n) FROM stack"), 316);
    ck_assert_int_eq(ask(db, "SELECT sum(samples) FROM run"), 13);
    sqlite3_close(db);
    unlink(a);
    unlink(b);
    unlink(out);
}
END_TEST

START_TEST(a_damaged_file_adds_nothing)
{
    static const char *const damage[] = {
        "UPDATE stack SET parent = 77 WHERE parent <> 0", /* no such caller */
        "UPDATE stack SET code = 77 WHERE parent = 0",
        "UPDATE self_sample SET code = 77",
        "UPDATE layout SET type = 77",
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        char a[64], out[64];
        write_file(a, 1, 3);
        sqlite3 *db = profsql_open(a, true, &err);
        run_sql(db, "INSERT INTO layout VALUES (3, 'key', 0, 'x')");
        run_sql(db, damage[i]);
        sqlite3_close(db);
        db = create(out);
        ck_assert(!profmerge_add(db, a, 1, &err));
        ck_assert_msg(err.kind == ErrCorrupt, "%s: %d %s", damage[i], err.kind, err.msg);
        sqlite3_close(db);
        unlink(a);
        unlink(out);
    }
}
END_TEST

START_TEST(pruning_keeps_the_heaviest_and_counts_the_rest_above)
{
    char a[64];
    write_file(a, 1, 5);
    sqlite3 *db = profsql_open(a, true, &err);
    ck_assert(profmerge_prune(db, 2, &err));
    ck_assert_int_eq(ask(db, "SELECT count(*) FROM stack"), 2);
    ck_assert_int_eq(ask(db, "SELECT n FROM stack WHERE parent = 0"), 1);
    ck_assert_int_eq(ask(db, "SELECT n FROM stack WHERE parent <> 0"), 5);
    ck_assert(profmerge_decay(db, 0.5, &err));
    ck_assert_int_eq(ask(db, "SELECT n FROM self_sample"), 2);
    ck_assert_int_eq(ask(db, "SELECT sum(n) FROM stack"), 2);
    ck_assert(profmerge_decay(db, 0, &err));
    ck_assert_int_eq(ask(db, "SELECT (SELECT count(*) FROM stack) + (SELECT count(*) FROM "
                             "self_sample) + (SELECT count(*) FROM callee)"),
                     0);
    sqlite3_close(db);
    unlink(a);
}
END_TEST

START_TEST(the_tree_has_totals_and_an_order)
{
    char a[64];
    write_file(a, 1, 5);
    CallTree *t = calltree_load(unit_arena(), a, false, &err);
    ck_assert_msg(t != NULL, "%s", err.msg);
    int depth = 0;
    uint32_t f = calltree_next(t, 0, &depth), g = calltree_next(t, f, &depth);
    ck_assert_int_eq(depth, 2);
    ck_assert_uint_eq(calltree_next(t, g, &depth), 0); /* both units of g are one node */
    ck_assert(t->nodes.at[0].total == 6 && t->nodes.at[f].total == 6 && t->nodes.at[g].self == 6);
    ck_assert_str_eq(calltree_name(unit_arena(), t, &t->nodes.at[g]), "m.g");
    ck_assert(t->period > 0.0099 && t->period < 0.0101);
    unlink(a);
    sqlite3 *db = create(a);
    sqlite3_close(db);
    ck_assert(!calltree_load(unit_arena(), a, true, &err) && err.kind == ErrEmpty);
    unlink(a);
}
END_TEST

START_TEST(functions_without_a_module_are_called_by_their_file)
{
    static const char *const names[][2] = {
        {"/usr/lib/python3.11/json/__init__.py", "json.f"},
        {"/srv/app/site.py", "site.f"},
        {"<frozen zipimport>", "zipimport.f"},
        {"<string>", "f"},
        {"script", "script.f"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ProfFunc f = {.filename = names[i][0], .qualname = "f"};
        ck_assert_str_eq(calltree_function(unit_arena(), &f), names[i][1]);
    }
}
END_TEST

START_TEST(names_of_locals_can_be_left_out)
{
    PyCode *c = UNIT_CODE(2, {PyOp_LOAD_FAST, 0}, {PyOp_RETURN_VALUE, 0});
    PyCode *copy = nameless_copy(unit_arena(), c);
    ck_assert(!nameless_is(c) && nameless_is(copy));
    ck_assert_str_eq(copy->localsplusnames[0]->s, ".0");
    ck_assert(copy->n_units == c->n_units && codekey_equal(copy->key, c->key));
    ck_assert(!codekey_equal(codekey_of(copy), c->key));
}
END_TEST

Suite *
test_profmerge_suite(void)
{
    const TTest *const tests[] = {merging_adds_by_content,
                                  a_damaged_file_adds_nothing,
                                  pruning_keeps_the_heaviest_and_counts_the_rest_above,
                                  the_tree_has_totals_and_an_order,
                                  functions_without_a_module_are_called_by_their_file,
                                  names_of_locals_can_be_left_out,
                                  NULL};
    return unit_suite("profmerge", tests);
}
