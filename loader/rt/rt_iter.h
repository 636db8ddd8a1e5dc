/* Iteration: FOR_ITER on any iterator, and without an indirect call or a boxed result on CPython's
 * own ones.
 *
 * The structs of the iterators are private to CPython's Objects folder; they are mirrored here and
 * checked on real objects by pyrt_layouts_ok(), which the loader calls before it patches anything.
 *
 * enumerate, zip and dict items recycle one result tuple, and so keep the last items alive until
 * the next step.  The functions below make no tuple but keep the same items alive in the same
 * place. */
#ifndef PYOPT_RT_ITER_H
#define PYOPT_RT_ITER_H

#include "rt_dict.h"

typedef struct PyrtRangeIter { /* Objects/rangeobject.c */
    PyObject_HEAD long index, start, step, len;
} PyrtRangeIter;

typedef struct PyrtSeqIter { /* listiterobject and tupleiterobject */
    PyObject_HEAD Py_ssize_t index;
    PyObject *seq; /* NULL when exhausted */
} PyrtSeqIter;

typedef struct PyrtEnumerate {      /* Objects/enumobject.c */
    PyObject_HEAD Py_ssize_t index; /* PY_SSIZE_T_MAX: counts with the int object in longindex */
    PyObject *it, *result, *longindex, *one;
} PyrtEnumerate;

typedef struct PyrtZip { /* Python/bltinmodule.c */
    PyObject_HEAD Py_ssize_t size;
    PyObject *its, *result;
    int strict;
} PyrtZip;

typedef struct PyrtDictIter {         /* Objects/dictobject.c, for keys, values and items */
    PyObject_HEAD PyDictObject *dict; /* NULL when exhausted */
    Py_ssize_t used, pos;
    PyObject *result;
    Py_ssize_t len;
} PyrtDictIter;

/* Do the structs above fit this interpreter?  Leaves no exception behind. */
PYRT_API bool pyrt_layouts_ok(void);

/* After an iterator's tp_iternext returned NULL: 0 exhausted (a StopIteration is gone), -1 error.
 */
PYRT_SLOW int pyrt_iter_ended(PyThreadState *ts);

/* Puts item (borrowed) into the recycled result tuple of an iterator, whose only owner is that
 * iterator. */
static inline void
pyrt_recycle(PyObject *result, Py_ssize_t i, PyObject *item)
{
    PyObject *old = PyTuple_GET_ITEM(result, i);
    PyTuple_SET_ITEM(result, i, Py_NewRef(item));
    /* The collector stops tracking a tuple that holds only atoms; this one may hold something else
     * now. */
    if (UNLIKELY(!_PyObject_GC_IS_TRACKED(result)))
        PyObject_GC_Track(result);
    Py_DECREF(old);
}

PYRT_API PyObject *pyrt_get_yield_from_iter(PyThreadState *ts, PyObject *o);
/* The same of a generator, or where __iter__ makes one. */
PYRT_API bool pyrt_get_yield_from_iter_quick(PyThreadState *ts, PyObject *o, PyObject **it);

static inline bool
pyrt_is_range_iter(PyObject *o)
{
    return Py_IS_TYPE(o, &PyRangeIter_Type);
}

static inline bool
pyrt_is_list_iter(PyObject *o)
{
    return Py_IS_TYPE(o, &PyListIter_Type);
}

static inline bool
pyrt_is_tuple_iter(PyObject *o)
{
    return Py_IS_TYPE(o, &PyTupleIter_Type);
}

static inline bool
pyrt_is_enumerate(PyObject *o)
{
    return Py_IS_TYPE(o, &PyEnum_Type);
}

/* zip() of two iterables without strict=True. */
static inline bool
pyrt_is_zip2(PyObject *o)
{
    return Py_IS_TYPE(o, &PyZip_Type) && ((PyrtZip *)o)->size == 2 && !((PyrtZip *)o)->strict;
}

static inline bool
pyrt_is_dict_keys_iter(PyObject *o)
{
    return Py_IS_TYPE(o, &PyDictIterKey_Type);
}

static inline bool
pyrt_is_dict_values_iter(PyObject *o)
{
    return Py_IS_TYPE(o, &PyDictIterValue_Type);
}

static inline bool
pyrt_is_dict_items_iter(PyObject *o)
{
    return Py_IS_TYPE(o, &PyDictIterItem_Type);
}

