/* Subscripts and the making of containers.  What is exact list, tuple, dict, str or bytes
 * is done here or in rt_seq.c; what has a Python __getitem__ or __setitem__ is called through the
 * site's cell; everything else goes to PyObject_GetItem and its family. */
#ifndef PYOPT_RT_SEQ_H
#define PYOPT_RT_SEQ_H

#include "rt_array.h"
#include "rt_call.h"
#include "rt_dict.h"
#include "rt_release.h"
#include "rt_slice.h"

/* The Python function that a class has as __getitem__ or __setitem__. */
typedef struct PyrtItemCell {
    uint32_t nversion; /* ~version of the class, 0: nothing known (see rt_attr.h) */
    uint32_t cool;     /* misses to let pass before the next look */
    PyObject *func;    /* borrowed, alive while nversion holds */
    PyrtCallCell call;
} PyrtItemCell;

PYRT_SLOW PyObject *pyrt_get_item(PyObject *o, PyObject *key, PyrtItemCell *c);
PYRT_SLOW int pyrt_set_item(PyObject *o, PyObject *key, PyObject *value, PyrtItemCell *c);
PYRT_SLOW PyObject *pyrt_item_func_slow(PyObject *o, const char *name, PyrtItemCell *c);
PYRT_API PyObject *pyrt_dict_get_item(PyObject *dict, PyObject *key);
PYRT_API int pyrt_contains(PyObject *item, PyObject *container);
/* `item in container` of exact lists, tuples and strings, where no code has to run to know; -1
 * otherwise. */
PYRT_SLOW int pyrt_contains_plain(PyObject *container, PyObject *item);
/* A home gets a tuple of the items, new references all (NULL: there was no memory for one).  0, or
 * -1 with an exception and the home as it was. */
PYRT_SLOW int pyrt_slot_set_tuple(PyObject **slot, size_t n, PyObject *const *items);
PYRT_API int pyrt_list_extend(PyObject *list, PyObject *iterable);
PYRT_API int pyrt_set_update(PyObject *set, PyObject *iterable);
/* 0, or -1 with an exception and nothing in out. */
PYRT_SLOW int pyrt_unpack_slow(PyObject *seq, int n, PyObject **out);
PYRT_API int pyrt_unpack_ex(PyObject *seq, int before, int after, PyObject **out);
PYRT_API PyObject *pyrt_build_set(PyObject *const *args, size_t n);
PYRT_API PyObject *pyrt_build_map(PyObject *const *args, size_t n);
PYRT_API PyObject *pyrt_build_const_key_map(PyObject *const *args, size_t n);
PYRT_API PyObject *pyrt_build_string(PyObject *const *args, size_t n);

/* The Python function that o's class has under name, "__getitem__" or "__setitem__", borrowed for
 * as long as the class does not change; NULL (no exception): none, or not now. */
static inline PyObject *
pyrt_item_func(PyObject *o, const char *name, PyrtItemCell *c)
{
    if (LIKELY(Py_TYPE(o)->tp_version_tag == ~c->nversion))
        return c->func;
    return pyrt_item_func_slow(o, name, c);
}

/* Item i of an exact list or tuple, borrowed; negative counts from the end; NULL (no exception):
 * out of range. */
PYRT_INLINE PyObject *
pyrt_list_item_borrowed(PyObject *list, int64_t i)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (i < 0)
        i += n;
    return LIKELY((uint64_t)i < (uint64_t)n) ? PyList_GET_ITEM(list, i) : NULL;
}

/* Bytes and bytearrays.  False, and nothing changed: out of range. */
PYRT_INLINE bool
pyrt_bytes_item(PyObject *o, int64_t i, int64_t *v)
{
    i += i < 0 ? Py_SIZE(o) : 0;
    if (UNLIKELY((uint64_t)i >= (uint64_t)Py_SIZE(o)))
        return false;
    *v = (unsigned char)PyBytes_AS_STRING(o)[i];
    return true;
}

PYRT_INLINE bool
pyrt_bytearray_item(PyObject *o, int64_t i, int64_t *v)
{
    i += i < 0 ? Py_SIZE(o) : 0;
    if (UNLIKELY((uint64_t)i >= (uint64_t)Py_SIZE(o)))
        return false;
    *v = (unsigned char)((PyByteArrayObject *)o)->ob_start[i];
    return true;
}

PYRT_INLINE bool
pyrt_bytearray_set(PyObject *o, int64_t i, int64_t v)
{
    i += i < 0 ? Py_SIZE(o) : 0;
    if (UNLIKELY((uint64_t)i >= (uint64_t)Py_SIZE(o) || (uint64_t)v > 255))
        return false;
    ((PyByteArrayObject *)o)->ob_start[i] = (char)v;
    return true;
}

/* list[i] = v, in place when the old box is the list's alone.  False, and nothing changed: out of
 * range, the old item's end could be seen, or no memory. */
PYRT_INLINE bool
pyrt_list_set_float(PyObject *list, int64_t i, double v)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (i < 0)
        i += n;
    if (UNLIKELY((uint64_t)i >= (uint64_t)n))
        return false;
    PyObject **slot = &((PyListObject *)list)->ob_item[i];
    return LIKELY(pyrt_reuse_float(*slot, v)) || pyrt_replace_quietly(slot, PyFloat_FromDouble(v));
}

PYRT_INLINE PyObject *
pyrt_tuple_item_borrowed(PyObject *tuple, int64_t i)
{
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    if (i < 0)
        i += n;
    return LIKELY((uint64_t)i < (uint64_t)n) ? PyTuple_GET_ITEM(tuple, i) : NULL;
}

