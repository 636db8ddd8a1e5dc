/* The one generic vector.  Grows in an arena (the old copy stays behind until the
 * arena goes), so elements are referred to by index, never by address, while it grows. */
#ifndef PYOPT_VEC_H
#define PYOPT_VEC_H

#include "arena.h"

#include <string.h>

#define Vec(T)                                                                                     \
    struct {                                                                                       \
        T *at;                                                                                     \
        uint32_t n, cap;                                                                           \
    }

#define vec_push(a, v, ...)                                                                        \
    do {                                                                                           \
        if ((v)->n == (v)->cap || !(v)->at) /* the second is what the first implies */             \
            (v)->at = vec_grow_((a), (v)->at, (v)->n, &(v)->cap, sizeof *(v)->at);                 \
        (v)->at[(v)->n++] = (__VA_ARGS__);                                                         \
    } while (0)
#define vec_last(v) ((v)->at[(v)->n - 1])
#define vec_pop(v)  ((v)->at[--(v)->n])

static inline void *
vec_grow_(Arena *a, void *at, uint32_t n, uint32_t *cap, size_t size)
{
    *cap = *cap ? *cap * 2 : 8;
    void *bigger = arena_alloc(a, *cap * size);
    if (at)
        memcpy(bigger, at, n * size);
    return bigger;
}

#endif
