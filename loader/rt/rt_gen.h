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
#include "rt_stack.h"

extern PYRT_API const char pyrt_gen_declined;
#define PYRT_GEN_DECLINED ((PyObject *)(uintptr_t)&pyrt_gen_declined)
/* Beside PYGEN_NEXT, PYGEN_RETURN and PYGEN_ERROR. */
enum { PYRT_GEN_NOT = 2 };

/* ---- for bodies ---- */

PYRT_INLINE void
pyrt_gen_enter(PyThreadState *ts, _PyInterpreterFrame *f)
{
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

PYRT_INLINE PyObject *
pyrt_gen_return(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *value)
{
    f->stacktop = f->f_code->co_nlocalsplus;
    pyrt_gen_unlink(ts, f);
    return value;
}

/* ---- for who resumes ---- */

/* Does nothing stand in the way of running g's body?  Whatever is unusual is left to CPython's
 * code: it raises the right error, serves the eval breaker, tells the tracer. */
PYRT_INLINE bool
pyrt_gen_ready(PyThreadState *ts, PyGenObject *g, PyObject *sent)
{
    return LIKELY(g->gi_frame_state < FRAME_EXECUTING &&
                  (g->gi_frame_state == FRAME_SUSPENDED || sent == Py_None) &&
                  !ts->cframe->use_tracing && ts->recursion_remaining > 0 &&
                  !_Py_atomic_load_relaxed(&ts->interp->ceval.eval_breaker) &&
                  g->gi_exc_state.exc_value == NULL && /* suspended in an except block */
                  ts->interp->eval_frame == NULL && !pyrt_stack_low());
}

/* The body has not yielded. */
PYRT_SLOW int pyrt_gen_end(PyGenObject *g, PyObject **out);

/* Resumes g, which is ready, by e's body.  PYRT_GEN_NOT: nothing has happened. */
PYRT_INLINE int
pyrt_gen_run(PyThreadState *ts, PyoptEntry *e, PyGenObject *g, PyObject *sent, PyObject **out)
{
    ++*e->entries;
    *out = e->gen(ts, (_PyInterpreterFrame *)g->gi_iframe, sent);
    return LIKELY(g->gi_frame_state == FRAME_SUSPENDED && *out != PYRT_GEN_DECLINED)
               ? PYGEN_NEXT
               : pyrt_gen_end(g, out);
}

/* SEND: 1 yielded, 0 returned, -1 an exception. */
PYRT_SLOW int pyrt_send(PyThreadState *ts, PyObject *source, PyObject *sent, PyObject **result);

/* A deopt: the interpreter goes on with this activation, at `unit` with `depth` operands (raising:
 * an exception is set, and was raised by that unit).  Ends as a body does. */
PYRT_SLOW PyObject *pyrt_gen_continue(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit,
                                      uint32_t depth, bool raising);

#endif
