#include "rt_field.h"

PyObject *
pyrt_find_field(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    PyObject *a = pyrt_attr_poly(o, name, c);
    if (a)
        return a;
    pyrt_attr_fill_load(o, name, c);
    return pyrt_attr_poly(o, name, c);
}

static int
store_box(PyObject *o, PyObject *name, PyObject *box, PyrtAttrCell *c)
{
    int status = box ? pyrt_store_attr_slow(o, name, box, c) : -1;
    Py_XDECREF(box);
    return status;
}

int
pyrt_store_field_float_slow(PyObject *o, PyObject *name, double v, PyrtAttrCell *c)
{
    return store_box(o, name, PyFloat_FromDouble(v), c);
}

int
pyrt_store_field_int_slow(PyObject *o, PyObject *name, int64_t v, PyrtAttrCell *c)
{
    return store_box(o, name, pyrt_int(v), c);
}
