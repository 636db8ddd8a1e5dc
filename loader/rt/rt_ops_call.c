/* Calls with * and **, functions, raise, f-strings and the other bytecodes that have their own
 * rules and messages in ceval.c. */
#include "rt_ops.h"

#include <ceval.h>

/* A failed merge of keyword arguments says what the call looked like. */
static void
explain_kwargs_error(PyObject *callable, PyObject *kwargs)
{
    if (PyErr_ExceptionMatches(PyExc_AttributeError)) { /* no keys(): not a mapping */
        PyErr_Clear();
        PyObject *name = _PyObject_FunctionStr(callable);
        if (name != NULL) {
            PyErr_Format(PyExc_TypeError, "%U argument after ** must be a mapping, not %.200s",
                         name, Py_TYPE(kwargs)->tp_name);
            Py_DECREF(name);
        }
        return;
    }
    if (!PyErr_ExceptionMatches(PyExc_KeyError))
        return;
    /* _PyDict_MergeEx reports a key that was there already as KeyError((key,)), not yet normalised.
     */
    PyObject *type, *args, *tb;
    PyErr_Fetch(&type, &args, &tb);
    if (args == NULL || !PyTuple_Check(args) || PyTuple_GET_SIZE(args) != 1) {
        PyErr_Restore(type, args, tb);
        return;
    }
    PyObject *name = _PyObject_FunctionStr(callable);
    if (name != NULL) {
        PyErr_Format(PyExc_TypeError, "%U got multiple values for keyword argument '%S'", name,
                     PyTuple_GET_ITEM(args, 0));
        Py_DECREF(name);
    }
    Py_XDECREF(type);
    Py_XDECREF(args);
    Py_XDECREF(tb);
}

int
pyrt_dict_merge(PyObject *dict, PyObject *mapping, PyObject *callable)
{
    if (_PyDict_MergeEx(dict, mapping, 2) == 0)
        return 0;
    explain_kwargs_error(callable, mapping);
    return -1;
}

int
pyrt_dict_update(PyObject *dict, PyObject *mapping)
{
    if (PyDict_Update(dict, mapping) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not a mapping",
                     Py_TYPE(mapping)->tp_name);
    return -1;
}

static PyObject *
args_tuple(PyObject *callable, PyObject *args)
{
    if (PyTuple_CheckExact(args))
        return Py_NewRef(args);
    if (Py_TYPE(args)->tp_iter != NULL || PySequence_Check(args))
        return PySequence_Tuple(args);
    PyErr_Clear();
    PyObject *name = _PyObject_FunctionStr(callable);
    if (name != NULL) {
        PyErr_Format(PyExc_TypeError, "%U argument after * must be an iterable, not %.200s", name,
                     Py_TYPE(args)->tp_name);
        Py_DECREF(name);
    }
    return NULL;
}

/* kwargs as an exact dict; NULL with an exception set. */
static PyObject *
kwargs_dict(PyObject *callable, PyObject *kwargs)
{
    if (PyDict_CheckExact(kwargs))
        return Py_NewRef(kwargs);
    PyObject *dict = PyDict_New();
    if (dict != NULL && pyrt_dict_merge(dict, kwargs, callable) < 0)
        Py_CLEAR(dict);
    return dict;
}

PyObject *
pyrt_call_function_ex(PyThreadState *ts, PyObject *callable, PyObject *args, PyObject *kwargs)
{
    (void)ts;
    PyObject *dict = kwargs ? kwargs_dict(callable, kwargs) : NULL;
    if (kwargs && !dict)
        return NULL;
    PyObject *tuple = args_tuple(callable, args);
    PyObject *v = tuple ? PyObject_Call(callable, tuple, dict) : NULL;
    Py_XDECREF(tuple);
    Py_XDECREF(dict);
    return v;
}

PyObject *
pyrt_make_function(_PyInterpreterFrame *frame, PyObject *code, int oparg, PyObject *const *args,
                   size_t n)
{
    PyFunctionObject *f = (PyFunctionObject *)PyFunction_New(code, frame->f_globals);
    if (f == NULL)
        return NULL;
    (void)n;
    if (oparg & 0x01)
        f->func_defaults = Py_NewRef(*args++);
    if (oparg & 0x02)
        f->func_kwdefaults = Py_NewRef(*args++);
    if (oparg & 0x04)
        f->func_annotations = Py_NewRef(*args++);
    if (oparg & 0x08)
        f->func_closure = Py_NewRef(*args++);
    return (PyObject *)f;
}

/* A bare raise.  ceval.c lets this one propagate without a traceback entry for the frame that
 * re-raises; compiled code that wants the same leaves it to the interpreter. */
