/* Text being built: an arena-backed, NUL-terminated, growing buffer. */
#ifndef PYOPT_STRBUF_H
#define PYOPT_STRBUF_H

#include "arena.h"

typedef struct StrBuf {
    Arena *arena;
    char *s; /* never NULL after sb_init */
    size_t n, cap;
} StrBuf;

void sb_init(StrBuf *b, Arena *a);
void sb_putc(StrBuf *b, char c);
void sb_puts(StrBuf *b, const char *s);
void sb_write(StrBuf *b, const void *p, size_t n);
void sb_printf(StrBuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* s as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD. */
void sb_json(StrBuf *b, const char *s);
/* s as a C string literal, quotes included. */
void sb_cstr(StrBuf *b, const char *s);

#endif
