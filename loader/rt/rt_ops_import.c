/* The import statements, as ceval.c runs them. */
#include "rt_ops.h"

#include <internal/pycore_interp.h>

PyObject *
pyrt_import_name(PyThreadState *ts, _PyInterpreterFrame *frame, PyObject *name, PyObject *fromlist,
                 PyObject *level)
{
    PyObject *key = pyrt_name("__import__");
    if (key == NULL)
        return NULL;
    PyObject *import = PyDict_GetItemWithError(frame->f_builtins, key);
    Py_DECREF(key);
    if (import == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ImportError, "__import__ not found");
        return NULL;
    }
    PyObject *locals = frame->f_locals ? frame->f_locals : Py_None;
    if (import == ts->interp->import_func) {
        int n = _PyLong_AsInt(level);
        if (n == -1 && PyErr_Occurred())
            return NULL;
        return PyImport_ImportModuleLevelObject(name, frame->f_globals, locals, fromlist, n);
    }
    PyObject *args[] = {name, frame->f_globals, locals, fromlist, level};
    Py_INCREF(import);
    PyObject *module = PyObject_Vectorcall(import, args, 5, NULL);
    Py_DECREF(import);
    return module;
}

/* getattr(o, text): a new reference; NULL with an exception set. */
static PyObject *
get_attr(PyObject *o, const char *text)
{
    return PyObject_GetAttrString(o, text);
}

/* Is the module's __spec__ marked as being initialised?  Never sets an exception. */
static bool
is_initializing(PyObject *spec)
{
    PyObject *v = spec ? get_attr(spec, "_initializing") : NULL;
    int truth = v ? PyObject_IsTrue(v) : 0;
    Py_XDECREF(v);
    PyErr_Clear();
    return truth > 0;
}

static void
raise_cannot_import(PyObject *from, PyObject *name, PyObject *package)
{
    PyObject *path = PyModule_GetFilenameObject(from), *text;
    PyObject *shown = package ? Py_NewRef(package) : PyUnicode_FromString("<unknown module name>");
    if (shown == NULL) {
        Py_XDECREF(path);
        return;
    }
    if (path == NULL || !PyUnicode_Check(path)) {
        PyErr_Clear();
        text =
            PyUnicode_FromFormat("cannot import name %R from %R (unknown location)", name, shown);
        PyErr_SetImportError(text, package, NULL);
    } else {
        PyObject *spec = get_attr(from, "__spec__");
        const char *format = is_initializing(spec)
                                 ? "cannot import name %R from partially initialized module %R "
                                   "(most likely due to a circular import) (%S)"
                                 : "cannot import name %R from %R (%S)";
        Py_XDECREF(spec);
        text = PyUnicode_FromFormat(format, name, shown, path);
        PyErr_SetImportError(text, package, path);
    }
    Py_XDECREF(text);
    Py_DECREF(shown);
    Py_XDECREF(path);
}

/* A submodule that a circular import has put into sys.modules, but not yet into its package. */
static PyObject *
from_sys_modules(PyObject *package, PyObject *name)
{
    PyObject *full = PyUnicode_FromFormat("%U.%U", package, name);
    PyObject *module = full ? PyImport_GetModule(full) : NULL;
    Py_XDECREF(full);
    return module;
}

PyObject *
pyrt_import_from(PyThreadState *ts, PyObject *from, PyObject *name)
{
    PyObject *v;
    (void)ts;
    if (_PyObject_LookupAttr(from, name, &v) != 0)
        return v;
    PyObject *package = get_attr(from, "__name__");
    if (package != NULL && !PyUnicode_Check(package))
        Py_CLEAR(package);
    if (package != NULL)
        v = from_sys_modules(package, name);
    if (v == NULL && (package == NULL || !PyErr_Occurred()))
        raise_cannot_import(from, name, package);
    Py_XDECREF(package);
    return v;
}

/* The names that `import *` takes: a new reference; *dict_keys: they are the module's keys, not its
 * __all__. */
static PyObject *
star_names(PyObject *from, bool *dict_keys)
{
    PyObject *key = pyrt_name("__all__"), *names = NULL, *dict = NULL;
    *dict_keys = false;
    if (key == NULL)
        return NULL;
    int found = _PyObject_LookupAttr(from, key, &names);
    Py_DECREF(key);
    if (found != 0)
        return names;
    key = pyrt_name("__dict__");
    if (key == NULL)
        return NULL;
    found = _PyObject_LookupAttr(from, key, &dict);
    Py_DECREF(key);
    if (found == 0)
        PyErr_SetString(PyExc_ImportError, "from-import-* object has no __dict__ and no __all__");
    if (dict == NULL)
        return NULL;
    *dict_keys = true;
    names = PyMapping_Keys(dict);
    Py_DECREF(dict);
    return names;
}

static void
raise_bad_name(PyObject *from, PyObject *name, bool dict_keys)
{
    PyObject *module = get_attr(from, "__name__");
    if (module == NULL)
        return;
    if (!PyUnicode_Check(module))
        PyErr_Format(PyExc_TypeError, "module __name__ must be a string, not %.100s",
                     Py_TYPE(module)->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "%s in %U.%s must be str, not %.100s",
                     dict_keys ? "Key" : "Item", module, dict_keys ? "__dict__" : "__all__",
                     Py_TYPE(name)->tp_name);
    Py_DECREF(module);
}

static int
import_one(PyObject *locals, PyObject *from, PyObject *name, bool dict_keys)
{
    if (!PyUnicode_Check(name)) {
        raise_bad_name(from, name, dict_keys);
        return -1;
    }
    if (dict_keys) {
        if (PyUnicode_READY(name) < 0)
            return -1;
        if (PyUnicode_READ_CHAR(name, 0) == '_')
            return 0;
    }
    PyObject *v = PyObject_GetAttr(from, name);
    if (v == NULL)
        return -1;
    int status = PyDict_CheckExact(locals) ? PyDict_SetItem(locals, name, v)
                                           : PyObject_SetItem(locals, name, v);
    Py_DECREF(v);
    return status;
}

static int
import_all(PyObject *locals, PyObject *from)
{
    bool dict_keys;
    PyObject *names = star_names(from, &dict_keys);
    if (names == NULL)
        return -1;
    int status = 0;
    for (Py_ssize_t i = 0; status == 0; i++) {
        PyObject *name = PySequence_GetItem(names, i);
        if (name == NULL) {
            if (!PyErr_ExceptionMatches(PyExc_IndexError))
                status = -1;
            else
                PyErr_Clear();
            break;
        }
        status = import_one(locals, from, name, dict_keys);
        Py_DECREF(name);
    }
    Py_DECREF(names);
    return status;
}

/* The compiler allows `import *` in modules only, whose code has no fast locals; so there are none
 * to merge into f_locals before and after. */
int
pyrt_import_star(PyThreadState *ts, _PyInterpreterFrame *frame, PyObject *from)
{
    (void)ts;
    if (frame->f_locals == NULL) {
        PyErr_SetString(PyExc_SystemError, "no locals found during 'import *'");
        return -1;
    }
    return import_all(frame->f_locals, from);
}
