/* Unboxed numbers: tests, conversions and the arithmetic whose Python meaning is not C's.
 * Everything here answers false where the interpreter must decide (overflow, division by zero, a
 * result that is not exact); generated code then leaves through a guard, with nothing changed. */
#ifndef PYOPT_RT_NUM_H
#define PYOPT_RT_NUM_H

#include "rt_base.h"

#include <math.h>

/* ---- boxing ---- */

/* Of a long int, all that fit but the smallest, which nobody meets. */
PYRT_INLINE bool
pyrt_unbox_int(PyObject *o, int64_t *v)
{
    if (UNLIKELY(!PyLong_CheckExact(o)))
        return false;
    Py_ssize_t n = Py_SIZE(o);
    const digit *d = ((PyLongObject *)o)->ob_digit;
    if (LIKELY((size_t)(n + 1) <= 2)) {
        *v = n * (int64_t)d[0];
        return true;
    }
    if ((size_t)(n + 3) > 6)
        return false;
    int64_t big = (int64_t)d[1] << PyLong_SHIFT | d[0];
    if (n == 3 || n == -3) {
        if (d[2] >> (63 - 2 * PyLong_SHIFT))
            return false;
        big |= (int64_t)d[2] << 2 * PyLong_SHIFT;
    }
    *v = n < 0 ? -big : big;
    return true;
}

PYRT_INLINE bool
pyrt_unbox_float(PyObject *o, double *v)
{
    if (UNLIKELY(!PyFloat_CheckExact(o)))
        return false;
    *v = PyFloat_AS_DOUBLE(o);
    return true;
}

/* As float's own arithmetic converts an int operand: exact within 53 bits, and beyond them we
 * decline. */
static inline bool
pyrt_int_to_float(int64_t i, double *v)
{
    *v = (double)i;
    return LIKELY(i >= -(INT64_C(1) << 53) && i <= INT64_C(1) << 53);
}

static inline bool
pyrt_to_float(PyObject *o, double *v)
{
    int64_t i;
    if (LIKELY(PyFloat_CheckExact(o))) {
        *v = PyFloat_AS_DOUBLE(o);
        return true;
    }
    return pyrt_unbox_int(o, &i) && pyrt_int_to_float(i, v);
}

PYRT_INLINE bool
pyrt_unbox_bool(PyObject *o, int *v)
{
    *v = o == Py_True;
    return *v || LIKELY(o == Py_False);
}

static inline PyObject *
pyrt_bool(int v)
{
    return v ? Py_True : Py_False;
}

/* A box that its owner alone has gets another value.  Small ints are the interpreter's own objects;
 * only a one-digit box is overwritten. */
PYRT_INLINE bool
pyrt_reuse_float(PyObject *box, double v)
{
    if (UNLIKELY(box == NULL || Py_REFCNT(box) != 1 || !PyFloat_CheckExact(box)))
        return false;
    ((PyFloatObject *)box)->ob_fval = v;
    return true;
}

PYRT_INLINE bool
pyrt_reuse_int(PyObject *box, int64_t v)
{
    if (UNLIKELY(box == NULL || Py_REFCNT(box) != 1 ||
                 (uint64_t)(v - _PY_NSMALLPOSINTS) >= PyLong_MASK - _PY_NSMALLPOSINTS) ||
        !PyLong_CheckExact(box) || !pyrt_is_digit(box))
        return false;
    Py_SET_SIZE(box, 1);
    ((PyLongObject *)box)->ob_digit[0] = (digit)v;
    return true;
}

/* A home, or another slot that owns its object, gets a number: in the old box when nobody else has
 * it.  -1: no memory, nothing changed. */
static inline int
pyrt_slot_set_box(PyObject **slot, PyObject *box)
{
    if (UNLIKELY(!box))
        return -1;
    PyObject *old = *slot;
    *slot = box;
    Py_XDECREF(old);
    return 0;
}

static inline int
pyrt_slot_set_float(PyObject **slot, double v)
{
    return pyrt_reuse_float(*slot, v) ? 0 : pyrt_slot_set_box(slot, PyFloat_FromDouble(v));
}

static inline int
pyrt_slot_set_int(PyObject **slot, int64_t v)
{
    return pyrt_reuse_int(*slot, v) ? 0 : pyrt_slot_set_box(slot, pyrt_int(v));
}

static inline int
pyrt_slot_set_bool(PyObject **slot, int v)
{
    PyObject *old = *slot;
    *slot = Py_NewRef(pyrt_bool(v));
    Py_XDECREF(old);
    return 0;
}

/* ---- characters and bytes ---- */

static inline bool
pyrt_ord(PyObject *s, int64_t *v)
{
    if (UNLIKELY(PyUnicode_GET_LENGTH(s) != 1))
        return false;
    *v = PyUnicode_READ_CHAR(s, 0);
    return true;
}

