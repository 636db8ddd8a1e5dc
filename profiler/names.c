#include "names.h"

#include <string.h>

void
names_init(Names *n, Arena *a)
{
    *n = (Names){.arena = a};
    map_init(&n->ids, a);
}

static uint64_t
fnv1a(const char *s, uint64_t h)
{
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 0x100000001b3ull;
    return h;
}

uint32_t
names_id(Names *n, const char *s)
{
    for (uint64_t h = fnv1a(s, 0xcbf29ce484222325ull);; h++) {
        uint64_t *id = map_at(&n->ids, h);
        if (*id && strcmp(n->text.at[*id - 1], s) == 0)
            return (uint32_t)*id;
        if (*id)
            continue; /* another string with this hash */
        vec_push(n->arena, &n->text, arena_strdup(n->arena, s));
        *map_at(&n->ids, h) = n->text.n;
        return n->text.n;
    }
}

const char *
names_text(const Names *n, uint32_t id)
{
    return n->text.at[id - 1];
}
