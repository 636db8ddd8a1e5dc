/* The profile as a SQLite file: schemas/profile.sql is the schema, PRAGMA user_version its number.
 */
#ifndef PYOPT_PROFDB_H
#define PYOPT_PROFDB_H

#include "err.h"
#include "profile.h"

enum { PROFDB_VERSION = 3 };

/* Reads everything; checks magic, version and integrity first (ErrNoFile, ErrBadFormat,
 * ErrNewerFormat, ErrCorrupt). */
Profile *profdb_load(Arena *a, const char *path, Err *err);

#endif
