/* Methods of the test module that are in rtops_gc.c. */
#ifndef PYOPT_RTOPS_GC_H
#define PYOPT_RTOPS_GC_H

#include "rt_base.h"

PyObject *rtops_collect_nothing(PyObject *self, PyObject *noargs);
PyObject *rtops_collect_often(PyObject *self, PyObject *times);

#endif
