#include "rt_iter.h"

#include "rt_gen.h"

int
pyrt_iter_ended(PyThreadState *ts)
{
    if (ts->curexc_type == NULL)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return -1;
    PyErr_Clear();
    return 0;
}

int
pyrt_dict_item_slow(PyObject *it, PyObject **key, PyObject **value)
{
    PyObject *pair = PyDictIterItem_Type.tp_iternext(it);
    if (pair == NULL)
        return pyrt_next_failed();
    *key = Py_NewRef(PyTuple_GET_ITEM(pair, 0));
    *value = Py_NewRef(PyTuple_GET_ITEM(pair, 1));
    Py_DECREF(pair);
    return PYRT_NEXT_ITEM;
}

/* Would letting go of o be noticed? */
static bool
is_held(PyObject *o)
{
    return o != NULL && Py_REFCNT(o) > 1;
}

/* The iterator of a container that does not die with it, and that lets go of nothing on the way. */
static bool
steps_quietly(PyObject *it)
{
    const PyrtDictIter *d = (const PyrtDictIter *)it;
    PyTypeObject *tp = Py_TYPE(it);
    if (tp == &PyRangeIter_Type || tp == &PyUnicodeIter_Type)
        return true;
    if (tp == &PyDictIterKey_Type || tp == &PyDictIterValue_Type)
        return is_held((PyObject *)d->dict);
    if (tp == &PySetIter_Type) /* the set stands where the dict does */
        return is_held((PyObject *)d->dict);
    return tp == &PyDictIterItem_Type && is_held((PyObject *)d->dict) &&
           (Py_REFCNT(d->result) > 1 ||
            (is_held(PyTuple_GET_ITEM(d->result, 0)) && is_held(PyTuple_GET_ITEM(d->result, 1))));
}

bool
pyrt_iter_next_own(PyThreadState *ts, PyObject *it, PyObject **item, int *more)
{
    if (!steps_quietly(it))
        return false;
    *item = Py_TYPE(it)->tp_iternext(it);
    *more = *item ? 1 : ts->curexc_type ? -1 : 0;
    return true;
}

bool
pyrt_get_iter_quick(PyObject *o, PyObject **it)
{
    PyTypeObject *tp = Py_TYPE(o);
    if (tp != &PyList_Type && tp != &PyTuple_Type && tp != &PyRange_Type && tp != &PyDict_Type &&
        tp != &PySet_Type && tp != &PyUnicode_Type && tp != &PyDictItems_Type &&
        tp != &PyDictKeys_Type && tp != &PyDictValues_Type && tp != &PyEnum_Type &&
        tp != &PyZip_Type)
        return pyrt_gen_iter(_PyThreadState_GET(), o, it);
    *it = tp->tp_iter(o);
    if (*it == NULL)
        PyErr_Clear(); /* the slow path will see for itself */
    return *it != NULL;
}

PyObject *
pyrt_get_yield_from_iter(PyThreadState *ts, PyObject *o)
{
    if (PyCoro_CheckExact(o)) {
        int flags = ts->cframe->current_frame->f_code->co_flags;
        if (!(flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE))) {
            PyErr_SetString(PyExc_TypeError, "cannot 'yield from' a coroutine object "
                                             "in a non-coroutine generator");
            return NULL;
        }
        return Py_NewRef(o);
    }
    return PyGen_CheckExact(o) ? Py_NewRef(o) : PyObject_GetIter(o);
}

bool
pyrt_get_yield_from_iter_quick(PyThreadState *ts, PyObject *o, PyObject **it)
{
    if (!PyGen_CheckExact(o))
        return pyrt_gen_iter(ts, o, it);
    *it = Py_NewRef(o);
    return true;
}

/* The self-check.  Each test makes an object whose fields have known and different values. */

static bool
size_is(PyTypeObject *tp, size_t size)
{
    return tp->tp_basicsize == (Py_ssize_t)size;
}

static bool
range_ok(void)
{
    PyObject *range = PyObject_CallFunction((PyObject *)&PyRange_Type, "iii", 3, 30, 4);
    PyObject *it = range ? PyObject_GetIter(range) : NULL;
    PyrtRangeIter *r = (PyrtRangeIter *)it;
    bool ok = it && size_is(&PyRangeIter_Type, sizeof *r) && pyrt_is_range_iter(it) &&
              r->index == 0 && r->start == 3 && r->step == 4 && r->len == 7;
    Py_XDECREF(range);
    Py_XDECREF(it);
    return ok;
}

