/* Attributes that an object simply keeps: looked at without a reference, and a float or int that
 * only its attribute refers to is overwritten in place. */
#ifndef PYOPT_RT_FIELD_H
#define PYOPT_RT_FIELD_H

#include "rt_attr.h"
#include "rt_release.h"

/* The other entries, then a new one: for objects whose attribute is simply kept somewhere. */
PYRT_SLOW PyObject *pyrt_find_field(PyObject *o, PyObject *name, PyrtAttrCell *c);

/* The attribute, borrowed; NULL without exception where only the interpreter knows.  Runs no code
 * of the program. */
static inline PyObject *
pyrt_load_field(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    PyObject **at = pyrt_field(o, c);
    return LIKELY(at && *at) ? *at : pyrt_find_field(o, name, c);
}

static inline PyObject *
pyrt_load_field_dict(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    PyObject **at = pyrt_dict_field(o, name, c, 0);
    return LIKELY(at && *at) ? *at : pyrt_find_field(o, name, c);
}

static inline PyObject *
pyrt_load_field_named(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    PyObject *v = pyrt_attr_fast_named(o, name, c);
    return LIKELY(v != NULL) ? v : pyrt_find_field(o, name, c);
}

/* A box into its place, when what it displaces can go without anybody noticing.  Takes the box. */
static inline bool
pyrt_put_field(PyObject *o, PyObject **at, PyObject *box)
{
    if (*at)
        return pyrt_replace_quietly(at, box);
    if (UNLIKELY(!box)) {
        PyErr_Clear(); /* pyrt_store_field_..._slow() tries again, and tells */
        return false;
    }
    *at = box;
    pyrt_field_filled(o, at);
    return true;
}

/* True when done. */
static inline bool
pyrt_store_field_float(PyObject *o, PyObject *name, double v, const PyrtAttrCell *c)
{
    (void)name;
    PyObject **at = pyrt_field(o, c);
    return at && (LIKELY(pyrt_reuse_float(*at, v)) || pyrt_put_field(o, at, PyFloat_FromDouble(v)));
}

static inline bool
pyrt_store_field_int(PyObject *o, PyObject *name, int64_t v, const PyrtAttrCell *c)
{
    (void)name;
    PyObject **at = pyrt_field(o, c);
    return at && (LIKELY(pyrt_reuse_int(*at, v)) || pyrt_put_field(o, at, pyrt_int(v)));
}

/* The same into o's dict, whose observers are told that it has another object. */
static inline bool
pyrt_put_dict_field(PyObject *o, PyObject **at, PyObject *box)
{
    if (!pyrt_replace_quietly(at, box))
        return false;
    pyrt_managed_dict(o)->ma_version_tag = pyrt_dict_next_version();
    return true;
}

static inline bool
pyrt_store_field_float_dict(PyObject *o, PyObject *name, double v, const PyrtAttrCell *c)
{
    PyObject **at = pyrt_dict_field(o, name, c, 0);
    if (UNLIKELY(at == NULL || *at == NULL))
        return pyrt_store_field_float(o, name, v, c);
    return LIKELY(pyrt_reuse_float(*at, v)) || pyrt_put_dict_field(o, at, PyFloat_FromDouble(v));
}

static inline bool
pyrt_store_field_int_dict(PyObject *o, PyObject *name, int64_t v, const PyrtAttrCell *c)
{
    PyObject **at = pyrt_dict_field(o, name, c, 0);
    if (UNLIKELY(at == NULL || *at == NULL))
        return pyrt_store_field_int(o, name, v, c);
    return LIKELY(pyrt_reuse_int(*at, v)) || pyrt_put_dict_field(o, at, pyrt_int(v));
}

PYRT_SLOW int pyrt_store_field_float_slow(PyObject *o, PyObject *name, double v, PyrtAttrCell *c);
PYRT_SLOW int pyrt_store_field_int_slow(PyObject *o, PyObject *name, int64_t v, PyrtAttrCell *c);

#endif
