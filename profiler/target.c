#include "target.h"

#include "elfsyms.h"
#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CALLER_ROUNDS = 4 };
#define MAX_REFCNT (1ll << 32) /* above: a free list's link, not a count */

RingPython
target_offsets(const PyLayout *l)
{
    return (RingPython){
        .tstate_current = (int32_t)l->runtime_tstate_current,
        .tss_initialized = (int32_t)l->runtime_auto_tss_init,
        .tss_key = (int32_t)l->runtime_auto_tss_key,
        .tstate_thread_id = (int32_t)l->tstate_thread_id,
        .tstate_cframe = (int32_t)l->tstate_cframe,
        .tstate_datastack_chunk = (int32_t)l->tstate_datastack_chunk,
        .tstate_datastack_top = (int32_t)l->tstate_datastack_top,
        .cframe_current_frame = (int32_t)l->cframe_current_frame,
        .frame_code = (int32_t)l->frame_code,
        .frame_globals = (int32_t)l->frame_globals,
        .frame_previous = (int32_t)l->frame_previous,
        .frame_prev_instr = (int32_t)l->frame_prev_instr,
        .frame_is_entry = (int32_t)l->frame_is_entry,
        .frame_localsplus = (int32_t)l->frame_localsplus,
        .code_adaptive = (int32_t)l->code_adaptive,
        .code_size = (int32_t)l->code_size,
        .code_nlocalsplus = (int32_t)l->code_nlocalsplus,
        .code_stacksize = (int32_t)l->code_stacksize,
        .code_firstlineno = (int32_t)l->code_firstlineno,
        .object_refcnt = (int32_t)l->object_refcnt,
        .object_type = (int32_t)l->object_type,
        .varobject_size = (int32_t)l->varobject_size,
        .func_code = (int32_t)l->func_code,
        .cfunction_def = (int32_t)l->cfunction_def,
        .method_func = (int32_t)l->method_func,
        .methoddescr_def = (int32_t)l->methoddescr_def,
    };
}

/* To this process, and to all of its kind that come later. */
static void
answer(RingFile *file, RingProc *p, const Target *t)
{
    uint32_t announced = RingProcAnnounced;
    if (!file->known) {
        file->python = target_offsets(t->objects.lay);
        atomic_store(&file->known, RING_KNOWN(t->hexversion, t->debug));
    }
    if (p->state != RingProcAnnounced)
        return;
    p->python = target_offsets(t->objects.lay);
    atomic_compare_exchange_strong(&p->state, &announced, RingProcReady);
}

static char *
executable(pid_t pid)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    return strdup(path);
}

static void
identify(Target *t, const uint64_t *symbols)
{
    uint64_t version = memory_u64(t->mem, symbols[RingSym_Py_Version]);
    t->hexversion = (unsigned)version;
    t->debug = symbols[RingSym__Py_RefTotal] != 0;
    const PyVer *ver = pyver_find((int)(version >> 24 & 0xff), (int)(version >> 16 & 0xff));
    t->objects = (Objects){.mem = t->mem, .ver = ver, .symbols = symbols};
    if (ver)
        t->objects.lay = t->debug ? ver->layout_debug : ver->layout;
}

static Target *
make_target(pid_t pid, const uint64_t *symbols)
{
    Target *t = calloc(1, sizeof *t);
    Memory *mem = malloc(sizeof *mem);
    if (!t || !mem)
        die("no memory for another process");
    memory_init(mem, pid);
    *t = (Target){.pid = pid, .mem = mem, .arena = arena_new()};
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    t->since_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    t->python = executable(pid);
    map_init(&t->codes, t->arena);
    map_init(&t->types, t->arena);
    map_init(&t->callables, t->arena);
    map_init(&t->versions, t->arena);
    map_init(&t->threads, t->arena);
    map_init(&t->places, t->arena);
    map_init(&t->layouts, t->arena);
    identify(t, symbols);
    return t;
}

static bool
is_usable(const Target *t)
{
    const uint64_t *symbols = t->objects.symbols;
    return t->objects.lay && symbols[RingSym__PyRuntime] && symbols[RingSym_PyCode_Type];
}

/* Why it is not. */
static void
refuse(const Target *t, const char *then, Err *err)
{
    int pid = (int)t->pid;
    if (!t->hexversion && !t->mem->denied)
        err_set(err, ErrNone, "process %d ended before it was met", pid);
    else if (!t->hexversion)
        err_set(err, ErrPermission, "process %d (%s): its memory may not be read%s", pid, t->python,
                then);
    else
        err_set(err, ErrBadPython,
                "process %d (%s): Python %u.%u is not supported (supported: %s)%s", pid, t->python,
                t->hexversion >> 24, t->hexversion >> 16 & 0xff, pyver_supported(), then);
}

