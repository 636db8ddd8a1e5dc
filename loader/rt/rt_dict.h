/* Looking into dicts without calling them: the index of a name in a keys table, the version of a
 * keys table, the value behind an index.  CPython has all of this in Objects/dictobject.c, but
 * exports none of it.
 *
 * A keys table's dk_version is 0 until somebody asks for it, and becomes 0 again with every change
 * of the set of keys (not of the values); equal non-zero versions mean equal keys at equal indices.
 */
#ifndef PYOPT_RT_DICT_H
#define PYOPT_RT_DICT_H

#include "rt_base.h"

enum { PYRT_KEY_ABSENT = -1, PYRT_KEY_UNKNOWN = -2 };

/* Where name stands in keys; PYRT_KEY_UNKNOWN when keys are not all str, because finding out might
 * then run Python code.  Never sets an exception. */
PYRT_API Py_ssize_t pyrt_keys_find(PyDictKeysObject *keys, PyObject *name);

/* A version for the present state of keys: the interpreter's own where it has one, else one of
 * ours, from a range that it does not reach.  0: no more numbers. */
PYRT_API uint32_t pyrt_keys_version(PyDictKeysObject *keys);

/* A fresh ma_version_tag, different from all others, for values stored behind a dict's back. */
PYRT_API uint64_t pyrt_dict_next_version(void);

static inline PyDictUnicodeEntry *
pyrt_keys_entries(PyDictKeysObject *keys)
{
    return (PyDictUnicodeEntry *)(keys->dk_indices + ((size_t)1 << keys->dk_log2_index_bytes));
}

/* Where the value of entry ix is, from the start of a combined table.  Holds as long as the keys'
 * version does. */
static inline uint32_t
pyrt_keys_value_offset(PyDictKeysObject *keys, Py_ssize_t ix)
{
    return (uint32_t)((char *)&pyrt_keys_entries(keys)[ix].me_value - (char *)keys);
}

/* Index i of the hash table: of an entry, or negative. */
static inline Py_ssize_t
pyrt_keys_index(const PyDictKeysObject *keys, size_t i)
{
    unsigned bits = keys->dk_log2_size;
    if (LIKELY(bits < 8))
        return ((const int8_t *)keys->dk_indices)[i];
    if (LIKELY(bits < 16))
        return ((const int16_t *)keys->dk_indices)[i];
    if (bits < 32)
        return ((const int32_t *)keys->dk_indices)[i];
    return ((const int64_t *)keys->dk_indices)[i];
}

/* Where an exact dict has its value for an exact str, when that is found at the first place that a
 * lookup tries: the usual case.  NULL: look properly.  What it points at is not NULL. */
static inline PyObject **
pyrt_dict_str_place(PyObject *dict, PyObject *key)
{
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    if (UNLIKELY(keys->dk_kind != DICT_KEYS_UNICODE))
        return NULL;
    size_t mask = ((size_t)1 << keys->dk_log2_size) - 1;
    Py_ssize_t ix = pyrt_keys_index(keys, (size_t)((PyASCIIObject *)key)->hash & mask);
    if (UNLIKELY(ix < 0))
        return NULL;
    PyDictUnicodeEntry *e = pyrt_keys_entries(keys) + ix;
    return LIKELY(e->me_key == key) ? &e->me_value : NULL;
}

/* A dict's value for a key, without running any code of the program.  1: *at is its place, never
 * NULL inside; 0: there is none; -1: cannot tell, because the key or some key of the dict would
 * have to be asked for its hash, or whether it is equal. */
PYRT_SLOW int pyrt_dict_find(PyObject *dict, PyObject *key, PyObject ***at);

/* dict[key] = value; false (no exception), and nothing done: some code of the program could run. */
PYRT_SLOW bool pyrt_dict_store(PyObject *dict, PyObject *key, PyObject *value);
/* Is key in an exact set or frozenset?  -1: cannot tell. */
PYRT_SLOW int pyrt_set_find(PyObject *set, PyObject *key);
/* set.add(key), as pyrt_dict_store(). */
PYRT_SLOW bool pyrt_set_add_quick(PyObject *set, PyObject *key);
static inline int
pyrt_set_add(PyObject *set, PyObject *key)
{
    return PySet_Add(set, key);
}

/* Are subscripts (loaded, or stored) of this object those of dict?  Of an exact dict, and of
 * classes like collections.Counter. */
static inline bool
pyrt_loads_as_dict(PyObject *o)
{
    return PyDict_CheckExact(o) || (PyDict_Check(o) && Py_TYPE(o)->tp_as_mapping->mp_subscript ==
                                                           PyDict_Type.tp_as_mapping->mp_subscript);
}

static inline bool
pyrt_stores_as_dict(PyObject *o)
{
    return PyDict_CheckExact(o) ||
           (PyDict_Check(o) && Py_TYPE(o)->tp_as_mapping->mp_ass_subscript ==
                                   PyDict_Type.tp_as_mapping->mp_ass_subscript);
}

/* Put another value into a place that has one, with what PyDict_SetItem does for the dict's
 * observers.  The value before is the caller's to release. */
static inline PyObject *
pyrt_dict_swap(PyObject *dict, PyObject **at, PyObject *value)
{
    PyObject *old = *at;
    *at = Py_NewRef(value);
    if (UNLIKELY(!_PyObject_GC_IS_TRACKED(dict)) && _PyObject_GC_MAY_BE_TRACKED(value))
        PyObject_GC_Track(dict);
    ((PyDictObject *)dict)->ma_version_tag = pyrt_dict_next_version();
    return old;
}

static inline void
pyrt_dict_replace(PyObject *dict, PyObject **at, PyObject *value)
{
    Py_DECREF(pyrt_dict_swap(dict, at, value));
}

/* The place of name's value in dict if it is at index hint, else NULL.  The value itself may be
 * NULL. */
static inline PyObject **
pyrt_dict_at(PyDictObject *dict, size_t hint, PyObject *name)
{
    PyDictKeysObject *keys = dict->ma_keys;
    if (UNLIKELY(hint >= (size_t)keys->dk_nentries || !DK_IS_UNICODE(keys)))
        return NULL;
    PyDictUnicodeEntry *e = pyrt_keys_entries(keys) + hint;
    if (UNLIKELY(e->me_key != name))
        return NULL;
    return dict->ma_values ? &dict->ma_values->values[hint] : &e->me_value;
}

#endif
