/* Names outside the fast locals: globals and builtins (cached per site), the namespaces of class
 * bodies and modules, cells and free variables.
 *
 * A global's cell rests on dk_version of the module's keys and, for a builtin, of the builtins'
 * keys: equal versions mean that the name stands at the same index, or still is absent.  The value
 * is read through the table every time, so rebinding a global needs no invalidation. */
#ifndef PYOPT_RT_GLOBAL_H
#define PYOPT_RT_GLOBAL_H

#include "rt_base.h"

typedef struct PyrtGlobalCell {
    uint32_t
        nmodule; /* ~dk_version of the globals' keys; 0: nothing known (see rt_attr.h: inverted) */
    uint32_t nbuiltin; /* ~dk_version of the builtins' keys, or 0: the name is a global */
    uint32_t offset;   /* of the value within the keys table that holds it */
    uint32_t cool;     /* misses to let pass before the next fill */
} PyrtGlobalCell;

PYRT_SLOW PyObject *pyrt_global_refill(PyObject *globals, PyObject *builtins, PyObject *name,
                                       PyrtGlobalCell *c);
PYRT_SLOW PyObject *pyrt_load_global_slow(_PyInterpreterFrame *frame, PyObject *name);
PYRT_API int pyrt_store_global(_PyInterpreterFrame *frame, PyObject *name, PyObject *value);
PYRT_API int pyrt_del_global(_PyInterpreterFrame *frame, PyObject *name);
PYRT_API PyObject *pyrt_load_name(_PyInterpreterFrame *frame, PyObject *name);
PYRT_API int pyrt_store_name(_PyInterpreterFrame *frame, PyObject *name, PyObject *value);
PYRT_API int pyrt_del_name(_PyInterpreterFrame *frame, PyObject *name);
PYRT_API int pyrt_del_deref(_PyInterpreterFrame *frame, int index);
PYRT_API PyObject *pyrt_load_class_deref(_PyInterpreterFrame *frame, int index);
PYRT_COLD void pyrt_raise_unbound(PyCodeObject *code, int index);

/* The cell's answer, borrowed; NULL (without exception) when it does not hold. */
PYRT_INLINE PyObject *
pyrt_global_cached(PyObject *globals, PyObject *builtins, const PyrtGlobalCell *c)
{
    PyDictKeysObject *keys = ((PyDictObject *)globals)->ma_keys;
    if (UNLIKELY(!PyDict_CheckExact(globals) || keys->dk_version != ~c->nmodule))
        return NULL;
    char *table = (char *)keys;
    if (c->nbuiltin) {
        keys = ((PyDictObject *)builtins)->ma_keys;
        if (UNLIKELY(!PyDict_CheckExact(builtins) || keys->dk_version != ~c->nbuiltin))
            return NULL;
        table = (char *)keys;
    }
    return *(PyObject **)(table + c->offset);
}

/* A global's value, given a frame's or a function's namespaces: borrowed (an effect may take it
 * away); NULL without exception when it must be had from pyrt_load_global: not found, or the
 * namespaces are no plain dicts. */
PYRT_INLINE PyObject *
pyrt_load_global_borrowed(PyObject *globals, PyObject *builtins, PyObject *name, PyrtGlobalCell *c)
{
    PyObject *v = pyrt_global_cached(globals, builtins, c);
    return LIKELY(v != NULL) ? v : pyrt_global_refill(globals, builtins, name, c);
}

static inline PyObject *
pyrt_load_global(_PyInterpreterFrame *frame, PyObject *name, PyrtGlobalCell *c)
{
    PyObject *v = pyrt_load_global_borrowed(frame->f_globals, frame->f_builtins, name, c);
    return LIKELY(v != NULL) ? Py_NewRef(v) : pyrt_load_global_slow(frame, name);
}

static inline PyObject *
pyrt_load_deref(_PyInterpreterFrame *frame, int index)
{
    PyObject *v = PyCell_GET(frame->localsplus[index]);
    if (LIKELY(v != NULL))
        return Py_NewRef(v);
    pyrt_raise_unbound(frame->f_code, index);
    return NULL;
}

static inline int
pyrt_store_deref(_PyInterpreterFrame *frame, int index, PyObject *value)
{
    PyObject *cell = frame->localsplus[index], *old = PyCell_GET(cell);
    PyCell_SET(cell, Py_NewRef(value));
    Py_XDECREF(old);
    return 0;
}

#endif
