#include "rt_dict.h"

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

/* Is key, whose hash is hash, an entry's key?  -1: only the two of them know. */
static int
is_key(PyObject *key, PyObject *entry, Py_hash_t hash, Py_hash_t entry_hash)
{
    if (key == entry)
        return 1;
    if (hash != entry_hash)
        return 0;
    if (PyUnicode_CheckExact(key))
        return PyUnicode_CheckExact(entry) ? _PyUnicode_EQ(key, entry) : -1;
    if (PyLong_CheckExact(entry))
        return pyrt_is_digit(entry) && pyrt_digit(entry) == pyrt_digit(key);
    return -1;
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

int
pyrt_dict_find(PyObject *dict, PyObject *key, PyObject ***at)
{
    PyDictObject *d = (PyDictObject *)dict;
    PyDictKeysObject *keys = d->ma_keys;
    bool is_str = PyUnicode_CheckExact(key);
    Py_hash_t hash;
    if (is_str)
        hash = str_hash(key);
    else if (!PyLong_CheckExact(key) || !pyrt_is_digit(key))
        return -1;
    else
        hash = pyrt_digit(key) == -1 ? -2 : pyrt_digit(key);
    if (DK_IS_UNICODE(keys)) {
        Py_ssize_t ix = is_str ? pyrt_keys_find(keys, key) : PYRT_KEY_ABSENT;
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
