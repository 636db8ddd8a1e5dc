/* Reading marshal streams.
 *
 * The bytes may come from anywhere, so besides every length this bounds what the result costs those
 * who walk it. References make the result a graph: a tuple that holds another twice, which holds
 * another twice..., is a few bytes to read and a lifetime to walk.  So each object is given a
 * weight (its size written out in full) and a height, both counted through references, and the sum
 * and the maximum are limited.  A reference into an object still being read would make a cycle; the
 * compiler makes none, and here it is damage. */
#include "marshal.h"

#include "instrs.h"
#include "marshal_reader.h"
#include "marshal_types.h"
#include "utf8.h"
#include "vec.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_HEIGHT = 500,
    PYC_HEADER = 16,
    MAX_FLOAT_TEXT = 255,
};

static PyObj *read_object(Reader *r);

static PyObj *
read_int(Reader *r, bool wide)
{
    int32_t narrow = 0;
    int64_t v = 0;
    if (!(wide ? reader_raw(r, &v, sizeof v) : reader_long(r, &narrow)))
        return NULL;
    PyObj *o = reader_object(r, PyInt);
    o->i = wide ? v : narrow;
    return o;
}

/* Digits that fit int64 become one. */
static void
set_digits(PyObj *o, const uint16_t *digits, uint32_t n, bool negative)
{
    unsigned __int128 magnitude = 0, limit = (unsigned __int128)1 << 63;
    for (uint32_t k = n; k-- > 0 && magnitude <= limit;)
        magnitude = magnitude << 15 | digits[k];
    if (magnitude < limit + negative) {
        o->i = (int64_t)(negative ? 0 - (uint64_t)magnitude : (uint64_t)magnitude);
        return;
    }
    o->big = digits;
    o->n = n;
    o->negative = negative;
}

static PyObj *
read_digits(Reader *r)
{
    int32_t size;
    if (!reader_long(r, &size))
        return NULL;
    uint32_t n = size < 0 ? 0 - (uint32_t)size : (uint32_t)size;
    const uint8_t *p = reader_take(r, (size_t)n * 2);
    if (!p || !reader_weigh(r, (uint64_t)n * 2))
        return NULL;
    uint16_t *digits = arena_memdup(r->arena, p, (size_t)n * 2);
    for (uint32_t k = 0; k < n; k++)
        if (digits[k] >> 15)
            return reader_bad(r, "a digit of an int is out of range");
    if (n && !digits[n - 1])
        return reader_bad(r, "an int has leading zeros");
    PyObj *o = reader_object(r, PyInt);
    set_digits(o, digits, n, size < 0);
    return o;
}

static bool
read_double(Reader *r, double *out)
{
    return reader_raw(r, out, sizeof *out);
}

/* The decimal form of marshal versions 0 and 1. */
static bool
read_double_text(Reader *r, double *out)
{
    const uint8_t *n = reader_take(r, 1), *p = n ? reader_take(r, *n) : NULL;
    if (!p)
        return false;
    char text[MAX_FLOAT_TEXT + 1] = {0}, *rest;
    memcpy(text, p, *n);
    *out = strtod(text, &rest);
    return (*n && rest == text + *n && !strpbrk(text, "xX \t\n")) || reader_fail(r, "not a float");
}

static PyObj *
read_float(Reader *r, bool (*one)(Reader *, double *))
{
    double d;
    if (!one(r, &d))
        return NULL;
    PyObj *o = reader_object(r, PyFloat);
    o->f = d;
    return o;
}

static PyObj *
read_complex(Reader *r, bool (*one)(Reader *, double *))
{
    double re, im;
    if (!one(r, &re) || !one(r, &im))
        return NULL;
    PyObj *o = reader_object(r, PyComplex);
    o->c.re = re;
    o->c.im = im;
    return o;
}

