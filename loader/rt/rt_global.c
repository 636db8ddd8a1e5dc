#include "rt_global.h"

#include "rt_dict.h"

/* A NameError that carries the name, so that tracebacks can suggest others. */
static void
raise_name_error(PyObject *type, const char *format, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    if (text == NULL)
        return;
    PyErr_Format(type, format, text);
    if (type != PyExc_NameError)
        return;
    PyObject *t, *exc, *tb;
    PyErr_Fetch(&t, &exc, &tb);
    PyErr_NormalizeException(&t, &exc, &tb);
    if (PyErr_GivenExceptionMatches(exc, PyExc_NameError)) {
        PyNameErrorObject *err = (PyNameErrorObject *)exc;
        if (err->name == NULL)
            err->name = Py_NewRef(name);
    }
    PyErr_Restore(t, exc, tb);
}

static void
raise_not_defined(PyObject *name)
{
    raise_name_error(PyExc_NameError, "name '%.200s' is not defined", name);
}

void
pyrt_raise_unbound(PyCodeObject *code, int index)
{
    PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, index);
    if (PyErr_Occurred())
        return;
    if (index < code->co_nplaincellvars + code->co_nlocals)
        raise_name_error(
            PyExc_UnboundLocalError,
            "cannot access local variable '%s' where it is not associated with a value", name);
    else
        raise_name_error(PyExc_NameError,
                         "cannot access free variable '%s' where it is not associated with a value"
                         " in enclosing scope",
                         name);
}

/* The value of name in ns: a new reference; NULL without exception when absent. */
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

enum { CoolMisses = 8 };

static void
fill(PyrtGlobalCell *c, PyDictKeysObject *globals, PyDictObject *home, Py_ssize_t ix)
{
    if (c->cool > 0) {
        c->cool--;
        return;
    }
    uint32_t version = pyrt_keys_version(globals);
    /* A split table has its values elsewhere. */
    if (version == 0 || home->ma_values)
        return;
    *c = (PyrtGlobalCell){
        .nmodule = ~version,
        .nbuiltin = home->ma_keys == globals ? 0 : ~home->ma_keys->dk_version,
        .offset = pyrt_keys_value_offset(home->ma_keys, ix),
        .cool = CoolMisses,
    };
}

/* CPython keeps a builtins version in 16 bits: a number of ours there would keep it from
 * specialising any LOAD_GLOBAL of a builtin from then on.  So builtins get no version from us;
 * until the interpreter has given them one, they are looked up each time. */
PyObject *
pyrt_global_refill(PyObject *globals, PyObject *builtins, PyObject *name, PyrtGlobalCell *c)
{
    if (!PyDict_CheckExact(globals) || !PyDict_CheckExact(builtins))
        return NULL;
    PyDictObject *home = (PyDictObject *)globals;
    PyDictKeysObject *keys = home->ma_keys;
    Py_ssize_t ix = pyrt_keys_find(keys, name);
    if (ix == PYRT_KEY_ABSENT) {
        home = (PyDictObject *)builtins;
        ix = pyrt_keys_find(home->ma_keys, name);
    }
    if (ix < 0)
        return NULL;
    if (home->ma_keys == keys || home->ma_keys->dk_version)
        fill(c, keys, home, ix);
    return home->ma_values ? home->ma_values->values[ix]
                           : pyrt_keys_entries(home->ma_keys)[ix].me_value;
}

PyObject *
pyrt_load_global_slow(_PyInterpreterFrame *frame, PyObject *name)
{
    PyObject *v = get(frame->f_globals, name);
    if (v != NULL || PyErr_Occurred())
        return v;
    v = get(frame->f_builtins, name);
    if (v == NULL && !PyErr_Occurred())
        raise_not_defined(name);
    return v;
}

int
pyrt_store_global(_PyInterpreterFrame *frame, PyObject *name, PyObject *value)
{
    return PyDict_SetItem(frame->f_globals, name, value);
}

int
pyrt_del_global(_PyInterpreterFrame *frame, PyObject *name)
{
    if (PyDict_DelItem(frame->f_globals, name) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_KeyError))
        raise_not_defined(name);
    return -1;
}

PyObject *
pyrt_load_name(_PyInterpreterFrame *frame, PyObject *name)
{
    if (frame->f_locals == NULL) {
        PyErr_Format(PyExc_SystemError, "no locals when loading %R", name);
        return NULL;
    }
    PyObject *v = get(frame->f_locals, name);
    if (v != NULL || PyErr_Occurred())
        return v;
    /* Not get(): LOAD_NAME looks into the globals as a plain dict whatever they are. */
    v = PyDict_GetItemWithError(frame->f_globals, name);
    if (v != NULL)
        return Py_NewRef(v);
    if (PyErr_Occurred())
        return NULL;
    v = get(frame->f_builtins, name);
    if (v == NULL && !PyErr_Occurred())
        raise_not_defined(name);
    return v;
}

int
pyrt_store_name(_PyInterpreterFrame *frame, PyObject *name, PyObject *value)
{
    PyObject *ns = frame->f_locals;
    if (ns == NULL) {
        PyErr_Format(PyExc_SystemError, "no locals found when storing %R", name);
        return -1;
    }
    return PyDict_CheckExact(ns) ? PyDict_SetItem(ns, name, value)
                                 : PyObject_SetItem(ns, name, value);
}

int
pyrt_del_name(_PyInterpreterFrame *frame, PyObject *name)
{
    if (frame->f_locals == NULL) {
        PyErr_Format(PyExc_SystemError, "no locals when deleting %R", name);
        return -1;
    }
    if (PyObject_DelItem(frame->f_locals, name) == 0)
        return 0;
    raise_not_defined(name);
    return -1;
}

int
pyrt_del_deref(_PyInterpreterFrame *frame, int index)
{
    PyObject *cell = frame->localsplus[index], *old = PyCell_GET(cell);
    if (old == NULL) {
        pyrt_raise_unbound(frame->f_code, index);
        return -1;
    }
    PyCell_SET(cell, NULL);
    Py_DECREF(old);
    return 0;
}

PyObject *
pyrt_load_class_deref(_PyInterpreterFrame *frame, int index)
{
    PyObject *name = PyTuple_GET_ITEM(frame->f_code->co_localsplusnames, index);
    PyObject *v = get(frame->f_locals, name);
    if (v != NULL || PyErr_Occurred())
        return v;
    return pyrt_load_deref(frame, index);
}
