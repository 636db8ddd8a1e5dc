#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    int status;
    const char *what;
} kinds[ErrKindCount] = {
    [ErrNone] = {0, "success"},
#define ERR(name, status, what) [Err##name] = {status, what},
#include "err.def"
#undef ERR
};

bool
err_set(Err *e, ErrKind kind, const char *fmt, ...)
{
    if (!e)
        return false;
    e->kind = kind;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    return false;
}

int
err_exit_status(ErrKind kind)
{
    return kinds[kind].status;
}

const char *
err_status_help(void)
{
    return "Exit status:\n"
           "  0  success\n"
#define STR_(x)                 #x
#define STR(x)                  STR_(x)
#define ERR(name, status, what) "  " STR(status) "  " what "\n"
#include "err.def"
#undef ERR
        ;
}

void
die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("internal error: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    abort();
}
