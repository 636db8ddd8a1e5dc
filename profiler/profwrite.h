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
    uint64_t samples, lost, unreadable, off_gil, no_python, processes, native, native_lost;
} RunInfo;

typedef struct ProfLimits {
    bool no_code;        /* bytecode is left out */
    bool no_locals;      /* names of locals are */
    double max_size;     /* bytes of the file; 0: no limit */
    uint32_t max_stacks; /* about so many frames of stacks stay */
} ProfLimits;

typedef struct ProfWriter ProfWriter;

/* Takes db over. */
ProfWriter *profwrite_new(sqlite3 *db, Collect *c, ProfLimits limits);
void profwrite_close(ProfWriter *w);
/* Adds c->now, which the caller then resets, and brings the run's row up to date.  Where the file
 * would become too large, the rarer half of the stacks makes room. */
bool profwrite_flush(ProfWriter *w, const RunInfo *run, Err *err);
/* After a flush that failed: was it the limit on the file's size? */
bool profwrite_is_full(const ProfWriter *w);
/* Replaces the branch odds in the file at path by what all its samples say now. */
bool profwrite_branches(const char *path, Err *err);

#endif
