/* Loops that native code takes up again, and when not to. */
#ifndef PYOPT_RT_LOOP_H
#define PYOPT_RT_LOOP_H

#include "rt_frame.h"

/* What the interpreter's run of a frame gives when it stopped at a jump back: no reference, and
 * f->prev_instr says which.  Never seen by generated code or by Python. */
extern PyObject rt_loop_stop;

/* Before the interpreter runs the shadow of e: it stops at the jumps back if nobody would see that.
 * True: the caller calls rt_loop_disarm() behind the run. */
bool rt_loop_arm(PyThreadState *ts, PyoptEntry *e);
void rt_loop_disarm(void);
/* The jump back at which a run that gave r stopped, or NULL: it returned. */
const PyoptBack *rt_loop_stopped(const PyoptEntry *e, const _PyInterpreterFrame *f,
                                 const PyObject *r);
/* Does the jump jump?  Takes what it popped.  -1: asking raised. */
int rt_loop_test(const PyoptBack *back, PyObject *popped);

/* Goes on with f until its activation ends: r is what a run of it gave, a result or rt_loop_stop.
 */
PyObject *rt_loop_finish(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *r);
/* A loop's body leaves through an exit. */
void rt_loop_left(_PyInterpreterFrame *f);

/* No shadow stops anywhere until its next run: somebody begins to trace, or looks at the code. */
void rt_loop_release(PyoptEntry *e);
void rt_loop_release_all(void);

#endif
