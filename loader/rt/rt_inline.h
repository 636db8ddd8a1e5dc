/* The guard in front of an inlined callee: is this a function whose code object is the one that was
 * inlined? */
#ifndef PYOPT_RT_INLINE_H
#define PYOPT_RT_INLINE_H

#include "rt_frame.h"

/* dep caches the code object that u->deps[n] names, once one has been met; the cell keeps a
 * reference to it. */
PYRT_SLOW bool pyrt_bind_code(PyCodeObject *code, PyCodeObject **dep, const PyoptUnit *u,
                              unsigned n);

static inline bool
pyrt_is_code(PyObject *o, PyCodeObject **dep, const PyoptUnit *u, unsigned n)
{
    if (UNLIKELY(o == NULL || !Py_IS_TYPE(o, &PyFunction_Type)))
        return false;
    PyCodeObject *code = (PyCodeObject *)((PyFunctionObject *)o)->func_code;
    return LIKELY(code == *dep) || pyrt_bind_code(code, dep, u, n);
}

#endif