Target *
target_open(RingFile *file, uint32_t slot, Err *err)
{
    RingProc *p = &file->procs[slot];
    Target *t = make_target(p->pid, p->symbols);
    t->slot = slot;
    t->seq = p->seq;
    if (is_usable(t)) {
        answer(file, p, t);
        return t;
    }
    atomic_store(&p->state, RingProcRefused);
    refuse(t, "; it runs on unsampled", err);
    target_close(t);
    return NULL;
}

Target *
target_attach(pid_t pid, Err *err)
{
    static const char *const names[] = {
#define X(name) #name,
        RING_SYMBOLS(X)
#undef X
    };
    Arena *a = arena_new();
    uint64_t *symbols = arena_array(a, uint64_t, RingSymCount);
    Target *t = NULL;
    if (!elfsyms_find(pid, names, RingSymCount, symbols, err)) {
        arena_free(a);
        return NULL;
    }
    if (!symbols[RingSym_Py_Version]) {
        err_set(err, ErrBadPython, "process %d is not a Python (supported: %s)", (int)pid,
                pyver_supported());
        arena_free(a);
        return NULL;
    }
    t = make_target(pid, symbols);
    t->attached = a;
    if (is_usable(t))
        return t;
    refuse(t, "", err);
    if (!err->kind) /* it has ended */
        err->kind = ErrNoFile;
    target_close(t);
    return NULL;
}

void
target_close(Target *t)
{
    if (!t)
        return;
    native_free(t->native);
    arena_free(t->arena);
    arena_free(t->attached);
    free(t->mem);
    free(t->python);
    free(t);
}

void
target_forget(Target *t)
{
    memory_forget(t->mem);
    t->round++;
}

/* Of what its fields point at: 0 when there is no code object any more. */
static uint64_t
print_of(const Target *t, uint64_t address)
{
    const PyLayout *l = t->objects.lay;
    const int64_t fields[] = {l->code_size,        l->code_consts,         l->code_qualname,
                              l->code_filename,    l->code_linetable,      l->code_localsplusnames,
                              l->code_firstlineno, l->code_exceptiontable, l->code_names};
    uint64_t print = 0;
    int64_t refcnt = (int64_t)memory_u64(t->mem, address + (uint64_t)l->object_refcnt);
    if (objects_type(&t->objects, address) != t->objects.symbols[RingSym_PyCode_Type] ||
        refcnt <= 0 || refcnt > MAX_REFCNT)
        return 0;
    for (size_t i = 0; i < countof(fields); i++)
        print = print * 0x9e3779b97f4a7c15u + memory_u64(t->mem, address + (uint64_t)fields[i]);
    return print;
}

/* Reads twice when it is new: into a scratch arena to know its key, then, from memory looked at
 * again, to stay, if that gives the same.  What is made or freed just then is nobody's code. */
static void
read_code(Target *t, Collect *c, CodeAt *at)
{
    Arena *scratch = arena_new();
    PyCode *code = objects_code(&t->objects, scratch, at->address);
    if (!code) { /* its page may have been read before it was made */
        memory_forget(t->mem);
        code = objects_code(&t->objects, scratch, at->address);
    }
    uint64_t *known = code ? map_get(&c->by_key, code->key.lo) : NULL;
    at->code = NULL;
    at->live = NULL;
    at->print = print_of(t, at->address);
    at->round = t->round;
    if (code && !known) {
        memory_forget(t->mem);
        PyCode *again = objects_code(&t->objects, c->arena, at->address);
        if (again && codekey_equal(again->key, code->key))
            at->code = collect_code(c, again);
    } else if (known) {
        at->code = c->codes.at[*known - 1];
    }
    arena_free(scratch);
}

/* Callers live longer than what they call: not every round looks at each. */
static bool
is_due(const Target *t, const CodeAt *at, bool leaf)
{
    return t->round - at->round >= (leaf ? 1 : CALLER_ROUNDS);
}

bool
target_code_due(Target *t, uint64_t address, bool leaf)
{
    const uint64_t *known = map_get(&t->codes, address);
    return !known || is_due(t, (const CodeAt *)(uintptr_t)*known, leaf);
}

