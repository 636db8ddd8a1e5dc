/* The state of reading a marshal stream, and its primitives: marshal.c knows what objects look
 * like. Each primitive that fails has set the error. */
#ifndef PYOPT_MARSHAL_READER_H
#define PYOPT_MARSHAL_READER_H

#include "arena.h"
#include "err.h"
#include "pycode.h"
#include "pyver.h"
#include "vec.h"

/* A slot of the reference table; o is NULL while the object is being read. */
typedef struct Ref {
    PyObj *o;
    uint64_t weight;
    unsigned height;
} Ref;

typedef struct Reader {
    Arena *arena;
    const PyVer *ver;
    const uint8_t *at, *end;
    Vec(Ref) refs;
    unsigned depth;  /* of containers around the object being read */
    unsigned height; /* of the object read last */
    uint64_t weight; /* of everything read so far */
    Err *err;
} Reader;

bool reader_fail(Reader *r, const char *what);
void *reader_bad(Reader *r, const char *what); /* fails; NULL */
/* n bytes of the stream, or NULL. */
const uint8_t *reader_take(Reader *r, size_t n);
/* A number of n bytes, little-endian as on this machine. */
bool reader_raw(Reader *r, void *out, size_t n);
bool reader_long(Reader *r, int32_t *out);
/* A count of things that take at least a byte each. */
bool reader_count(Reader *r, uint32_t *out);
bool reader_weigh(Reader *r, uint64_t weight);
PyObj *reader_object(Reader *r, PyKind kind);

#endif
