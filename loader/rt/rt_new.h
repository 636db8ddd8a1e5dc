/* Making instances of the program's classes where __init__ is inlined.
 *
 * type(args...) is, for a class with object's __new__ and a Python __init__: allocate, which may
 * first collect garbage, then call __init__.  Generated code does it in three steps: pyrt_gc_poll()
 * when a collection is due, pyrt_is_class() on what is called, pyrt_new_instance().  The collection
 * comes first because it can run anything, and the class is looked at afterwards, so that nothing
 * needs to be undone when it has changed. */
#ifndef PYOPT_RT_NEW_H
#define PYOPT_RT_NEW_H

#include "rt_inline.h"

/* Starts zeroed. */
typedef struct PyrtClassCell {
    PyTypeObject *type;     /* borrowed, as init: both live while version holds */
    PyFunctionObject *init; /* what the type has as __init__ */
    uint32_t version;       /* the type's, never 0 with a type */
} PyrtClassCell;

/* Collects garbage as the next allocation would, and leaves the count of allocations such that it
 * will not.  -1: no memory. */
PYRT_SLOW int pyrt_gc_poll(PyThreadState *ts);
/* The Python __init__ that a call of type runs on what object.__new__ has made, or NULL where a
 * call is more than that.  Borrowed, alive and true while the type's version, which is not 0,
 * holds. */
PyFunctionObject *pyrt_class_init(PyTypeObject *type);
/* Makes the cell know the class o. */
PYRT_SLOW bool pyrt_bind_class(PyObject *o, PyrtClassCell *c);
/* What object.__new__ makes of a class that pyrt_is_class() has accepted, with no collection. */
PYRT_SLOW PyObject *pyrt_new_instance(PyThreadState *ts, PyObject *type);

/* Is calling o: allocation, then a call of the __init__ that was inlined?  The metaclass is looked
 * at each time, because changing it does not change the class's version. */
static inline bool
pyrt_is_class(PyObject *o, PyrtClassCell *c, PyrtDep *dep, const PyoptUnit *u, unsigned n)
{
    bool known = o == (PyObject *)c->type && c->type->tp_version_tag == c->version;
    return (LIKELY(known) || pyrt_bind_class(o, c)) &&
           LIKELY(Py_TYPE(o)->tp_call == PyType_Type.tp_call) &&
           pyrt_is_code((PyObject *)c->init, dep, u, n);
}

#endif