static PyObj *
read_text(Reader *r, PyKind kind, uint32_t n, bool ascii, bool interned)
{
    const char *p = (const char *)reader_take(r, n);
    if (!p || !reader_weigh(r, n))
        return NULL;
    if (kind == PyStr && !(ascii ? utf8_ascii(p, n) : utf8_valid(p, n, true)))
        return reader_bad(r, "a str is not valid text");
    PyObj *o = reader_object(r, kind);
    o->s = arena_strndup(r->arena, p, n);
    o->n = n;
    o->ascii = ascii;
    o->interned = interned;
    return o;
}

static PyObj *
read_long_text(Reader *r, PyKind kind, bool ascii, bool interned)
{
    uint32_t n = 0;
    return reader_count(r, &n) ? read_text(r, kind, n, ascii, interned) : NULL;
}

static PyObj *
read_short_text(Reader *r, bool interned)
{
    const uint8_t *n = reader_take(r, 1);
    return n ? read_text(r, PyStr, *n, true, interned) : NULL;
}

static PyObj *
read_items(Reader *r, PyKind kind, uint32_t n)
{
    PyObj *o = reader_object(r, kind);
    unsigned height = 0;
    o->n = n;
    o->items = arena_array(r->arena, PyObj *, n + 1);
    for (uint32_t k = 0; k < n; k++) {
        PyObj *item = read_object(r);
        if (!item)
            return NULL;
        if (item->kind == PyNull)
            return reader_bad(r, "NULL inside a container");
        o->items[k] = item;
        height = r->height > height ? r->height : height;
    }
    r->height = height + 1;
    return o;
}

static PyObj *
read_container(Reader *r, PyKind kind)
{
    uint32_t n = 0;
    return reader_count(r, &n) ? read_items(r, kind, n) : NULL;
}

static PyObj *
read_small_tuple(Reader *r)
{
    const uint8_t *n = reader_take(r, 1);
    return n ? read_items(r, PyTuple, *n) : NULL;
}

/* Keys and values in turn; NULL where a key is due ends it. */
static PyObj *
read_dict(Reader *r)
{
    Vec(PyObj *) items = {0};
    unsigned height = 0;
    for (;;) {
        PyObj *item = read_object(r);
        if (!item)
            return NULL;
        if (item->kind == PyNull)
            break;
        vec_push(r->arena, &items, item);
        height = r->height > height ? r->height : height;
    }
    if (items.n % 2)
        return reader_bad(r, "a dict ends after a key");
    PyObj *o = reader_object(r, PyDict);
    o->items = items.at;
    o->n = items.n;
    r->height = height + 1;
    return o;
}

/* The parts of a code object, in the order they are written. */
typedef struct CodeParts {
    int32_t argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno;
    PyObj *code, *consts, *names, *localsplusnames, *localspluskinds;
    PyObj *filename, *name, *qualname, *linetable, *exctable;
    unsigned height;
} CodeParts;

static bool
part(Reader *r, CodeParts *p, PyKind kind, PyObj **out)
{
    *out = read_object(r);
    if (!*out)
        return false;
    if ((*out)->kind != kind)
        return reader_fail(r, "a part of a code object has the wrong type");
    p->height = r->height > p->height ? r->height : p->height;
    return true;
}

static bool
read_parts(Reader *r, CodeParts *p)
{
    return reader_long(r, &p->argcount) && reader_long(r, &p->posonlyargcount) &&
           reader_long(r, &p->kwonlyargcount) && reader_long(r, &p->stacksize) &&
           reader_long(r, &p->flags) && part(r, p, PyBytes, &p->code) &&
           part(r, p, PyTuple, &p->consts) && part(r, p, PyTuple, &p->names) &&
           part(r, p, PyTuple, &p->localsplusnames) && part(r, p, PyBytes, &p->localspluskinds) &&
           part(r, p, PyStr, &p->filename) && part(r, p, PyStr, &p->name) &&
           part(r, p, PyStr, &p->qualname) && reader_long(r, &p->firstlineno) &&
           part(r, p, PyBytes, &p->linetable) && part(r, p, PyBytes, &p->exctable);
}

