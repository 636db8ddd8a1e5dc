/* Strings numbered from 1 in order of first sight: types, callees, opcodes as the counters key
 * them. */
#ifndef PYOPT_NAMES_H
#define PYOPT_NAMES_H

#include "map.h"
#include "vec.h"

typedef struct Names {
    Arena *arena;
    Map ids;
    Vec(const char *) text; /* text.at[id - 1] */
} Names;

void names_init(Names *n, Arena *a);
uint32_t names_id(Names *n, const char *s);
const char *names_text(const Names *n, uint32_t id);

#endif
