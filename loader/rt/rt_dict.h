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
