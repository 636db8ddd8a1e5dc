#include "objects.h"

#include "instrs.h"
#include "utf8.h"

#include <string.h>

enum {
    MAX_TEXT = 1 << 20,
    MAX_ITEMS = 1 << 20,
    MAX_UNITS = 1 << 20,
    MAX_DEPTH = 64,
    MAX_OBJECTS = 1 << 20, /* in one code object with all its constants */
    INTERNED_MASK = 3,     /* low bits of a str's state */
    MAX_CHARACTER = 0x10ffff,
};

#define FIELD(o, object, name)   memory_u64((o)->mem, (object) + (uint64_t)(o)->lay->name)
#define FIELD32(o, object, name) memory_i32((o)->mem, (object) + (uint64_t)(o)->lay->name)

static PyObj *constant(const Objects *o, Arena *a, uint64_t object, int depth);
static PyCode *code(const Objects *o, Arena *a, uint64_t object, int depth);

uint64_t
objects_type(const Objects *o, uint64_t object)
{
    return object ? FIELD(o, object, object_type) : 0;
}

static bool
is_a(const Objects *o, uint64_t object, RingSymbol type)
{
    return object && o->symbols[type] && objects_type(o, object) == o->symbols[type];
}

/* Number of items of a variable-size object, or -1 when it cannot be true. */
static int64_t
length(const Objects *o, uint64_t object, int64_t max)
{
    int64_t n = (int64_t)FIELD(o, object, varobject_size);
    return n < 0 || n > max ? -1 : n;
}

static PyObj *
make(Arena *a, PyKind kind)
{
    PyObj *v = arena_new_of(a, PyObj);
    v->kind = kind;
    return v;
}

static size_t
put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 63));
        to[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 63));
    to[2] = (char)(0x80 | (c >> 6 & 63));
    to[3] = (char)(0x80 | (c & 63));
    return 4;
}

static PyObj *
text(const Objects *o, Arena *a, uint64_t object)
{
    int64_t n = (int64_t)FIELD(o, object, unicode_length);
    uint32_t state = (uint32_t)FIELD32(o, object, unicode_state);
    uint32_t width = state >> o->lay->unicode_kind_shift & 7;
    bool ascii = state >> o->lay->unicode_ascii_shift & 1;
    if (n < 0 || n > MAX_TEXT || !(state >> o->lay->unicode_compact_shift & 1) ||
        (width != 1 && width != 2 && width != 4))
        return NULL;
    uint8_t *raw = arena_alloc(a, (size_t)n * width + 1);
    uint64_t data = (uint64_t)(ascii ? o->lay->unicode_ascii_data : o->lay->unicode_compact_data);
    if (!memory_read(o->mem, object + data, raw, (size_t)n * width))
        return NULL;
    PyObj *v = make(a, PyStr);
    v->ascii = ascii;
    v->interned = state & INTERNED_MASK;
    if (ascii && !utf8_ascii((char *)raw, (size_t)n))
        return NULL; /* no longer the string it was */
    if (ascii) {
        v->s = (char *)raw;
        v->n = (uint32_t)n;
        return v;
    }
    char *s = arena_alloc(a, (size_t)n * 4 + 1);
    size_t len = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t c = 0;
        memcpy(&c, raw + i * width, width);
        if (c > MAX_CHARACTER)
            return NULL;
        len += put_utf8(s + len, c);
    }
    v->s = s;
    v->n = (uint32_t)len;
    return v;
}

const char *
objects_text(const Objects *o, Arena *a, uint64_t object)
{
    PyObj *v = is_a(o, object, RingSym_PyUnicode_Type) ? text(o, a, object) : NULL;
    return v ? v->s : NULL;
}

static PyObj *
bytes(const Objects *o, Arena *a, uint64_t object)
{
    int64_t n = length(o, object, MAX_TEXT);
    if (!is_a(o, object, RingSym_PyBytes_Type) || n < 0)
        return NULL;
    char *s = arena_alloc(a, (size_t)n + 1);
    if (!memory_read(o->mem, object + (uint64_t)o->lay->bytes_data, s, (size_t)n))
        return NULL;
    PyObj *v = make(a, PyBytes);
    v->s = s;
    v->n = (uint32_t)n;
    return v;
}

