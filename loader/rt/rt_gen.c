#include "rt_gen.h"

#include "loader.h"
#include "rt_call.h"
#include "rt_trace.h"

const char pyrt_gen_declined;

/* What SEND does when its subiterator has ended; true: it has raised. */
static bool
behind_send(_PyInterpreterFrame *f, uint32_t *unit, uint32_t *depth)
{
    PyObject *source = loader.ended.source, *sent;
    PyObject **top = &f->localsplus[f->f_code->co_nlocalsplus + (int)*depth - 2];
    _Py_CODEUNIT send = _PyCode_CODE(f->f_code)[*unit];
    if (_Py_OPCODE(send) != SEND || *depth < 2 || top[0] != source)
        return false;
    loader.ended.source = NULL;
    sent = top[1];
    --*depth;
    if (loader.ended.status == PYGEN_RETURN) {
        *unit += 1u + _Py_OPARG(send);
        top[0] = loader.ended.value;
        Py_DECREF(source);
    }
    Py_DECREF(sent);
    return loader.ended.status == PYGEN_ERROR;
}

PyObject *
pyrt_gen_continue(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit, uint32_t depth,
                  bool raising)
{
    PyGenObject *g = _PyFrame_GetGenerator(f);
    if (UNLIKELY(loader.ended.source != NULL) && !raising)
        raising = behind_send(f, &unit, &depth);
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

void
pyrt_gen_clear(PyGenObject *g)
{
    Py_CLEAR(g->gi_exc_state.exc_value);
    g->gi_frame_state = FRAME_CLEARED;
    clear_frame(g);
}

int
pyrt_gen_end(PyGenObject *g, PyObject **out)
{
    if (*out == PYRT_GEN_DECLINED)
        return PYRT_GEN_NOT;
    if (!*out && PyErr_ExceptionMatches(PyExc_StopIteration))
        _PyErr_FormatFromCause(PyExc_RuntimeError, "%s raised StopIteration",
                               PyCoro_CheckExact(g) ? "coroutine" : "generator");
    pyrt_gen_clear(g);
    return *out ? PYGEN_RETURN : PYGEN_ERROR;
}

/* ---- await ---- */

static bool
is_coroutine(PyObject *o)
{
    return PyCoro_CheckExact(o) ||
           (PyGen_CheckExact(o) && ((PyGenObject *)o)->gi_code->co_flags & CO_ITERABLE_COROUTINE);
}

bool
pyrt_get_awaitable_quick(PyObject *o, int what, PyObject **it)
{
    (void)what;
    if (!PyCoro_CheckExact(o) || pyrt_gen_waits((PyGenObject *)o))
        return false;
    *it = Py_NewRef(o);
    return true;
}

/* What o.__await__() gives.  As _PyCoro_GetAwaitableIter(). */
static PyObject *
call_await(PyObject *o, int what)
{
    PyTypeObject *type = Py_TYPE(o);
    if (!type->tp_as_async || !type->tp_as_async->am_await) {
        const char *text = what == 1 ? "'async with' received an object from __aenter__ that does "
                                       "not implement __await__: %.100s"
                           : what == 2 ? "'async with' received an object from __aexit__ that does "
                                         "not implement __await__: %.100s"
                                       : "object %.100s can't be used in 'await' expression";
        PyErr_Format(PyExc_TypeError, text, type->tp_name);
        return NULL;
    }
    PyObject *r = type->tp_as_async->am_await(o);
    if (r && is_coroutine(r)) {
        PyErr_SetString(PyExc_TypeError, "__await__() returned a coroutine");
        Py_CLEAR(r);
    } else if (r && !PyIter_Check(r)) {
        PyErr_Format(PyExc_TypeError, "__await__() returned non-iterator of type '%.100s'",
                     Py_TYPE(r)->tp_name);
        Py_CLEAR(r);
    }
    return r;
}

PyObject *
pyrt_get_awaitable(PyObject *o, int what)
{
    PyObject *it = is_coroutine(o) ? Py_NewRef(o) : call_await(o, what);
    if (it && PyCoro_CheckExact(it) && pyrt_gen_waits((PyGenObject *)it)) {
        PyErr_SetString(PyExc_RuntimeError, "coroutine is being awaited already");
        Py_CLEAR(it);
    }
    return it;
}

/* ---- calls ---- */

/* cr_origin, where sys.set_coroutine_origin_tracking_depth() asks for it: who makes it.  NULL: no
 * memory. */
static PyObject *
origin(PyThreadState *ts)
{
    _PyInterpreterFrame *f = ts->cframe->current_frame;
    int n = 0;
    for (; f && n < ts->coroutine_origin_tracking_depth; f = f->previous)
        n++;
    PyObject *frames = PyTuple_New(n);
    f = ts->cframe->current_frame;
    for (int i = 0; frames && i < n; i++, f = f->previous) {
        int line = PyCode_Addr2Line(f->f_code, _PyInterpreterFrame_LASTI(f) * 2);
        PyObject *one = Py_BuildValue("OiO", f->f_code->co_filename, line, f->f_code->co_name);
        if (!one)
            Py_CLEAR(frames);
        else
            PyTuple_SET_ITEM(frames, i, one);
    }
    return frames;
}

static void
release_call(PyFunctionObject *func, PyObject *self, PyObject *const *args, size_t n)
{
    for (size_t i = 0; i < n; i++)
        Py_DECREF(args[i]);
    Py_XDECREF(self);
    Py_DECREF(func);
}

/* As make_gen() in CPython's genobject.c and _PyFrame_Copy() leave it. */
static PyGenObject *
new_generator(const PyoptEntry *e, PyFunctionObject *func)
{
    PyCodeObject *code =
        (PyCodeObject *)Py_NewRef(func->func_code); /* a collection may exchange it */
    bool coroutine = code->co_flags & CO_COROUTINE;
    PyGenObject *g = PyObject_GC_NewVar(PyGenObject, coroutine ? &PyCoro_Type : &PyGen_Type,
                                        (Py_ssize_t)e->slots);
    if (!g) {
        Py_DECREF(code);
        return NULL;
    }
    g->gi_code = code;
    g->gi_weakreflist = NULL;
    g->gi_name = Py_NewRef(func->func_name);
    g->gi_qualname = Py_NewRef(func->func_qualname);
    g->gi_exc_state.exc_value = NULL;
    g->gi_exc_state.previous_item = NULL;
    if (coroutine)
        g->gi_origin_or_finalizer = NULL; /* cr_origin; a generator has nothing there */
    g->gi_frame_state = FRAME_CREATED;
    _PyInterpreterFrame *f = (_PyInterpreterFrame *)g->gi_iframe;
    pyrt_frame_init(f, func);
    if (UNLIKELY(f->f_code != code))
        Py_SETREF(f->f_code, (PyCodeObject *)Py_NewRef(code));
    f->owner = FRAME_OWNED_BY_GENERATOR;
    f->previous = NULL;
    f->prev_instr = e->resume - 2; /* RETURN_GENERATOR, POP_TOP, RESUME */
    f->stacktop = (int)e->n_localsplus;
    return g;
}

PyObject *
pyrt_gen_make(PyThreadState *ts, PyoptEntry *e, PyFunctionObject *func, PyObject *self,
              PyObject *const *args, size_t n)
{
    if (UNLIKELY(ts->recursion_remaining <= 0)) { /* the call is a level, too */
        ts->recursion_remaining--;
        if (_Py_CheckRecursiveCall(ts, "")) {
            release_call(func, self, args, n);
            return NULL;
        }
        ts->recursion_remaining++;
    }
    PyGenObject *g = new_generator(e, func);
    if (!g) {
        release_call(func, self, args, n);
        return NULL;
    }
    if (UNLIKELY(!pyrt_bind_locals((_PyInterpreterFrame *)g->gi_iframe, e, func, self, args, n))) {
        pyrt_gen_clear(g);
        PyObject_GC_Track((PyObject *)g);
        Py_CLEAR(g);
        return NULL;
    }
    PyObject_GC_Track((PyObject *)g);
    if (PyCoro_CheckExact(g) && UNLIKELY(ts->coroutine_origin_tracking_depth) &&
        !(g->gi_origin_or_finalizer = origin(ts)))
        Py_CLEAR(g);
    return (PyObject *)g;
}

/* Is func a generator function that n arguments are enough for, and can a generator be made without
 * anything being run, collected or shown? */
static PyoptEntry *
quiet_maker(PyThreadState *ts, PyObject *func, size_t n)
{
    if (!Py_IS_TYPE(func, &PyFunction_Type))
        return NULL;
    PyObject *code = ((PyFunctionObject *)func)->func_code;
    PyoptEntry *e = pyrt_entry_of((PyCodeObject *)code);
    int hidden = (pyrt_later ? pyrt_later->n_frames : 0) + 1;
    bool fits = e && !e->body && e->direct == code && n == e->fit && !e->varargs &&
                !e->code->co_ncellvars && !PYRT_GC_DUE(ts) && ts->recursion_remaining > hidden &&
                !ts->coroutine_origin_tracking_depth;
    return fits ? e : NULL;
}

bool
pyrt_gen_make_quick(PyThreadState *ts, PyObject *const *stack, size_t n, PyObject **r)
{
    size_t skip = stack[0] ? 0 : 1;
    PyoptEntry *e = quiet_maker(ts, stack[skip], n - skip - 1);
    if (!e)
        return false;
    *r = pyrt_gen_make(ts, e, (PyFunctionObject *)stack[skip], NULL, stack + skip + 1, e->argcount);
    return true; /* NULL: no memory */
}

/* A class written in Python whose __iter__ is a function calls that function; as slot_tp_iter(). */
bool
pyrt_gen_iter(PyThreadState *ts, PyObject *o, PyObject **it)
{
    PyTypeObject *type = Py_TYPE(o);
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || !type->tp_version_tag || PYRT_TRACED(ts))
        return false;
    PyObject *func = _PyType_Lookup(type, loader.iter_name);
    PyoptEntry *e = func ? quiet_maker(ts, func, 1) : NULL;
    if (!e || e->code->co_flags & CO_COROUTINE) /* which is no iterator */
        return false;
    *it = pyrt_gen_make(ts, e, (PyFunctionObject *)Py_NewRef(func), Py_NewRef(o), NULL, 0);
    if (!*it)
        PyErr_Clear(); /* the slow path will see for itself */
    return *it != NULL;
}

