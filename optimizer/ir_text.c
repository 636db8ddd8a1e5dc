#include "ir_text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
irtext_fail(IrText *t, const char *fmt, ...)
{
    char what[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(t->err, ErrBadFormat, "line %u: %s", t->line, what);
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '<' || c == '>';
}

void
irtext_skip(IrText *t)
{
    while (*t->at == ' ' || *t->at == '\t' || *t->at == '\r')
        t->at++;
    if (*t->at == ';')
        t->at += strcspn(t->at, "\n");
}

bool
irtext_at_end(IrText *t)
{
    irtext_skip(t);
    return !*t->at || *t->at == '\n';
}

bool
irtext_next_line(IrText *t)
{
    while (irtext_at_end(t)) {
        if (!*t->at)
            return false;
        t->at++;
        t->line++;
    }
    return true;
}

bool
irtext_accept_here(IrText *t, const char *text)
{
    size_t n = strlen(text);
    if (strncmp(t->at, text, n) || (isalnum((unsigned char)text[n - 1]) && is_word(t->at[n])))
        return false;
    t->at += n;
    return true;
}

bool
irtext_accept(IrText *t, const char *text)
{
    irtext_skip(t);
    return irtext_accept_here(t, text);
}

bool
irtext_expect(IrText *t, const char *text)
{
    return irtext_accept(t, text) ||
           irtext_fail(t, "%s expected at \"%.*s\"", text, (int)strcspn(t->at, "\n"), t->at);
}

const char *
irtext_word(IrText *t)
{
    size_t n = 0;
    while (is_word(t->at[n]))
        n++;
    if (!n)
        return NULL;
    t->at += n;
    return arena_strndup(t->arena, t->at - n, n);
}

bool
irtext_string(IrText *t, const char **out, uint32_t *n)
{
    StrBuf b;
    sb_init(&b, t->arena);
    t->at++; /* the quote that brought us here */
    for (; *t->at != '"'; t->at++) {
        if (!*t->at || *t->at == '\n')
            return irtext_fail(t, "a string without its closing quote");
        char c = *t->at;
        if (c == '\\') {
            c = *++t->at;
            if (c >= '0' && c <= '3' && isdigit((unsigned char)t->at[1]) &&
                isdigit((unsigned char)t->at[2])) {
                c = (char)((c - '0') << 6 | (t->at[1] & 7) << 3 | (t->at[2] & 7));
                t->at += 2;
            } else if (c != '"' && c != '\\') {
                return irtext_fail(t, "a string may hold \\\", \\\\ and \\ooo, no other escape");
            }
        }
        sb_putc(&b, c);
    }
    t->at++;
    *out = b.s;
    *n = (uint32_t)b.n;
    return true;
}

const char *
irtext_name(IrText *t)
{
    irtext_skip(t);
    const char *s = NULL;
    uint32_t n;
    if (*t->at == '"')
        return irtext_string(t, &s, &n) ? s : NULL;
    s = irtext_word(t);
    if (!s)
        irtext_fail(t, "a name expected");
    return s;
}

bool
irtext_uint(IrText *t, uint32_t max, uint32_t *out)
{
    if (!isdigit((unsigned char)*t->at))
        return irtext_fail(t, "a number expected");
    char *end;
    errno = 0;
    unsigned long v = strtoul(t->at, &end, 0);
    if (errno || v > max)
        return irtext_fail(t, "number too large, at most %u", max);
    t->at = end;
    *out = (uint32_t)v;
    return true;
}

bool
irtext_int(IrText *t, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(t->at, &end, 10);
    if (end == t->at || isspace((unsigned char)*t->at))
        return irtext_fail(t, "a number expected");
    if (errno)
        return irtext_fail(t, "number too large");
    t->at = end;
    return true;
}

bool
irtext_double(IrText *t, double *out)
{
    char *end;
    *out = strtod(t->at, &end);
    if (end == t->at || isspace((unsigned char)*t->at))
        return irtext_fail(t, "a number expected");
    t->at = end;
    return true;
}

void
irtext_put_name(StrBuf *out, const char *name)
{
    const char *s = name;
    while (is_word(*s))
        s++;
    if (*s || s == name)
        sb_cstr(out, name);
    else
        sb_puts(out, name);
}

/* The shortest decimal that reads back as the same double; always recognisable as no int. */
void
irtext_put_double(StrBuf *out, double d)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    if (isnan(d))
        snprintf(text, sizeof text, "%snan", signbit(d) ? "-" : "");
    sb_puts(out, text);
    if (!strpbrk(text, ".eni"))
        sb_puts(out, ".0");
}
