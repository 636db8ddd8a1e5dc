#include "term.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_terminal(FILE *f)
{
    const char *kind = getenv("TERM");
    return isatty(fileno(f)) && kind && strcmp(kind, "dumb") != 0;
}

bool
term_colour(FILE *out)
{
    const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
    if (no && *no)
        return false;
    return (force && *force && strcmp(force, "0") != 0) || is_terminal(out);
}

const char *
term_style(bool colour, TermStyle s)
{
    static const char *const sequences[] = {
        [TermPlain] = "\033[0m", [TermBold] = "\033[1m",   [TermDim] = "\033[2m",
        [TermRed] = "\033[31m",  [TermGreen] = "\033[32m", [TermYellow] = "\033[33m"};
    return colour ? sequences[s] : "";
}

void
term_progress(const char *fmt, ...)
{
    if (!is_terminal(stderr))
        return;
    va_list ap;
    va_start(ap, fmt);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fflush(stderr);
}

void
term_progress_end(void)
{
    if (is_terminal(stderr))
        fputs("\r\033[K", stderr);
}