static bool
all_strings(const PyObj *tuple)
{
    for (uint32_t k = 0; k < tuple->n; k++)
        if (tuple->items[k]->kind != PyStr)
            return false;
    return true;
}

static bool
is_c_string(const PyObj *o)
{
    return strlen(o->s) == o->n;
}

/* What CPython itself checks of a code object, and that names are C strings. */
static bool
parts_fit(const CodeParts *p)
{
    int64_t args = (int64_t)p->argcount + p->kwonlyargcount + !!(p->flags & PyCoVarArgs) +
                   !!(p->flags & PyCoVarKeywords);
    int64_t locals = 0;
    for (uint32_t k = 0; k < p->localspluskinds->n; k++)
        locals += !!(p->localspluskinds->s[k] & PyLocalPlain);
    return p->posonlyargcount >= 0 && p->argcount >= p->posonlyargcount && p->kwonlyargcount >= 0 &&
           p->stacksize >= 0 && p->flags >= 0 && p->code->n % 2 == 0 && all_strings(p->names) &&
           all_strings(p->localsplusnames) && p->localsplusnames->n == p->localspluskinds->n &&
           args <= locals && is_c_string(p->filename) && is_c_string(p->name) &&
           is_c_string(p->qualname);
}

static PyObj *
read_code(Reader *r)
{
    CodeParts p = {0};
    if (!read_parts(r, &p))
        return NULL;
    if (!parts_fit(&p))
        return reader_bad(r, "the parts of a code object do not fit each other");
    PyCode *c = arena_new_of(r->arena, PyCode);
    uint8_t *base = arena_alloc(r->arena, p.code->n + 1);
    instrs_deopt(r->ver, (const uint8_t *)p.code->s, base, p.code->n / 2);
    *c = (PyCode){
        .ver = r->ver,
        .argcount = p.argcount,
        .posonlyargcount = p.posonlyargcount,
        .kwonlyargcount = p.kwonlyargcount,
        .stacksize = p.stacksize,
        .flags = p.flags,
        .firstlineno = p.firstlineno,
        .code = base,
        .n_units = p.code->n / 2,
        .consts = p.consts,
        .names = p.names->items,
        .n_names = p.names->n,
        .localsplusnames = p.localsplusnames->items,
        .localspluskinds = (const uint8_t *)p.localspluskinds->s,
        .n_localsplus = p.localsplusnames->n,
        .filename = p.filename->s,
        .name = p.name->s,
        .qualname = p.qualname->s,
        .linetable = (const uint8_t *)p.linetable->s,
        .linetable_len = p.linetable->n,
        .exctable = (const uint8_t *)p.exctable->s,
        .exctable_len = p.exctable->n,
    };
    pycode_finish(c);
    PyObj *o = reader_object(r, PyCodeObj);
    o->code = c;
    r->height = p.height + 1;
    return o;
}

static PyObj *
read_ref(Reader *r)
{
    int32_t n;
    if (!reader_long(r, &n))
        return NULL;
    if (n < 0 || (uint32_t)n >= r->refs.n || !r->refs.at[n].o)
        return reader_bad(r, "a reference to an object that is not there");
    const Ref *ref = &r->refs.at[n];
    r->height = ref->height;
    if (r->depth + ref->height > MAX_HEIGHT)
        return reader_bad(r, "it is nested too deeply");
    return reader_weigh(r, ref->weight) ? ref->o : NULL;
}

