/* The with statement's entry, and the two type tests of match. */
#ifndef PYOPT_RT_WITH_H
#define PYOPT_RT_WITH_H

#include "rt_base.h"

/* What __enter__ returned (NULL on error); *first becomes the bound __exit__. */
PYRT_API PyObject *pyrt_before_with(PyThreadState *ts, PyObject *manager, PyObject **first);

static inline int
pyrt_match_mapping(PyObject *o)
{
    return (Py_TYPE(o)->tp_flags & Py_TPFLAGS_MAPPING) != 0;
}

static inline int
pyrt_match_sequence(PyObject *o)
{
    return (Py_TYPE(o)->tp_flags & Py_TPFLAGS_SEQUENCE) != 0;
}

#endif
