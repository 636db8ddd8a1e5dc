/* What is inferred from all samples of a profile at once, written back: odds of branches, and how
 * often exceptions are raised and caught. */
#include "branches.h"
#include "profdb.h"
#include "profwrite.h"

static bool
write_odds(sqlite3 *db, sqlite3_stmt *s, const char *key, const ProfBranch *b, Err *err)
{
    const double numbers[] = {b->p_taken, b->lo, b->hi, b->weight};
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, b->off);
    for (int i = 0; i < (int)countof(numbers); i++)
        sqlite3_bind_double(s, 3 + i, numbers[i]);
    bool ok = sqlite3_step(s) == SQLITE_DONE;
    sqlite3_reset(s);
    return ok || profsql_failed(db, "cannot be written", err);
}

static bool
write_all(sqlite3 *db, const Profile *p, Err *err)
{
    sqlite3_stmt *branch = profsql_prepare(
        db, "INSERT INTO branch SELECT id, ?2, ?3, ?4, ?5, ?6 FROM code WHERE key = ?1", err);
    sqlite3_stmt *raised = profsql_prepare(
        db, "INSERT INTO raised SELECT id, ?2, ?3, ?4, ?5, ?6 FROM code WHERE key = ?1", err);
    bool ok = branch && raised;
    for (uint32_t i = 0; ok && i < p->funcs.n; i++) {
        const ProfFunc *f = &p->funcs.at[i];
        char hex[CODEKEY_HEX];
        codekey_hex(f->key, hex);
        for (uint32_t k = 0; ok && k < f->branches.n; k++)
            ok = write_odds(db, branch, hex, &f->branches.at[k], err);
        for (uint32_t k = 0; ok && k < f->raised.n; k++)
            ok = write_odds(db, raised, hex, &f->raised.at[k], err);
    }
    sqlite3_finalize(branch);
    sqlite3_finalize(raised);
    return ok;
}

bool
profwrite_branches(const char *path, Err *err)
{
    Arena *a = arena_new();
    Profile *p = profdb_load(a, path, err);
    sqlite3 *db = p ? profsql_open(path, true, err) : NULL;
    bool ok = false;
    if (db) {
        branches_infer(a, p);
        ok = profsql_exec(db, "BEGIN IMMEDIATE; DELETE FROM branch; DELETE FROM raised", err) &&
             write_all(db, p, err) && profsql_exec(db, "COMMIT", err);
        sqlite3_close(db);
    }
    arena_free(a);
    return ok;
}
