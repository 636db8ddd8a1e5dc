/* Generators whose bodies are native.
 *
 * Such a generator is an ordinary one: an object with its frame in it, and its code object is not
 * patched.  Whoever resumes it (the hooks of loader/genhooks.c, or compiled code) calls the unit's
 * body in place of the interpreter, on that frame.  The body enters it, and leaves it again at a
 * yield as YIELD_VALUE does, so that at any suspension either side may go on.
 *
 * A body answers what gen_send_ex2() gets from the interpreter: the value, with the state at
 * SUSPENDED when it was yielded; NULL for an exception; and PYRT_GEN_DECLINED when it has touched
 * nothing and the interpreter has to resume it.  The frame is not linked any more then.
 *
 * gi_exc_state is linked only while the interpreter runs the frame: with no exception in it nobody
 * can tell. */
#ifndef PYOPT_RT_GEN_H
#define PYOPT_RT_GEN_H

#include "rt_frame.h"
#include "rt_release.h"
#include "rt_stack.h"

extern PYRT_API const char pyrt_gen_declined;
#define PYRT_GEN_DECLINED ((PyObject *)(uintptr_t)&pyrt_gen_declined)
/* Beside PYGEN_NEXT, PYGEN_RETURN and PYGEN_ERROR. */
enum { PYRT_GEN_NOT = 2 };

/* ---- frames that are shown when somebody could look ---- */

/* What a compiled caller leaves when it resumes a generator without having shown its frame: how to.
 * The generator's body does it before it enters its own frame, if it enters it.  Nothing else runs
 * until then.  The caller may be a generator that has not entered its frame. */
typedef struct PyrtLater {
    struct PyrtLater *outer; /* its caller's */
    int n_frames; /* generators' frames, of this and the outer ones, that are not entered: so many
                     levels are not counted against the recursion limit */
    _PyInterpreterFrame *f;
    _Py_CODEUNIT *at;
    const PyrtRawLocal *w; /* locals whose home is out of date */
    uint32_t n;
    const PyrtRaw *raw;
} PyrtLater;

extern PYRT_API PyrtLater *pyrt_later; /* of the innermost caller; NULL: all frames are shown */

PYRT_SLOW void pyrt_later_show(PyThreadState *ts);

/* ---- for bodies ---- */

PYRT_INLINE void
pyrt_gen_enter(PyThreadState *ts, _PyInterpreterFrame *f)
{
    if (UNLIKELY(pyrt_later != NULL))
        pyrt_later_show(ts);
    ts->recursion_remaining--;
    f->previous = ts->cframe->current_frame;
    ts->cframe->current_frame = f;
    _PyFrame_GetGenerator(f)->gi_frame_state = FRAME_EXECUTING;
    f->stacktop = -1; /* the collector must not look at operands */
}

PYRT_INLINE void
pyrt_gen_unlink(PyThreadState *ts, _PyInterpreterFrame *f)
{
    ts->recursion_remaining++;
    ts->cframe->current_frame = f->previous;
    f->previous = NULL;
}

/* Enters the frame if that has not been done. */
PYRT_INLINE void
pyrt_gen_need(PyThreadState *ts, _PyInterpreterFrame *f)
{
    if (_PyFrame_GetGenerator(f)->gi_frame_state != FRAME_EXECUTING)
        pyrt_gen_enter(ts, f);
}

/* Takes the value; what is below it on the operand stack is in its slots, up to top. */
PYRT_INLINE PyObject *
pyrt_gen_yield(PyThreadState *ts, _PyInterpreterFrame *f, _Py_CODEUNIT *at, int top,
               PyObject *value)
{
    f->prev_instr = at;
    f->stacktop = top;
    _PyFrame_GetGenerator(f)->gi_frame_state = FRAME_SUSPENDED;
    pyrt_gen_unlink(ts, f);
    return value;
}

/* The same of a frame that may not have been entered. */
PYRT_INLINE PyObject *
pyrt_gen_yield_lean(PyThreadState *ts, _PyInterpreterFrame *f, _Py_CODEUNIT *at, int top,
                    PyObject *value)
{
    PyGenObject *g = _PyFrame_GetGenerator(f);
    f->prev_instr = at;
    f->stacktop = top;
    if (g->gi_frame_state == FRAME_EXECUTING)
        pyrt_gen_unlink(ts, f);
    g->gi_frame_state = FRAME_SUSPENDED;
    return value;
}

PYRT_INLINE PyObject *
pyrt_gen_return(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *value)
{
    PyGenObject *g = _PyFrame_GetGenerator(f);
    f->stacktop = f->f_code->co_nlocalsplus;
    if (g->gi_frame_state == FRAME_EXECUTING)
        pyrt_gen_unlink(ts, f);
    g->gi_frame_state = FRAME_COMPLETED;
    return value;
}

/* ---- await ---- */

