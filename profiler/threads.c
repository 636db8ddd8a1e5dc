/* threading keeps its Thread objects in a dict by identity, which is what pthread_self() gives;
 * the thread states know both that and the kernel's number. */
#define _GNU_SOURCE
#include "threads.h"

#include <stdio.h>
#include <string.h>

enum { INTERPRETERS = 64, THREADS = 4096, TRIES = 3, MAX_KEYS = 64 };

static uint64_t
field(const Target *t, uint64_t object, int64_t offset)
{
    return object ? memory_u64(t->mem, object + (uint64_t)offset) : 0;
}

/* Its thread state, and the interpreter's modules; 0 when Python knows no such thread. */
static uint64_t
find_state(const Target *t, pid_t tid, uint64_t *modules)
{
    const PyLayout *l = t->objects.lay;
    uint64_t runtime = t->objects.symbols[RingSym__PyRuntime];
    uint64_t interp = field(t, runtime, l->runtime_interp_head);
    for (int i = 0; interp && i < INTERPRETERS; i++) {
        *modules = field(t, interp, l->interp_modules);
        uint64_t state = field(t, interp, l->interp_tstate_head);
        for (int k = 0; state && k < THREADS; k++) {
            if (field(t, state, l->tstate_native_thread_id) == (uint64_t)tid)
                return state;
            state = field(t, state, l->tstate_next);
        }
        interp = field(t, interp, l->interp_next);
    }
    return 0;
}

typedef struct Search {
    const Target *t;
    uint64_t identity, thread;
} Search;

static bool
match_identity(uint64_t key, uint64_t value, void *arg)
{
    Search *s = arg;
    Arena *a = arena_new();
    const PyObj *o = objects_const(&s->t->objects, a, key);
    bool is_it = o && o->kind == PyInt && !o->big && (uint64_t)o->i == s->identity;
    arena_free(a);
    if (is_it)
        s->thread = value;
    return !is_it;
}

/* An attribute of an ordinary object: in the array its class has shared keys for, or in a dict. */
static uint64_t
attribute(const Target *t, uint64_t object, const char *name)
{
    const PyLayout *l = t->objects.lay;
    uint64_t type = objects_type(&t->objects, object);
    uint64_t values = field(t, object, l->managed_values_offset);
    if (!type || !(field(t, type, l->type_flags) & (uint64_t)l->tpflag_managed_dict))
        return 0;
    if (!values)
        return objects_dict_get(&t->objects, field(t, object, l->managed_dict_offset), name);
    uint64_t keys = field(t, type, l->heaptype_cached_keys), found = 0;
    uint64_t n = field(t, keys, l->keys_nentries);
    uint8_t shift = keys ? memory_u8(t->mem, keys + (uint64_t)l->keys_log2_index_bytes) : 0;
    uint64_t entry = keys + (uint64_t)l->keys_indices + (1ull << (shift & 31));
    Arena *a = arena_new();
    for (uint64_t i = 0; i < n && i < MAX_KEYS && !found; i++) {
        const char *key = objects_text(&t->objects, a, field(t, entry, l->unicode_entry_key));
        if (key && strcmp(key, name) == 0)
            found = memory_u64(t->mem, values + 8 * i);
        entry += (uint64_t)l->unicode_entry_size;
    }
    arena_free(a);
    return found;
}

static const char *
python_name(Target *t, Arena *a, pid_t tid)
{
    const PyLayout *l = t->objects.lay;
    uint64_t modules = 0, state = find_state(t, tid, &modules);
    uint64_t threading = state ? objects_dict_get(&t->objects, modules, "threading") : 0;
    uint64_t globals = field(t, threading, l->module_dict);
    uint64_t active = globals ? objects_dict_get(&t->objects, globals, "_active") : 0;
    Search s = {t, field(t, state, l->tstate_thread_id), 0};
    if (active)
        objects_dict_each(&t->objects, active, match_identity, &s);
    uint64_t name = s.thread ? attribute(t, s.thread, "_name") : 0;
    return name ? objects_text(&t->objects, a, name) : NULL;
}

static const char *
kernel_name(const Target *t, Arena *a, pid_t tid)
{
    char name[64] = "";
    FILE *f = fopen(arena_printf(a, "/proc/%d/task/%d/comm", (int)t->pid, (int)tid), "r");
    if (f && fgets(name, sizeof name, f))
        name[strcspn(name, "\n")] = 0;
    if (f)
        fclose(f);
    return arena_strdup(a, name);
}

/* Where threading has not been imported, or does not know it yet. */
static const char *
other_name(const Target *t, Arena *a, pid_t tid)
{
    return tid == t->pid ? "MainThread" : kernel_name(t, a, tid);
}

const char *
threads_name(Target *t, Arena *a, pid_t tid)
{
    const char *name = python_name(t, a, tid);
    return name ? name : other_name(t, a, tid);
}

/* A thread gets its name just after it has begun to run Python: who is met before is asked for
 * again, a few times. */
Code *
threads_code(Target *t, Collect *c, pid_t tid)
{
    uint64_t *known = map_at(&t->threads, (uint64_t)tid);
    if (*known > TRIES)
        return c->codes.at[*known - TRIES - 1];
    Arena *a = arena_new();
    const char *name = python_name(t, a, tid);
    bool last = name || tid == t->pid || ++*known > TRIES;
    if (!name)
        name = other_name(t, a, tid);
    Code *code = collect_foreign(
        c, ProfThread, "<thread>",
        arena_printf(a, *name ? "thread %d (%s)" : "thread %d", (int)tid, name), "");
    if (last)
        *known = TRIES + code->id;
    arena_free(a);
    return code;
}
