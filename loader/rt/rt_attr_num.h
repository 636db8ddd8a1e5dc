/* Attributes that hold numbers, for code that computes with them unboxed: no reference is taken to
 * look at one, and a float or int that only its attribute refers to is overwritten in place. */
#ifndef PYOPT_RT_ATTR_NUM_H
#define PYOPT_RT_ATTR_NUM_H

#include "rt_attr.h"
#include "rt_num.h"

/* Where entry 0 says that o keeps the attribute; NULL: it does not apply. */
static inline PyObject **
pyrt_attr_place(PyObject *o, const PyrtAttrCell *c)
{
    uint32_t nversion = ~Py_TYPE(o)->tp_version_tag;
    if (LIKELY(nversion == c->nvalues)) {
        PyDictValues *v = pyrt_values(o);
        return LIKELY(v != NULL) ? &v->values[c->index] : NULL;
    }
    return nversion == c->nslot ? (PyObject **)((char *)o + c->index) : NULL;
}

/* The other entries, then a new one: for objects whose attribute is simply kept somewhere. */
PYRT_SLOW PyObject *pyrt_attr_find(PyObject *o, PyObject *name, PyrtAttrCell *c);

/* The attribute, borrowed; NULL without exception where only the interpreter knows.  Runs no code
 * of the program. */
static inline PyObject *
pyrt_attr_peek(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    PyObject **at = pyrt_attr_place(o, c);
    return LIKELY(at && *at) ? *at : pyrt_attr_find(o, name, c);
}

static inline bool
pyrt_attr_float(PyObject *o, PyObject *name, PyrtAttrCell *c, double *v)
{
    PyObject *a = pyrt_attr_peek(o, name, c);
    return LIKELY(a != NULL) && pyrt_unbox_float(a, v);
}

static inline bool
pyrt_attr_int(PyObject *o, PyObject *name, PyrtAttrCell *c, int64_t *v)
{
    PyObject *a = pyrt_attr_peek(o, name, c);
    return LIKELY(a != NULL) && pyrt_unbox_int(a, v);
}

/* A box into its place, when what it displaces can go without anybody noticing.  Takes the box. */
static inline bool
pyrt_attr_put(PyObject *o, PyObject **at, PyObject *box, const PyrtAttrCell *c)
{
    PyObject *old = *at;
    if (UNLIKELY(!box)) {
        PyErr_Clear(); /* pyrt_store_attr_..._slow() tries again, and tells */
        return false;
    }
    *at = box;
    if (old)
        Py_DECREF(old);
    else if (c->nvalues)
        _PyDictValues_AddToInsertionOrder(pyrt_values(o), c->index);
    return true;
}

static inline bool
pyrt_attr_is_quiet(PyObject *old)
{
    return !old || PyFloat_CheckExact(old) || PyLong_CheckExact(old) || old == Py_None;
}

/* True when done. */
static inline bool
pyrt_store_attr_float(PyObject *o, double v, const PyrtAttrCell *c)
{
    PyObject **at = pyrt_attr_place(o, c);
    if (UNLIKELY(!at || !pyrt_attr_is_quiet(*at)))
        return false;
    if (*at && Py_REFCNT(*at) == 1 && PyFloat_CheckExact(*at)) {
        ((PyFloatObject *)*at)->ob_fval = v;
        return true;
    }
    return pyrt_attr_put(o, at, PyFloat_FromDouble(v), c);
}

static inline bool
pyrt_store_attr_int(PyObject *o, int64_t v, const PyrtAttrCell *c)
{
    PyObject **at = pyrt_attr_place(o, c);
    if (UNLIKELY(!at || !pyrt_attr_is_quiet(*at)))
        return false;
    if (LIKELY(*at != NULL))
        return pyrt_slot_set_int(at, v) == 0 || (PyErr_Clear(), false);
    return pyrt_attr_put(o, at, pyrt_int(v), c);
}

PYRT_SLOW int pyrt_store_attr_float_slow(PyObject *o, PyObject *name, double v, PyrtAttrCell *c);
PYRT_SLOW int pyrt_store_attr_int_slow(PyObject *o, PyObject *name, int64_t v, PyrtAttrCell *c);

#endif
