#include "rt_slice.h"

#include "rt_ops.h"
#include "rt_seq.h"

/* A slice's bounds as PySlice_Unpack gives them, when each is None or an exact int that fits;
 * false: make a real slice object. */
static bool
bound(PyObject *o, Py_ssize_t none, Py_ssize_t *v)
{
    if (o == NULL || o == Py_None) {
        *v = none;
        return true;
    }
    return PyLong_CheckExact(o) && pyrt_index_value(o, v);
}

static bool
bounds(PyObject *start, PyObject *stop, PyObject *step, Py_ssize_t out[3])
{
    if (!bound(step, 1, &out[2]) || out[2] == 0 || out[2] < -PY_SSIZE_T_MAX)
        return false;
    bool down = out[2] < 0;
    return bound(start, down ? PY_SSIZE_T_MAX : 0, &out[0]) &&
           bound(stop, down ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX, &out[1]);
}

static void
copy_items(PyObject **to, PyObject **from, Py_ssize_t n, Py_ssize_t start, Py_ssize_t step)
{
    from += start;
    for (Py_ssize_t i = 0; i < n; i++, from += step)
        to[i] = Py_NewRef(*from);
}

/* list[start:stop:step] with bounds as PySlice_Unpack gives them. */
PyObject *
pyrt_list_slice(PyObject *list, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    Py_ssize_t n = PySlice_AdjustIndices(size, &start, &stop, step);
    PyListObject *new = (PyListObject *)PyList_New(0);
    if (new == NULL || n <= 0)
        return (PyObject *)new;
    new->ob_item = PyMem_New(PyObject *, n);
    if (new->ob_item == NULL) {
        Py_DECREF(new);
        return PyErr_NoMemory();
    }
    new->allocated = n;
    /* A collection in PyList_New may have run a finalizer that shrank the list. */
    if (LIKELY(PyList_GET_SIZE(list) == size)) {
        copy_items(new->ob_item, ((PyListObject *)list)->ob_item, n, start, step);
        Py_SET_SIZE(new, n);
    }
    return (PyObject *)new;
}

PyObject *
pyrt_tuple_slice(PyObject *tuple, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step)
{
    Py_ssize_t size = PyTuple_GET_SIZE(tuple);
    Py_ssize_t n = PySlice_AdjustIndices(size, &start, &stop, step);
    if (n == size && step == 1)
        return Py_NewRef(tuple);
    PyObject *new = PyTuple_New(n > 0 ? n : 0);
    if (new != NULL && n > 0)
        copy_items(((PyTupleObject *)new)->ob_item, ((PyTupleObject *)tuple)->ob_item, n, start,
                   step);
    return new;
}

PyObject *
pyrt_str_slice(PyObject *s, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step)
{
    if (PyUnicode_READY(s) < 0)
        return NULL;
    Py_ssize_t n = PySlice_AdjustIndices(PyUnicode_GET_LENGTH(s), &start, &stop, step);
    return PyUnicode_Substring(s, start, start + n);
}

bool
pyrt_get_slice_quick(PyObject *o, PyObject *start, PyObject *stop, PyObject *step,
                     PyObject **result)
{
    Py_ssize_t b[3];
    PyObject *v = NULL;
    if (PyList_CheckExact(o) && bounds(start, stop, step, b))
        v = pyrt_list_slice(o, b[0], b[1], b[2]);
    else if (PyTuple_CheckExact(o) && bounds(start, stop, step, b))
        v = pyrt_tuple_slice(o, b[0], b[1], b[2]);
    else if (PyUnicode_CheckExact(o) && bounds(start, stop, step, b) && b[2] == 1)
        v = pyrt_str_slice(o, b[0], b[1], 1);
    else
        return false;
    if (v == NULL)
        PyErr_Clear(); /* the slow path will see for itself */
    *result = v;
    return v != NULL;
}

PyObject *
pyrt_get_slice(PyObject *o, PyObject *start, PyObject *stop, PyObject *step)
{
    PyObject *v;
    if (pyrt_get_slice_quick(o, start, stop, step, &v))
        return v;
    PyObject *slice = PySlice_New(start, stop, step);
    if (slice == NULL)
        return NULL;
    v = PyObject_GetItem(o, slice);
    Py_DECREF(slice);
    return v;
}

