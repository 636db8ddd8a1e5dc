/* One way to fail: a function that can fail returns false (or NULL) and fills the
 * Err it was given last; callers forward.  The text is one clear line that says
 * what to do, without a final newline.  Kinds and exit statuses: err.def. */
#ifndef PYOPT_ERR_H
#define PYOPT_ERR_H

#include "base.h"

typedef enum ErrKind {
    ErrNone,
#define ERR(name, status, what) Err##name,
#include "err.def"
#undef ERR
    ErrKindCount
} ErrKind;

typedef struct Err {
    ErrKind kind;
    char msg[512];
} Err;

/* Fill e (which may be NULL) and return false, so that `return err_set(...)` reads well. */
bool err_set(Err *e, ErrKind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The process exit status a command uses for this kind; 0 for ErrNone. */
int err_exit_status(ErrKind kind);
/* The table of exit statuses, one line each, for --help. */
const char *err_status_help(void);

#endif
