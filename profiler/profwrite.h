/* The recorder's end of the profile file: adds what was counted since the last flush, all or
 * nothing. */
#ifndef PYOPT_PROFWRITE_H
#define PYOPT_PROFWRITE_H

#include "collect.h"
#include "profsql.h"

/* The row of table run; see schemas/profile.sql. */
typedef struct RunInfo {
    const char *started, *host, *python, *version, *soabi, *argv, *clock;
    unsigned hexversion;
    double rate, seconds, cpu, overhead;
    uint64_t samples, lost, unreadable, off_gil, no_python, processes;
} RunInfo;

typedef struct ProfWriter ProfWriter;

/* Takes db over. */
ProfWriter *profwrite_new(sqlite3 *db, Collect *c);
void profwrite_close(ProfWriter *w);
/* Adds c->now and brings the run's row up to date; the caller resets the counts when it succeeded.
 */
bool profwrite_flush(ProfWriter *w, const RunInfo *run, Err *err);
/* Replaces the branch odds in the file at path by what all its samples say now. */
bool profwrite_branches(const char *path, Err *err);

#endif
