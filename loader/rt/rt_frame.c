#include "rt_frame.h"

#include "loader.h"

/* The frame object of the nearest complete frame at or below f: a new reference, or NULL. */
static PyFrameObject *
object_of(PyThreadState *ts, _PyInterpreterFrame *f)
{
    if (!f)
        return NULL;
    _PyInterpreterFrame *current = ts->cframe->current_frame;
    ts->cframe->current_frame = f;
    PyFrameObject *object = PyThreadState_GetFrame(ts);
    ts->cframe->current_frame = current;
    return object;
}

void
pyrt_frame_detach(PyThreadState *ts, _PyInterpreterFrame *f)
{
    PyFrameObject *object = f->frame_obj;
    uint32_t n = (uint32_t)f->f_code->co_nlocalsplus;
    PyObject *type, *value, *tb;
    PyErr_Fetch(&type, &value, &tb);

    f->frame_obj = NULL;
    f->stacktop = (int)n;
    _PyInterpreterFrame *copy = (_PyInterpreterFrame *)object->_f_frame_data;
    memcpy(copy, f, offsetof(_PyInterpreterFrame, localsplus) + n * sizeof(PyObject *));
    copy->owner = FRAME_OWNED_BY_FRAME_OBJECT;
    object->f_frame = copy;
    object->f_back = object_of(ts, f->previous);
    copy->previous = NULL;
    if (!_PyObject_GC_IS_TRACKED((PyObject *)object))
        PyObject_GC_Track(object);
    Py_DECREF(object);
    PyErr_Restore(type, value, tb);
}

void
pyrt_frame_drop(_PyInterpreterFrame *f)
{
    PyFrameObject *object = f->frame_obj;
    PyFunctionObject *func = f->f_func;
    if (object && Py_REFCNT(object) > 1) {
        size_t n = (size_t)f->f_code->co_nlocalsplus;
        pyrt_frame_detach(_PyThreadState_GET(), f);
        f->f_func = NULL;
        memset(f->localsplus, 0, n * sizeof(PyObject *));
        return;
    }
    f->f_func = NULL;
    f->frame_obj = NULL;
    Py_XDECREF(object);
    Py_XDECREF(f->f_locals);
    Py_DECREF(func);
    Py_DECREF(f->f_code);
}

void
pyrt_frame_clear(PyThreadState *ts, _PyInterpreterFrame *f)
{
    if (f->frame_obj) {
        if (Py_REFCNT(f->frame_obj) > 1) {
            pyrt_frame_detach(ts, f);
            return;
        }
        PyFrameObject *object = f->frame_obj;
        f->frame_obj = NULL;
        Py_DECREF(object);
    }
    int n = f->f_code->co_nlocalsplus;
    for (int i = 0; i < n; i++)
        Py_XDECREF(f->localsplus[i]);
    Py_XDECREF(f->f_locals);
    Py_DECREF(f->f_func);
    Py_DECREF(f->f_code);
}

/* Polling: a function whose RESUME serves the breaker.
 *
 * Its code claims that its first traceable unit never comes: its frame counts as incomplete for
 * ever, so signal handlers, sys._getframe and tracebacks see the frame below it, the one that
 * polls.  That makes calling it the same as reaching a RESUME or JUMP_BACKWARD in that frame.
 *
 * A handler may switch tracing on.  Then nobody must be told of this function's return: behind its
 * RESUME it negates its argument, an object of the type below, which switches tracing off in this
 * activation; pyrt_poll() switches it on again. */
static PyObject *
hush(PyObject *self)
{
    _PyThreadState_GET()->cframe->use_tracing = 0;
    return Py_NewRef(self);
}

static PyNumberMethods hush_number = {.nb_negative = hush};

static PyTypeObject HushType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "pyopt.hush",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_as_number = &hush_number,
};

static PyObject *
poll_function(void)
{
    /* Made without running any code: that would serve the breaker too soon. */
    WatchSilence silence = watch_silence();
    PyObject *module = Py_CompileString("def poll(hush): return -hush", "<pyopt>", Py_file_input);
    watch_speak(silence);
    PyObject *globals = module ? PyDict_New() : NULL;
    PyObject *func = NULL;
    if (globals && PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins()) == 0) {
        PyCodeObject *code =
            (PyCodeObject *)PyTuple_GET_ITEM(((PyCodeObject *)module)->co_consts, 0);
        code->_co_firsttraceable = INT_MAX;
        func = PyFunction_New((PyObject *)code, globals);
    }
    Py_XDECREF(globals);
    Py_XDECREF(module);
    return func;
}

static bool
make_poll(void)
{
    if (!loader.hush &&
        (PyType_Ready(&HushType) < 0 || !(loader.hush = PyObject_New(PyObject, &HushType))))
        return false;
    return (loader.poll = poll_function()) != NULL;
}

int
pyrt_poll(PyThreadState *ts, _PyInterpreterFrame *f)
{
    (void)f;
    if (!loader.poll && !make_poll())
        return -1;
    ts->recursion_remaining++; /* handlers run as deep as they would in the interpreter */
    PyObject *r = PyObject_CallOneArg(loader.poll, loader.hush);
    ts->recursion_remaining--;
    Py_XDECREF(r);
    _PyThreadState_UpdateTracingState(ts);
    return !r ? -1 : PYRT_TRACED(ts) ? 1 : 0;
}