static void
reraise(PyThreadState *ts)
{
    PyObject *exc = _PyErr_GetTopmostException(ts)->exc_value;
    if (exc == NULL || exc == Py_None) {
        PyErr_SetString(PyExc_RuntimeError, "No active exception to reraise");
        return;
    }
    PyErr_Restore(Py_NewRef(PyExceptionInstance_Class(exc)), Py_NewRef(exc),
                  PyException_GetTraceback(exc));
}

/* The exception that `raise exc` means: a new reference. */
static PyObject *
instance(PyObject *exc)
{
    if (PyExceptionInstance_Check(exc))
        return Py_NewRef(exc);
    if (!PyExceptionClass_Check(exc)) {
        PyErr_SetString(PyExc_TypeError, "exceptions must derive from BaseException");
        return NULL;
    }
    PyObject *v = PyObject_CallNoArgs(exc);
    if (v != NULL && !PyExceptionInstance_Check(v)) {
        PyErr_Format(PyExc_TypeError,
                     "calling %R should have returned an instance of BaseException, not %R", exc,
                     Py_TYPE(v));
        Py_CLEAR(v);
    }
    return v;
}

/* `from cause`; false with an exception set. */
static bool
set_cause(PyObject *exc, PyObject *cause)
{
    PyObject *v = NULL;
    if (PyExceptionClass_Check(cause)) {
        v = PyObject_CallNoArgs(cause);
        if (v == NULL)
            return false;
    } else if (PyExceptionInstance_Check(cause)) {
        v = Py_NewRef(cause);
    } else if (cause != Py_None) {
        PyErr_SetString(PyExc_TypeError, "exception causes must derive from BaseException");
        return false;
    }
    PyException_SetCause(exc, v);
    return true;
}

int
pyrt_raise_varargs(PyThreadState *ts, PyObject *const *args, size_t n)
{
    if (n == 0) {
        reraise(ts);
        return -1;
    }
    PyObject *exc = instance(args[0]);
    if (exc != NULL && (n < 2 || set_cause(exc, args[1]))) {
        /* The class that was named, even when calling it made an instance of another one. */
        PyObject *type = PyExceptionClass_Check(args[0]) ? args[0] : PyExceptionInstance_Class(exc);
        PyErr_SetObject(type, exc);
    }
    Py_XDECREF(exc);
    return -1;
}

PyObject *
pyrt_format_value(PyObject *value, PyObject *spec, int oparg)
{
    PyObject *text;
    switch (oparg & FVC_MASK) {
    case FVC_NONE: text = Py_NewRef(value); break;
    case FVC_STR: text = PyObject_Str(value); break;
    case FVC_REPR: text = PyObject_Repr(value); break;
    default: text = PyObject_ASCII(value); break;
    }
    if (text == NULL || (spec == NULL && PyUnicode_CheckExact(text)))
        return text;
    PyObject *v = PyObject_Format(text, spec);
    Py_DECREF(text);
    return v;
}

/* ns[text]: a new reference; NULL without exception when absent. */
static PyObject *
get(PyObject *ns, PyObject *name)
{
    if (PyDict_CheckExact(ns))
        return Py_XNewRef(PyDict_GetItemWithError(ns, name));
    PyObject *v = PyObject_GetItem(ns, name);
    if (v == NULL && PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_Clear();
    return v;
}

PyObject *
pyrt_load_build_class(_PyInterpreterFrame *frame)
{
    PyObject *name = pyrt_name("__build_class__");
    if (name == NULL)
        return NULL;
    PyObject *v = get(frame->f_builtins, name);
    Py_DECREF(name);
    if (v == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_NameError, "__build_class__ not found");
    return v;
}

static int
ensure_annotations(PyObject *ns, PyObject *name)
{
    PyObject *v = get(ns, name);
    int status = v != NULL ? 0 : -1;
    if (v == NULL && !PyErr_Occurred() && (v = PyDict_New()) != NULL)
        status =
            PyDict_CheckExact(ns) ? PyDict_SetItem(ns, name, v) : PyObject_SetItem(ns, name, v);
    Py_XDECREF(v);
    return status;
}

int
pyrt_setup_annotations(_PyInterpreterFrame *frame)
{
    if (frame->f_locals == NULL) {
        PyErr_SetString(PyExc_SystemError, "no locals found when setting up annotations");
        return -1;
    }
    PyObject *name = pyrt_name("__annotations__");
    if (name == NULL)
        return -1;
    int status = ensure_annotations(frame->f_locals, name);
    Py_DECREF(name);
    return status;
}

int
pyrt_print_expr(PyObject *value)
{
    PyObject *hook = PySys_GetObject("displayhook");
    if (hook == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "lost sys.displayhook");
        return -1;
    }
    PyObject *none = PyObject_CallOneArg(hook, value);
    Py_XDECREF(none);
    return none ? 0 : -1;
}

PyObject *
pyrt_get_len(PyObject *o)
{
    Py_ssize_t n = PyObject_Length(o);
    return n < 0 ? NULL : PyLong_FromSsize_t(n);
}