/* A one-character string, or NULL (no exception): the interpreter then says why not. */
static inline PyObject *
pyrt_chr(int64_t v)
{
    if (UNLIKELY(v < 0 || v > 0x10ffff))
        return NULL;
    PyObject *s = PyUnicode_FromOrdinal((int)v);
    if (UNLIKELY(!s))
        PyErr_Clear();
    return s;
}

/* ---- integer arithmetic ---- */

static inline bool
pyrt_int_floordiv(int64_t a, int64_t b, int64_t *v)
{
    if (UNLIKELY(b == 0 || (b == -1 && a == INT64_MIN)))
        return false;
    int64_t q = a / b;
    *v = q - ((a % b != 0) & ((a < 0) != (b < 0)));
    return true;
}

static inline bool
pyrt_int_mod(int64_t a, int64_t b, int64_t *v)
{
    if (UNLIKELY(b == 0 || (b == -1 && a == INT64_MIN)))
        return false;
    int64_t r = a % b;
    *v = r + (r != 0 && (r < 0) != (b < 0) ? b : 0);
    return true;
}

/* The quotient of two doubles is the correctly rounded one only while both ints are exact as
 * doubles. */
static inline bool
pyrt_int_truediv(int64_t a, int64_t b, double *v)
{
    double x, y;
    if (UNLIKELY(b == 0 || !pyrt_int_to_float(a, &x) || !pyrt_int_to_float(b, &y)))
        return false;
    *v = x / y;
    return true;
}

static inline bool
pyrt_int_pow(int64_t base, int64_t exp, int64_t *v)
{
    int64_t r = 1;
    if (UNLIKELY(exp < 0))
        return false;
    for (;;) {
        if (exp & 1 && __builtin_mul_overflow(r, base, &r))
            return false;
        exp >>= 1;
        if (!exp)
            break;
        if (__builtin_mul_overflow(base, base, &base))
            return false;
    }
    *v = r;
    return true;
}

static inline bool
pyrt_int_shl(int64_t a, int64_t n, int64_t *v)
{
    if (UNLIKELY(n < 0 || n > 62))
        return false;
    *v = (int64_t)((uint64_t)a << n);
    return LIKELY(*v >> n == a);
}

static inline bool
pyrt_int_shr(int64_t a, int64_t n, int64_t *v)
{
    *v = a >> (n > 63 ? 63 : n);
    return LIKELY(n >= 0);
}

static inline int64_t
pyrt_int_min(int64_t a, int64_t b)
{
    return b < a ? b : a;
}

static inline int64_t
pyrt_int_max(int64_t a, int64_t b)
{
    return b > a ? b : a;
}

/* ---- float arithmetic: as Objects/floatobject.c does it ---- */

static inline bool
pyrt_float_div(double a, double b, double *v)
{
    *v = a / b;
    return LIKELY(b != 0.0);
}

static inline double
pyrt_float_mod_nonzero(double a, double b)
{
    double m = fmod(a, b);
    if (m == 0.0)
        return copysign(0.0, b);
    return (b < 0) != (m < 0) ? m + b : m;
}

static inline bool
pyrt_float_mod(double a, double b, double *v)
{
    if (UNLIKELY(b == 0.0))
        return false;
    *v = pyrt_float_mod_nonzero(a, b);
    return true;
}

static inline bool
pyrt_float_floordiv(double a, double b, double *v)
{
    if (UNLIKELY(b == 0.0))
        return false;
    double m = fmod(a, b), q = (a - m) / b;
    if (m != 0.0 && (b < 0) != (m < 0))
        q -= 1.0;
    if (q == 0.0) {
        *v = copysign(0.0, a / b);
        return true;
    }
    double fl = floor(q);
    *v = q - fl > 0.5 ? fl + 1.0 : fl;
    return true;
}

/* Finite operands have no special case but 0.0 to a negative power, no complex result where the
 * base is not negative or the power whole, and no error but overflow.  A negative base is raised as
 * CPython does it: its size, and the sign afterwards. */
static inline bool
pyrt_float_pow(double a, double b, double *v)
{
    if (UNLIKELY(!isfinite(a) || !isfinite(b) || (a == 0.0 && b < 0.0)))
        return false;
    if (LIKELY(a >= 0.0)) {
        *v = pow(a, b);
        return LIKELY(isfinite(*v));
    }
    if (UNLIKELY(floor(b) != b))
        return false;
    double size = pow(-a, b);
    *v = fmod(fabs(b), 2.0) == 1.0 ? -size : size;
    return LIKELY(isfinite(*v));
}

static inline bool
pyrt_float_to_int(double a, int64_t *v)
{
    if (UNLIKELY(!(a > -9.2e18 && a < 9.2e18)))
        return false;
    *v = (int64_t)a;
    return true;
}

#endif
