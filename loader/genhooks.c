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
 *     tp_finalize, close()        the end of one that has not come to its end
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

typedef struct Resume {
    PyObject *self, *sent, **out;
    int status;
} Resume;

static int resume(PyObject *self, PyObject *sent, PyObject **out);

static PyObject *
resume_on_new_stack(void *arg)
{
    Resume *r = arg;
    r->status = resume(r->self, r->sent, r->out);
    return NULL;
}

/* PYGEN_NEXT, _RETURN or _ERROR; PYRT_GEN_NOT: it is CPython's to do. */
static int
resume(PyObject *self, PyObject *sent, PyObject **out)
{
    PyGenObject *g = (PyGenObject *)self;
    PyThreadState *ts = _PyThreadState_GET();
    PyoptEntry *e = pyrt_entry_of(g->gi_code);
    if (LIKELY(!e) || ts->interp != loader.interp || !e->gen)
        return PYRT_GEN_NOT;
    if (pyrt_stack_low()) {
        Resume r = {self, sent, out, PYGEN_ERROR};
        *out = NULL;
        pyrt_stack_run(resume_on_new_stack, &r);
        return r.status;
    }
    return pyrt_gen_ready(ts, g, sent) ? pyrt_gen_run(ts, e, g, sent, out) : PYRT_GEN_NOT;
}

static PyObject *
hook_iternext(PyObject *self)
{
    PyObject *r;
    int s = ((PyGenObject *)self)->gi_code->co_extra ? resume(self, Py_None, &r) : PYRT_GEN_NOT;
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
    int s = ((PyGenObject *)self)->gi_code->co_extra ? resume(self, sent, result) : PYRT_GEN_NOT;
    return s == PYRT_GEN_NOT ? loader.gen.send(self, sent, result) : (PySendResult)s;
}

static PyObject *
hook_meth_send(PyObject *self, PyObject *sent)
{
    PyObject *r;
    int s = ((PyGenObject *)self)->gi_code->co_extra ? resume(self, sent, &r) : PYRT_GEN_NOT;
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

/* ---- ends ---- */

/* Would a GeneratorExit thrown in only unwind the frame?  No handler covers where it stands, it
 * waits for nothing, and is no coroutine that was never awaited, of which somebody is told. */
static bool
is_bare(PyGenObject *g, const _PyInterpreterFrame *f)
{
    PyThreadState *ts = _PyThreadState_GET();
    if (g->gi_frame_state >= FRAME_EXECUTING || ts->cframe->use_tracing || ts->curexc_type ||
        ts->recursion_remaining <= 0 || g->gi_exc_state.exc_value || ts->interp != loader.interp)
        return false;
    if (g->gi_frame_state == FRAME_CREATED)
        return !(g->gi_code->co_flags & CO_COROUTINE);
    return !pyrt_gen_waits(g) &&
           !handler_covers(g->gi_code, (uint32_t)(f->prev_instr - _PyCode_CODE(g->gi_code)));
}

/* The interpreter would throw GeneratorExit in, and unwind the frame: operands from the top, then
 * locals.  CPython 3.13 has the same short cut.  False: not that simple, and nothing is done. */
static bool
close_bare(PyGenObject *g)
{
    _PyInterpreterFrame *f = (_PyInterpreterFrame *)g->gi_iframe;
    PyoptEntry *e = pyrt_entry_of(g->gi_code);
    if (!e || !e->gen || !is_bare(g, f))
        return false;
    int n = f->f_code->co_nlocalsplus, top = f->stacktop;
    if (top > n) { /* finalizers see the frame that unwinds */
        PyThreadState *ts = _PyThreadState_GET();
        pyrt_gen_enter(ts, f);
        while (top > n) {
            PyObject *o = f->localsplus[--top];
            f->localsplus[top] = NULL;
            Py_XDECREF(o);
        }
        f->stacktop = n;
        pyrt_gen_unlink(ts, f);
    }
    pyrt_gen_clear(g);
    return true;
}

static void
hook_finalize(PyObject *self)
{
    PyGenObject *g = (PyGenObject *)self;
    if (g->gi_frame_state < FRAME_COMPLETED && (!g->gi_code->co_extra || !close_bare(g)))
        loader.gen.finalize(self);
}

static PyObject *
hook_close(PyObject *self, PyObject *none)
{
    PyGenObject *g = (PyGenObject *)self;
    if (g->gi_code->co_extra && close_bare(g))
        Py_RETURN_NONE;
    return loader.gen.meth_close(self, none);
}

/* ---- exchange ---- */

static PyMethodDef *
method_of(PyTypeObject *type, const char *name)
{
    PyObject *d = PyDict_GetItemString(type->tp_dict, name);
    return d && Py_IS_TYPE(d, &PyMethodDescr_Type) ? ((PyMethodDescrObject *)d)->d_method : NULL;
}

/* Generators and coroutines share their functions. */
static bool
same_method(const char *name, int flags, PyMethodDef **gen, PyMethodDef **coro)
{
    *gen = method_of(&PyGen_Type, name);
    *coro = method_of(&PyCoro_Type, name);
    return *gen && *coro && (*gen)->ml_flags == flags && (*coro)->ml_flags == flags &&
           (*gen)->ml_meth == (*coro)->ml_meth;
}

static bool
as_expected(PyObject *next)
{
    PyAsyncMethods *gen = PyGen_Type.tp_as_async, *coro = PyCoro_Type.tp_as_async;
    return same_method("send", METH_O, &loader.gen.send_def[0], &loader.gen.send_def[1]) &&
           same_method("close", METH_NOARGS, &loader.gen.close_def[0], &loader.gen.close_def[1]) &&
           gen && coro && gen->am_send && gen->am_send == coro->am_send && PyGen_Type.tp_iternext &&
           PyGen_Type.tp_finalize && PyGen_Type.tp_finalize == PyCoro_Type.tp_finalize && next &&
           Py_IS_TYPE(next, &PyWrapperDescr_Type);
}

static void
set_slots(iternextfunc iternext, sendfunc send, destructor finalize, PyCFunction meth_send,
          PyCFunction meth_close)
{
    PyGen_Type.tp_iternext = iternext;
    PyGen_Type.tp_as_async->am_send = PyCoro_Type.tp_as_async->am_send = send;
    PyGen_Type.tp_finalize = PyCoro_Type.tp_finalize = finalize;
    for (int k = 0; k < 2; k++) {
        loader.gen.send_def[k]->ml_meth = meth_send;
        loader.gen.close_def[k]->ml_meth = meth_close;
    }
}

/* False: this interpreter's generators are not what is expected, and nothing has changed. */
static bool
exchange(void)
{
    PyObject *next = PyDict_GetItemString(PyGen_Type.tp_dict, "__next__");
    if (!as_expected(next))
        return false;
    loader.gen.iternext = PyGen_Type.tp_iternext;
    loader.gen.send = PyGen_Type.tp_as_async->am_send;
    loader.gen.finalize = PyGen_Type.tp_finalize;
    loader.gen.meth_send = loader.gen.send_def[0]->ml_meth;
    loader.gen.meth_close = loader.gen.close_def[0]->ml_meth;
    set_slots(hook_iternext, hook_send, hook_finalize, hook_meth_send, hook_close);
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
    set_slots(loader.gen.iternext, loader.gen.send, loader.gen.finalize, loader.gen.meth_send,
              loader.gen.meth_close);
    loader.gen.state = GenHooksRefused;
}