/* FOR_ITER: a new reference; NULL without an exception when exhausted. */
static inline PyObject *
pyrt_iter_next(PyThreadState *ts, PyObject *it)
{
    PyObject *item = Py_TYPE(it)->tp_iternext(it);
    if (item == NULL && ts->curexc_type != NULL)
        pyrt_iter_ended(ts);
    return item;
}

/* The same for CPython's own iterators where nothing can die and nothing is run: *more is 1, 0
 * exhausted, -1 an exception. */
PYRT_API bool pyrt_iter_next_own(PyThreadState *ts, PyObject *it, PyObject **item, int *more);
/* GET_ITER of CPython's own containers. */
PYRT_API bool pyrt_get_iter_quick(PyObject *o, PyObject **it);
static inline PyObject *
pyrt_get_iter(PyObject *o)
{
    return PyObject_GetIter(o);
}

static inline bool
pyrt_range_next(PyObject *it, int64_t *v)
{
    PyrtRangeIter *r = (PyrtRangeIter *)it;
    if (r->index >= r->len)
        return false;
    *v = (int64_t)((uint64_t)r->start + (uint64_t)r->index++ * (uint64_t)r->step);
    return true;
}

/* List and tuple iterators: a new reference; NULL at the end, behind which the caller releases
 * pyrt_seq_end(). */
PYRT_INLINE PyObject *
pyrt_list_step(PyObject *it)
{
    PyrtSeqIter *i = (PyrtSeqIter *)it;
    if (LIKELY(i->seq != NULL && i->index < PyList_GET_SIZE(i->seq)))
        return Py_NewRef(PyList_GET_ITEM(i->seq, i->index++));
    return NULL;
}

PYRT_INLINE PyObject *
pyrt_tuple_step(PyObject *it)
{
    PyrtSeqIter *i = (PyrtSeqIter *)it;
    if (LIKELY(i->seq != NULL && i->index < PyTuple_GET_SIZE(i->seq)))
        return Py_NewRef(PyTuple_GET_ITEM(i->seq, i->index++));
    return NULL;
}

static inline bool
pyrt_iter_next_quick(PyThreadState *ts, PyObject *it, PyObject **item, int *more)
{
    if (pyrt_is_list_iter(it))
        *item = pyrt_list_step(it);
    else if (pyrt_is_tuple_iter(it))
        *item = pyrt_tuple_step(it);
    else
        return pyrt_iter_next_own(ts, it, item, more);
    *more = 1;
    return LIKELY(*item != NULL); /* the last step lets go of the sequence */
}

/* The sequence that an exhausted iterator gives up, or NULL when it has before. */
static inline PyObject *
pyrt_seq_end(PyObject *it)
{
    PyrtSeqIter *i = (PyrtSeqIter *)it;
    PyObject *seq = i->seq;
    i->seq = NULL;
    return seq;
}

static inline PyObject *
pyrt_list_next(PyObject *it)
{
    PyObject *item = pyrt_list_step(it);
    if (UNLIKELY(!item))
        Py_XDECREF(pyrt_seq_end(it));
    return item;
}

static inline PyObject *
pyrt_tuple_next(PyObject *it)
{
    PyObject *item = pyrt_tuple_step(it);
    if (UNLIKELY(!item))
        Py_XDECREF(pyrt_seq_end(it));
    return item;
}

/* tp_iternext, open-coded for the iterators that enumerate and zip mostly stand on. */
static inline PyObject *
pyrt_next_any(PyObject *it)
{
    if (pyrt_is_list_iter(it))
        return pyrt_list_next(it);
    if (pyrt_is_tuple_iter(it))
        return pyrt_tuple_next(it);
    return Py_TYPE(it)->tp_iternext(it);
}

enum { PYRT_NEXT_ERROR = -1, PYRT_NEXT_END = 0, PYRT_NEXT_ITEM = 1, PYRT_NEXT_OTHER = 2 };

static inline int
pyrt_next_failed(void)
{
    PyThreadState *ts = _PyThreadState_GET();
    return ts->curexc_type == NULL ? PYRT_NEXT_END : pyrt_iter_ended(ts);
}

/* An exact enumerate: *item is a new reference.  PYRT_NEXT_OTHER: the counter does not fit, nothing
 * has happened, use pyrt_iter_next. */
