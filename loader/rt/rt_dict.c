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
    Py_hash_t hash = ((PyASCIIObject *)name)->hash;
    if (hash == -1)
        hash = PyObject_Hash(name);
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
