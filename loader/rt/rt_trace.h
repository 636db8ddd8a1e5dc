/* Keeping sys.settrace and sys.setprofile exact around nested runs; loader-internal. */
#ifndef PYOPT_RT_TRACE_H
#define PYOPT_RT_TRACE_H

#include "rt_abi_311.h"

/* Before a nested run that raises at once: it would report a 'call' that happened long ago. */
void rt_trace_skip_call(PyThreadState *ts);
/* Before the stub returns under tracing: the frame's 'return' (and 'exception') was already
 * reported. */
void rt_trace_leave(PyThreadState *ts, bool failed);
bool rt_trace_init(void);

#endif