/* CPython's digits have long_digit_bits (30) bits, marshal's have 15. */
static PyObj *
integer(const Objects *o, Arena *a, uint64_t object)
{
    int64_t size = (int64_t)FIELD(o, object, varobject_size);
    int64_t n = size < 0 ? -size : size;
    if (n < 0 || n > MAX_ITEMS || o->lay->long_digit_bits != 30)
        return NULL;
    uint16_t *half = arena_array(a, uint16_t, 2 * n + 1);
    __int128 value = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t digit;
        uint64_t at = object + (uint64_t)o->lay->long_digits + 4 * (uint64_t)i;
        if (!memory_read(o->mem, at, &digit, 4))
            return NULL;
        half[2 * i] = digit & 0x7fff;
        half[2 * i + 1] = (uint16_t)(digit >> 15);
        if (n <= 3)
            value |= (__int128)digit << (30 * i);
    }
    PyObj *v = make(a, PyInt);
    value = size < 0 ? -value : value;
    if (n <= 3 && value == (int64_t)value) {
        v->i = (int64_t)value;
        return v;
    }
    v->big = half;
    v->negative = size < 0;
    v->n = (uint32_t)(2 * n - (half[2 * n - 1] == 0));
    return v;
}

static PyObj *
items(const Objects *o, Arena *a, uint64_t object, int depth)
{
    int64_t n = length(o, object, MAX_ITEMS);
    if (n < 0)
        return NULL;
    PyObj *v = make(a, PyTuple);
    v->n = (uint32_t)n;
    v->items = arena_array(a, PyObj *, n + 1);
    for (uint32_t i = 0; i < v->n; i++) {
        uint64_t at = object + (uint64_t)o->lay->tuple_items + 8 * i;
        v->items[i] = constant(o, a, memory_u64(o->mem, at), depth + 1);
        if (!v->items[i])
            return NULL;
    }
    return v;
}

static PyObj *
frozen_set(const Objects *o, Arena *a, uint64_t object, int depth)
{
    uint64_t used = FIELD(o, object, set_used), mask = FIELD(o, object, set_mask);
    uint64_t table = FIELD(o, object, set_table);
    if (mask >= MAX_ITEMS || used > mask)
        return NULL;
    PyObj *v = make(a, PyFrozenSet);
    v->items = arena_array(a, PyObj *, used + 1);
    for (uint64_t i = 0; i <= mask && v->n < used; i++) {
        uint64_t entry = table + i * (uint64_t)o->lay->setentry_size;
        uint64_t key = FIELD(o, entry, setentry_key);
        if (key && !(v->items[v->n++] = constant(o, a, key, depth + 1)))
            return NULL;
    }
    return v->n == used ? v : NULL;
}

static PyObj *
real(const Objects *o, Arena *a, uint64_t object, PyKind kind)
{
    PyObj *v = make(a, kind);
    double d[2];
    size_t n = kind == PyFloat ? sizeof d[0] : sizeof d;
    if (!memory_read(o->mem, object + (uint64_t)o->lay->float_value, d, n))
        return NULL;
    if (kind == PyFloat) {
        v->f = d[0];
    } else {
        v->c.re = d[0];
        v->c.im = d[1];
    }
    return v;
}

static PyObj *
constant(const Objects *o, Arena *a, uint64_t object, int depth)
{
    if (!object || depth > MAX_DEPTH || o->mem->left == 0)
        return NULL;
    o->mem->left--; /* a torn tuple may hold itself, twice */
    if (object == o->symbols[RingSym__Py_NoneStruct])
        return make(a, PyNone);
    if (object == o->symbols[RingSym__Py_TrueStruct])
        return make(a, PyTrue);
    if (object == o->symbols[RingSym__Py_FalseStruct])
        return make(a, PyFalse);
    if (object == o->symbols[RingSym__Py_EllipsisObject])
        return make(a, PyEllipsis);
    if (is_a(o, object, RingSym_PyLong_Type))
        return integer(o, a, object);
    if (is_a(o, object, RingSym_PyFloat_Type))
        return real(o, a, object, PyFloat);
    if (is_a(o, object, RingSym_PyComplex_Type))
        return real(o, a, object, PyComplex);
    if (is_a(o, object, RingSym_PyUnicode_Type))
        return text(o, a, object);
    if (is_a(o, object, RingSym_PyBytes_Type))
        return bytes(o, a, object);
    if (is_a(o, object, RingSym_PyTuple_Type))
        return items(o, a, object, depth);
    if (is_a(o, object, RingSym_PyFrozenSet_Type))
        return frozen_set(o, a, object, depth);
    if (!is_a(o, object, RingSym_PyCode_Type))
        return NULL;
    PyObj *v = make(a, PyCodeObj);
    v->code = code(o, a, object, depth + 1);
    return v->code ? v : NULL;
}