/* Character i of an exact str: a new reference; NULL (no exception): out of range. */
static inline PyObject *
pyrt_str_item(PyObject *s, int64_t i)
{
    if (UNLIKELY(!PyUnicode_IS_READY(s)))
        return NULL;
    Py_ssize_t n = PyUnicode_GET_LENGTH(s);
    if (i < 0)
        i += n;
    if (UNLIKELY((uint64_t)i >= (uint64_t)n))
        return NULL;
    Py_UCS4 ch = PyUnicode_READ_CHAR(s, i);
    if (LIKELY(ch < 128))
        return Py_NewRef((PyObject *)&_Py_SINGLETON(strings).ascii[ch]);
    return PyUnicode_FromOrdinal((int)ch);
}

/* Store into an exact list: value is stolen, the old item is the caller's.  NULL (no exception,
 * nothing stolen): out of range. */
static inline PyObject *
pyrt_list_set_steal(PyObject *list, int64_t i, PyObject *value)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    if (i < 0)
        i += n;
    if (UNLIKELY((uint64_t)i >= (uint64_t)n))
        return NULL;
    PyObject *old = PyList_GET_ITEM(list, i);
    PyList_SET_ITEM(list, i, value);
    return old;
}

static inline int
pyrt_list_append(PyObject *list, PyObject *item)
{
    PyListObject *l = (PyListObject *)list;
    Py_ssize_t n = Py_SIZE(l);
    if (UNLIKELY(n >= l->allocated))
        return PyList_Append(list, item);
    l->ob_item[n] = Py_NewRef(item);
    Py_SET_SIZE(l, n + 1);
    return 0;
}

/* The hot paths of BINARY_SUBSCR, STORE_SUBSCR and CONTAINS_OP; see rt_ops.h. */
static inline bool
pyrt_get_item_quick(PyObject *o, PyObject *key, PyrtItemCell *c, PyObject **result)
{
    (void)c;
    PyObject *v = NULL, **at;
    if (pyrt_loads_as_dict(o)) {
        at = PyUnicode_CheckExact(key) ? pyrt_dict_str_place(o, key) : NULL;
        if (LIKELY(at != NULL) || pyrt_dict_find(o, key, &at) > 0)
            v = *at;
    } else if (PyLong_CheckExact(key) && pyrt_is_digit(key)) {
        if (PyList_CheckExact(o))
            v = pyrt_list_item_borrowed(o, pyrt_digit(key));
        else if (PyTuple_CheckExact(o))
            v = pyrt_tuple_item_borrowed(o, pyrt_digit(key));
        else if (pyrt_is_array(o))
            return pyrt_array_get_item(o, pyrt_digit(key), result);
    }
    *result = Py_XNewRef(v);
    return v != NULL;
}

static inline bool
pyrt_set_item_quick(PyObject *o, PyObject *key, PyObject *value, PyrtItemCell *c)
{
    (void)c;
    if (PyList_CheckExact(o) && PyLong_CheckExact(key) && pyrt_is_digit(key)) {
        PyObject *old = pyrt_list_item_borrowed(o, pyrt_digit(key));
        if (UNLIKELY(old == NULL || !pyrt_is_plain(old)))
            return false;
        pyrt_list_set_steal(o, pyrt_digit(key), Py_NewRef(value));
        Py_DECREF(old);
        return true;
    }
    if (UNLIKELY(!pyrt_stores_as_dict(o)))
        return pyrt_is_array(o) && PyLong_CheckExact(key) && pyrt_is_digit(key) &&
               pyrt_array_set_item(o, pyrt_digit(key), value);
    PyObject **at = PyUnicode_CheckExact(key) ? pyrt_dict_str_place(o, key) : NULL;
    if (!at || !pyrt_is_held(*at))
        return pyrt_dict_store(o, key, value);
    pyrt_dict_replace(o, at, value);
    return true;
}

static inline bool
pyrt_contains_quick(PyObject *item, PyObject *container, int *result)
{
    PyObject **at;
    if (PyDict_CheckExact(container))
        *result = pyrt_dict_find(container, item, &at);
    else if (PyAnySet_CheckExact(container))
        *result = pyrt_set_find(container, item);
    else
        *result = pyrt_contains_plain(container, item);
    return *result >= 0;
}

/* UNPACK_SEQUENCE of an exact tuple or list of n: new references, out[0] is the first item. */
static inline bool
pyrt_unpack_quick(PyObject *seq, int n, PyObject **out)
{
    PyObject **items;
    if (LIKELY(PyTuple_CheckExact(seq) && PyTuple_GET_SIZE(seq) == n))
        items = ((PyTupleObject *)seq)->ob_item;
    else if (PyList_CheckExact(seq) && PyList_GET_SIZE(seq) == n)
        items = ((PyListObject *)seq)->ob_item;
    else
        return false;
    for (int i = 0; i < n; i++)
        out[i] = Py_NewRef(items[i]);
    return true;
}

static inline PyObject *
pyrt_build_tuple(PyObject *const *args, size_t n)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)n);
    if (UNLIKELY(tuple == NULL))
        return NULL;
    for (size_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
    return tuple;
}

static inline PyObject *
pyrt_build_list(PyObject *const *args, size_t n)
{
    PyObject *list = PyList_New((Py_ssize_t)n);
    if (UNLIKELY(list == NULL))
        return NULL;
    for (size_t i = 0; i < n; i++)
        PyList_SET_ITEM(list, i, Py_NewRef(args[i]));
    return list;
}

#endif
