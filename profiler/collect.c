#include "collect.h"

#include "sites.h"

enum { MAX_NODES = 300000 };

void
collect_init(Collect *c)
{
    Arena *a = arena_new();
    *c = (Collect){.arena = a};
    map_init(&c->by_key, a);
    names_init(&c->types, a);
    names_init(&c->names, a);
    map_init(&c->callees_by, a);
    map_init(&c->kinds, a);
    map_init(&c->layouts, a);
    collect_forget_nodes(c);
    collect_reset(c);
}

void
collect_free(Collect *c)
{
    arena_free(c->now.arena);
    arena_free(c->nodes_arena);
    arena_free(c->arena);
}

void
collect_forget_nodes(Collect *c)
{
    arena_free(c->nodes_arena);
    c->nodes_arena = arena_new();
    c->nodes.at = NULL;
    c->nodes.n = c->nodes.cap = 0;
    map_init(&c->nodes_by, c->nodes_arena);
}

void
collect_reset(Collect *c)
{
    arena_free(c->now.arena);
    c->now = (Counts){.arena = arena_new()};
    Map *const maps[] = {&c->now.self,    &c->now.total,  &c->now.types,
                         &c->now.callees, &c->now.below,  &c->now.quick,
                         &c->now.misses,  &c->now.stacks, &c->now.outcomes};
    for (size_t i = 0; i < countof(maps); i++)
        map_init(maps[i], c->now.arena);
}

static void
add_nested(PyCode *code, void *arg)
{
    Collect *c = arg;
    uint64_t *id = map_at(&c->by_key, code->key.lo);
    if (*id)
        return;
    Code *k = arena_new_of(c->arena, Code);
    k->c = code;
    vec_push(c->arena, &c->codes, k);
    k->id = c->codes.n;
    *id = k->id;
    map_init(&k->consumers, c->arena);
    sites_prepare(c->arena, k);
}

Code *
collect_code(Collect *c, PyCode *code)
{
    pycode_walk(code, add_nested, c);
    return c->codes.at[*map_at(&c->by_key, code->key.lo) - 1];
}

Code *
collect_foreign(Collect *c, ProfKind kind, const char *file, const char *name, const char *salt)
{
    CodeKey key = codekey_foreign(file, name, salt);
    uint64_t *id = map_at(&c->by_key, key.lo);
    if (*id)
        return c->codes.at[*id - 1];
    PyCode *shell = arena_new_of(c->arena, PyCode);
    shell->key = key;
    shell->filename = arena_strdup(c->arena, file);
    shell->name = shell->qualname = arena_strdup(c->arena, name);
    shell->n_units = 1;
    Code *k = arena_new_of(c->arena, Code);
    *k = (Code){.kind = kind, .c = shell};
    vec_push(c->arena, &c->codes, k);
    *id = k->id = c->codes.n;
    return k;
}

uint32_t
collect_callee(Collect *c, uint32_t name, uint32_t code)
{
    uint64_t *id = map_at(&c->callees_by, (uint64_t)name << 32 | code);
    if (!*id) {
        vec_push(c->arena, &c->callees, (struct CalleeName){name, code});
        *id = c->callees.n;
    }
    return (uint32_t)*id;
}

uint32_t
collect_node(Collect *c, uint32_t parent, uint32_t code, uint32_t unit)
{
    unit = unit > KEY_MAX_UNIT ? KEY_MAX_UNIT : unit;

    uint64_t key = (uint64_t)code << 44 | (uint64_t)unit << 28 | parent;
    if (c->nodes.n >=
        MAX_NODES) { /* between two flushes: it counts for the frame where it leaves */
        uint64_t *known = map_get(&c->nodes_by, key);
        return known ? (uint32_t)*known : parent ? parent : MAX_NODES;
    }
    uint64_t *id = map_at(&c->nodes_by, key);
    if (!*id) {
        vec_push(c->nodes_arena, &c->nodes, (StackNode){parent, code, unit});
        *id = c->nodes.n;
    }
    return (uint32_t)*id;
}

void
collect_count(Map *m, const Code *code, uint32_t unit, uint32_t rest, uint64_t by)
{
    if (unit <= KEY_MAX_UNIT && code->id <= KEY_MAX_CODE)
        *map_at(m, (uint64_t)code->id << 44 | (uint64_t)unit << 28 | rest) += by;
}

void
collect_type(Collect *c, const Code *code, uint32_t unit, uint32_t slot, uint32_t type, uint64_t by)
{
    if (type >> KEY_TYPE_BITS == 0 && slot <= KEY_MAX_SLOT)
        collect_count(&c->now.types, code, unit, slot << KEY_TYPE_BITS | type, by);
}

uint64_t
collect_kinds(Collect *c, const Code *code, uint32_t unit, uint32_t slot, uint32_t type,
              bool *first)
{
    uint64_t site = (uint64_t)code->id << 44 | (uint64_t)unit << 28 | slot << KEY_TYPE_BITS;
    *first = !map_get(&c->kinds, site | type);
    if (*first) {
        map_put(&c->kinds, site | type, 1);
        *map_at(&c->kinds, site) += 1;
    }
    return *map_at(&c->kinds, site);
}
