/* Which unit belongs to a live code object?  The filter (a hash of the qualified name and the
 * length) rules out nearly everything at the price of hashing a short string; only then the full
 * code key is computed.
 *
 * match_key() makes the calls that codekey.c documents, in that order, from the live object: the
 * two must stay in step.  `make check-loader` compares them on the standard library. */
#include "loader.h"

#include <stdlib.h>

bool
match_init(void)
{
    uint32_t n = loader.bundle->n_units, size = 16;
    while (size < 2 * n)
        size *= 2;
    loader.by_filter = calloc(size, sizeof *loader.by_filter);
    if (!loader.by_filter)
        return false;
    loader.mask = size - 1;
    for (uint32_t i = 0; i < n; i++) {
        const PyoptUnit *u = loader.bundle->units[i];
        uint32_t at = u->filter & loader.mask;
        while (loader.by_filter[at])
            at = (at + 1) & loader.mask;
        loader.by_filter[at] = u;
    }
    return true;
}

static bool value(CodeHash *h, PyObject *o);

static bool
string(CodeHash *h, PyObject *s)
{
    codehash_tag(h, 's');
    if (PyUnicode_IS_COMPACT_ASCII(s)) {
        codehash_bytes(h, PyUnicode_DATA(s), (size_t)PyUnicode_GET_LENGTH(s));
        return true;
    }
    PyObject *utf8 = PyUnicode_AsEncodedString(s, "utf-8", "surrogatepass");
    if (!utf8)
        return false;
    codehash_bytes(h, PyBytes_AS_STRING(utf8), (size_t)PyBytes_GET_SIZE(utf8));
    Py_DECREF(utf8);
    return true;
}

static bool
integer(CodeHash *h, PyObject *o)
{
    int overflow;
    long long small = PyLong_AsLongLongAndOverflow(o, &overflow);
    codehash_tag(h, overflow ? 'l' : 'i');
    if (!overflow) {
        codehash_u64(h, (uint64_t)small);
        return true;
    }
    Py_ssize_t n = Py_ABS(Py_SIZE(o));
    const digit *d = ((PyLongObject *)o)->ob_digit;
    uint16_t *half = malloc((size_t)n * 2 * sizeof *half);
    if (!half)
        return false;
    size_t n_half = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        half[n_half++] = d[i] & 0x7fff;
        half[n_half++] = (uint16_t)(d[i] >> 15);
    }
    if (!half[n_half - 1])
        n_half--;
    codehash_u64(h, Py_SIZE(o) < 0);
    codehash_bytes(h, half, n_half * sizeof *half);
    free(half);
    return true;
}

static void
real(CodeHash *h, double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    codehash_u64(h, bits);
}

static int
by_key(const void *a, const void *b)
{
    const CodeKey *x = a, *y = b;
    return x->hi != y->hi ? (x->hi > y->hi ? 1 : -1) : (x->lo > y->lo) - (x->lo < y->lo);
}

/* The elements of a frozenset by their own keys in ascending order: their order in memory depends
 * on the hash seed. */
static bool
elements(CodeHash *h, PyObject *set)
{
    CodeKey *keys = malloc(((size_t)PySet_GET_SIZE(set) + 1) * sizeof *keys);
    Py_ssize_t pos = 0, n = 0;
    Py_hash_t hash;
    PyObject *item;
    bool ok = keys != NULL;
    while (ok && _PySet_NextEntry(set, &pos, &item, &hash)) {
        CodeHash one;
        codehash_begin(&one);
        ok = value(&one, item);
        keys[n++] = codehash_end(&one);
    }
    if (ok) {
        qsort(keys, (size_t)n, sizeof *keys, by_key);
        codehash_tag(h, '>');
        codehash_u64(h, (uint64_t)n);
        for (Py_ssize_t i = 0; i < n; i++) {
            codehash_u64(h, keys[i].hi);
            codehash_u64(h, keys[i].lo);
        }
    }
    free(keys);
    return ok;
}

static bool
tuple(CodeHash *h, PyObject *t)
{
    codehash_tag(h, '(');
    codehash_u64(h, (uint64_t)PyTuple_GET_SIZE(t));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(t); i++)
        if (!value(h, PyTuple_GET_ITEM(t, i)))
            return false;
    return true;
}

static bool
nested_code(CodeHash *h, PyObject *code)
{
    CodeKey key;
    if (!match_key((PyCodeObject *)code, &key))
        return false;
    codehash_tag(h, 'c');
    codehash_u64(h, key.hi);
    codehash_u64(h, key.lo);
    return true;
}

