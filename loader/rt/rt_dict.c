#include "rt_dict.h"

enum { QUIET_KEY_ITEMS = 8, QUIET_KEY_DEPTH = 3, SET_NEIGHBOURS = 9 };

/* The only counters of the runtime: both must be unique over the process, because every keys table
 * and every dict of every unit compares against them.  Changed under the GIL. */
static struct {
    uint32_t keys;
    uint64_t dict;
} last_version = {.keys = 0xF0000000, .dict = (uint64_t)1 << 63};

uint32_t
pyrt_keys_version(PyDictKeysObject *keys)
{
    /* Caches hold versions inverted with 0 as "none", so 0xFFFFFFFF must not be given out. */
    if (keys->dk_version == 0 && last_version.keys < UINT32_MAX - 1)
        keys->dk_version = ++last_version.keys;
    return keys->dk_version;
}

uint64_t
pyrt_dict_next_version(void)
{
    return ++last_version.dict;
}

static inline Py_hash_t
str_hash(PyObject *s)
{
    Py_hash_t hash = ((PyASCIIObject *)s)->hash;
    return LIKELY(hash != -1) ? hash : PyObject_Hash(s);
}

static bool
same_key(PyObject *key, PyObject *name, Py_hash_t hash)
{
    if (key == name)
        return true;
    return ((PyASCIIObject *)key)->hash == hash && _PyUnicode_EQ(key, name);
}

/* The probe sequence must stay in step with Objects/dictobject.c. */
Py_ssize_t
pyrt_keys_find(PyDictKeysObject *keys, PyObject *name)
{
    if (!DK_IS_UNICODE(keys))
        return PYRT_KEY_UNKNOWN;
    Py_hash_t hash = str_hash(name);
    PyDictUnicodeEntry *entries = pyrt_keys_entries(keys);
    size_t mask = ((size_t)1 << keys->dk_log2_size) - 1;
    size_t perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        Py_ssize_t ix = pyrt_keys_index(keys, i);
        if (ix >= 0 && same_key(entries[ix].me_key, name, hash))
            return ix;
        if (ix == DKIX_EMPTY)
            return PYRT_KEY_ABSENT;
        perturb >>= 5;
        i = mask & (i * 5 + perturb + 1);
    }
}

static bool is_quiet_key(PyObject *o, int depth);

/* As is_quiet_key(), of what tuples mostly hold without a call. */
static inline bool
is_quiet_item(PyObject *o, int depth)
{
    return PyLong_CheckExact(o) || PyUnicode_CheckExact(o) || is_quiet_key(o, depth);
}

static bool
is_quiet_tuple(PyObject *o, int depth)
{
    Py_ssize_t n = PyTuple_GET_SIZE(o);
    bool quiet = n <= QUIET_KEY_ITEMS && depth > 0;
    for (Py_ssize_t i = 0; quiet && i < n; i++)
        quiet = is_quiet_item(PyTuple_GET_ITEM(o, i), depth - 1);
    return quiet;
}

/* Can it be hashed, and compared with another such object, without any code of the program?  Plain
 * objects, tuples of such, and what is equal to itself only. */
static bool
is_quiet_key(PyObject *o, int depth)
{
    if (PyTuple_CheckExact(o))
        return is_quiet_tuple(o, depth);
    if (pyrt_is_plain(o)) /* comparing bytes with str may warn */
        return !PyBytes_CheckExact(o) || !Py_BytesWarningFlag;
    return Py_TYPE(o)->tp_hash == PyBaseObject_Type.tp_hash &&
           Py_TYPE(o)->tp_richcompare == PyBaseObject_Type.tp_richcompare;
}

/* Are two keys equal?  -1: only the two of them know. */
static inline int
same_quickly(PyObject *a, PyObject *b)
{
    if (a == b)
        return 1;
    if (PyLong_CheckExact(a) && PyLong_CheckExact(b) && pyrt_is_digit(a) && pyrt_is_digit(b))
        return pyrt_digit(a) == pyrt_digit(b);
    if (PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b))
        return _PyUnicode_EQ(a, b);
    return -1;
}

static int
same_tuple(PyObject *a, PyObject *b)
{
    if (PyTuple_GET_SIZE(a) != PyTuple_GET_SIZE(b))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a); i++) {
        int same = same_quickly(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i));
        if (same <= 0)
            return same;
    }
    return 1;
}