static inline int
pyrt_enumerate_next(PyObject *it, int64_t *index, PyObject **item)
{
    PyrtEnumerate *e = (PyrtEnumerate *)it;
    if (UNLIKELY(e->index == PY_SSIZE_T_MAX))
        return PYRT_NEXT_OTHER;
    PyObject *v = pyrt_next_any(e->it);
    if (UNLIKELY(v == NULL))
        return pyrt_next_failed();
    *index = e->index++;
    *item = v;
    if (Py_REFCNT(e->result) == 1)
        pyrt_recycle(e->result, 1, v);
    return PYRT_NEXT_ITEM;
}

/* The same where nothing can die and nothing is run. */
static inline bool
pyrt_enumerate_quick(PyThreadState *ts, PyObject *it, int64_t *index, PyObject **item, int *more)
{
    PyrtEnumerate *e = (PyrtEnumerate *)it;
    PyObject *last = Py_REFCNT(e->result) == 1 ? PyTuple_GET_ITEM(e->result, 1) : NULL;
    if (UNLIKELY(last && Py_REFCNT(last) == 1 && !pyrt_is_plain(last)))
        return false;
    if (UNLIKELY(!pyrt_iter_next_quick(ts, e->it, item, more)))
        return false;
    if (LIKELY(*more > 0)) {
        *index = e->index++;
        if (last)
            pyrt_recycle(e->result, 1, *item);
    }
    return true;
}

/* A zip for which pyrt_is_zip2 holds: two new references. */
static inline int
pyrt_zip_next(PyObject *it, PyObject **a, PyObject **b)
{
    PyrtZip *z = (PyrtZip *)it;
    PyObject *ia = PyTuple_GET_ITEM(z->its, 0), *ib = PyTuple_GET_ITEM(z->its, 1);
    PyObject *keep = Py_REFCNT(z->result) == 1 ? Py_NewRef(z->result) : NULL;
    PyObject *va = pyrt_next_any(ia), *vb = NULL;
    if (LIKELY(va != NULL)) {
        if (keep)
            pyrt_recycle(keep, 0, va);
        vb = pyrt_next_any(ib);
        if (LIKELY(vb != NULL) && keep)
            pyrt_recycle(keep, 1, vb);
    }
    Py_XDECREF(keep);
    if (UNLIKELY(vb == NULL)) {
        Py_XDECREF(va);
        return pyrt_next_failed();
    }
    *a = va;
    *b = vb;
    return PYRT_NEXT_ITEM;
}

/* A result tuple that its iterator uses again, if it is, lets go of what it held. */
static inline bool
pyrt_pair_held(PyObject *result)
{
    return Py_REFCNT(result) > 1 ||
           (pyrt_is_held(PyTuple_GET_ITEM(result, 0)) && pyrt_is_held(PyTuple_GET_ITEM(result, 1)));
}

/* Can a list or tuple iterator step without letting go of its sequence? */
static inline bool
pyrt_seq_has_more(PyObject *it)
{
    PyrtSeqIter *i = (PyrtSeqIter *)it;
    return (pyrt_is_list_iter(it) || pyrt_is_tuple_iter(it)) && i->seq &&
           i->index < Py_SIZE(i->seq);
}

static inline PyObject *
pyrt_seq_step(PyObject *it)
{
    return pyrt_is_list_iter(it) ? pyrt_list_step(it) : pyrt_tuple_step(it);
}

static inline bool
pyrt_range_has_more(PyObject *it)
{
    return pyrt_is_range_iter(it) && ((PyrtRangeIter *)it)->index < ((PyrtRangeIter *)it)->len;
}

/* pyrt_zip_next() of lists, tuples and ranges where nothing can die and nothing is run. */
static inline bool
pyrt_zip_quick(PyObject *it, PyObject **a, PyObject **b, int *more)
{
    PyrtZip *z = (PyrtZip *)it;
    PyObject *ia = PyTuple_GET_ITEM(z->its, 0), *ib = PyTuple_GET_ITEM(z->its, 1);
    bool range = pyrt_range_has_more(ib);
    int64_t v;
    if (UNLIKELY(!pyrt_seq_has_more(ia) || !(range || pyrt_seq_has_more(ib)) ||
                 !pyrt_pair_held(z->result)))
        return false;
    *b = range ? (pyrt_range_next(ib, &v), pyrt_int(v)) : pyrt_seq_step(ib);
    *a = pyrt_seq_step(ia);
    *more = PYRT_NEXT_ITEM;
    if (UNLIKELY(*b == NULL)) {
        Py_DECREF(*a);
        *more = PYRT_NEXT_ERROR;
    } else if (Py_REFCNT(z->result) == 1) {
        pyrt_recycle(z->result, 0, *a);
        pyrt_recycle(z->result, 1, *b);
    }
    return true;
}

