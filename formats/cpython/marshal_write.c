/* Writing marshal streams, version 4, every object in full: no references. */
#include "marshal.h"

#include "marshal_types.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

static void
put_long(StrBuf *out, int32_t v)
{
    sb_write(out, &v, sizeof v);
}

static void
put_type(StrBuf *out, MarshalType type)
{
    sb_putc(out, (char)type);
}

static void
put_bytes(StrBuf *out, const void *p, uint32_t n)
{
    put_type(out, TypeString);
    put_long(out, (int32_t)n);
    sb_write(out, p, n);
}

static void
put_text(StrBuf *out, const char *s, uint32_t n, bool ascii, bool interned)
{
    if (ascii && n < 256) {
        put_type(out, interned ? TypeShortAsciiInterned : TypeShortAscii);
        sb_putc(out, (char)n);
    } else {
        put_type(out, ascii ? (interned ? TypeAsciiInterned : TypeAscii)
                            : (interned ? TypeInterned : TypeUnicode));
        put_long(out, (int32_t)n);
    }
    sb_write(out, s, n);
}

static void
put_name(StrBuf *out, const char *s, bool interned)
{
    size_t n = strlen(s);
    put_text(out, s, (uint32_t)n, utf8_ascii(s, n), interned);
}

/* CPython writes an int as TypeInt if it fits int32 and as digits otherwise. */
static void
put_int(StrBuf *out, int64_t v)
{
    if (v >= INT32_MIN && v <= INT32_MAX) {
        put_type(out, TypeInt);
        put_long(out, (int32_t)v);
        return;
    }
    uint16_t digits[5];
    int n = 0;
    for (uint64_t m = v < 0 ? 0 - (uint64_t)v : (uint64_t)v; m; m >>= 15)
        digits[n++] = m & 0x7fff;
    put_type(out, TypeLong);
    put_long(out, v < 0 ? -n : n);
    sb_write(out, digits, (size_t)n * sizeof *digits);
}

static void
put_big(StrBuf *out, const PyObj *o)
{
    put_type(out, TypeLong);
    put_long(out, o->negative ? -(int32_t)o->n : (int32_t)o->n);
    sb_write(out, o->big, o->n * sizeof *o->big);
}

static void
put_items(StrBuf *out, PyObj *const *items, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        marshal_write(items[i], out);
}

static void
put_tuple(StrBuf *out, PyObj *const *items, uint32_t n)
{
    if (n < 256) {
        put_type(out, TypeSmallTuple);
        sb_putc(out, (char)n);
    } else {
        put_type(out, TypeTuple);
        put_long(out, (int32_t)n);
    }
    put_items(out, items, n);
}

static void
put_container(StrBuf *out, MarshalType type, const PyObj *o)
{
    put_type(out, type);
    if (type != TypeDict)
        put_long(out, (int32_t)o->n);
    put_items(out, o->items, o->n);
    if (type == TypeDict)
        put_type(out, TypeNull);
}

typedef struct Element {
    const char *s;
    size_t n;
} Element;

static int
by_bytes(const void *a, const void *b)
{
    const Element *x = a, *y = b;
    int c = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
    return c ? c : (x->n > y->n) - (x->n < y->n);
}

/* In the order of what is written, as CPython does it: the bytes must not depend on the hash seed.
 */
static void
put_set(StrBuf *out, MarshalType type, const PyObj *o)
{
    put_type(out, type);
    put_long(out, (int32_t)o->n);
    Element *elements = arena_array(out->arena, Element, o->n + 1);
    for (uint32_t i = 0; i < o->n; i++) {
        StrBuf one;
        sb_init(&one, out->arena);
        marshal_write(o->items[i], &one);
        elements[i] = (Element){one.s, one.n};
    }
    qsort(elements, o->n, sizeof *elements, by_bytes);
    for (uint32_t i = 0; i < o->n; i++)
        sb_write(out, elements[i].s, elements[i].n);
}

static void
put_code(StrBuf *out, const PyCode *c)
{
    put_type(out, TypeCode);
    put_long(out, c->argcount);
    put_long(out, c->posonlyargcount);
    put_long(out, c->kwonlyargcount);
    put_long(out, c->stacksize);
    put_long(out, c->flags);
    put_bytes(out, c->code, c->n_units * 2);
    marshal_write(c->consts, out);
    put_tuple(out, c->names, c->n_names);
    put_tuple(out, c->localsplusnames, c->n_localsplus);
    put_bytes(out, c->localspluskinds, c->n_localsplus);
    put_name(out, c->filename, false);
    put_name(out, c->name, true);
    put_name(out, c->qualname, true);
    put_long(out, c->firstlineno);
    put_bytes(out, c->linetable, c->linetable_len);
    put_bytes(out, c->exctable, c->exctable_len);
}

void
marshal_write(const PyObj *o, StrBuf *out)
{
    switch (o->kind) {
    case PyNull: put_type(out, TypeNull); break;
    case PyNone: put_type(out, TypeNone); break;
    case PyTrue: put_type(out, TypeTrue); break;
    case PyFalse: put_type(out, TypeFalse); break;
    case PyEllipsis: put_type(out, TypeEllipsis); break;
    case PyStopIter: put_type(out, TypeStopIter); break;
    case PyInt:
        if (o->big)
            put_big(out, o);
        else
            put_int(out, o->i);
        break;
    case PyFloat:
        put_type(out, TypeBinaryFloat);
        sb_write(out, &o->f, sizeof o->f);
        break;
    case PyComplex:
        put_type(out, TypeBinaryComplex);
        sb_write(out, &o->c, sizeof o->c);
        break;
    case PyBytes: put_bytes(out, o->s, o->n); break;
    case PyStr: put_text(out, o->s, o->n, o->ascii, o->interned); break;
    case PyTuple: put_tuple(out, o->items, o->n); break;
    case PyList: put_container(out, TypeList, o); break;
    case PyDict: put_container(out, TypeDict, o); break;
    case PySet: put_set(out, TypeSet, o); break;
    case PyFrozenSet: put_set(out, TypeFrozenSet, o); break;
    case PyCodeObj: put_code(out, o->code); break;
    }
}
