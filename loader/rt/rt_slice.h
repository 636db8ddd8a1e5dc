/* Slices, read and assigned.  Those of exact list, tuple, str and bytes are made here, without a
 * slice object; everything else goes to PyObject_GetItem and its family. */
#ifndef PYOPT_RT_SLICE_H
#define PYOPT_RT_SLICE_H

#include "rt_base.h"

PYRT_API bool pyrt_get_slice_quick(PyObject *o, PyObject *start, PyObject *stop, PyObject *step,
                                   PyObject **result);
PYRT_API PyObject *pyrt_get_slice(PyObject *o, PyObject *start, PyObject *stop, PyObject *step);
PYRT_API int pyrt_set_slice(PyObject *o, PyObject *start, PyObject *stop, PyObject *step,
                            PyObject *value);
PYRT_API PyObject *pyrt_list_slice(PyObject *list, Py_ssize_t start, Py_ssize_t stop,
                                   Py_ssize_t step);
PYRT_API PyObject *pyrt_tuple_slice(PyObject *tuple, Py_ssize_t start, Py_ssize_t stop,
                                    Py_ssize_t step);
PYRT_API PyObject *pyrt_str_slice(PyObject *s, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step);
PYRT_API int pyrt_list_set_slice(PyObject *list, Py_ssize_t start, Py_ssize_t stop,
                                 PyObject *value);
/* to[start:stop] = from[from_start:from_stop:step].  False: not done, and nothing has changed. */
PYRT_API bool pyrt_list_move(PyObject *to, Py_ssize_t start, Py_ssize_t stop, PyObject *from,
                             Py_ssize_t from_start, Py_ssize_t from_stop, Py_ssize_t step);
PYRT_SLOW int pyrt_list_move_slow(PyObject *to, Py_ssize_t start, Py_ssize_t stop, PyObject *from,
                                  Py_ssize_t from_start, Py_ssize_t from_stop, Py_ssize_t step);

static inline PyObject *
pyrt_build_slice(PyObject *start, PyObject *stop, PyObject *step)
{
    return PySlice_New(start, stop, step);
}

#endif