/* The next live entry of a combined table, borrowed; false: tp_iternext has to decide. */
static inline bool
pyrt_dict_step(PyrtDictIter *i, PyObject **key, PyObject **value)
{
    PyDictObject *d = i->dict;
    if (UNLIKELY(d == NULL || i->used != d->ma_used || d->ma_values || i->len == 0))
        return false;
    PyDictKeysObject *keys = d->ma_keys;
    Py_ssize_t n = keys->dk_nentries, pos = i->pos;
    if (LIKELY(DK_IS_UNICODE(keys))) {
        PyDictUnicodeEntry *e = pyrt_keys_entries(keys);
        while (pos < n && e[pos].me_value == NULL)
            pos++;
        if (pos >= n)
            return false;
        *key = e[pos].me_key;
        *value = e[pos].me_value;
    } else {
        PyDictKeyEntry *e = (PyDictKeyEntry *)pyrt_keys_entries(keys);
        while (pos < n && e[pos].me_value == NULL)
            pos++;
        if (pos >= n)
            return false;
        *key = e[pos].me_key;
        *value = e[pos].me_value;
    }
    i->pos = pos + 1;
    i->len--;
    return true;
}

/* Dict iterators: PYRT_NEXT_ITEM, _END or _ERROR; new references. */
static inline int
pyrt_dict_key_next(PyObject *it, PyObject **key)
{
    PyObject *k, *v;
    if (LIKELY(pyrt_dict_step((PyrtDictIter *)it, &k, &v)))
        *key = Py_NewRef(k);
    else if ((*key = PyDictIterKey_Type.tp_iternext(it)) == NULL)
        return pyrt_next_failed();
    return PYRT_NEXT_ITEM;
}

static inline int
pyrt_dict_value_next(PyObject *it, PyObject **value)
{
    PyObject *k, *v;
    if (LIKELY(pyrt_dict_step((PyrtDictIter *)it, &k, &v)))
        *value = Py_NewRef(v);
    else if ((*value = PyDictIterValue_Type.tp_iternext(it)) == NULL)
        return pyrt_next_failed();
    return PYRT_NEXT_ITEM;
}

/* Gives its pair to the result tuple that a dict's iterator uses again, if it is. */
static inline void
pyrt_dict_item_keep(PyrtDictIter *i, PyObject *k, PyObject *v)
{
    if (Py_REFCNT(i->result) == 1) {
        PyObject *old_key = PyTuple_GET_ITEM(i->result, 0);
        PyTuple_SET_ITEM(i->result, 0, Py_NewRef(k));
        pyrt_recycle(i->result, 1, v);
        Py_DECREF(old_key);
    }
}

/* pyrt_dict_item_next() where nothing can die and nothing is run. */
static inline bool
pyrt_dict_item_quick(PyObject *it, PyObject **key, PyObject **value, int *more)
{
    PyrtDictIter *i = (PyrtDictIter *)it;
    if (UNLIKELY(!pyrt_pair_held(i->result) || !pyrt_dict_step(i, key, value)))
        return false;
    Py_INCREF(*key);
    Py_INCREF(*value);
    pyrt_dict_item_keep(i, *key, *value);
    *more = PYRT_NEXT_ITEM;
    return true;
}

PYRT_SLOW int pyrt_dict_item_slow(PyObject *it, PyObject **key, PyObject **value);

static inline int
pyrt_dict_item_next(PyObject *it, PyObject **key, PyObject **value)
{
    PyrtDictIter *i = (PyrtDictIter *)it;
    PyObject *k, *v;
    if (UNLIKELY(!pyrt_dict_step(i, &k, &v)))
        return pyrt_dict_item_slow(it, key, value);
    *key = Py_NewRef(k);
    *value = Py_NewRef(v);
    pyrt_dict_item_keep(i, k, v);
    return PYRT_NEXT_ITEM;
}

#endif
