/* Bump allocation: everything that lives as long as one compile, one file being read
 * or one report comes from one arena and goes with it.  Memory is zeroed.  Running
 * out of memory ends the process with one line: no caller checks. */
#ifndef PYOPT_ARENA_H
#define PYOPT_ARENA_H

#include "base.h"

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *a);
void *arena_alloc(Arena *a, size_t n) __attribute__((returns_nonnull));
void *arena_memdup(Arena *a, const void *p, size_t n) __attribute__((returns_nonnull));
char *arena_strdup(Arena *a, const char *s);
char *arena_strndup(Arena *a, const char *s, size_t n);
char *arena_printf(Arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
size_t arena_used(const Arena *a);

#define arena_new_of(a, T)   ((T *)arena_alloc((a), sizeof(T)))
#define arena_array(a, T, n) ((T *)arena_alloc((a), (size_t)(n) * sizeof(T)))

#endif