PyObj *
objects_const(const Objects *o, Arena *a, uint64_t object)
{
    o->mem->left = MAX_OBJECTS;
    return constant(o, a, object, 0);
}

/* A tuple of str and nothing else.  What is no str is not looked into: in memory that has been
 * freed and used again, a name may well be a code object that has itself among its names. */
static PyObj *
strings(const Objects *o, Arena *a, uint64_t object)
{
    int64_t n = length(o, object, MAX_ITEMS);
    if (!is_a(o, object, RingSym_PyTuple_Type) || n < 0)
        return NULL;
    PyObj *v = make(a, PyTuple);
    v->n = (uint32_t)n;
    v->items = arena_array(a, PyObj *, n + 1);
    for (uint32_t i = 0; i < v->n; i++) {
        uint64_t item = memory_u64(o->mem, object + (uint64_t)o->lay->tuple_items + 8 * i);
        if (!is_a(o, item, RingSym_PyUnicode_Type) || !(v->items[i] = text(o, a, item)))
            return NULL;
    }
    return v;
}

/* co_code as Python sees it.  Where somebody asked for it the interpreter keeps a copy, and that
 * copy is also what a loader that patched the live units left behind. */
static bool
read_units(const Objects *o, Arena *a, uint64_t object, PyCode *c)
{
    int64_t n = (int64_t)FIELD(o, object, code_size);
    if (n <= 0 || n > MAX_UNITS)
        return false;
    c->n_units = (uint32_t)n;
    PyObj *kept = bytes(o, a, FIELD(o, object, code_code_cache));
    if (kept && kept->n == 2 * c->n_units) {
        c->code = (const uint8_t *)kept->s;
        return true;
    }
    uint8_t *live = arena_alloc(a, 2 * (size_t)n), *base = arena_alloc(a, 2 * (size_t)n);
    if (!memory_read(o->mem, object + (uint64_t)o->lay->code_adaptive, live, 2 * (size_t)n))
        return false;
    instrs_deopt(o->ver, live, base, c->n_units);
    c->code = base;
    return true;
}

static bool
read_tables(const Objects *o, Arena *a, uint64_t object, PyCode *c)
{
    PyObj *names = strings(o, a, FIELD(o, object, code_names));
    PyObj *locals = strings(o, a, FIELD(o, object, code_localsplusnames));
    PyObj *kinds = bytes(o, a, FIELD(o, object, code_localspluskinds));
    PyObj *lines = bytes(o, a, FIELD(o, object, code_linetable));
    PyObj *exceptions = bytes(o, a, FIELD(o, object, code_exceptiontable));
    if (!names || !locals || !kinds || !lines || !exceptions || kinds->n != locals->n)
        return false;
    c->names = names->items;
    c->n_names = names->n;
    c->localsplusnames = locals->items;
    c->n_localsplus = locals->n;
    c->localspluskinds = (const uint8_t *)kinds->s;
    c->linetable = (const uint8_t *)lines->s;
    c->linetable_len = lines->n;
    c->exctable = (const uint8_t *)exceptions->s;
    c->exctable_len = exceptions->n;
    return true;
}

static PyCode *
code(const Objects *o, Arena *a, uint64_t object, int depth)
{
    if (!is_a(o, object, RingSym_PyCode_Type))
        return NULL;
    PyCode *c = arena_new_of(a, PyCode);
    c->ver = o->ver;
    c->argcount = FIELD32(o, object, code_argcount);
    c->posonlyargcount = FIELD32(o, object, code_posonlyargcount);
    c->kwonlyargcount = FIELD32(o, object, code_kwonlyargcount);
    c->stacksize = FIELD32(o, object, code_stacksize);
    c->flags = FIELD32(o, object, code_flags);
    c->firstlineno = FIELD32(o, object, code_firstlineno);
    c->filename = objects_text(o, a, FIELD(o, object, code_filename));
    c->name = objects_text(o, a, FIELD(o, object, code_name));
    c->qualname = objects_text(o, a, FIELD(o, object, code_qualname));
    if (!c->filename || !c->name || !c->qualname || !read_units(o, a, object, c) ||
        !read_tables(o, a, object, c))
        return NULL;
    uint64_t consts = FIELD(o, object, code_consts);
    c->consts = is_a(o, consts, RingSym_PyTuple_Type) ? items(o, a, consts, depth) : NULL;
    if (!c->consts)
        return NULL;
    pycode_finish(c);
    return c;
}

