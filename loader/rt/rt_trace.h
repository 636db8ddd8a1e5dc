/* Keeping sys.settrace and sys.setprofile exact around nested runs; loader-internal. */
#ifndef PYOPT_RT_TRACE_H
#define PYOPT_RT_TRACE_H

#include "rt_abi_311.h"

/* Before a nested run that raises at once: it would report a 'call' that happened long ago. */
void rt_trace_skip_call(PyThreadState *ts);
/* An activation that native code has finished with r (not NULL) under tracing: reports its
 * 'return'. NULL: the tracer failed, and r is released. */
PyObject *rt_trace_return(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *r);
/* Before the stub returns under tracing: the frame's 'return' (and 'exception') was already
 * reported. */
void rt_trace_leave(PyThreadState *ts, bool failed);
bool rt_trace_init(void);

#endif
