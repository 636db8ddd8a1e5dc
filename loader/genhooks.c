/* Generators' way in: the slots of their types.
 *
 * A generator's code object is not patched: its frame is resumed behind its RESUME, and what
 * throw(), close(), the collector and gi_yieldfrom look at are the units around where it stands.
 * Instead the functions by which every generator is resumed are exchanged in the types themselves:
 *
 *     tp_iternext                 for, next(), sum(), list() and all of C
 *     tp_as_async->am_send        yield from, await, PyIter_Send()
 *     ml_meth of send()           g.send(x)
 *     d_wrapped of __next__       n = g.__next__; n()
 *
 * A hook finds the unit by the code object (co_extra), runs its body on the generator's own frame,
 * and otherwise calls what was there before.  So everything else (throw(), tracing, a debugger) is
 * CPython's own code on CPython's own data, and units can be taken out at any time.
 *
 * The types are static: all interpreters of the process share them, but units belong to one.  The
 * hooks are exchanged when the first generator's unit is installed. */
#include "loader.h"
#include "rt_gen.h"
#include "rt_stack.h"

/* The unit's entry if its body may resume g now. */
static inline PyoptEntry *
ready(PyThreadState *ts, PyGenObject *g, PyObject *sent)
{
    PyoptEntry *e = pyrt_entry_of(g->gi_code);
    if (LIKELY(!e) || ts->interp != loader.interp || !e->gen)
        return NULL;
    if (LIKELY(pyrt_gen_ready(ts, g, sent)))
        return e;
    pyrt_stack_learn();
    return NULL;
}

static PyObject *
hook_iternext(PyObject *self)
{
    PyGenObject *g = (PyGenObject *)self;
    if (!g->gi_code->co_extra)
        return loader.gen.iternext(self);
    PyThreadState *ts = _PyThreadState_GET();
    PyoptEntry *e = ready(ts, g, Py_None);
    PyObject *r;
    int s = e ? pyrt_gen_run(ts, e, g, Py_None, &r) : PYRT_GEN_NOT;
    if (LIKELY(s == PYGEN_NEXT))
        return r;
    if (s == PYRT_GEN_NOT)
        return loader.gen.iternext(self);
    if (s == PYGEN_RETURN) {
        if (r != Py_None)
            _PyGen_SetStopIterationValue(r);
        Py_DECREF(r);
    }
    return NULL;
}

static PySendResult
hook_send(PyObject *self, PyObject *sent, PyObject **result)
{
    PyGenObject *g = (PyGenObject *)self;
    PyThreadState *ts = _PyThreadState_GET();
    PyoptEntry *e = g->gi_code->co_extra ? ready(ts, g, sent) : NULL;
    int s = e ? pyrt_gen_run(ts, e, g, sent, result) : PYRT_GEN_NOT;
    return s == PYRT_GEN_NOT ? loader.gen.send(self, sent, result) : (PySendResult)s;
}

static PyObject *
hook_meth_send(PyObject *self, PyObject *sent)
{
    PyGenObject *g = (PyGenObject *)self;
    PyThreadState *ts = _PyThreadState_GET();
    PyoptEntry *e = g->gi_code->co_extra ? ready(ts, g, sent) : NULL;
    PyObject *r;
    int s = e ? pyrt_gen_run(ts, e, g, sent, &r) : PYRT_GEN_NOT;
    if (LIKELY(s == PYGEN_NEXT))
        return r;
    if (s == PYRT_GEN_NOT)
        return loader.gen.meth_send(self, sent);
    if (s == PYGEN_RETURN) {
        if (r == Py_None)
            PyErr_SetNone(PyExc_StopIteration);
        else
            _PyGen_SetStopIterationValue(r);
        Py_DECREF(r);
    }
    return NULL;
}

static PyMethodDef *
method_of(PyTypeObject *type, const char *name)
{
    PyObject *d = PyDict_GetItemString(type->tp_dict, name);
    return d && Py_IS_TYPE(d, &PyMethodDescr_Type) ? ((PyMethodDescrObject *)d)->d_method : NULL;
}

/* False: this interpreter's generators are not what is expected, and nothing has changed. */
static bool
exchange(void)
{
    PyObject *next = PyDict_GetItemString(PyGen_Type.tp_dict, "__next__");
    loader.gen.def_send = method_of(&PyGen_Type, "send");
    loader.gen.iternext = PyGen_Type.tp_iternext;
    loader.gen.send = PyGen_Type.tp_as_async ? PyGen_Type.tp_as_async->am_send : NULL;
    if (!loader.gen.def_send || loader.gen.def_send->ml_flags != METH_O || !loader.gen.iternext ||
        !loader.gen.send || !next || !Py_IS_TYPE(next, &PyWrapperDescr_Type))
        return false;
    loader.gen.meth_send = loader.gen.def_send->ml_meth;
    PyGen_Type.tp_iternext = hook_iternext;
    PyGen_Type.tp_as_async->am_send = hook_send;
    loader.gen.def_send->ml_meth = hook_meth_send;
    ((PyWrapperDescrObject *)next)->d_wrapped = (void *)hook_iternext;
    return true;
}

bool
genhooks_install(void)
{
    if (loader.gen.state == GenHooksNone)
        loader.gen.state = exchange() ? GenHooksIn : GenHooksRefused;
    return loader.gen.state == GenHooksIn;
}

/* The interpreter is gone, and with it the descriptors; the slots are still there. */
void
genhooks_undo_at_exit(void)
{
    if (loader.gen.state != GenHooksIn)
        return;
    PyGen_Type.tp_iternext = loader.gen.iternext;
    PyGen_Type.tp_as_async->am_send = loader.gen.send;
    loader.gen.def_send->ml_meth = loader.gen.meth_send;
    loader.gen.state = GenHooksRefused;
}