/* ---- compiled callers ---- */

PyrtLater *pyrt_later;

static void
show(PyThreadState *ts, const PyrtLater *l)
{
    _PyInterpreterFrame *f = l->f;
    if (l->outer)
        show(ts, l->outer);
    if (f->owner == FRAME_OWNED_BY_GENERATOR)
        pyrt_gen_need(ts, f);
    f->prev_instr = l->at;
    pyrt_publish_raw(f->localsplus, l->w, l->n, l->raw);
}

void
pyrt_later_show(PyThreadState *ts)
{
    const PyrtLater *l = pyrt_later;
    pyrt_later = NULL;
    show(ts, l);
}

/* Does nothing that could be seen go with g's frame? */
static bool
ends_quietly(const PyGenObject *g)
{
    const _PyInterpreterFrame *f = (const _PyInterpreterFrame *)g->gi_iframe;
    bool quiet =
        !f->frame_obj && !f->f_locals && Py_REFCNT(f->f_func) > 1 && Py_REFCNT(f->f_code) > 1;
    for (int i = 0; quiet && i < f->stacktop; i++)
        quiet = !f->localsplus[i] || pyrt_is_held(f->localsplus[i]);
    return quiet;
}

int
pyrt_gen_one(PyThreadState *ts, PyoptEntry *e, PyGenObject *g, PyObject *sent, PyObject **out)
{
    ++*e->entries;
    *out = e->gen(ts, (_PyInterpreterFrame *)g->gi_iframe, sent);
    if (LIKELY(g->gi_frame_state == FRAME_SUSPENDED && *out != PYRT_GEN_DECLINED))
        return PYGEN_NEXT;
    if (*out == PYRT_GEN_DECLINED)
        return PYRT_GEN_NOT;
    if (pyrt_later && !(*out && ends_quietly(g))) /* what goes with the frame may look */
        pyrt_later_show(ts);
    return pyrt_gen_end(g, out);
}

