#include "rt_array.h"

#include "rt_num.h"

#include <string.h>

PyTypeObject *pyrt_array_type;

bool
pyrt_find_array_type(PyTypeObject *tp)
{
    enum { Heap = Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_IMMUTABLETYPE };
    if (pyrt_array_type || (tp->tp_flags & Heap) != Heap || strcmp(tp->tp_name, "array.array") ||
        tp->tp_basicsize != sizeof(PyrtArray) || tp->tp_itemsize)
        return false;
    PyObject *module = ((PyHeapTypeObject *)tp)->ht_module;
    const PyModuleDef *def = module ? PyModule_GetDef(module) : NULL;
    if (!def || strcmp(def->m_name, "array"))
        return false;
    pyrt_array_type = (PyTypeObject *)Py_NewRef(tp);
    return true;
}

bool
pyrt_array_get_item(PyObject *o, int64_t i, PyObject **result)
{
    double d;
    int64_t v;
    *result = NULL;
    if (pyrt_is_float_array(o) && pyrt_array_float(o, i, &d))
        *result = PyFloat_FromDouble(d);
    else if (pyrt_is_int_array(o) && pyrt_array_int(o, i, &v))
        *result = pyrt_int(v);
    else
        return false;
    if (!*result)
        PyErr_Clear();
    return *result != NULL;
}

bool
pyrt_array_set_item(PyObject *o, int64_t i, PyObject *value)
{
    if (PyFloat_CheckExact(value))
        return pyrt_is_float_array(o) && pyrt_array_set_float(o, i, PyFloat_AS_DOUBLE(value));
    return PyLong_CheckExact(value) && pyrt_is_digit(value) && pyrt_is_int_array(o) &&
           pyrt_array_set_int(o, i, pyrt_digit(value));
}
