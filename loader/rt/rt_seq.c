#include "rt_seq.h"

#include "rt_ops.h"

PyObject *
pyrt_dict_get_item(PyObject *dict, PyObject *key)
{
    PyObject *v = PyDict_GetItemWithError(dict, key);
    if (v != NULL)
        return Py_NewRef(v);
    if (!PyErr_Occurred())
        _PyErr_SetKeyError(key);
    return NULL;
}

/* The Python function that type uses for its subscript slot, or NULL.  An inherited function
 * counts, as long as the slot is the one that classes made by a class statement have. */
static PyObject *
item_method(PyTypeObject *tp, PyrtItemCell *c, const char *text)
{
    if (LIKELY(tp->tp_version_tag == ~c->nversion))
        return c->func;
    if (c->cool > 0) {
        c->cool--;
        return NULL;
    }
    c->cool = 30;
    if (!(tp->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return NULL;
    PyObject *name = pyrt_name(text);
    if (name == NULL) {
        PyErr_Clear();
        return NULL;
    }
    PyObject *func = _PyType_Lookup(tp, name);
    Py_DECREF(name);
    if (func == NULL || !PyFunction_Check(func) || tp->tp_version_tag == 0)
        return NULL;
    c->nversion = ~tp->tp_version_tag;
    c->func = func;
    c->cool = 0;
    return func;
}

int
pyrt_slot_set_tuple(PyObject **slot, size_t n, PyObject *const *items)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)n), *old = *slot;
    bool ok = tuple != NULL;
    for (size_t i = 0; i < n; i++) {
        ok &= items[i] != NULL;
        if (tuple)
            PyTuple_SET_ITEM(tuple, i, items[i]);
        else
            Py_XDECREF(items[i]);
    }
    if (!ok) {
        Py_XDECREF(tuple);
        return -1;
    }
    *slot = tuple;
    Py_XDECREF(old);
    return 0;
}

PyObject *
pyrt_item_func_slow(PyObject *o, const char *name, PyrtItemCell *c)
{
    return item_method(Py_TYPE(o), c, name);
}

PyObject *
pyrt_get_item(PyObject *o, PyObject *key, PyrtItemCell *c)
{
    if (PyDict_CheckExact(o))
        return pyrt_dict_get_item(o, key);
    Py_ssize_t i;
    if (PyUnicode_CheckExact(o) && PyLong_CheckExact(key) && pyrt_index_value(key, &i)) {
        PyObject *ch = pyrt_str_item(o, i);
        if (ch != NULL)
            return ch;
    }
    PyObject *func = item_method(Py_TYPE(o), c, "__getitem__");
    if (func == NULL)
        return PyObject_GetItem(o, key);
    PyObject *args[] = {func, o, key};
    return pyrt_call_keeping(_PyThreadState_GET(), args, 3, &c->call);
}

int
pyrt_set_item(PyObject *o, PyObject *key, PyObject *value, PyrtItemCell *c)
{
    if (PyDict_CheckExact(o)) {
        PyObject **at = PyUnicode_CheckExact(key) ? pyrt_dict_str_place(o, key) : NULL;
        if (at == NULL && pyrt_dict_find(o, key, &at) <= 0)
            return PyDict_SetItem(o, key, value);
        pyrt_dict_replace(o, at, value);
        return 0;
    }
    if (PyList_CheckExact(o))
        return PyObject_SetItem(o, key, value);
    PyObject *func = item_method(Py_TYPE(o), c, "__setitem__");
    if (func == NULL)
        return PyObject_SetItem(o, key, value);
    PyObject *args[] = {func, o, key, value};
    PyObject *none = pyrt_call_keeping(_PyThreadState_GET(), args, 4, &c->call);
    if (none == NULL)
        return -1;
    Py_DECREF(none);
    return 0;
}

/* `item in list`, without a call per element while both are str or small ints. */
static int
list_contains(PyObject *list, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *v = PyList_GET_ITEM(list, i);
        int equal = pyrt_equal_quick(v, item);
        if (equal < 0) {
            Py_INCREF(v);
            equal = PyObject_RichCompareBool(v, item, Py_EQ);
            Py_DECREF(v);
        }
        if (equal)
            return equal;
    }
    return 0;
}

static int
tuple_contains(PyObject *tuple, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        PyObject *v = PyTuple_GET_ITEM(tuple, i);
        int equal = pyrt_equal_quick(v, item);
        if (equal < 0)
            equal = PyObject_RichCompareBool(v, item, Py_EQ);
        if (equal)
            return equal;
    }
    return 0;
}

int
pyrt_contains_plain(PyObject *container, PyObject *item)
{
    if (PyUnicode_CheckExact(container) && PyUnicode_CheckExact(item))
        return PyUnicode_Contains(container, item);
    bool list = PyList_CheckExact(container);
    if (!list && !PyTuple_CheckExact(container))
        return -1;
    PyObject **items =
        list ? ((PyListObject *)container)->ob_item : ((PyTupleObject *)container)->ob_item;
    for (Py_ssize_t i = 0; i < Py_SIZE(container); i++) {
        int equal = items[i] == item ? 1 : pyrt_compare_known(items[i], item, Py_EQ);
        if (equal != 0)
            return equal;
    }
    return 0;
}