/* PYGEN_NEXT, _RETURN or _ERROR, or PYRT_GEN_NOT. */
static int
run_for(PyThreadState *ts, PyGenObject *g, PyObject *sent, PyObject **out, PyrtLater *later)
{
    PyoptEntry *e = pyrt_entry_of(g->gi_code);
    if (!e || !e->gen || !pyrt_gen_ready(ts, g, sent) || ts->recursion_remaining <= later->n_frames)
        return PYRT_GEN_NOT;
    pyrt_later = later;
    int s = e->delegates ? pyrt_gen_chain(ts, g, sent, out) : pyrt_gen_one(ts, e, g, sent, out);
    if (pyrt_later)
        pyrt_later = later->outer;
    return s;
}

/* A caller that has not entered its frame is nevertheless running: it may come to itself. */
static inline int
resume(PyThreadState *ts, PyGenObject *g, PyObject *sent, PyObject **out, PyrtLater *later)
{
    later->outer = pyrt_later;
    later->n_frames = pyrt_later ? pyrt_later->n_frames : 0;
    if (later->f->owner != FRAME_OWNED_BY_GENERATOR ||
        _PyFrame_GetGenerator(later->f)->gi_frame_state == FRAME_EXECUTING)
        return run_for(ts, g, sent, out, later);
    PyGenObject *caller = _PyFrame_GetGenerator(later->f);
    int8_t state = caller->gi_frame_state;
    caller->gi_frame_state = FRAME_COMPLETED;
    later->n_frames++;
    int s = run_for(ts, g, sent, out, later);
    if (caller->gi_frame_state == FRAME_COMPLETED)
        caller->gi_frame_state = state;
    return s;
}

