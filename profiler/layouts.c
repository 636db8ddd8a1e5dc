/* Instances of an ordinary class keep their attributes in an array; the class's shared keys say
 * which attribute is where, and grow as instances get attributes.  __slots__ are members at fixed
 * offsets. */
#include "layouts.h"

enum { MAX_KEYS = 64, MAX_NAME = 128, MAX_WAIT = 10 /* 2^10 harvests */ };

static void
note(Collect *c, uint32_t type, CollectLayout kind, uint64_t position, const char *name)
{
    if (position <= UINT16_MAX)
        *map_at(&c->layouts, (uint64_t)type << 32 | (uint64_t)kind << 16 | position) =
            names_id(&c->names, name);
}

static void
look_at_keys(Collect *c, Target *t, uint64_t type, uint32_t id)
{
    const PyLayout *l = t->objects.lay;
    uint64_t keys = memory_u64(t->mem, type + (uint64_t)l->heaptype_cached_keys);
    if (!keys || memory_u8(t->mem, keys + (uint64_t)l->keys_kind) != l->keys_kind_split)
        return;
    uint64_t n = memory_u64(t->mem, keys + (uint64_t)l->keys_nentries);
    uint8_t shift = memory_u8(t->mem, keys + (uint64_t)l->keys_log2_index_bytes);
    uint64_t entry = keys + (uint64_t)l->keys_indices + (1ull << (shift & 31));
    Arena *scratch = arena_new();
    for (uint64_t i = 0; i < n && i < MAX_KEYS; i++, entry += (uint64_t)l->unicode_entry_size) {
        uint64_t key = memory_u64(t->mem, entry + (uint64_t)l->unicode_entry_key);
        const char *name = objects_text(&t->objects, scratch, key);
        if (!name)
            break; /* it grows just now: next time */
        note(c, id, CollectKey, i, name);
    }
    arena_free(scratch);
}

static void
look_at_slots(Collect *c, Target *t, uint64_t type, uint32_t id)
{
    const PyLayout *l = t->objects.lay;
    uint64_t n = memory_u64(t->mem, type + (uint64_t)l->varobject_size);
    uint64_t member = memory_u64(t->mem, type + (uint64_t)l->type_members);
    for (uint64_t i = 0; member && i < n && i < MAX_KEYS; i++, member += (uint64_t)l->member_size) {
        char name[MAX_NAME];
        uint64_t offset = memory_u64(t->mem, member + (uint64_t)l->member_offset);
        if (!memory_string(t->mem, memory_u64(t->mem, member + (uint64_t)l->member_name), name,
                           sizeof name))
            break;
        note(c, id, CollectSlot, offset, name);
    }
}

/* Is it time to look at the type again?  Classes take shape early: each look is twice as far from
 * the last, for a program that has met a thousand classes. */
static bool
is_due(Target *t, uint64_t type)
{
    uint64_t *look = map_at(&t->layouts, type); /* harvest << 8 | looks so far */
    uint64_t looks = *look & 0xff;
    if (*look >> 8 > t->harvests)
        return false;
    *look = (t->harvests + (1ull << looks)) << 8 | (looks < MAX_WAIT ? looks + 1 : looks);
    return true;
}

void
layouts_look(Collect *c, Target *t)
{
    for (MapSlot *s = map_first(&t->types); s; s = map_next(&t->types, s)) {
        if (!s->value || !is_due(t, s->key))
            continue;
        uint64_t flags = memory_u64(t->mem, s->key + (uint64_t)t->objects.lay->type_flags);
        if (!(flags & (uint64_t)t->objects.lay->tpflag_heaptype))
            continue;
        look_at_keys(c, t, s->key, (uint32_t)s->value);
        look_at_slots(c, t, s->key, (uint32_t)s->value);
    }
}
