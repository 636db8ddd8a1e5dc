/* Frames of native activations.
 *
 * A body runs on an _PyInterpreterFrame.  At the stub the interpreter has pushed it; a direct call
 * (rt_call.h) builds one on the C stack; an inlined callee has none until something could look:
 * then its storage, a struct on the caller's C stack, is filled in and linked (pyrt_publish), and
 * unlinked after the effect.
 *
 * What a body owes its frame: prev_instr names the instruction in progress at every effect, and its
 * own RETURN_VALUE before it returns (a frame object that outlives the call shows that line).  It
 * is entered with tracing off and the eval breaker served: by pyrt_enter_slow() if need be. */
#ifndef PYOPT_RT_FRAME_H
#define PYOPT_RT_FRAME_H

#include "rt_abi_311.h"
#include "unit_abi.h"

typedef PyObject *PyoptBody(PyThreadState *ts, _PyInterpreterFrame *f);

/* A generator's (rt_gen.h): sent is what it is resumed with. */
typedef PyObject *PyoptGenBody(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *sent);

enum { PYRT_NO_FIT = UINT32_MAX };

/* One patched code object.  It is the constant that the stub loads, so it starts as a Python
 * object; it is never freed, only used again for another code object after its own is gone. */
typedef struct PyoptEntry {
    PyObject_HEAD PyoptBody *body; /* the unit's, or pyrt_decline once retired */
    PyoptGenBody
        *gen;         /* a generator's body, NULL once retired: such an entry has no other way in */
    PyObject *direct; /* the code object while compiled callers may call body, else NULL */
    uint64_t *entries;    /* the unit's counter */
    _Py_CODEUNIT *resume; /* its RESUME, where the stub is */
    uint32_t argcount;    /* parameters, but for *args */
    uint32_t kwonly;      /* of these, the last that only a keyword names */
    uint32_t fit;         /* positional arguments of a call that is complete with them; or none */
    uint32_t n_localsplus;
    uint32_t slots; /* n_localsplus + stacksize */
    const PyoptUnit *unit;
    PyCodeObject *code;   /* borrowed; NULL when it is gone */
    PyCodeObject *shadow; /* unpatched clone: what runs in the interpreter */
    struct PyoptEntry *next, *next_spare;
    _Py_CODEUNIT saved[4]; /* the units under the stub */
    uint32_t n_saved;
    uint32_t constant;    /* index of this object behind code's constants */
    uint64_t running;     /* patch.c: the last round that found a frame of this code */
    uint32_t declined;    /* calls since it was retired */
    uint64_t deopts;      /* failed guards of this code object */
    uint64_t stint_began; /* rt_loop.c: in a body of its loops; in cycles */
    uint32_t stints, short_stints;
    bool loops_retired, stops; /* stops: the shadow does so at jumps back */
    bool retired, patched;
    bool prologue; /* has cells, free variables or *args, which a direct call must make */
    bool varargs;
    bool delegates; /* a generator's that has a SEND */
} PyoptEntry;

/* Which co_extra slot holds the PyoptEntry. */
extern Py_ssize_t pyrt_extra_index;

/* The entry of a code object, or NULL.  A retired one has direct == NULL. */
static inline PyoptEntry *
pyrt_entry_of(PyCodeObject *code)
{
    const struct {
        Py_ssize_t n;
        PyoptEntry *at[1];
    } *extra = code->co_extra;
    return extra && extra->n > pyrt_extra_index ? extra->at[pyrt_extra_index] : NULL;
}

/* Storage for the frame of an inlined callee.  pyrt_frame_fresh() before its first use; homes are
 * localsplus. */
#define PYRT_FRAME(name, slots)                                                                    \
    union {                                                                                        \
        _PyInterpreterFrame f;                                                                     \
        PyObject *room[FRAME_SPECIALS_SIZE + (slots)];                                             \
    } name
#define pyrt_frame_fresh(frame) ((void)((frame)->f_func = NULL))

/* Fills in the specials from func, whose reference it takes.  Owns func and its code.  stacktop is
 * -1 while native code runs the frame, and not negative once the interpreter has finished it
 * (pyrt_resume). */
static inline void
pyrt_frame_init(_PyInterpreterFrame *f, PyFunctionObject *func)
{
    f->f_func = func;
    f->f_globals = func->func_globals;
    f->f_builtins = func->func_builtins;
    f->f_locals = NULL;
    f->f_code = (PyCodeObject *)Py_NewRef(func->func_code);
    f->frame_obj = NULL;
    f->stacktop = -1;
    f->is_entry = true;
    f->owner = FRAME_OWNED_BY_THREAD;
}

static inline void
pyrt_frame_need(_PyInterpreterFrame *f, PyObject *func)
{
    if (UNLIKELY(!f->f_func))
        pyrt_frame_init(f, (PyFunctionObject *)Py_NewRef(func));
}

/* Makes an inlined callee visible, with `unit` in progress, as the current frame.  Outermost level
 * first. */
static inline void
pyrt_publish(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *func, uint32_t unit)
{
    pyrt_frame_need(f, func);
    PYRT_AT(f, f->f_code, unit);
    f->previous = ts->cframe->current_frame;
    ts->cframe->current_frame = f;
    ts->recursion_remaining--;
}

/* Hides it again.  True: a frame object is left behind that somebody holds; leave through a guard
 * exit now. */
static inline bool
pyrt_unpublish(PyThreadState *ts, _PyInterpreterFrame *f)
{
    ts->cframe->current_frame = f->previous;
    ts->recursion_remaining++;
    return UNLIKELY(f->frame_obj != NULL && Py_REFCNT(f->frame_obj) > 1);
}

/* The same for the frame of an inlined __init__ that a class call entered: type_call() and
 * slot_tp_init() are one level of C recursion below it. */
static inline void
pyrt_publish_init(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *func, uint32_t unit)
{
    pyrt_publish(ts, f, func, unit);
    ts->recursion_remaining--;
}

static inline bool
pyrt_unpublish_init(PyThreadState *ts, _PyInterpreterFrame *f)
{
    ts->recursion_remaining++;
    return pyrt_unpublish(ts, f);
}

/* At an inlined callee's return, if its frame was ever filled in: what that took is given back.
 * Call it before the homes are cleared: they are NULL afterwards when a frame object that somebody
 * holds has taken them. */
PYRT_API void pyrt_frame_drop(_PyInterpreterFrame *f);

/* A finished frame whose frame object is held by somebody: the object gets frame's contents,
 * references and all, as take_ownership() in CPython's frame.c does.  The frame must be linked. */
PYRT_SLOW void pyrt_frame_detach(PyThreadState *ts, _PyInterpreterFrame *f);
/* Clears a finished frame on the C stack, already unlinked: what _PyFrame_Clear does. */
PYRT_SLOW void pyrt_frame_clear(PyThreadState *ts, _PyInterpreterFrame *f);

/* Serves the eval breaker exactly.  0: go on; -1: an exception is set; 1: tracing was switched on
 * meanwhile, leave through a guard exit. */
PYRT_SLOW int pyrt_poll(PyThreadState *ts, _PyInterpreterFrame *f);

#endif