bool
pyrt_gen_next(PyThreadState *ts, PyObject *it, PyObject **item, int *more, PyrtLater *later)
{
    if (!PyGen_CheckExact(it))
        return false;
    *more = resume(ts, (PyGenObject *)it, Py_None, item, later);
    if (*more == PYGEN_RETURN)
        Py_CLEAR(*item);
    return *more != PYRT_GEN_NOT;
}

/* A SEND that is resumed because its subiterator has ended (rt_chain.c). */
static bool
take_ended(PyObject **result, int *more)
{
    loader.ended.source = NULL;
    *result = loader.ended.value;
    *more = loader.ended.status;
    return true;
}

bool
pyrt_gen_send(PyThreadState *ts, PyObject *source, PyObject *sent, PyObject **result, int *more,
              PyrtLater *later)
{
    if (UNLIKELY(loader.ended.source == source))
        return take_ended(result, more);
    if (!PyGen_CheckExact(source) && !PyCoro_CheckExact(source))
        return false;
    *more = resume(ts, (PyGenObject *)source, sent, result, later);
    return *more != PYRT_GEN_NOT;
}

int
pyrt_send(PyObject *source, PyObject *sent, PyObject **result)
{
    int more;
    if (UNLIKELY(loader.ended.source == source) && take_ended(result, &more))
        return more;
    return PyIter_Send(source, sent, result);
}
