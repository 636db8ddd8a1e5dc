#include "rt_call.h"

#include "loader.h"
#include "rt_deopt.h"
#include "rt_dict.h"
#include "rt_gen.h"
#include "rt_new.h"
#include "rt_stack.h"
#include "rt_trace.h"

typedef struct Call {
    PyThreadState *ts;
    PyoptEntry *e;
    PyFunctionObject *func;
    PyObject *self;
    PyObject *const *args;
    size_t n;
} Call;

static PyObject *
call_again(void *arg)
{
    const Call *c = arg;
    return pyrt_call_direct(c->ts, c->e, c->func, c->self, c->args, c->n);
}

static __attribute__((noinline)) PyObject *
call_on_new_stack(PyThreadState *ts, PyoptEntry *e, PyFunctionObject *func, PyObject *self,
                  PyObject *const *args, size_t n)
{
    return pyrt_stack_run(call_again, &(Call){ts, e, func, self, args, n});
}

static void
release(PyObject *const *entries, size_t n)
{
    for (size_t i = 0; i < n; i++)
        Py_DECREF(entries[i]);
}

/* A call that could not begin. */
static __attribute__((noinline)) PyObject *
give_up(PyFunctionObject *func, PyObject *self, PyObject *const *args, size_t n)
{
    release(args, n);
    Py_XDECREF(self);
    Py_DECREF(func);
    return NULL;
}

/* Arguments into their homes, defaults behind them, the other locals unbound.  loader.mk forbids
 * gcc to make memset of the last loop: it runs a few times at most. */
static inline __attribute__((always_inline)) void
fill_locals(PyObject **local, const PyoptEntry *e, PyFunctionObject *func, PyObject *self,
            PyObject *const *args, size_t n)
{
    size_t at = 0, n_locals = e->n_localsplus;
    if (self)
        local[at++] = self;
    for (size_t i = 0; i < n; i++)
        local[at++] = args[i];
    if (UNLIKELY(at < e->argcount)) {
        PyObject *defaults = func->func_defaults;
        size_t first = e->argcount - (size_t)PyTuple_GET_SIZE(defaults);
        for (; at < e->argcount; at++)
            local[at] = Py_NewRef(PyTuple_GET_ITEM(defaults, at - first));
    }
    for (; at < n_locals; at++)
        local[at] = NULL;
}

/* What the interpreter does before RESUME: the tuple of *args, MAKE_CELL, COPY_FREE_VARS.  False:
 * no memory. */
static __attribute__((noinline)) bool
run_prologue(_PyInterpreterFrame *f, const PyoptEntry *e, PyObject *const *args, size_t n)
{
    PyCodeObject *code = f->f_code;
    PyObject **local = f->localsplus;
    if (e->varargs) {
        size_t extra = n > e->argcount ? n - e->argcount : 0;
        PyObject *rest = PyTuple_New((Py_ssize_t)extra);
        if (!rest) {
            release(args + e->argcount, extra);
            return false;
        }
        for (size_t i = 0; i < extra; i++)
            PyTuple_SET_ITEM(rest, i, args[e->argcount + i]);
        local[e->argcount] = rest;
    }
    const char *kinds = PyBytes_AS_STRING(code->co_localspluskinds);
    int first_free = code->co_nlocalsplus - code->co_nfreevars;
    for (int i = 0; i < first_free; i++)
        if (kinds[i] & CO_FAST_CELL) {
            PyObject *cell = PyCell_New(local[i]);
            if (!cell)
                return false;
            Py_XSETREF(local[i], cell);
        }
    for (int i = 0; i < code->co_nfreevars; i++)
        local[first_free + i] = Py_NewRef(PyTuple_GET_ITEM(f->f_func->func_closure, i));
    return true;
}

bool
pyrt_bind_locals(_PyInterpreterFrame *f, const PyoptEntry *e, PyFunctionObject *func,
                 PyObject *self, PyObject *const *args, size_t n)
{
    fill_locals(f->localsplus, e, func, self, args,
                e->varargs && n > e->argcount ? e->argcount : n);
    return !e->prologue || run_prologue(f, e, args, n);
}