static bool
seq_ok(PyObject *seq, PyTypeObject *type)
{
    PyObject *it = PyObject_GetIter(seq);
    PyObject *item = it ? PyIter_Next(it) : NULL;
    PyrtSeqIter *i = (PyrtSeqIter *)it;
    bool ok =
        item && size_is(type, sizeof *i) && Py_IS_TYPE(it, type) && i->index == 1 && i->seq == seq;
    Py_XDECREF(item);
    Py_XDECREF(it);
    return ok;
}

static bool
enumerate_ok(PyObject *list)
{
    PyObject *it = PyObject_CallFunction((PyObject *)&PyEnum_Type, "Oi", list, 5);
    PyrtEnumerate *e = (PyrtEnumerate *)it;
    bool ok = it && size_is(&PyEnum_Type, sizeof *e) && e->index == 5 && pyrt_is_list_iter(e->it) &&
              PyTuple_CheckExact(e->result) && PyTuple_GET_SIZE(e->result) == 2 && !e->longindex;
    Py_XDECREF(it);
    return ok;
}

static bool
zip_ok(PyObject *list, PyObject *tuple)
{
    PyObject *it = PyObject_CallFunction((PyObject *)&PyZip_Type, "OO", list, tuple);
    PyrtZip *z = (PyrtZip *)it;
    bool ok = it && size_is(&PyZip_Type, sizeof *z) && z->size == 2 && PyTuple_CheckExact(z->its) &&
              pyrt_is_list_iter(PyTuple_GET_ITEM(z->its, 0)) &&
              pyrt_is_tuple_iter(PyTuple_GET_ITEM(z->its, 1)) && PyTuple_CheckExact(z->result) &&
              PyTuple_GET_SIZE(z->result) == 2 && z->strict == 0;
    Py_XDECREF(it);
    return ok;
}

static bool
dict_ok(PyTypeObject *type, PyObject *dict, const char *method)
{
    PyObject *view = PyObject_CallMethod(dict, method, NULL);
    PyObject *it = view ? PyObject_GetIter(view) : NULL;
    PyObject *item = it ? PyIter_Next(it) : NULL;
    PyrtDictIter *i = (PyrtDictIter *)it;
    bool ok = item && size_is(type, sizeof *i) && Py_IS_TYPE(it, type) &&
              i->dict == (PyDictObject *)dict && i->used == 3 && i->pos == 1 && i->len == 2;
    if (ok && type == &PyDictIterItem_Type)
        ok = PyTuple_CheckExact(i->result) && PyTuple_GET_SIZE(i->result) == 2;
    Py_XDECREF(item);
    Py_XDECREF(it);
    Py_XDECREF(view);
    return ok;
}

/* A keys table is public enough to have a header, but the way through it is not. */
static bool
keys_ok(PyObject *value)
{
    PyObject *name = pyrt_name("pyrt_second"), *other = pyrt_name("pyrt_third"), **at;
    PyObject *dict = Py_BuildValue("{s:i}", "pyrt_first", 1);
    bool ok = name && other && dict && PyDict_SetItem(dict, name, value) == 0;
    if (ok) {
        PyDictObject *d = (PyDictObject *)dict;
        ok = pyrt_keys_find(d->ma_keys, name) == 1 &&
             pyrt_keys_find(d->ma_keys, other) == PYRT_KEY_ABSENT &&
             (at = pyrt_dict_at(d, 1, name)) != NULL && *at == value &&
             pyrt_dict_at(d, 0, name) == NULL && pyrt_dict_at(d, 2, name) == NULL;
    }
    Py_XDECREF(name);
    Py_XDECREF(other);
    Py_XDECREF(dict);
    return ok;
}

bool
pyrt_layouts_ok(void)
{
    PyObject *list = Py_BuildValue("[iii]", 1, 2, 3), *tuple = Py_BuildValue("(iii)", 1, 2, 3);
    PyObject *dict = Py_BuildValue("{s:i,s:i,s:i}", "a", 1, "b", 2, "c", 3);
    bool ok = list && tuple && dict && range_ok() && seq_ok(list, &PyListIter_Type) &&
              seq_ok(tuple, &PyTupleIter_Type) && enumerate_ok(list) && zip_ok(list, tuple) &&
              dict_ok(&PyDictIterKey_Type, dict, "keys") &&
              dict_ok(&PyDictIterValue_Type, dict, "values") &&
              dict_ok(&PyDictIterItem_Type, dict, "items") && keys_ok(list);
    Py_XDECREF(list);
    Py_XDECREF(tuple);
    Py_XDECREF(dict);
    PyErr_Clear();
    return ok;
}