/* Is key, whose hash is hash and which is quiet, an entry's key?  -1: only the two of them know. */
static int
is_key(PyObject *key, PyObject *entry, Py_hash_t hash, Py_hash_t entry_hash)
{
    if (key == entry)
        return 1;
    if (hash != entry_hash)
        return 0;
    int same = PyTuple_CheckExact(key) && PyTuple_CheckExact(entry) ? same_tuple(key, entry)
                                                                    : same_quickly(key, entry);
    if (LIKELY(same >= 0))
        return same;
    return is_quiet_key(entry, QUIET_KEY_DEPTH) ? PyObject_RichCompareBool(entry, key, Py_EQ) : -1;
}

/* False: the key is not quiet. */
static bool
quiet_hash(PyObject *key, Py_hash_t *hash)
{
    if (PyUnicode_CheckExact(key))
        *hash = str_hash(key);
    else if (PyLong_CheckExact(key) && pyrt_is_digit(key))
        *hash = pyrt_digit(key) == -1 ? -2 : pyrt_digit(key);
    else if (is_quiet_key(key, QUIET_KEY_DEPTH))
        *hash = PyObject_Hash(key);
    else
        return false;
    return true;
}

static Py_ssize_t
find_general(PyDictKeysObject *keys, PyObject *key, Py_hash_t hash)
{
    PyDictKeyEntry *entries = (PyDictKeyEntry *)pyrt_keys_entries(keys);
    size_t mask = ((size_t)1 << keys->dk_log2_size) - 1;
    size_t perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        Py_ssize_t ix = pyrt_keys_index(keys, i);
        if (ix >= 0) {
            int is = is_key(key, entries[ix].me_key, hash, entries[ix].me_hash);
            if (is != 0)
                return is > 0 ? ix : PYRT_KEY_UNKNOWN;
        }
        if (ix == DKIX_EMPTY)
            return PYRT_KEY_ABSENT;
        perturb >>= 5;
        i = mask & (i * 5 + perturb + 1);
    }
}

static int
find_hashed(PyDictObject *d, PyObject *key, Py_hash_t hash, PyObject ***at)
{
    PyDictKeysObject *keys = d->ma_keys;
    if (DK_IS_UNICODE(keys)) { /* to which no other kind of quiet key is equal */
        Py_ssize_t ix = PyUnicode_CheckExact(key) ? pyrt_keys_find(keys, key) : PYRT_KEY_ABSENT;
        if (ix < 0)
            return 0;
        *at = d->ma_values ? &d->ma_values->values[ix] : &pyrt_keys_entries(keys)[ix].me_value;
        return **at != NULL;
    }
    Py_ssize_t ix = find_general(keys, key, hash);
    if (ix < 0)
        return ix == PYRT_KEY_ABSENT ? 0 : -1;
    *at = &((PyDictKeyEntry *)pyrt_keys_entries(keys))[ix].me_value;
    return 1;
}

int
pyrt_dict_find(PyObject *dict, PyObject *key, PyObject ***at)
{
    Py_hash_t hash;
    return quiet_hash(key, &hash) ? find_hashed((PyDictObject *)dict, key, hash, at) : -1;
}

bool
pyrt_dict_store(PyObject *dict, PyObject *key, PyObject *value)
{
    PyObject **at;
    Py_hash_t hash;
    if (!quiet_hash(key, &hash))
        return false;
    int found = find_hashed((PyDictObject *)dict, key, hash, &at);
    if (found > 0 && pyrt_is_held(*at)) {
        pyrt_dict_replace(dict, at, value);
        return true;
    }
    if (found != 0)
        return false;
    if (_PyDict_SetItem_KnownHash(dict, key, value, hash) == 0)
        return true;
    PyErr_Clear(); /* no memory: the slow way will see for itself */
    return false;
}

/* The probe sequence must stay in step with Objects/setobject.c, which looks at a few neighbours
 * before it jumps. */
int
pyrt_set_find(PyObject *set, PyObject *key)
{
    PySetObject *s = (PySetObject *)set;
    Py_hash_t hash;
    if (!quiet_hash(key, &hash))
        return -1;
    size_t mask = (size_t)s->mask, perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        setentry *e = &s->table[i];
        size_t probes = i + SET_NEIGHBOURS <= mask ? SET_NEIGHBOURS : 0;
        do {
            if (e->key == NULL && e->hash == 0)
                return 0;
            int is = e->key ? is_key(key, e->key, hash, e->hash) : 0;
            if (is != 0)
                return is;
            e++;
        } while (probes--);
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

bool
pyrt_set_add_quick(PyObject *set, PyObject *key)
{
    if (!PySet_CheckExact(set) || pyrt_set_find(set, key) < 0)
        return false;
    if (PySet_Add(set, key) == 0)
        return true;
    PyErr_Clear();
    return false;
}
