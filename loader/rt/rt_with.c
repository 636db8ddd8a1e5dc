#include "rt_with.h"

/* A special method as its type has it, borrowed, found under an interned name that is kept in
 * *name. NULL without exception: there is none. */
static PyObject *
special(PyObject *o, PyObject **name, const char *text)
{
    if (!*name)
        *name = pyrt_name(text);
    return *name ? _PyType_Lookup(Py_TYPE(o), *name) : NULL;
}

static PyObject *
bind(PyObject *found, PyObject *o)
{
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
    static PyObject *enter_name, *exit_name;
    (void)ts;
    PyObject *enter = special(manager, &enter_name, "__enter__");
    if (!enter)
        return complain(manager, "");
    bool plain = Py_TYPE(enter)->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR; /* need not be bound */
    enter = plain ? Py_NewRef(enter) : bind(enter, manager);
    if (!enter)
        return NULL;
    PyObject *exit = special(manager, &exit_name, "__exit__");
    *first = exit ? bind(exit, manager) : NULL;
    if (!*first) {
        Py_DECREF(enter);
        return complain(manager, exit ? "" : " (missed __exit__ method)");
    }
    PyObject *result = plain ? PyObject_CallOneArg(enter, manager) : PyObject_CallNoArgs(enter);
    Py_DECREF(enter);
    if (!result)
        Py_CLEAR(*first);
    return result;
}