/* Has another code object been made at its address? */
static bool
was_replaced(Target *t, CodeAt *at)
{
    at->round = t->round;
    uint64_t print = print_of(t, at->address);
    return print && print != at->print;
}

CodeAt *
target_code(Target *t, Collect *c, uint64_t address, bool leaf)
{
    uint64_t *slot = map_at(&t->codes, address);
    CodeAt *at = (CodeAt *)(uintptr_t)*slot;
    if (!at) {
        at = arena_new_of(t->arena, CodeAt);
        at->address = address;
        at->round = t->round - 1;
        *slot = (uint64_t)(uintptr_t)at;
    }
    if (is_due(t, at, leaf || !at->code) && (!at->code || was_replaced(t, at)))
        read_code(t, c, at);
    return at->code ? at : NULL;
}

CodeAt *
target_code_again(Target *t, Collect *c, uint64_t address)
{
    CodeAt *at = target_code(t, c, address, true);
    if (at)
        read_code(t, c, at);
    return at && at->code ? at : NULL;
}

uint32_t
target_type(Target *t, Collect *c, uint64_t type, bool big)
{
    if (big)
        return names_id(&c->types, "builtins.int+big");
    uint64_t *known = map_get(&t->types, type);
    if (known)
        return (uint32_t)*known;
    Arena *scratch = arena_new();
    const char *name = objects_type_name(&t->objects, scratch, type);
    uint32_t id = name ? names_id(&c->types, name) : 0;
    arena_free(scratch);
    map_put(&t->types, type, id);
    return id;
}

/* "builtins.len", "builtins.list.append": the C function's own name, in what it belongs to. */
static const char *
c_function_name(Target *t, Collect *c, Arena *a, uint64_t object, uint64_t def, uint64_t owner)
{
    const Objects *o = &t->objects;
    char name[128];
    if (!memory_string(o->mem, memory_u64(o->mem, def + (uint64_t)o->lay->methoddef_name), name,
                       sizeof name))
        return NULL;
    uint64_t module = owner ? 0 : memory_u64(o->mem, object + (uint64_t)o->lay->cfunction_module);
    const char *prefix = module ? objects_text(o, a, module) : NULL;
    if (!prefix) {
        uint64_t self = memory_u64(o->mem, object + (uint64_t)o->lay->cfunction_self);
        uint32_t type = target_type(t, c, owner ? owner : objects_type(o, self), false);
        prefix = type ? names_text(&c->types, type) : NULL;
    }
    return prefix ? arena_printf(a, "%s.%s", prefix, name) : NULL;
}

static uint32_t
python_callee(Target *t, Collect *c, uint64_t code)
{
    CodeAt *at = target_code(t, c, code, true);
    return at ? collect_callee(c, 0, at->code->id) : 0;
}

static uint32_t
named_callee(Target *t, Collect *c, uint64_t object, uint64_t type, uint64_t detail)
{
    const uint64_t *symbols = t->objects.symbols;
    Arena *scratch = arena_new();
    const char *name = NULL;
    uint64_t owner = 0;
    if (type == symbols[RingSym_PyMethodDescr_Type])
        owner = memory_u64(t->mem, object + (uint64_t)t->objects.lay->descr_type);
    if (type == symbols[RingSym_PyType_Type])
        name = objects_type_name(&t->objects, scratch, object);
    else if (objects_type(&t->objects, object) == type) /* still alive */
        name = c_function_name(t, c, scratch, object, detail, owner);
    uint32_t id = name ? collect_callee(c, names_id(&c->names, name), 0) : 0;
    arena_free(scratch);
    return id;
}

uint32_t
target_callee(Target *t, Collect *c, uint64_t object, uint64_t type, uint64_t detail)
{
    const uint64_t *symbols = t->objects.symbols;
    if (type == symbols[RingSym_PyFunction_Type])
        return python_callee(t, c, detail);
    if (type == symbols[RingSym_PyMethod_Type]) {
        if (objects_type(&t->objects, detail) != symbols[RingSym_PyFunction_Type])
            return 0;
        uint64_t code = memory_u64(t->mem, detail + (uint64_t)t->objects.lay->func_code);
        return python_callee(t, c, code);
    }
    uint64_t *known = map_at(&t->callables, type == symbols[RingSym_PyType_Type] ? object : detail);
    if (!*known) {
        uint32_t id = named_callee(t, c, object, type, detail);
        *map_at(&t->callables, type == symbols[RingSym_PyType_Type] ? object : detail) = id;
        return id;
    }
    return (uint32_t)*known;
}
