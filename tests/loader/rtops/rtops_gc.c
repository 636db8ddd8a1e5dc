/* The part of the test module that is about the collector. */
#include "rtops_gc.h"

#include "rt_collect.h"

PyObject *
rtops_collect_nothing(PyObject *self, PyObject *noargs)
{
    (void)self, (void)noargs;
    PyThreadState *ts = PyThreadState_Get();
    PyrtCollect fresh = {0}; /* that has not failed yet */
    pyrt_collect_init(&fresh, ts->interp);
    return Py_NewRef(pyrt_collect_nothing(ts, &fresh) ? Py_True : Py_False);
}

/* The answers to so many collections in a row, as a list. */
PyObject *
rtops_collect_often(PyObject *self, PyObject *times)
{
    (void)self;
    PyThreadState *ts = PyThreadState_Get();
    PyrtCollect c = {0};
    pyrt_collect_init(&c, ts->interp);
    Py_ssize_t n = PyLong_AsSsize_t(times);
    PyObject *list = PyList_New(n);
    for (Py_ssize_t i = 0; list && i < n; i++)
        PyList_SET_ITEM(list, i, Py_NewRef(pyrt_collect_nothing(ts, &c) ? Py_True : Py_False));
    return list;
}