int
pyrt_contains(PyObject *item, PyObject *container)
{
    if (PyDict_CheckExact(container))
        return PyDict_Contains(container, item);
    if (PyTuple_CheckExact(container))
        return tuple_contains(container, item);
    if (PyList_CheckExact(container))
        return list_contains(container, item);
    return PySequence_Contains(container, item);
}

int
pyrt_list_extend(PyObject *list, PyObject *iterable)
{
    PyObject *none = _PyList_Extend((PyListObject *)list, iterable);
    if (none != NULL) {
        Py_DECREF(none);
        return 0;
    }
    if (PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(iterable)->tp_iter == NULL &&
        !PySequence_Check(iterable)) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "Value after * must be an iterable, not %.200s",
                     Py_TYPE(iterable)->tp_name);
    }
    return -1;
}

int
pyrt_set_update(PyObject *set, PyObject *iterable)
{
    return _PySet_Update(set, iterable) < 0 ? -1 : 0;
}

static PyObject *
unpack_iter(PyObject *seq)
{
    PyObject *it = PyObject_GetIter(seq);
    if (it == NULL && PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(seq)->tp_iter == NULL &&
        !PySequence_Check(seq))
        PyErr_Format(PyExc_TypeError, "cannot unpack non-iterable %.200s object",
                     Py_TYPE(seq)->tp_name);
    return it;
}

static int
drop(PyObject **out, int n)
{
    while (n-- > 0)
        Py_CLEAR(out[n]);
    return -1;
}

/* The first n items; how many there were. */
static int
take(PyObject *it, int n, PyObject **out)
{
    int i = 0;
    while (i < n && (out[i] = PyIter_Next(it)) != NULL)
        i++;
    return i;
}

int
pyrt_unpack_slow(PyObject *seq, int n, PyObject **out)
{
    PyObject *it = unpack_iter(seq);
    if (it == NULL)
        return -1;
    int got = take(it, n, out);
    bool ok = false;
    if (got == n) {
        PyObject *more = PyIter_Next(it);
        ok = more == NULL && !PyErr_Occurred();
        if (more != NULL) {
            Py_DECREF(more);
            PyErr_Format(PyExc_ValueError, "too many values to unpack (expected %d)", n);
        }
    } else if (!PyErr_Occurred()) {
        PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected %d, got %d)", n, got);
    }
    if (!ok)
        drop(out, got);
    Py_DECREF(it);
    return ok ? 0 : -1;
}

/* UNPACK_EX: out[0..before-1], then the list, then `after` items. */
int
pyrt_unpack_ex(PyObject *seq, int before, int after, PyObject **out)
{
    PyObject *it = unpack_iter(seq), *rest = NULL;
    if (it == NULL)
        return -1;
    int got = take(it, before, out);
    if (got < before && !PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %d, got %d)",
                     before + after, got);
    else if (got == before)
        rest = PySequence_List(it);
    Py_ssize_t n = rest ? PyList_GET_SIZE(rest) : 0;
    if (rest != NULL && n < after) {
        PyErr_Format(PyExc_ValueError,
                     "not enough values to unpack (expected at least %d, got %zd)", before + after,
                     before + n);
        Py_CLEAR(rest);
    }
    if (rest != NULL) {
        out[before] = rest;
        for (int i = 0; i < after; i++) /* the references move */
            out[before + 1 + i] = PyList_GET_ITEM(rest, n - after + i);
        Py_SET_SIZE(rest, n - after);
    } else {
        drop(out, got);
    }
    Py_DECREF(it);
    return rest != NULL ? 0 : -1;
}

PyObject *
pyrt_build_set(PyObject *const *args, size_t n)
{
    PyObject *set = PySet_New(NULL);
    for (size_t i = 0; set != NULL && i < n; i++)
        if (PySet_Add(set, args[i]) < 0)
            Py_CLEAR(set);
    return set;
}

/* A dict of n items, with the kind of table that CPython's BUILD_MAP gives it: one for str keys
 * (which grows to the same size by itself) or a general one. */
static PyObject *
build_dict(PyObject *const *keys, PyObject *const *values, size_t stride, size_t n)
{
    bool all_str = true;
    for (size_t i = 0; i < n && all_str; i++)
        all_str = PyUnicode_CheckExact(keys[i * stride]);
    PyObject *dict = all_str ? PyDict_New() : _PyDict_NewPresized((Py_ssize_t)n);
    for (size_t i = 0; dict != NULL && i < n; i++)
        if (PyDict_SetItem(dict, keys[i * stride], values[i * stride]) < 0)
            Py_CLEAR(dict);
    return dict;
}

PyObject *
pyrt_build_map(PyObject *const *args, size_t n)
{
    return build_dict(args, args + 1, 2, n / 2);
}

PyObject *
pyrt_build_const_key_map(PyObject *const *args, size_t n)
{
    PyObject *keys = args[n - 1];
    if (!PyTuple_CheckExact(keys) || PyTuple_GET_SIZE(keys) != (Py_ssize_t)n - 1) {
        PyErr_SetString(PyExc_SystemError, "bad BUILD_CONST_KEY_MAP keys argument");
        return NULL;
    }
    return build_dict(((PyTupleObject *)keys)->ob_item, args, 1, n - 1);
}

PyObject *
pyrt_build_string(PyObject *const *args, size_t n)
{
    PyObject *empty = PyUnicode_New(0, 0);
    if (empty == NULL)
        return NULL;
    PyObject *s = _PyUnicode_JoinArray(empty, args, (Py_ssize_t)n);
    Py_DECREF(empty);
    return s;
}
