/* The interpreter keeps its own profile in the bytecode: a specialised opcode says what its
 * operands were, its counter says how often that was wrong since, and a type version says whose
 * attribute it was.  One look tells little, since a site with two types shows one of them; so types
 * and methods are taken only from sites that have not missed since the last look.
 *
 * Versions are numbers of one process and change when a class does, so they become names at once:
 * first among the types that samples have met, then among all classes below object. */
#include "harvest.h"

#include "layouts.h"
#include "sites.h"

#include <string.h>

enum {
    MISS_START = 53,
    MAX_CLASSES = 20000,
    LAYOUT_EVERY = 8,
    MAX_UNITS = 20000,
    FETCHED = MEMORY_PAGES / 2,
    USUAL_CODE = 1024
};

static const struct CacheFacts {
    const char *name;
    uint8_t type_word, slot, descr_word;
} cache_facts[] = {
#define CACHE(name, type_word, slot, descr_word) {#name, type_word, slot, descr_word},
#include "caches.def"
#undef CACHE
};

static const struct CacheFacts *
facts_of(const char *opname)
{
    for (size_t i = 0; i < countof(cache_facts); i++)
        if (strcmp(cache_facts[i].name, opname) == 0)
            return &cache_facts[i];
    return NULL;
}

static void
note_version(Target *t, Collect *c, uint64_t type)
{
    uint64_t tag = (uint64_t)(t->objects.lay->type_version_tag);
    uint32_t version = (uint32_t)memory_i32(t->mem, type + tag);
    uint32_t id = version ? target_type(t, c, type, false) : 0;
    if (id)
        map_put(&t->versions, version, id);
}

typedef struct Walk {
    Target *t;
    Collect *c;
    Vec(uint64_t) todo;
    Arena *arena;
} Walk;

/* tp_subclasses maps addresses to weak references. */
static bool
add_subclass(uint64_t key UNUSED, uint64_t value, void *arg)
{
    Walk *w = arg;
    const Objects *o = &w->t->objects;
    uint64_t type = memory_u64(o->mem, value + (uint64_t)o->lay->weakref_object);
    if (type && type != o->symbols[RingSym__Py_NoneStruct])
        vec_push(w->arena, &w->todo, type);
    return w->todo.n < MAX_CLASSES;
}

static void
note_all_classes(Target *t, Collect *c)
{
    Walk w = {.t = t, .c = c, .arena = arena_new()};
    vec_push(w.arena, &w.todo, t->objects.symbols[RingSym_PyBaseObject_Type]);
    for (uint32_t i = 0; i < w.todo.n; i++) {
        uint64_t type = w.todo.at[i];
        note_version(t, c, type);
        uint64_t below = memory_u64(t->mem, type + (uint64_t)t->objects.lay->type_subclasses);
        if (below)
            objects_dict_each(&t->objects, below, add_subclass, &w);
    }
    arena_free(w.arena);
}

static uint32_t
type_of_version(Target *t, Collect *c, uint32_t version, bool *walked)
{
    uint64_t *known = map_get(&t->versions, version);
    if (known)
        return (uint32_t)*known;
    if (!*walked)
        note_all_classes(t, c);
    *walked = true;
    known = map_at(&t->versions, version); /* remembered as 0 when nobody has it */
    return (uint32_t)*known;
}

static uint64_t
cache_word(const uint8_t *units, uint32_t at, uint32_t bytes)
{
    uint64_t v = 0;
    memcpy(&v, units + 2 * (size_t)at, bytes);
    return v;
}

/* The method in the cache is what the call that takes it will call. */
static void
count_method(Target *t, Collect *c, Code *code, uint32_t i, uint64_t method)
{
    uint64_t type = objects_type(&t->objects, method);
    const uint64_t *symbols = t->objects.symbols;
    const PyLayout *l = t->objects.lay;
    int64_t at = type == symbols[RingSym_PyFunction_Type]      ? l->func_code
                 : type == symbols[RingSym_PyMethodDescr_Type] ? l->methoddescr_def
                                                               : -1;
    int depth = code->depths[code->ins.at[i].start];
    Place p;
    if (at < 0 || depth < 1 || !sites_consumer(code, i + 1, (uint32_t)depth - 1, &p))
        return;
    uint32_t callee = target_callee(t, c, method, type, memory_u64(t->mem, method + (uint64_t)at));
    if (callee)
        collect_count(&c->now.callees, code, p.off, callee, 1);
}

