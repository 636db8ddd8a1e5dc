/* Swallowing trace events that the program must not see twice.
 *
 * When a nested run finishes a traced activation, the tracer has been told everything up to its
 * 'return'.  Then the stub's own RETURN_VALUE, run by the outer interpreter loop on the same frame,
 * would tell it 'line' and 'return' again; and a nested run entered with throwflag starts by
 * telling it 'call'.  In both cases the unwanted events come at once, with no Python code in
 * between.  So the thread's trace and profile functions are replaced by one that swallows events up
 * to the expected last one and then puts the program's function back.
 *
 * Failure has one more trap.  The outer loop adds a traceback entry for the frame; untraced,
 * install.c prevents that by making the frame look incomplete, but reporting an event on an
 * incomplete frame is not allowed.  So under tracing the second entry is let in and turned into a
 * copy of the first, which then drops out of the chain. */
#include "rt_trace.h"

#include <internal/pycore_traceback.h>

typedef struct Mute {
    PyObject_HEAD Py_tracefunc func; /* the program's */
    PyObject *arg;
    int until; /* the last event to swallow: PyTrace_CALL or PyTrace_RETURN */
    bool profile;
} Mute;

static void
mute_dealloc(PyObject *self)
{
    Py_XDECREF(((Mute *)self)->arg);
    PyObject_Free(self);
}

static PyTypeObject MuteType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "pyopt.mute",
    .tp_basicsize = sizeof(Mute),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = mute_dealloc,
};

/* The newest traceback entry becomes what the one behind it is. */
static void
merge_traceback(PyObject *exc_info)
{
    PyObject *tb = PyTuple_Check(exc_info) && PyTuple_GET_SIZE(exc_info) == 3
                       ? PyTuple_GET_ITEM(exc_info, 2)
                       : NULL;
    if (!tb || !PyTraceBack_Check(tb))
        return;
    PyTracebackObject *outer = (PyTracebackObject *)tb, *first = outer->tb_next;
    if (!first)
        return;
    outer->tb_lasti = first->tb_lasti;
    outer->tb_lineno = first->tb_lineno;
    Py_SETREF(outer->tb_frame, (PyFrameObject *)Py_NewRef(first->tb_frame));
    outer->tb_next = (PyTracebackObject *)Py_XNewRef(first->tb_next);
    Py_DECREF(first);
}

static int
mute_event(PyObject *self, PyFrameObject *frame, int what, PyObject *arg)
{
    (void)frame;
    Mute *m = (Mute *)self;
    if (what == PyTrace_EXCEPTION && arg)
        merge_traceback(arg);
    if (what != m->until)
        return 0;
    PyThreadState *ts = _PyThreadState_GET();
    Py_tracefunc func = m->func;
    PyObject *own = m->arg;
    m->arg = NULL;
    if (m->profile) {
        ts->c_profilefunc = func;
        ts->c_profileobj = own;
    } else {
        ts->c_tracefunc = func;
        ts->c_traceobj = own;
    }
    Py_DECREF(self);
    return 0;
}

static Mute *
mute_new(Py_tracefunc func, PyObject *arg, int until, bool profile)
{
    Mute *m = PyObject_New(Mute, &MuteType);
    if (!m) {
        PyErr_Clear();
        return NULL;
    }
    m->func = func;
    m->arg = arg;
    m->until = until;
    m->profile = profile;
    return m;
}

static void
mute(PyThreadState *ts, int until, bool trace, bool profile)
{
    PyObject *type, *value, *tb;
    PyErr_Fetch(&type, &value, &tb);
    Mute *t = trace ? mute_new(ts->c_tracefunc, ts->c_traceobj, until, false) : NULL;
    Mute *p = profile ? mute_new(ts->c_profilefunc, ts->c_profileobj, until, true) : NULL;
    if (t) {
        ts->c_tracefunc = mute_event;
        ts->c_traceobj = (PyObject *)t;
    }
    if (p) {
        ts->c_profilefunc = mute_event;
        ts->c_profileobj = (PyObject *)p;
    }
    PyErr_Restore(type, value, tb);
}

void
rt_trace_skip_call(PyThreadState *ts)
{
    mute(ts, PyTrace_CALL, ts->c_tracefunc != NULL, ts->c_profilefunc != NULL);
}

void
rt_trace_leave(PyThreadState *ts, bool failed)
{
    /* On failure there must be a trace function: only it is told of the exception. */
    mute(ts, PyTrace_RETURN, failed || ts->c_tracefunc != NULL, ts->c_profilefunc != NULL);
}

/* As call_trace() in CPython's ceval.c, for the current frame. */
static int
report_return(PyThreadState *ts, Py_tracefunc func, PyObject *arg, PyObject *r)
{
    if (ts->tracing)
        return 0;
    PyFrameObject *frame = PyThreadState_GetFrame(ts);
    if (!frame)
        return 0;
    int what = ts->tracing_what;
    ts->tracing_what = PyTrace_RETURN;
    PyThreadState_EnterTracing(ts);
    frame->f_lineno = PyFrame_GetLineNumber(frame);
    int status = func(arg, frame, PyTrace_RETURN, r);
    frame->f_lineno = 0;
    PyThreadState_LeaveTracing(ts);
    ts->tracing_what = what;
    Py_DECREF(frame);
    return status;
}

PyObject *
rt_trace_return(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *r)
{
    assert(ts->cframe->current_frame == f);
    (void)f;
    if ((ts->c_tracefunc && report_return(ts, ts->c_tracefunc, ts->c_traceobj, r)) ||
        (ts->c_profilefunc && report_return(ts, ts->c_profilefunc, ts->c_profileobj, r)))
        Py_CLEAR(r);
    return r;
}

bool
rt_trace_init(void)
{
    return PyType_Ready(&MuteType) == 0;
}
