/* A map from 64-bit keys to 64-bit values: open addressing in an arena, no removal. */
#ifndef PYOPT_MAP_H
#define PYOPT_MAP_H

#include "arena.h"

typedef struct MapSlot {
    uint64_t key, value;
    bool used;
} MapSlot;

typedef struct Map {
    Arena *arena;
    MapSlot *slots;
    uint32_t n, cap; /* cap is a power of two, at least a quarter larger than n */
} Map;

void map_init(Map *m, Arena *a);
/* The value under key, or NULL; good until the next map_put or map_at. */
uint64_t *map_get(const Map *m, uint64_t key);
/* The value under key, made 0 when there was none. */
uint64_t *map_at(Map *m, uint64_t key);
void map_put(Map *m, uint64_t key, uint64_t value);

/* for (MapSlot *s = map_first(m); s; s = map_next(m, s)): in no particular order. */
MapSlot *map_first(const Map *m);
MapSlot *map_next(const Map *m, const MapSlot *s);

#endif
