/* `pyprof report`: what a profile says, for people and (JSON) for programs. */
#ifndef PYOPT_REPORT_H
#define PYOPT_REPORT_H

#include "err.h"

#include <stdio.h>

typedef struct ReportOptions {
    const char *path;
    bool json;
    unsigned top; /* how many functions */
} ReportOptions;

bool report_print(const ReportOptions *opt, FILE *out, Err *err);

#endif
