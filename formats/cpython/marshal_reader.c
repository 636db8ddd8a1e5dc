/* Taking bytes and numbers from a marshal stream, and counting what its objects weigh. */
#include "marshal_reader.h"

#include <string.h>

enum { MAX_WEIGHT = 1 << 26 }; /* bytes written out in full; the largest standard module has 2 MB */

bool
reader_fail(Reader *r, const char *what)
{
    return err_set(r->err, ErrCorrupt, "damaged marshal data: %s", what);
}

void *
reader_bad(Reader *r, const char *what)
{
    reader_fail(r, what);
    return NULL;
}

const uint8_t *
reader_take(Reader *r, size_t n)
{
    if ((size_t)(r->end - r->at) < n)
        return reader_bad(r, "it ends too early");
    const uint8_t *p = r->at;
    r->at += n;
    return p;
}

bool
reader_raw(Reader *r, void *out, size_t n)
{
    const uint8_t *p = reader_take(r, n);
    if (p)
        memcpy(out, p, n);
    return p != NULL;
}

bool
reader_long(Reader *r, int32_t *out)
{
    return reader_raw(r, out, sizeof *out);
}

bool
reader_count(Reader *r, uint32_t *out)
{
    int32_t n;
    if (!reader_long(r, &n))
        return false;
    if (n < 0 || n > r->end - r->at)
        return reader_fail(r, "a length is out of range");
    *out = (uint32_t)n;
    return true;
}

bool
reader_weigh(Reader *r, uint64_t weight)
{
    r->weight += weight;
    return r->weight <= MAX_WEIGHT || reader_fail(r, "it unfolds to something far too large");
}

PyObj *
reader_object(Reader *r, PyKind kind)
{
    PyObj *o = arena_new_of(r->arena, PyObj);
    o->kind = kind;
    r->height = 1;
    return o;
}