static PyObj *
read_typed(Reader *r, MarshalType type)
{
    switch (type) {
    case TypeNull: return reader_object(r, PyNull);
    case TypeNone: return reader_object(r, PyNone);
    case TypeFalse: return reader_object(r, PyFalse);
    case TypeTrue: return reader_object(r, PyTrue);
    case TypeStopIter: return reader_object(r, PyStopIter);
    case TypeEllipsis: return reader_object(r, PyEllipsis);
    case TypeInt: return read_int(r, false);
    case TypeInt64: return read_int(r, true);
    case TypeLong: return read_digits(r);
    case TypeFloat: return read_float(r, read_double_text);
    case TypeBinaryFloat: return read_float(r, read_double);
    case TypeComplex: return read_complex(r, read_double_text);
    case TypeBinaryComplex: return read_complex(r, read_double);
    case TypeString: return read_long_text(r, PyBytes, false, false);
    case TypeUnicode: return read_long_text(r, PyStr, false, false);
    case TypeInterned: return read_long_text(r, PyStr, false, true);
    case TypeAscii: return read_long_text(r, PyStr, true, false);
    case TypeAsciiInterned: return read_long_text(r, PyStr, true, true);
    case TypeShortAscii: return read_short_text(r, false);
    case TypeShortAsciiInterned: return read_short_text(r, true);
    case TypeSmallTuple: return read_small_tuple(r);
    case TypeTuple: return read_container(r, PyTuple);
    case TypeList: return read_container(r, PyList);
    case TypeSet: return read_container(r, PySet);
    case TypeFrozenSet: return read_container(r, PyFrozenSet);
    case TypeDict: return read_dict(r);
    case TypeCode: return read_code(r);
    case TypeRef: return read_ref(r);
    }
    return reader_bad(r, "an unknown type");
}

/* CPython numbers only what can be shared: its constants never enter the reference table. */
static bool
can_be_referenced(MarshalType type)
{
    return type != TypeNull && type != TypeNone && type != TypeFalse && type != TypeTrue &&
           type != TypeStopIter && type != TypeEllipsis && type != TypeRef;
}

static PyObj *
read_object(Reader *r)
{
    const uint8_t *code = reader_take(r, 1);
    if (!code)
        return NULL;
    if (r->depth >= MAX_HEIGHT)
        return reader_bad(r, "it is nested too deeply");
    MarshalType type = (MarshalType)(*code & ~MARSHAL_FLAG_REF);
    uint32_t slot = r->refs.n;
    bool shared = *code & MARSHAL_FLAG_REF && can_be_referenced(type);
    uint64_t before = r->weight;
    if (shared)
        vec_push(r->arena, &r->refs, (Ref){0});
    r->depth++;
    PyObj *o = reader_weigh(r, 1) ? read_typed(r, type) : NULL;
    r->depth--;
    if (o && shared)
        r->refs.at[slot] = (Ref){o, r->weight - before, r->height};
    return o;
}

PyObj *
marshal_read(Arena *a, const PyVer *ver, const void *bytes, size_t n, Err *err)
{
    Reader r = {.arena = a, .ver = ver, .at = bytes, .err = err};
    r.end = r.at + n;
    PyObj *o = read_object(&r);
    return o && o->kind == PyNull ? reader_bad(&r, "there is no object") : o;
}

PyObj *
marshal_read_pyc(Arena *a, const void *bytes, size_t n, Err *err)
{
    const uint8_t *p = bytes;
    if (n < 4 || p[2] != '\r' || p[3] != '\n') {
        err_set(err, ErrBadFormat, "not a .pyc file");
        return NULL;
    }
    const PyVer *ver = pyver_find_magic((uint16_t)(p[0] | p[1] << 8));
    if (!ver) {
        err_set(err, ErrBadPython, "a .pyc file of another Python: only %s is supported",
                pyver_supported());
        return NULL;
    }
    if (n < PYC_HEADER) {
        err_set(err, ErrCorrupt, "a .pyc file that ends in its header");
        return NULL;
    }
    PyObj *o = marshal_read(a, ver, p + PYC_HEADER, n - PYC_HEADER, err);
    if (o && o->kind != PyCodeObj) {
        err_set(err, ErrCorrupt, "a .pyc file that holds no code");
        return NULL;
    }
    return o;
}