/* Replace n items of a list by as many others.  The old ones are released when all is in place,
 * last first, as list_ass_slice does it. */
enum { SwapMax = 64 };

static void
swap_items(PyObject **at, PyObject *const *from, Py_ssize_t n)
{
    PyObject *old[SwapMax];
    memcpy(old, at, (size_t)n * sizeof *at);
    for (Py_ssize_t i = 0; i < n; i++)
        at[i] = Py_NewRef(from[i]);
    while (n-- > 0)
        Py_DECREF(old[n]);
}

int
pyrt_list_set_slice(PyObject *list, Py_ssize_t start, Py_ssize_t stop, PyObject *value)
{
    Py_ssize_t n = PySlice_AdjustIndices(PyList_GET_SIZE(list), &start, &stop, 1);
    if (n > 0 && n <= SwapMax) {
        PyObject **at = ((PyListObject *)list)->ob_item + start;
        if (PyList_CheckExact(value) && PyList_GET_SIZE(value) == n) {
            swap_items(at, ((PyListObject *)value)->ob_item, n);
            return 0;
        }
        if (PyTuple_CheckExact(value) && PyTuple_GET_SIZE(value) == n) {
            swap_items(at, ((PyTupleObject *)value)->ob_item, n);
            return 0;
        }
    }
    return PyList_SetSlice(list, start, stop, value);
}

/* Nobody can tell when o goes, or it stays though all of n items may be o. */
static bool
goes_quietly(PyObject *o, Py_ssize_t n)
{
    return Py_REFCNT(o) > n || PyLong_CheckExact(o) || PyFloat_CheckExact(o) ||
           PyUnicode_CheckExact(o);
}

static void
reverse_items(PyObject **at, Py_ssize_t n)
{
    for (Py_ssize_t i = 0, j = n - 1; i < j; i++, j--) {
        PyObject *item = at[i];
        at[i] = at[j];
        at[j] = item;
    }
}

/* list[start:stop] = list[...] where both name the same items, in the same or the other order, or
 * items of two lists. */
bool
pyrt_list_move(PyObject *to, Py_ssize_t start, Py_ssize_t stop, PyObject *from,
               Py_ssize_t from_start, Py_ssize_t from_stop, Py_ssize_t step)
{
    Py_ssize_t n = PySlice_AdjustIndices(PyList_GET_SIZE(from), &from_start, &from_stop, step);
    if (PySlice_AdjustIndices(PyList_GET_SIZE(to), &start, &stop, 1) != n || n == 0)
        return false;
    PyObject **at = ((PyListObject *)to)->ob_item + start;
    if (to == from) {
        bool same = step == 1 && from_start == start;
        if (step == -1 && from_start == start + n - 1)
            reverse_items(at, n);
        else
            return same;
        return true;
    }
    if (n > SwapMax)
        return false;
    PyObject *items[SwapMax], **source = ((PyListObject *)from)->ob_item;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!goes_quietly(at[i], n))
            return false;
        items[i] = source[from_start + i * step];
    }
    swap_items(at, items, n);
    return true;
}

int
pyrt_list_move_slow(PyObject *to, Py_ssize_t start, Py_ssize_t stop, PyObject *from,
                    Py_ssize_t from_start, Py_ssize_t from_stop, Py_ssize_t step)
{
    PyObject *items = pyrt_list_slice(from, from_start, from_stop, step);
    if (items == NULL)
        return -1;
    int status = pyrt_list_set_slice(to, start, stop, items);
    Py_DECREF(items);
    return status;
}

int
pyrt_set_slice(PyObject *o, PyObject *start, PyObject *stop, PyObject *step, PyObject *value)
{
    Py_ssize_t b[3];
    if (PyList_CheckExact(o) && bounds(start, stop, step, b) && b[2] == 1)
        return pyrt_list_set_slice(o, b[0], b[1], value);
    PyObject *slice = PySlice_New(start, stop, step);
    if (slice == NULL)
        return -1;
    int status = PyObject_SetItem(o, slice, value);
    Py_DECREF(slice);
    return status;
}