/* A finished frame: locals in ascending order, then what the specials own. */
static inline void
clear(PyThreadState *ts, _PyInterpreterFrame *f, size_t n_locals)
{
    if (UNLIKELY(f->frame_obj || f->f_locals)) {
        pyrt_frame_clear(ts, f);
        return;
    }
    for (size_t i = 0; i < n_locals; i++)
        Py_XDECREF(f->localsplus[i]);
    Py_DECREF(f->f_func);
    Py_DECREF(f->f_code);
}

static inline __attribute__((always_inline)) PyObject *
call_on(_PyInterpreterFrame *f, PyThreadState *ts, PyoptEntry *e, PyFunctionObject *func,
        PyObject *self, PyObject *const *args, size_t n)
{
    ++*e->entries;
    pyrt_frame_init(f, func);
    f->prev_instr = e->resume;
    fill_locals(f->localsplus, e, func, self, args,
                UNLIKELY(e->varargs) && n > e->argcount ? e->argcount : n);
    _PyInterpreterFrame *outer = ts->cframe->current_frame;
    if (UNLIKELY(e->prologue) && !run_prologue(f, e, args, n)) {
        clear(ts, f, e->n_localsplus);
        ts->recursion_remaining++;
        return NULL;
    }
    f->previous = outer;
    ts->cframe->current_frame = f;
    PyObject *r;
    if (PYRT_BREAKER(ts) || PYRT_TRACED(ts))
        r = pyrt_enter_slow(ts, f, e);
    else
        r = e->body(ts, f);
    if (UNLIKELY(PYRT_TRACED(ts)) && r && f->stacktop < 0)
        r = rt_trace_return(ts, f, r);
    ts->cframe->current_frame = outer;
    clear(ts, f, e->n_localsplus);
    ts->recursion_remaining++;
    return r;
}

enum { SMALL = 20 }; /* slots of a frame of fixed size, which costs less to address */

static __attribute__((noinline)) PyObject *
call_large(PyThreadState *ts, PyoptEntry *e, PyFunctionObject *func, PyObject *self,
           PyObject *const *args, size_t n)
{
    PyObject *room[FRAME_SPECIALS_SIZE + e->slots];
    return call_on((_PyInterpreterFrame *)room, ts, e, func, self, args, n);
}

PyObject *
pyrt_call_direct(PyThreadState *ts, PyoptEntry *e, PyFunctionObject *func, PyObject *self,
                 PyObject *const *args, size_t n)
{
    if (!e->body)
        return pyrt_gen_make(ts, e, func, self, args, n);
    if (pyrt_stack_low())
        return call_on_new_stack(ts, e, func, self, args, n);
    if (UNLIKELY(ts->recursion_remaining-- <= 0) && _Py_CheckRecursiveCall(ts, ""))
        return give_up(func, self, args, n);
    if (UNLIKELY(e->slots > SMALL))
        return call_large(ts, e, func, self, args, n);
    PyObject *room[FRAME_SPECIALS_SIZE + SMALL];
    return call_on((_PyInterpreterFrame *)room, ts, e, func, self, args, n);
}

/* Can n positional arguments (self included) be bound to e's parameters? */
static bool
arguments_fit(const PyoptEntry *e, PyFunctionObject *func, size_t n)
{
    if (e->kwonly)
        return false;
    if (n >= e->argcount)
        return n == e->argcount || e->varargs;
    PyObject *defaults = func->func_defaults;
    return defaults && e->argcount - n <= (size_t)PyTuple_GET_SIZE(defaults);
}

/* The live entry of a Python function, or NULL. */
static PyoptEntry *
live_entry(PyObject *callable)
{
    if (!Py_IS_TYPE(callable, &PyFunction_Type))
        return NULL;
    PyObject *code = ((PyFunctionObject *)callable)->func_code;
    PyoptEntry *e = pyrt_entry_of((PyCodeObject *)code);
    return e && e->direct == code ? e : NULL;
}

