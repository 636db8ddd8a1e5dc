#include "rt_gen.h"

#include "rt_trace.h"

const char pyrt_gen_declined;

PyObject *
pyrt_gen_continue(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit, uint32_t depth,
                  bool raising)
{
    PyGenObject *g = _PyFrame_GetGenerator(f);
    f->prev_instr = _PyCode_CODE(f->f_code) + (raising ? (int)unit : (int)unit - 1);
    f->stacktop = f->f_code->co_nlocalsplus + (int)depth;
    ts->cframe->current_frame = f->previous; /* the interpreter links and counts it itself */
    ts->recursion_remaining++;
    g->gi_exc_state.previous_item = ts->exc_info;
    ts->exc_info = &g->gi_exc_state;
    if (raising && PYRT_TRACED(ts))
        rt_trace_skip_call(ts);
    PyObject *r = _PyEval_EvalFrameDefault(ts, f, raising);
    if (g->gi_frame_state == FRAME_EXECUTING)
        g->gi_frame_state = FRAME_COMPLETED;
    ts->exc_info = g->gi_exc_state.previous_item;
    g->gi_exc_state.previous_item = NULL;
    f->previous = NULL;
    return r;
}

/* ---- the end: the last lines of gen_send_ex2() in CPython's genobject.c ---- */

/* Somebody holds the frame object: it gets the frame, as take_ownership() in CPython's frame.c
 * does. A finished generator's frame has no f_back. */
static void
give_frame(PyFrameObject *object, _PyInterpreterFrame *f)
{
    _PyInterpreterFrame *copy = (_PyInterpreterFrame *)object->_f_frame_data;
    memcpy(copy, f,
           offsetof(_PyInterpreterFrame, localsplus) + (size_t)f->stacktop * sizeof(PyObject *));
    copy->owner = FRAME_OWNED_BY_FRAME_OBJECT;
    object->f_frame = copy;
    if (_PyFrame_IsIncomplete(copy)) /* never started */
        copy->prev_instr = _PyCode_CODE(copy->f_code) + copy->f_code->_co_firsttraceable;
    if (!_PyObject_GC_IS_TRACKED((PyObject *)object))
        PyObject_GC_Track(object);
}

static void
clear_frame(PyGenObject *g)
{
    _PyInterpreterFrame *f = (_PyInterpreterFrame *)g->gi_iframe;
    PyFrameObject *object = f->frame_obj;
    if (object) {
        f->frame_obj = NULL;
        if (Py_REFCNT(object) > 1) {
            give_frame(object, f);
            Py_DECREF(object);
            return;
        }
        Py_DECREF(object);
    }
    for (int i = 0; i < f->stacktop; i++)
        Py_XDECREF(f->localsplus[i]);
    Py_XDECREF(f->f_locals);
    Py_DECREF(f->f_func);
    Py_DECREF(f->f_code);
}

int
pyrt_gen_end(PyGenObject *g, PyObject **out)
{
    if (*out == PYRT_GEN_DECLINED)
        return PYRT_GEN_NOT;
    if (!*out && PyErr_ExceptionMatches(PyExc_StopIteration))
        _PyErr_FormatFromCause(PyExc_RuntimeError, "%s raised StopIteration",
                               PyCoro_CheckExact(g) ? "coroutine" : "generator");
    Py_CLEAR(g->gi_exc_state.exc_value);
    g->gi_frame_state = FRAME_CLEARED;
    clear_frame(g);
    return *out ? PYGEN_RETURN : PYGEN_ERROR;
}

/* ---- delegation ---- */

int
pyrt_send(PyThreadState *ts, PyObject *source, PyObject *sent, PyObject **result)
{
    if (PyGen_CheckExact(source) || PyCoro_CheckExact(source)) {
        PyGenObject *g = (PyGenObject *)source;
        PyoptEntry *e = pyrt_entry_of(g->gi_code);
        if (e && e->gen && pyrt_gen_ready(ts, g, sent)) {
            int s = pyrt_gen_run(ts, e, g, sent, result);
            if (LIKELY(s != PYRT_GEN_NOT))
                return s;
        }
    }
    return PyIter_Send(source, sent, result);
}
