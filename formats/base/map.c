#include "map.h"

enum { FIRST_CAP = 16 };

void
map_init(Map *m, Arena *a)
{
    *m = (Map){.arena = a, .slots = arena_array(a, MapSlot, FIRST_CAP), .cap = FIRST_CAP};
}

/* Keys are often addresses or small counts: mix all bits into the low ones that are used. */
static uint64_t
mix(uint64_t x)
{
    x = (x ^ (x >> 32)) * 0x9e3779b97f4a7c15u;
    return x ^ (x >> 29);
}

/* The slot that holds key, or the free one where it belongs. */
static MapSlot *
find(const Map *m, uint64_t key)
{
    for (uint64_t i = mix(key);; i++) {
        MapSlot *s = &m->slots[i & (m->cap - 1)];
        if (!s->used || s->key == key)
            return s;
    }
}

static void
grow(Map *m)
{
    const MapSlot *old = m->slots;
    uint32_t n_old = m->cap;
    m->cap *= 2;
    m->slots = arena_array(m->arena, MapSlot, m->cap);
    for (uint32_t i = 0; i < n_old; i++)
        if (old[i].used)
            *find(m, old[i].key) = old[i];
}

uint64_t *
map_get(const Map *m, uint64_t key)
{
    MapSlot *s = find(m, key);
    return s->used ? &s->value : NULL;
}

uint64_t *
map_at(Map *m, uint64_t key)
{
    MapSlot *s = find(m, key);
    if (s->used)
        return &s->value;
    if ((uint64_t)(m->n + 1) * 4 > (uint64_t)m->cap * 3) {
        grow(m);
        s = find(m, key);
    }
    m->n++;
    *s = (MapSlot){.key = key, .used = true};
    return &s->value;
}

void
map_put(Map *m, uint64_t key, uint64_t value)
{
    *map_at(m, key) = value;
}

static MapSlot *
used_from(const Map *m, size_t i)
{
    for (; i < m->cap; i++)
        if (m->slots[i].used)
            return &m->slots[i];
    return NULL;
}

MapSlot *
map_first(const Map *m)
{
    return used_from(m, 0);
}

MapSlot *
map_next(const Map *m, const MapSlot *s)
{
    return used_from(m, (size_t)(s - m->slots) + 1);
}
