/* Opening a profile file.  A file from elsewhere is not trusted: its header, schema version and
 * pages are checked before anything in it is used, and nothing in it can run SQL of its own. */
#ifndef PYOPT_PROFSQL_H
#define PYOPT_PROFSQL_H

#include "arena.h"
#include "err.h"

#include <sqlite3.h>

enum { PROFSQL_MAGIC = 0x50795072 }; /* application_id; must equal schemas/profile.sql's */

/* An existing profile; ErrNoFile, ErrBadFormat, ErrNewerFormat, ErrCorrupt. */
sqlite3 *profsql_open(const char *path, bool writable, Err *err);
/* A new, empty profile; ErrWrite. */
sqlite3 *profsql_create(const char *path, Err *err);
/* Runs statements that return nothing. */
bool profsql_exec(sqlite3 *db, const char *sql, Err *err);
sqlite3_stmt *profsql_prepare(sqlite3 *db, const char *sql, Err *err);
/* A column's text, NULL where it has none.  Control characters become '?': these are names from
 * elsewhere, and they are shown on terminals. */
const char *profsql_text(Arena *a, sqlite3_stmt *s, int column);
/* The error that a failed step or exec on db amounts to. */
bool profsql_failed(sqlite3 *db, const char *doing, Err *err);

#endif
