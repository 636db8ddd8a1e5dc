/* C stack for deep recursion.
 *
 * Calls between Python functions use no C stack in CPython 3.11, so programs set recursion limits
 * of a million and mean it.  Native bodies do use C stack: where less than a reserve is left, a
 * call goes on in a fresh segment, which is given back when that call returns. */
#ifndef PYOPT_RT_STACK_H
#define PYOPT_RT_STACK_H

#include "rt_base.h"

/* Lowest address this thread may use before it must switch; starts at the top of memory, so that
 * the first call of a thread finds out where its stack is. */
extern __thread char *pyrt_stack_limit __attribute__((tls_model("initial-exec")));

static inline bool
pyrt_stack_low(void)
{
    return UNLIKELY((char *)__builtin_frame_address(0) < pyrt_stack_limit);
}

/* Finds out where this thread's stack is, if that is not known. */
PYRT_SLOW void pyrt_stack_learn(void);

/* fn(arg), on another segment if this one is nearly used up.  NULL with MemoryError when there is
 * none. */
PYRT_SLOW PyObject *pyrt_stack_run(PyObject *(*fn)(void *), void *arg);

#endif