static bool
singleton(CodeHash *h, PyObject *o)
{
    char tag = o == Py_None               ? 'N'
               : o == Py_True             ? 'T'
               : o == Py_False            ? 'F'
               : o == Py_Ellipsis         ? '.'
               : o == PyExc_StopIteration ? 'S'
                                          : 0;
    if (tag)
        codehash_tag(h, tag);
    return tag != 0;
}

static bool
value(CodeHash *h, PyObject *o)
{
    if (PyUnicode_CheckExact(o))
        return string(h, o);
    if (PyLong_CheckExact(o))
        return integer(h, o);
    if (PyTuple_CheckExact(o))
        return tuple(h, o);
    if (PyCode_Check(o))
        return nested_code(h, o);
    if (PyFrozenSet_CheckExact(o))
        return elements(h, o);
    if (PyFloat_CheckExact(o)) {
        codehash_tag(h, 'g');
        real(h, PyFloat_AS_DOUBLE(o));
        return true;
    }
    if (PyComplex_CheckExact(o)) {
        codehash_tag(h, 'y');
        real(h, ((PyComplexObject *)o)->cval.real);
        real(h, ((PyComplexObject *)o)->cval.imag);
        return true;
    }
    if (PyBytes_CheckExact(o)) {
        codehash_tag(h, 'b');
        codehash_bytes(h, PyBytes_AS_STRING(o), (size_t)PyBytes_GET_SIZE(o));
        return true;
    }
    return singleton(h, o);
}

static bool
strings(CodeHash *h, char tag, PyObject *t)
{
    codehash_tag(h, tag);
    codehash_u64(h, (uint64_t)PyTuple_GET_SIZE(t));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(t); i++)
        if (!string(h, PyTuple_GET_ITEM(t, i)))
            return false;
    return true;
}

static bool
hash_code(CodeHash *h, PyCodeObject *c, PyObject *bytes)
{
    codehash_begin(h);
    codehash_tag(h, 'C');
    codehash_u64(h, (unsigned)c->co_argcount);
    codehash_u64(h, (unsigned)c->co_posonlyargcount);
    codehash_u64(h, (unsigned)c->co_kwonlyargcount);
    codehash_u64(h, (unsigned)c->co_stacksize);
    codehash_u64(h, (unsigned)c->co_flags);
    if (!string(h, c->co_name) || !string(h, c->co_qualname))
        return false;
    codehash_tag(h, 'B');
    codehash_bytes(h, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    codehash_tag(h, 'E');
    codehash_bytes(h, PyBytes_AS_STRING(c->co_exceptiontable),
                   (size_t)PyBytes_GET_SIZE(c->co_exceptiontable));
    if (!strings(h, 'N', c->co_names) || !strings(h, 'L', c->co_localsplusnames))
        return false;
    codehash_bytes(h, PyBytes_AS_STRING(c->co_localspluskinds),
                   (size_t)PyBytes_GET_SIZE(c->co_localspluskinds));
    codehash_tag(h, 'K');
    codehash_u64(h, (uint64_t)PyTuple_GET_SIZE(c->co_consts));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->co_consts); i++)
        if (!value(h, PyTuple_GET_ITEM(c->co_consts, i)))
            return false;
    return true;
}

bool
match_key(PyCodeObject *code, CodeKey *out)
{
    PyObject *bytes = PyCode_GetCode(code);
    CodeHash h;
    bool ok = bytes && hash_code(&h, code, bytes);
    if (ok)
        *out = codehash_end(&h);
    else
        PyErr_Clear();
    Py_XDECREF(bytes);
    return ok;
}

const PyoptUnit *
match_find(PyCodeObject *code)
{
    Py_ssize_t len;
    const char *name = PyUnicode_AsUTF8AndSize(code->co_qualname, &len);
    if (!name) {
        PyErr_Clear();
        return NULL;
    }
    uint32_t filter = codekey_filter(name, (size_t)len, (uint32_t)Py_SIZE(code));
    CodeKey key;
    bool have_key = false;
    for (uint32_t at = filter & loader.mask; loader.by_filter[at]; at = (at + 1) & loader.mask) {
        const PyoptUnit *u = loader.by_filter[at];
        if (u->filter != filter)
            continue;
        if (!have_key && !match_key(code, &key))
            return NULL;
        have_key = true;
        if (codekey_equal(u->key, key))
            return u;
    }
    return NULL;
}
