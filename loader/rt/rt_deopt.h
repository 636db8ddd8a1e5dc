/* Leaving native code: the interpreter finishes the activation. */
#ifndef PYOPT_RT_DEOPT_H
#define PYOPT_RT_DEOPT_H

#include "rt_frame.h"

/* A side exit.  f is the unit's own frame; ev the values its record names.  Returns what the body
 * must return. */
PYRT_SLOW PyObject *pyrt_deopt(PyThreadState *ts, _PyInterpreterFrame *f, const PyoptUnit *u,
                               unsigned exit, const PyoptEv *ev);

/* Continues f in the interpreter at `unit` with `depth` entries on its operand stack (raising: an
 * exception is set, and was raised by that unit).  Returns the activation's result; f is still
 * linked and not cleared. */
PYRT_SLOW PyObject *pyrt_resume(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit,
                                uint32_t depth, bool raising);

/* The same until the activation ends or the interpreter stops at a loop (rt_loop.h). */
PyObject *pyrt_resume_once(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit, uint32_t depth,
                           bool raising);

/* Entering a body when tracing is on (all in the interpreter) or the eval breaker is set (serve it
 * first). */
PYRT_SLOW PyObject *pyrt_enter_slow(PyThreadState *ts, _PyInterpreterFrame *f, PyoptEntry *e);
/* The body of a retired unit: everything in the interpreter. */
PYRT_SLOW PyObject *pyrt_decline(PyThreadState *ts, _PyInterpreterFrame *f);

/* PYOPT_STRESS=deopt:N makes every N-th guard fail.  pyrt_stress is constant before any body runs,
 * which the declaration tells the compiler: it is loaded once per function, and a guard pays one
 * register test. */
extern const int pyrt_stress;
PYRT_SLOW bool pyrt_stress_tick(void); /* false: this guard must fail */
#define PYRT_GUARD(cond) (LIKELY(cond) && LIKELY(!pyrt_stress || pyrt_stress_tick()))

#endif
