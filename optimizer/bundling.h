/* `pyopt compile` as a function: profile or sources in, a bundle on disk, and a report of what
 * became of every function. */
#ifndef PYOPT_BUNDLING_H
#define PYOPT_BUNDLING_H

#include "cc.h"
#include "pyopt.h"

typedef struct BundlingJob {
    const char *profile; /* NULL with all */
    char *const *paths;  /* sources, with all */
    uint32_t n_paths;
    bool all;
    const char *python; /* the user's choice, or NULL */
    const char *out;    /* NULL: the profile's name with .pyob */
    bool force;         /* overwrite out */
    unsigned level;     /* of -O: how hard the C compiler tries */
    const char *save_c; /* folder that gets a copy of the generated C, or NULL */
    bool verify;
    const char *only, *files, *dump_pass; /* as in PyoptJob */
    const CcProgress *progress;
} BundlingJob;

typedef struct BundlingReport {
    const char *out;
    const PyTarget *target;
    PyoptResult *results; /* bailout is set for what the C compiler refused, too */
    uint32_t n, n_units;
    uint32_t n_skipped; /* source files, with all */
    const char *skipped;
    double coverage; /* part of the samples that fell into compiled functions */
    double seconds;
    bool profiled;
    CcStats cc;
} BundlingReport;

bool bundling_run(Arena *a, const BundlingJob *job, BundlingReport *report, Err *err);
void bundling_print(const BundlingReport *r, StrBuf *out);
void bundling_print_json(const BundlingReport *r, StrBuf *out);

#endif