PyoptEntry *
pyrt_call_other(PyrtCallCell *cell, PyFunctionObject *func)
{
    PyoptEntry *e = live_entry((PyObject *)func);
    if (!cell->entry || !cell->entry->direct) {
        cell->entry = e;
        cell->type = NULL;
    }
    return e;
}

/* The default of parameter i, borrowed; NULL: it has none. */
static PyObject *
default_of(const PyoptEntry *e, PyFunctionObject *func, size_t i)
{
    size_t positional = e->argcount - e->kwonly;
    if (i >= positional) {
        PyObject *name = PyTuple_GET_ITEM(((PyCodeObject *)func->func_code)->co_localsplusnames, i);
        PyObject **at, *dict = func->func_kwdefaults;
        return dict && PyDict_CheckExact(dict) && pyrt_dict_find(dict, name, &at) > 0 ? *at : NULL;
    }
    size_t n = func->func_defaults ? (size_t)PyTuple_GET_SIZE(func->func_defaults) : 0;
    return i + n < positional ? NULL : PyTuple_GET_ITEM(func->func_defaults, i + n - positional);
}

/* The parameter that a keyword names, from `at` on; e->argcount: none.  Names are compared as
 * pointers: both sides are interned. */
static size_t
parameter_named(const PyoptEntry *e, PyCodeObject *code, size_t at, PyObject *name)
{
    while (at < e->argcount && PyTuple_GET_ITEM(code->co_localsplusnames, at) != name)
        at++;
    return at;
}

/* New references to positional and keyword arguments in the order of e's parameters, and to
 * defaults where none is given; the first `skip` parameters are left out.  False: leave it, and the
 * error message, to the interpreter. */
static bool
bind(const PyoptEntry *e, PyFunctionObject *func, PyObject *const *args, size_t n,
     PyObject *kwnames, size_t skip, PyObject **bound)
{
    size_t first = skip + n, n_names = kwnames ? (size_t)PyTuple_GET_SIZE(kwnames) : 0;
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    size_t named = (size_t)code->co_posonlyargcount;
    if (e->varargs || first > e->argcount - e->kwonly)
        return false;
    for (size_t i = 0; i < e->argcount; i++)
        bound[i] = i >= skip && i < first ? args[i - skip] : NULL;
    for (size_t k = 0; k < n_names; k++) {
        size_t at =
            parameter_named(e, code, first < named ? named : first, PyTuple_GET_ITEM(kwnames, k));
        if (at == e->argcount || bound[at])
            return false;
        bound[at] = args[n + k];
    }
    for (size_t i = first; i < e->argcount; i++)
        if (!bound[i] && !(bound[i] = default_of(e, func, i)))
            return false;
    for (size_t i = skip; i < e->argcount; i++)
        Py_INCREF(bound[i]);
    return true;
}

/* May instances of type be made by allocation and a direct call of __init__?  Fills the cell. */
static bool
learn_class(PyrtCallCell *cell, PyTypeObject *type)
{
    PyFunctionObject *init = pyrt_class_init(type);
    PyoptEntry *e = init ? live_entry((PyObject *)init) : NULL;
    if (!e || e->varargs)
        return false;
    cell->entry = e;
    cell->type = type;
    cell->version = type->tp_version_tag;
    cell->init = init;
    return true;
}

/* type(args...) as type_call and slot_tp_init do it, one level of C recursion included.  Takes the
 * references of args. */
static PyObject *
make_instance(PyThreadState *ts, PyTypeObject *type, PyoptEntry *e, PyFunctionObject *init,
              PyObject *const *args, size_t n)
{
    Py_INCREF(init);
    if (_Py_EnterRecursiveCallTstate(ts, " while calling a Python object"))
        return give_up(init, NULL, args, n);
    PyObject *self = type->tp_new(type, loader.no_args, NULL);
    if (!self) {
        give_up(init, NULL, args, n);
    } else {
        PyObject *r = pyrt_call_direct(ts, e, init, Py_NewRef(self), args, n);
        if (UNLIKELY(r != Py_None)) {
            if (r)
                PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'",
                             Py_TYPE(r)->tp_name);
            Py_CLEAR(self);
        }
        Py_XDECREF(r);
    }
    _Py_LeaveRecursiveCallTstate(ts);
    return self;
}

