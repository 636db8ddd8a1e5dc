/* Structural pattern matching: MATCH_CLASS and MATCH_KEYS. */
#include "rt_ops.h"

/* Remember key in seen.  1: it is new; 0: it was there; -1: error. */
static int
see(PyObject *seen, PyObject *key)
{
    int there = PySet_Contains(seen, key);
    if (there != 0)
        return there < 0 ? -1 : 0;
    return PySet_Add(seen, key) < 0 ? -1 : 1;
}

/* subject.get(key, dummy), which neither raises KeyError nor creates a key in a defaultdict. */
static PyObject *
call_get(PyObject *get, bool unbound, PyObject *subject, PyObject *key, PyObject *dummy)
{
    PyObject *args[] = {subject, key, dummy};
    return unbound ? PyObject_Vectorcall(get, args, 3, NULL)
                   : PyObject_Vectorcall(get, args + 1, 2, NULL);
}

/* The values of the keys into a tuple: 1 matched, 0 a key is missing, -1 error. */
static int
fill_values(PyObject *values, PyObject *get, bool unbound, PyObject *subject, PyObject *keys,
            PyObject *seen, PyObject *dummy)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keys); i++) {
        PyObject *key = PyTuple_GET_ITEM(keys, i);
        int new = see(seen, key);
        if (new == 0)
            PyErr_Format(PyExc_ValueError, "mapping pattern checks duplicate key (%R)", key);
        if (new <= 0)
            return -1;
        PyObject *v = call_get(get, unbound, subject, key, dummy);
        if (v == NULL)
            return -1;
        if (v == dummy) {
            Py_DECREF(v);
            return 0;
        }
        PyTuple_SET_ITEM(values, i, v);
    }
    return 1;
}

PyObject *
pyrt_match_keys(PyThreadState *ts, PyObject *subject, PyObject *keys)
{
    (void)ts;
    Py_ssize_t n = PyTuple_GET_SIZE(keys);
    if (n == 0)
        return PyTuple_New(0);
    PyObject *name = pyrt_name("get"), *get = NULL;
    if (name == NULL)
        return NULL;
    bool unbound = _PyObject_GetMethod(subject, name, &get);
    Py_DECREF(name);
    if (get == NULL)
        return NULL;
    PyObject *seen = PySet_New(NULL);
    PyObject *dummy = seen ? PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type) : NULL;
    PyObject *values = dummy ? PyTuple_New(n) : NULL;
    int matched = values ? fill_values(values, get, unbound, subject, keys, seen, dummy) : -1;
    if (matched <= 0)
        Py_CLEAR(values);
    Py_DECREF(get);
    Py_XDECREF(seen);
    Py_XDECREF(dummy);
    return matched == 0 ? Py_NewRef(Py_None) : values;
}

/* Add subject.name to attrs: 1 done, 0 there is no such attribute, -1 error. */
static int
add_attr(PyObject *attrs, PyObject *subject, PyObject *cls, PyObject *name, PyObject *seen)
{
    int new = see(seen, name);
    if (new == 0)
        PyErr_Format(PyExc_TypeError, "%s() got multiple sub-patterns for attribute %R",
                     ((PyTypeObject *)cls)->tp_name, name);
    if (new <= 0)
        return -1;
    PyObject *v = PyObject_GetAttr(subject, name);
    if (v == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    int status = PyList_Append(attrs, v);
    Py_DECREF(v);
    return status < 0 ? -1 : 1;
}

/* cls.__match_args__, or () when it has none; *self: its only positional pattern is the subject
 * itself. */
static PyObject *
match_args(PyObject *cls, bool *self)
{
    *self = false;
    PyObject *args = PyObject_GetAttrString(cls, "__match_args__");
    if (args == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return NULL;
        PyErr_Clear();
        *self = PyType_HasFeature((PyTypeObject *)cls, _Py_TPFLAGS_MATCH_SELF);
        return PyTuple_New(0);
    }
    if (!PyTuple_CheckExact(args)) {
        PyErr_Format(PyExc_TypeError, "%s.__match_args__ must be a tuple (got %s)",
                     ((PyTypeObject *)cls)->tp_name, Py_TYPE(args)->tp_name);
        Py_CLEAR(args);
    }
    return args;
}

static int
add_by_name(PyObject *attrs, PyObject *subject, PyObject *cls, PyObject *args, int count,
            PyObject *seen)
{
    int status = 1;
    for (int i = 0; status > 0 && i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(args, i);
        if (!PyUnicode_CheckExact(name)) {
            PyErr_Format(PyExc_TypeError, "__match_args__ elements must be strings (got %s)",
                         Py_TYPE(name)->tp_name);
            return -1;
        }
        status = add_attr(attrs, subject, cls, name, seen);
    }
    return status;
}

static int
add_positional(PyObject *attrs, PyObject *subject, PyObject *cls, int count, PyObject *seen)
{
    bool self;
    PyObject *args = match_args(cls, &self);
    if (args == NULL)
        return -1;
    int allowed = self ? 1 : (int)PyTuple_GET_SIZE(args);
    int status;
    if (allowed < count) {
        PyErr_Format(PyExc_TypeError, "%s() accepts %d positional sub-pattern%s (%d given)",
                     ((PyTypeObject *)cls)->tp_name, allowed, allowed == 1 ? "" : "s", count);
        status = -1;
    } else if (self) {
        status = PyList_Append(attrs, subject) < 0 ? -1 : 1;
    } else {
        status = add_by_name(attrs, subject, cls, args, count, seen);
    }
    Py_DECREF(args);
    return status;
}

static int
add_all(PyObject *attrs, PyObject *subject, PyObject *cls, PyObject *names, int count,
        PyObject *seen)
{
    int status = count ? add_positional(attrs, subject, cls, count, seen) : 1;
    for (Py_ssize_t i = 0; status > 0 && i < PyTuple_GET_SIZE(names); i++)
        status = add_attr(attrs, subject, cls, PyTuple_GET_ITEM(names, i), seen);
    return status;
}

PyObject *
pyrt_match_class(PyThreadState *ts, PyObject *subject, PyObject *cls, PyObject *names, int count)
{
    (void)ts;
    if (!PyType_Check(cls)) {
        PyErr_SetString(PyExc_TypeError, "called match pattern must be a type");
        return NULL;
    }
    int is = PyObject_IsInstance(subject, cls);
    if (is <= 0)
        return is < 0 ? NULL : Py_NewRef(Py_None);
    PyObject *seen = PySet_New(NULL);
    PyObject *attrs = seen ? PyList_New(0) : NULL, *tuple = NULL;
    int status = attrs ? add_all(attrs, subject, cls, names, count, seen) : -1;
    if (status > 0)
        tuple = PyList_AsTuple(attrs);
    Py_XDECREF(attrs);
    Py_XDECREF(seen);
    return status == 0 ? Py_NewRef(Py_None) : tuple;
}
