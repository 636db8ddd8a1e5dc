#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 * 1024, ALIGN = 16 };

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *prev;
    size_t used, cap;
    _Alignas(ALIGN) char data[];
};

struct Arena {
    Chunk *top;
    size_t used;
};

static void *
must(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        exit(13); /* ErrNoMemory of err.def */
    }
    return p;
}

static Chunk *
chunk_new(Chunk *prev, size_t cap)
{
    Chunk *c = must(calloc(1, sizeof *c + cap));
    c->prev = prev;
    c->cap = cap;
    return c;
}

Arena *
arena_new(void)
{
    Arena *a = must(calloc(1, sizeof *a));
    a->top = chunk_new(NULL, CHUNK);
    return a;
}

void
arena_free(Arena *a)
{
    if (!a)
        return;
    for (Chunk *c = a->top, *prev; c; c = prev) {
        prev = c->prev;
        free(c);
    }
    free(a);
}

void *
arena_alloc(Arena *a, size_t n)
{
    n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (n > a->top->cap - a->top->used)
        a->top = chunk_new(a->top, n > CHUNK / 4 ? n : CHUNK);
    void *p = a->top->data + a->top->used;
    a->top->used += n;
    a->used += n;
    return p;
}

void *
arena_memdup(Arena *a, const void *p, size_t n)
{
    void *q = arena_alloc(a, n ? n : 1);
    if (n)
        memcpy(q, p, n);
    return q;
}

char *
arena_strndup(Arena *a, const char *s, size_t n)
{
    char *q = arena_alloc(a, n + 1);
    memcpy(q, s, n);
    return q;
}

char *
arena_strdup(Arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(Arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *q = arena_alloc(a, (size_t)n + 1);
    vsnprintf(q, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return q;
}

size_t
arena_used(const Arena *a)
{
    return a->used;
}