/* A class, which leaves the references of args to its caller.  False: it must be called in the
 * ordinary way.  The metaclass is looked at each time, because changing it does not change the
 * class's version. */
static __attribute__((noinline)) bool
call_class(PyThreadState *ts, PyTypeObject *type, PyObject *const *args, size_t n,
           PyObject *kwnames, PyrtCallCell *cell, PyObject **r)
{
    bool known = cell->type == type && cell->version == type->tp_version_tag;
    if (Py_TYPE(type)->tp_call != PyType_Type.tp_call || (!known && !learn_class(cell, type)))
        return false;
    PyoptEntry *e = cell->entry;
    PyFunctionObject *init = cell->init;
    if (e->direct != init->func_code)
        return false;
    if (!kwnames && !e->kwonly) {
        if (!arguments_fit(e, init, n + 1))
            return false;
        for (size_t i = 0; i < n; i++)
            Py_INCREF(args[i]);
        *r = make_instance(ts, type, e, init, args, n);
        return true;
    }
    PyObject *bound[e->argcount + 1];
    if (!bind(e, init, args, n, kwnames, 1, bound))
        return false;
    *r = make_instance(ts, type, e, init, bound + 1, e->argcount - 1);
    return true;
}

typedef PyObject *FastKw(PyObject *self, PyObject *const *args, size_t n, PyObject *kwnames);
typedef PyObject *Fast(PyObject *self, PyObject *const *args, size_t n);

/* A C function of the calling convention in flags.  False: not one that the interpreter calls
 * directly. */
static bool
call_fast(PyCFunction f, int flags, PyObject *self, PyObject *const *args, size_t n,
          PyObject *kwnames, PyObject **r)
{
    if (flags == METH_FASTCALL && !kwnames)
        *r = ((Fast *)(void *)f)(self, args, n);
    else if (flags == (METH_FASTCALL | METH_KEYWORDS))
        *r = ((FastKw *)(void *)f)(self, args, n, kwnames);
    else
        return false;
    return true;
}

/* A C function of one argument, or none (arg is NULL).  These count a level of recursion. */
static PyObject *
call_counted(PyThreadState *ts, PyCFunction f, PyObject *self, PyObject *arg)
{
    if (_Py_EnterRecursiveCallTstate(ts, " while calling a Python object"))
        return NULL;
    PyObject *r = f(self, arg);
    _Py_LeaveRecursiveCallTstate(ts);
    return r;
}

/* self.method(args...) of a method written in C, self among the args. */
static bool
call_descriptor(PyThreadState *ts, PyMethodDescrObject *d, PyObject *const *args, size_t n,
                PyObject **r)
{
    if (n == 0 || !Py_IS_TYPE(args[0], d->d_common.d_type))
        return false;
    PyCFunction f = d->d_method->ml_meth;
    int flags = d->d_method->ml_flags;
    if (flags == METH_O && n == 2)
        *r = call_counted(ts, f, args[0], args[1]);
    else if (flags == METH_NOARGS && n == 1)
        *r = call_counted(ts, f, args[0], NULL);
    else
        return call_fast(f, flags, args[0], args + 1, n - 1, NULL, r);
    return true;
}

/* What the interpreter's specialised calls do without counting a level of recursion: len,
 * isinstance, and C functions and methods that take an array of arguments.  Those of one argument
 * or none count one, and so does a callable's own vectorcall, for all the others.  A program that
 * recurses through getattr or max sees the difference. */
