/* The functions of formats/unit/math.def on unboxed doubles.
 *
 * The bits are CPython's: the same libm is called with the same arguments.  gcc must not be
 * cleverer than libm, which is not always correctly rounded: it computes calls with constant
 * arguments at compile time and turns pow(x, 2.0) into x * x, so arguments go through pyrt_opaque()
 * first. */
#ifndef PYOPT_RT_MATH_H
#define PYOPT_RT_MATH_H

#include "rt_base.h"

#include <emmintrin.h>
#include <math.h>

typedef enum PyrtMath {
#define MATH(name, n, result) PYRT_MATH_##name,
#include "math.def"
#undef MATH
    PYRT_MATH_COUNT
} PyrtMath;

/* What the functions' objects point at, once one has been met: static data of the math module,
 * which is not imported for this. */
extern PYRT_API const PyMethodDef *pyrt_math_defs[PYRT_MATH_COUNT];

/* Is o the function `id` of the math module, met for the first time? */
PYRT_SLOW bool pyrt_math_bind(PyObject *o, int id);

static inline bool
pyrt_is_math(PyObject *o, int id)
{
    if (UNLIKELY(o == NULL || !PyCFunction_CheckExact(o)))
        return false;
    return LIKELY(((PyCFunctionObject *)o)->m_ml == pyrt_math_defs[id]) || pyrt_math_bind(o, id);
}

static inline double
pyrt_opaque(double x)
{
    __asm__("" : "+x"(x));
    return x;
}

/* math_1() raises for a nan or infinity that was not in the argument; a finite result is never an
 * error. */
#define PYRT_MATH_FUNC(name)                                                                       \
    static inline bool pyrt_math_##name(double x, double *v)                                       \
    {                                                                                              \
        *v = name(pyrt_opaque(x));                                                                 \
        return LIKELY(isfinite(*v)) || (isnan(*v) ? isnan(x) : !isfinite(x));                      \
    }
PYRT_MATH_FUNC(sin)
PYRT_MATH_FUNC(cos)
PYRT_MATH_FUNC(tan)
PYRT_MATH_FUNC(asin)
PYRT_MATH_FUNC(acos)
PYRT_MATH_FUNC(atan)
PYRT_MATH_FUNC(sinh)
PYRT_MATH_FUNC(cosh)
PYRT_MATH_FUNC(tanh)
PYRT_MATH_FUNC(exp)
PYRT_MATH_FUNC(expm1)
PYRT_MATH_FUNC(log1p)
#undef PYRT_MATH_FUNC

/* m_log() and its like call libm for positive finite arguments only. */
#define PYRT_MATH_LOG(name)                                                                        \
    static inline bool pyrt_math_##name(double x, double *v)                                       \
    {                                                                                              \
        *v = 0.0;                                                                                  \
        if (UNLIKELY(!(x > 0.0 && isfinite(x))))                                                   \
            return false;                                                                          \
        *v = name(pyrt_opaque(x));                                                                 \
        return true;                                                                               \
    }
PYRT_MATH_LOG(log)
PYRT_MATH_LOG(log2)
PYRT_MATH_LOG(log10)
#undef PYRT_MATH_LOG

/* Correctly rounded by definition, so the instruction does. */
static inline bool
pyrt_math_sqrt(double x, double *v)
{
    __m128d d = _mm_set_sd(x);
    *v = _mm_cvtsd_f64(_mm_sqrt_sd(d, d));
    return LIKELY(x >= 0.0) || isnan(x);
}

static inline bool
pyrt_math_fabs(double x, double *v)
{
    *v = __builtin_fabs(x);
    return true;
}

static inline bool
pyrt_math_degrees(double x, double *v)
{
    *v = x * (180.0 / Py_MATH_PI);
    return true;
}

static inline bool
pyrt_math_radians(double x, double *v)
{
    *v = x * (Py_MATH_PI / 180.0);
    return true;
}

static inline bool
pyrt_math_trunc(double x, int64_t *v)
{
    if (UNLIKELY(!(x > -9.2e18 && x < 9.2e18)))
        return false;
    *v = (int64_t)x;
    return true;
}

static inline bool
pyrt_math_floor(double x, int64_t *v)
{
    if (UNLIKELY(!pyrt_math_trunc(x, v)))
        return false;
    *v -= (double)*v > x;
    return true;
}

static inline bool
pyrt_math_ceil(double x, int64_t *v)
{
    if (UNLIKELY(!pyrt_math_trunc(x, v)))
        return false;
    *v += (double)*v < x;
    return true;
}

static inline bool
pyrt_math_isnan(double x, int *v)
{
    *v = x != x;
    return true;
}

static inline bool
pyrt_math_isinf(double x, int *v)
{
    *v = __builtin_fabs(x) == (double)INFINITY;
    return true;
}

static inline bool
pyrt_math_isfinite(double x, int *v)
{
    *v = __builtin_fabs(x) < (double)INFINITY;
    return true;
}

/* The special cases that CPython adds to pow(), atan2() and fmod() concern nan and infinities. */
static inline bool
pyrt_math_pow(double x, double y, double *v)
{
    *v = 0.0;
    if (UNLIKELY(!isfinite(x) || !isfinite(y)))
        return false;
    *v = pow(pyrt_opaque(x), pyrt_opaque(y));
    return LIKELY(isfinite(*v));
}

static inline bool
pyrt_math_atan2(double y, double x, double *v)
{
    *v = 0.0;
    if (UNLIKELY(!isfinite(x) || !isfinite(y)))
        return false;
    *v = atan2(pyrt_opaque(y), pyrt_opaque(x));
    return true;
}

static inline bool
pyrt_math_fmod(double x, double y, double *v)
{
    *v = 0.0;
    if (UNLIKELY(!isfinite(x) || !isfinite(y) || y == 0.0))
        return false;
    *v = fmod(pyrt_opaque(x), pyrt_opaque(y));
    return true;
}

static inline bool
pyrt_math_copysign(double x, double y, double *v)
{
    *v = __builtin_copysign(x, y);
    return true;
}

#endif
