/* The guard in front of an inlined callee: is this a function whose code object is the one that was
 * inlined? */
#ifndef PYOPT_RT_INLINE_H
#define PYOPT_RT_INLINE_H

#include "rt_frame.h"

/* A code object that a unit has inlined: what its u->deps[n] names, once one has been met; the cell
 * keeps a reference to it.  After a reload there is another one of the same content. */
typedef struct PyrtDep {
    PyCodeObject *code;
    uint32_t misses; /* other code met meanwhile */
} PyrtDep;

enum { PYRT_DEP_RETRY = 64 }; /* misses until a bound cell looks at a stranger's content */

PYRT_SLOW bool pyrt_bind_code(PyCodeObject *code, PyrtDep *dep, const PyoptUnit *u, unsigned n);

PYRT_INLINE bool
pyrt_is_code(PyObject *o, PyrtDep *dep, const PyoptUnit *u, unsigned n)
{
    if (UNLIKELY(o == NULL || !Py_IS_TYPE(o, &PyFunction_Type)))
        return false;
    PyCodeObject *code = (PyCodeObject *)((PyFunctionObject *)o)->func_code;
    if (LIKELY(code == dep->code))
        return true;
    if (dep->code != NULL && ++dep->misses % PYRT_DEP_RETRY)
        return false;
    return pyrt_bind_code(code, dep, u, n);
}

#endif
