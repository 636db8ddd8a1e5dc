/* What recording a command and recording a running process share: the profile being written and its
 * row of table run. */
#ifndef PYOPT_RECORDING_H
#define PYOPT_RECORDING_H

#include "elffiles.h"
#include "profwrite.h"
#include "recorder.h"

typedef struct Recording {
    const RecordOptions *opt;
    Arena *arena;
    Collect collect;
    ElfFiles files;     /* of native frames */
    ProfWriter *writer; /* NULL: the file is no longer written */
    RunInfo run;
    double begun;
    int notices;
    bool full;  /* because it has reached the size it may have */
    Err broken; /* because of an error; without a text once that has been told */
} Recording;

/* Opens the output as the options ask. */
bool recording_open(Recording *r, const RecordOptions *opt, double rate, Err *err);
void recording_close(Recording *r);
/* The clock starts; argv is NULL-terminated. */
void recording_begin(Recording *r, char *const *argv);
/* Which Python it is. */
void recording_python(Recording *r, const char *python, unsigned hexversion, bool debug);
/* Writes what was counted since the last time. */
void recording_flush(Recording *r);
/* The last flush, the branches' odds, the summary for the user. */
void recording_finish(Recording *r);
/* One line for the user, a few at most. */
void recording_notice(const char *text, void *recording);
/* A clock to measure with. */
double recording_now(void);

#endif
