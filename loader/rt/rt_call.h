/* Calls.  A call site has a cell; while the callable's code is the one the cell knows and that code
 * has a live unit, the body is called directly on a frame on the C stack, with no interpreter in
 * between.
 *
 * References move as they do in the interpreter: a Python function gets those of its arguments, and
 * what it rebinds or deletes is gone at once, were it the caller's temporary; for everything else
 * the caller keeps them until the call returns.  A Python function without a live unit is the
 * exception: no way into the interpreter takes references. */
#ifndef PYOPT_RT_CALL_H
#define PYOPT_RT_CALL_H

#include "rt_frame.h"

/* Starts zeroed.  entry: of the Python function seen here, or of the __init__ of the class seen
 * here. */
typedef struct PyrtCallCell {
    PyoptEntry *entry;
    PyTypeObject *type; /* whose instances entry initialises; borrowed, alive while version holds */
    uint32_t version;   /* its tp_version_tag, never 0 with a type */
    PyFunctionObject *init; /* the class's __init__: borrowed, alive while version holds */
} PyrtCallCell;

/* Runs e's body as a call of func with the positional arguments self (may be NULL), args[0..n), and
 * the missing ones from func's defaults.  The caller has checked that they fit.  Takes all these
 * references, func's too. */
PYRT_SLOW PyObject *pyrt_call_direct(PyThreadState *ts, PyoptEntry *e, PyFunctionObject *func,
                                     PyObject *self, PyObject *const *args, size_t n);
/* What a call does with its arguments: into f's homes, defaults behind them, then *args, cells and
 * free variables.  f has its code.  False: no memory; f owns what it has got. */
bool pyrt_bind_locals(_PyInterpreterFrame *f, const PyoptEntry *e, PyFunctionObject *func,
                      PyObject *self, PyObject *const *args, size_t n);
/* The live entry of a function that the cell does not know, or NULL.  An empty cell, or
 * one whose unit is retired, takes it; a full one stays, for a site that sees several would only be
 * refilled all the time. */
PYRT_API PyoptEntry *pyrt_call_other(PyrtCallCell *cell, PyFunctionObject *func);
/* Any callable.  Takes the references of stack. */
PYRT_SLOW PyObject *pyrt_call_slow(PyThreadState *ts, PyObject *kwnames, PyObject *const *stack,
                                   size_t n, PyrtCallCell *cell);

/* The interpreter's CALL.  stack is its operand stack: [NULL or method, callable or self, args...],
 * n entries in all, whose references it takes, in writable memory.  kwnames: names of the last
 * arguments, or NULL.
 */
static inline PyObject *
pyrt_call(PyThreadState *ts, PyObject *kwnames, PyObject *const *stack, size_t n,
          PyrtCallCell *cell)
{
    size_t skip = stack[0] ? 0 : 1;
    PyObject *callable = stack[skip];
    if (LIKELY(!kwnames && Py_IS_TYPE(callable, &PyFunction_Type))) {
        PyFunctionObject *func = (PyFunctionObject *)callable;
        PyoptEntry *e = cell->entry;
        if (UNLIKELY(e == NULL || func->func_code != e->direct))
            e = pyrt_call_other(cell, func);
        if (LIKELY(e && n - skip - 1 == e->fit))
            return pyrt_call_direct(ts, e, func, NULL, stack + skip + 1, e->argcount);
    }
    return pyrt_call_slow(ts, kwnames, stack, n, cell);
}

/* The same, for a caller that keeps its references. */
static inline PyObject *
pyrt_call_keeping(PyThreadState *ts, PyObject *const *stack, size_t n, PyrtCallCell *cell)
{
    for (size_t i = 0; i < n; i++)
        Py_XINCREF(stack[i]);
    return pyrt_call(ts, NULL, stack, n, cell);
}

#endif