static bool
call_builtin(PyThreadState *ts, PyObject *callable, PyObject *const *args, size_t n,
             PyObject *kwnames, PyObject **r)
{
    const struct callable_cache *known = &ts->interp->callable_cache;
    if (PyCFunction_CheckExact(callable)) {
        if (callable == known->len && n == 1 && !kwnames) {
            Py_ssize_t length = PyObject_Length(args[0]);
            *r = length < 0 ? NULL : PyLong_FromSsize_t(length);
            return true;
        }
        if (callable == known->isinstance && n == 2 && !kwnames) {
            int is = PyObject_IsInstance(args[0], args[1]);
            *r = is < 0 ? NULL : Py_NewRef(is ? Py_True : Py_False);
            return true;
        }
        PyCFunction f = PyCFunction_GET_FUNCTION(callable);
        PyObject *self = PyCFunction_GET_SELF(callable);
        if (PyCFunction_GET_FLAGS(callable) == METH_O && n == 1 && !kwnames) {
            *r = call_counted(ts, f, self, args[0]);
            return true;
        }
        return call_fast(f, PyCFunction_GET_FLAGS(callable), self, args, n, kwnames, r);
    }
    return false;
}

/* What the interpreter's CALL does after anything but a Python function: serve the eval breaker. */
static inline __attribute__((always_inline)) PyObject *
after_call(PyThreadState *ts, PyObject *r)
{
    if (r && PYRT_BREAKER(ts) && pyrt_poll(ts, ts->cframe->current_frame) < 0)
        Py_CLEAR(r);
    return r;
}

/* callable: a function, or a bound method, which gives way to its function and self.  False: it has
 * no live unit, or the arguments do not fit; else their references, and that to callable, are
 * taken. */
static __attribute__((noinline)) bool
call_function(PyThreadState *ts, PyObject *callable, PyObject *const *args, size_t n,
              PyObject *kwnames, PyObject **r)
{
    bool method = Py_IS_TYPE(callable, &PyMethod_Type);
    size_t skip = method ? 1 : 0;
    PyObject *func = method ? PyMethod_GET_FUNCTION(callable) : callable;
    PyoptEntry *e = live_entry(func);
    if (!e || (method && e->varargs))
        return false;
    bool binds = kwnames || e->kwonly;
    PyObject *bound[binds ? e->argcount + 1 : 1];
    if (binds) {
        if (!bind(e, (PyFunctionObject *)func, args, n, kwnames, skip, bound))
            return false;
        release(args, n + (kwnames ? (size_t)PyTuple_GET_SIZE(kwnames) : 0));
        args = bound + skip;
        n = e->argcount - skip;
    } else if (!arguments_fit(e, (PyFunctionObject *)func, n + skip)) {
        return false;
    }
    PyObject *self = NULL;
    if (method) {
        Py_INCREF(func);
        self = Py_NewRef(PyMethod_GET_SELF(callable));
        Py_DECREF(callable);
    }
    *r = pyrt_call_direct(ts, e, (PyFunctionObject *)func, self, args, n);
    return true;
}

PyObject *
pyrt_call_slow(PyThreadState *ts, PyObject *kwnames, PyObject *const *stack, size_t n,
               PyrtCallCell *cell)
{
    size_t skip = stack[0] ? 0 : 1;
    PyObject *callable = stack[skip];
    PyObject *const *args = stack + skip + 1;
    size_t n_args = n - skip - 1 - (kwnames ? (size_t)PyTuple_GET_SIZE(kwnames) : 0);
    PyObject *r;
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type) && !kwnames && !PYRT_TRACED(ts) &&
        call_descriptor(ts, (PyMethodDescrObject *)callable, args, n_args, &r)) {
        release(stack + skip, n - skip);
        return after_call(ts, r);
    }
    bool traced = PYRT_TRACED(ts), function = Py_IS_TYPE(callable, &PyFunction_Type);
    if (!traced && (function || Py_IS_TYPE(callable, &PyMethod_Type)) &&
        call_function(ts, callable, args, n_args, kwnames, &r))
        return r;
    bool done = !traced && !function &&
                (PyType_Check(callable)
                     ? call_class(ts, (PyTypeObject *)callable, args, n_args, kwnames, cell, &r)
                     : call_builtin(ts, callable, args, n_args, kwnames, &r));
    if (!done)
        r = PyObject_Vectorcall(callable, args, n_args | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
    release(stack + skip, n - skip);
    return function ? r : after_call(ts, r);
}
