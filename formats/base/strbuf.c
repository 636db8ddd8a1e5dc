#include "strbuf.h"

#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
sb_init(StrBuf *b, Arena *a)
{
    *b = (StrBuf){.arena = a, .cap = 256};
    b->s = arena_alloc(a, b->cap);
}

static void
reserve(StrBuf *b, size_t more)
{
    if (b->n + more + 1 <= b->cap)
        return;
    while (b->n + more + 1 > b->cap)
        b->cap *= 2;
    char *bigger = arena_alloc(b->arena, b->cap);
    memcpy(bigger, b->s, b->n);
    b->s = bigger;
}

void
sb_write(StrBuf *b, const void *p, size_t n)
{
    if (!n)
        return;
    reserve(b, n);
    memcpy(b->s + b->n, p, n);
    b->n += n;
    b->s[b->n] = 0;
}

void
sb_putc(StrBuf *b, char c)
{
    sb_write(b, &c, 1);
}

void
sb_puts(StrBuf *b, const char *s)
{
    sb_write(b, s, strlen(s));
}

void
sb_printf(StrBuf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    reserve(b, (size_t)n);
    vsnprintf(b->s + b->n, (size_t)n + 1, fmt, again);
    b->n += (size_t)n;
    va_end(again);
    va_end(ap);
}

void
sb_json(StrBuf *b, const char *text)
{
    sb_putc(b, '"');
    const char *end = text + strlen(text);
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        size_t n = utf8_len((const char *)s, (size_t)(end - (const char *)s), false);
        if (*s == '"' || *s == '\\')
            sb_printf(b, "\\%c", *s);
        else if (*s < 0x20 || *s == 0x7f)
            sb_printf(b, "\\u%04x", *s);
        else if (n)
            sb_write(b, s, n);
        else
            sb_puts(b, "\\ufffd");
        s += n ? n : 1;
    }
    sb_putc(b, '"');
}

void
sb_cstr(StrBuf *b, const char *text)
{
    sb_putc(b, '"');
    for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
        if (*s == '"' || *s == '\\')
            sb_printf(b, "\\%c", *s);
        else if (*s < 0x20 || *s >= 0x7f || *s == '?')
            sb_printf(b, "\\%03o", *s);
        else
            sb_putc(b, (char)*s);
    }
    sb_putc(b, '"');
}