/* GET_AWAITABLE. */
PYRT_API PyObject *pyrt_get_awaitable(PyObject *o, int what);
/* Where it is a coroutine that nobody else awaits. */
PYRT_API bool pyrt_get_awaitable_quick(PyObject *o, int what, PyObject **it);

/* ---- calls of generator functions ---- */

/* A generator, as RETURN_GENERATOR makes it in a call of func with these arguments (rt_call.h),
 * whose references it takes. */
PYRT_API PyObject *pyrt_gen_make(PyThreadState *ts, PyoptEntry *e, PyFunctionObject *func,
                                 PyObject *self, PyObject *const *args, size_t n);

/* The interpreter's CALL, as pyrt_call() has it, of a generator function: nothing is collected and
 * no frame is needed.  False: it is something else. */
PYRT_API bool pyrt_gen_make_quick(PyThreadState *ts, PyObject *const *stack, size_t n,
                                  PyObject **r);

/* iter(o) where o's class has a generator function as __iter__: the generator.  False: it is
 * something else. */
PYRT_API bool pyrt_gen_iter(PyThreadState *ts, PyObject *o, PyObject **it);

/* ---- for who resumes ---- */

/* Can g be resumed with `sent`, as far as g knows? */
PYRT_INLINE bool
pyrt_gen_resumable(const PyGenObject *g, const PyObject *sent)
{
    return g->gi_frame_state < FRAME_EXECUTING &&
           (g->gi_frame_state == FRAME_SUSPENDED || sent == Py_None) &&
           g->gi_exc_state.exc_value == NULL; /* not in an except block */
}

/* Does nothing stand in the way of running g's body?  Whatever is unusual is left to CPython's
 * code: it raises the right error, serves the eval breaker, tells the tracer. */
PYRT_INLINE bool
pyrt_gen_ready(PyThreadState *ts, const PyGenObject *g, const PyObject *sent)
{
    return LIKELY(pyrt_gen_resumable(g, sent) && !ts->cframe->use_tracing &&
                  ts->recursion_remaining > 0 &&
                  !_Py_atomic_load_relaxed(&ts->interp->ceval.eval_breaker) &&
                  ts->interp->eval_frame == NULL && !pyrt_stack_low());
}

/* Does g wait for something: does it stand at the yield of a SEND?  As _PyGen_yf(). */
static inline bool
pyrt_gen_waits(const PyGenObject *g)
{
    const _PyInterpreterFrame *f = (const _PyInterpreterFrame *)g->gi_iframe;
    if (g->gi_frame_state >= FRAME_CLEARED || g->gi_frame_state == FRAME_CREATED)
        return false;
    _Py_CODEUNIT next = f->prev_instr[1];
    return (_Py_OPCODE(next) == RESUME || _Py_OPCODE(next) == RESUME_QUICK) && _Py_OPARG(next) >= 2;
}

/* g's frame ends. */
void pyrt_gen_clear(PyGenObject *g);
/* The body has not yielded. */
PYRT_SLOW int pyrt_gen_end(PyGenObject *g, PyObject **out);

/* Runs e's body on g, which is ready.  PYRT_GEN_NOT: nothing has happened. */
int pyrt_gen_one(PyThreadState *ts, PyoptEntry *e, PyGenObject *g, PyObject *sent, PyObject **out);
/* The same for a body with SENDs: what g waits for is resumed directly (rt_chain.c). */
int pyrt_gen_chain(PyThreadState *ts, PyGenObject *g, PyObject *sent, PyObject **out);

/* Resumes g, which is ready and e's. */
static inline int
pyrt_gen_run(PyThreadState *ts, PyoptEntry *e, PyGenObject *g, PyObject *sent, PyObject **out)
{
    if (e->delegates)
        return pyrt_gen_chain(ts, g, sent, out);
    ++*e->entries;
    *out = e->gen(ts, (_PyInterpreterFrame *)g->gi_iframe, sent);
    return LIKELY(g->gi_frame_state == FRAME_SUSPENDED && *out != PYRT_GEN_DECLINED)
               ? PYGEN_NEXT
               : pyrt_gen_end(g, out);
}

/* SEND: 1 yielded, 0 returned, -1 an exception. */
PYRT_API int pyrt_send(PyObject *source, PyObject *sent, PyObject **result);
/* FOR_ITER and SEND where the iterator is a generator whose body is native and ready, for a caller
 * that has left word.  *more is as PYRT_NEXT_ITEM, _END or _ERROR; false: nothing has happened. */
PYRT_SLOW bool pyrt_gen_next(PyThreadState *ts, PyObject *it, PyObject **item, int *more,
                             PyrtLater *later);
PYRT_SLOW bool pyrt_gen_send(PyThreadState *ts, PyObject *source, PyObject *sent, PyObject **result,
                             int *more, PyrtLater *later);

/* A deopt: the interpreter goes on with this activation, at `unit` with `depth` operands (raising:
 * an exception is set, and was raised by that unit).  Ends as a body does. */
PYRT_SLOW PyObject *pyrt_gen_continue(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit,
                                      uint32_t depth, bool raising);

#endif
