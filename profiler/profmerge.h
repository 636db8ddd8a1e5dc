/* Adding one profile file to another, and keeping a file small. */
#ifndef PYOPT_PROFMERGE_H
#define PYOPT_PROFMERGE_H

#include "profsql.h"

/* Adds every count of the profile at path, times weight, to `into`; within the caller's
 * transaction.  The file is checked as a whole first: a damaged one adds nothing. */
bool profmerge_add(sqlite3 *into, const char *path, double weight, Err *err);
/* Multiplies every count by factor, at most 1; what comes below one sample goes. */
bool profmerge_decay(sqlite3 *db, double factor, Err *err);
/* Keeps the max frames of the stack tree that most samples run through; what ended in others counts
 * for the nearest caller that stays. */
bool profmerge_prune(sqlite3 *db, uint32_t max, Err *err);

#endif