PyCode *
objects_code(const Objects *o, Arena *a, uint64_t object)
{
    o->mem->left = MAX_OBJECTS;
    return code(o, a, object, 0);
}

void
objects_dict_each(const Objects *o, uint64_t dict, ObjectsVisit *visit, void *arg)
{
    const PyLayout *l = o->lay;
    uint64_t keys = FIELD(o, dict, dict_keys), values = FIELD(o, dict, dict_values);
    int64_t n = (int64_t)FIELD(o, keys, keys_nentries);
    uint8_t kind = memory_u8(o->mem, keys + (uint64_t)l->keys_kind);
    uint8_t shift = memory_u8(o->mem, keys + (uint64_t)l->keys_log2_index_bytes);
    if (!keys || n < 0 || n > MAX_ITEMS || shift > 40)
        return;
    bool general = kind == l->keys_kind_general;
    uint64_t entry = keys + (uint64_t)l->keys_indices + (1ull << shift);
    uint64_t size = (uint64_t)(general ? l->entry_size : l->unicode_entry_size);
    for (int64_t i = 0; i < n; i++, entry += size) {
        uint64_t key =
            memory_u64(o->mem, entry + (uint64_t)(general ? l->entry_key : l->unicode_entry_key));
        uint64_t value =
            values ? memory_u64(o->mem, values + 8 * (uint64_t)i)
                   : memory_u64(o->mem, entry + (uint64_t)(general ? l->entry_value
                                                                   : l->unicode_entry_value));
        if (key && value && !visit(key, value, arg))
            return;
    }
}

typedef struct Wanted {
    const Objects *o;
    const char *key;
    uint64_t n, value;
} Wanted;

/* Compares without an arena: only compact ASCII keys can match. */
static bool
match_key(uint64_t key, uint64_t value, void *arg)
{
    Wanted *w = arg;
    char name[64];
    if (FIELD(w->o, key, unicode_length) != w->n || w->n >= sizeof name ||
        !memory_read(w->o->mem, key + (uint64_t)w->o->lay->unicode_ascii_data, name, w->n) ||
        memcmp(name, w->key, w->n) || !is_a(w->o, key, RingSym_PyUnicode_Type))
        return true;
    w->value = value;
    return false;
}

uint64_t
objects_dict_get(const Objects *o, uint64_t dict, const char *key)
{
    Wanted w = {o, key, strlen(key), 0};
    if (dict)
        objects_dict_each(o, dict, match_key, &w);
    return w.value;
}

/* A static type's tp_name is "module.name", or bare for a builtin. */
static const char *
static_type_name(const Objects *o, Arena *a, uint64_t type)
{
    char name[256];
    if (!memory_string(o->mem, FIELD(o, type, type_name), name, sizeof name) || !name[0])
        return NULL;
    for (const unsigned char *s = (const unsigned char *)name; *s; s++)
        if (*s < 0x21 || *s == 0x7f)
            return NULL;
    return strchr(name, '.') ? arena_strdup(a, name) : arena_printf(a, "builtins.%s", name);
}

const char *
objects_type_name(const Objects *o, Arena *a, uint64_t type)
{
    uint64_t flags = FIELD(o, type, type_flags);
    uint64_t meta = objects_type(o, type);
    if (!meta || !(FIELD(o, meta, type_flags) & (uint64_t)o->lay->tpflag_type_subclass))
        return NULL;
    if (!(flags & (uint64_t)o->lay->tpflag_heaptype))
        return static_type_name(o, a, type);
    const char *name = objects_text(o, a, FIELD(o, type, heaptype_qualname));
    uint64_t dict = FIELD(o, type, type_dict);
    const char *module = objects_text(o, a, objects_dict_get(o, dict, "__module__"));
    if (!name)
        return NULL;
    return module ? arena_printf(a, "%s.%s", module, name) : name;
}
