/* Other programs, run several at a time, with what they say captured. */
#ifndef PYOPT_PROC_H
#define PYOPT_PROC_H

#include "arena.h"
#include "err.h"

typedef struct ProcCmd {
    char *const *argv; /* argv[0] is looked up in PATH */
    const char *input; /* given on standard input; may be NULL */
    size_t n_input;
    /* Filled in: */
    char *output; /* standard output; NUL-terminated beyond n_output */
    size_t n_output;
    char *errors; /* standard error, NUL-terminated */
    int status;   /* exit status; 127 not found; 128 + n killed by signal n */
} ProcCmd;

typedef void ProcDone(uint32_t index, void *arg);

/* At most `jobs` at once; done (or NULL) is called as each ends.  False only when this process
 * cannot start any; a program that fails says so in its status. */
bool proc_run_all(Arena *a, ProcCmd *cmds, uint32_t n, unsigned jobs, ProcDone *done, void *arg,
                  Err *err);
bool proc_run(Arena *a, ProcCmd *cmd, Err *err);
unsigned proc_cores(void);
double proc_now(void); /* seconds, for differences */

#endif
