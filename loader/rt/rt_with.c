#include "rt_with.h"

/* A special method: looked up on the type, bound to the object.  NULL without exception: there is
 * none. */
static PyObject *
special(PyObject *o, const char *name)
{
    PyObject *key = PyUnicode_InternFromString(name);
    if (!key)
        return NULL;
    PyObject *found = _PyType_Lookup(Py_TYPE(o), key);
    Py_DECREF(key);
    if (!found)
        return NULL;
    descrgetfunc get = Py_TYPE(found)->tp_descr_get;
    return get ? get(found, o, (PyObject *)Py_TYPE(o)) : Py_NewRef(found);
}

static PyObject *
complain(PyObject *o, const char *rest)
{
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_TypeError,
                     "'%.200s' object does not support the context manager protocol%s",
                     Py_TYPE(o)->tp_name, rest);
    return NULL;
}

PyObject *
pyrt_before_with(PyThreadState *ts, PyObject *manager, PyObject **first)
{
    (void)ts;
    PyObject *enter = special(manager, "__enter__");
    if (!enter)
        return complain(manager, "");
    *first = special(manager, "__exit__");
    if (!*first) {
        Py_DECREF(enter);
        return complain(manager, " (missed __exit__ method)");
    }
    PyObject *result = PyObject_CallNoArgs(enter);
    Py_DECREF(enter);
    if (!result)
        Py_CLEAR(*first);
    return result;
}