/* Misses since the last look.  The counter starts at MISS_START and goes down; at 0 the instruction
 * gives up and starts over. */
static uint32_t
new_misses(const uint8_t *now, const uint8_t *before, uint32_t off)
{
    uint32_t left = (uint32_t)cache_word(now, off + 1, 2);
    if (left > MISS_START)
        return 0;
    if (!before || before[2 * off] != now[2 * off])
        return MISS_START - left;
    uint32_t was = (uint32_t)cache_word(before, off + 1, 2);
    return was >= left && was <= MISS_START ? was - left : MISS_START - left;
}

static void
look_at(Target *t, Collect *c, CodeAt *at, const uint8_t *units, bool *walked)
{
    Code *code = at->code;
    for (uint32_t i = 0; i < code->ins.n; i++) {
        uint32_t off = code->ins.at[i].off;
        const OpMapEntry *e = &t->objects.ver->ops[units[2 * off]];
        if (!e->name || !e->n_caches || e->op != code->ins.at[i].op || e->base == units[2 * off])
            continue; /* not specialised, or changed under our eyes */
        uint32_t name = names_id(&c->names, e->name);
        collect_count(&c->now.quick, code, off, name, 1);
        if (strstr(e->name, "_ADAPTIVE"))
            continue;
        uint32_t misses = new_misses(units, at->live, off);
        if (misses)
            collect_count(&c->now.misses, code, off, name, misses);
        /* With misses the cache holds whoever came last, which says nothing of how often. */
        const struct CacheFacts *f = misses ? NULL : facts_of(e->name);
        if (!f)
            continue;
        uint32_t version = (uint32_t)cache_word(units, off + 1 + f->type_word, 4);
        uint32_t type = version ? type_of_version(t, c, version, walked) : 0;
        if (type)
            collect_type(c, code, off, f->slot, type, 1);
        if (f->descr_word && i + 1 < code->ins.n)
            count_method(t, c, code, i, cache_word(units, off + 1 + f->descr_word, 8));
    }
}

static void
harvest_code(Target *t, Collect *c, CodeAt *at, bool *walked)
{
    uint32_t n = at->code->c->n_units;
    if (!at->code->walkable || n > MAX_UNITS)
        return;
    uint8_t *units = arena_alloc(c->now.arena, 2 * (size_t)n);
    uint64_t from = at->address + (uint64_t)t->objects.lay->code_adaptive;
    if (objects_type(&t->objects, at->address) != t->objects.symbols[RingSym_PyCode_Type] ||
        !memory_read(t->mem, from, units, 2 * (size_t)n))
        return;
    look_at(t, c, at, units, walked);
    if (!at->live)
        at->live = arena_alloc(t->arena, 2 * (size_t)n);
    memcpy(at->live, units, 2 * (size_t)n);
}

/* Most code ends on the page where it begins, or on the next. */
static void
fetch_touched(Target *t)
{
    uint64_t codes[FETCHED];
    uint32_t n = t->touched.n < FETCHED ? t->touched.n : FETCHED;
    for (uint32_t i = 0; i < n; i++)
        codes[i] = t->touched.at[i]->address;
    memory_fetch(t->mem, codes, n, (uint64_t)t->objects.lay->code_adaptive + USUAL_CODE);
}

void
harvest_one(Collect *c, Target *t)
{
    bool walked = false;
    memory_forget(t->mem);
    fetch_touched(t);
    for (uint32_t i = 0; i < t->touched.n; i++) {
        t->touched.at[i]->touched = false;
        if (t->touched.at[i]->code)
            harvest_code(t, c, t->touched.at[i], &walked);
    }
    t->touched.n = 0;
    if (t->harvests++ % LAYOUT_EVERY == 0)
        layouts_look(c, t);
}

void
harvest_all(Collect *c, Target *const targets[RING_PROCS])
{
    for (uint32_t i = 0; i < RING_PROCS; i++)
        if (targets[i])
            harvest_one(c, targets[i]);
}
