/* What every runtime header starts from: CPython 3.11's own headers (the internal ones too) and the
 * few words that say where a function goes.  Generated C includes the runtime headers, so nothing
 * here may emit code by itself.
 *
 * Conventions of all rt_*.h files: operands are borrowed, results are new references, on error
 * nothing is consumed.  "borrowed" in a name means that the result is a borrowed reference.  Hot
 * paths are static inline; what they fall back to is an exported function of the .c file of the
 * same name. */
#ifndef PYOPT_RT_BASE_H
#define PYOPT_RT_BASE_H

#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include <Python.h>

#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_long.h>
#include <internal/pycore_object.h>
#include <internal/pycore_pyerrors.h>
#include <internal/pycore_pystate.h>
#include <internal/pycore_tuple.h>
#include <opcode.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef LIKELY
#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#endif

/* Exported to generated code.  PYRT_SLOW keeps a fallback out of line without calling its callers
 * cold: gcc optimises everything that leads only to a cold function for size (native-code-311.md
 * section 7, trap 1), so PYRT_COLD is for errors and other events that a hot loop does not see. */
#define PYRT_API    __attribute__((visibility("default")))
#define PYRT_SLOW   __attribute__((visibility("default"), noinline))
#define PYRT_COLD   __attribute__((visibility("default"), noinline, cold))

/* For what every other line of generated code needs: gcc stops inlining on ways that it takes for
 * rare, and its guess of a callee's weight is not ours. */
#define PYRT_INLINE static inline __attribute__((always_inline))

#ifndef Py_REF_DEBUG
/* CPython's own, which gcc would leave out of line. */
PYRT_INLINE void
pyrt_decref(PyObject *o)
{
    if (UNLIKELY(--o->ob_refcnt == 0))
        _Py_Dealloc(o);
}

#undef Py_DECREF
#define Py_DECREF(o) pyrt_decref(_PyObject_CAST(o))
#endif

/* An exact object without parts: nobody notices its end. */
PYRT_INLINE bool
pyrt_is_plain(PyObject *o)
{
    return PyLong_CheckExact(o) || PyFloat_CheckExact(o) || PyUnicode_CheckExact(o) ||
           PyBytes_CheckExact(o) || PyBool_Check(o) || o == Py_None;
}

/* Would nobody notice the end of one reference to it? */
PYRT_INLINE bool
pyrt_is_held(PyObject *o)
{
    return Py_REFCNT(o) > 1 || pyrt_is_plain(o);
}

/* The value of an int of at most one digit.  Bool objects have the same layout. */
PYRT_INLINE bool
pyrt_is_digit(PyObject *o)
{
    return (size_t)(Py_SIZE(o) + 1) <= 2;
}

PYRT_INLINE int64_t
pyrt_digit(PyObject *o)
{
    return Py_SIZE(o) * (int64_t)((PyLongObject *)o)->ob_digit[0];
}

/* A Python int: a new reference; the interpreter's own object for small values. */
static inline PyObject *
pyrt_int(int64_t v)
{
    if (LIKELY((uint64_t)v + _PY_NSMALLNEGINTS < _PY_NSMALLNEGINTS + _PY_NSMALLPOSINTS))
        return Py_NewRef((PyObject *)&_PyLong_SMALL_INTS[_PY_NSMALLNEGINTS + v]);
    return PyLong_FromLong(v); /* the one of its family with a path for a single digit */
}

/* The value of an exact int used as an index; false when it does not fit. */
static inline bool
pyrt_index_value(PyObject *o, Py_ssize_t *v)
{
    if (LIKELY(pyrt_is_digit(o))) {
        *v = pyrt_digit(o);
        return true;
    }
    *v = PyLong_AsSsize_t(o);
    if (UNLIKELY(*v == -1 && PyErr_Occurred())) {
        PyErr_Clear();
        return false;
    }
    return true;
}

/* A borrowed reference to an interned name; NULL with an exception set.  The interpreter's own
 * table of names is not used because its layout may move between micro releases. */
static inline PyObject *
pyrt_name(const char *text)
{
    return PyUnicode_InternFromString(text);
}

#endif
