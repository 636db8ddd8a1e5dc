/* Items of an exact array.array, raw.  Its class lives in an extension module that a program may
 * never import, so it is found at the first array that comes by. */
#ifndef PYOPT_RT_ARRAY_H
#define PYOPT_RT_ARRAY_H

#include "rt_base.h"

/* Modules/arraymodule.c */
struct PyrtArray;
typedef struct PyrtArrayKind {
    char typecode;
    int itemsize;
    PyObject *(*getitem)(struct PyrtArray *, Py_ssize_t);
    int (*setitem)(struct PyrtArray *, Py_ssize_t, PyObject *);
    int (*compareitems)(const void *, const void *, Py_ssize_t);
    const char *formats;
    int is_integer_type;
    int is_signed;
} PyrtArrayKind;

typedef struct PyrtArray {
    PyObject_VAR_HEAD char *items;
    Py_ssize_t allocated;
    const PyrtArrayKind *kind;
    PyObject *weakreflist;
    Py_ssize_t exports;
} PyrtArray;

/* array.array once it has been met, for the life of the process; else NULL. */
extern PYRT_API PyTypeObject *pyrt_array_type;
PYRT_SLOW bool pyrt_find_array_type(PyTypeObject *tp);

static inline bool
pyrt_is_array(PyObject *o)
{
    return Py_TYPE(o) == pyrt_array_type ||
           (UNLIKELY(!pyrt_array_type) && pyrt_find_array_type(Py_TYPE(o)));
}

/* Typecodes d and f. */
static inline bool
pyrt_is_float_array(PyObject *o)
{
    if (!pyrt_is_array(o))
        return false;
    char code = ((PyrtArray *)o)->kind->typecode;
    return LIKELY(code == 'd') || code == 'f';
}

/* Any of the integer typecodes. */
static inline bool
pyrt_is_int_array(PyObject *o)
{
    return pyrt_is_array(o) && ((PyrtArray *)o)->kind->is_integer_type;
}

/* a[i] and a[i] = v of an array, v a number of its kind; false: let the interpreter's way see. */
PYRT_API bool pyrt_array_get_item(PyObject *o, int64_t i, PyObject **result);
PYRT_API bool pyrt_array_set_item(PyObject *o, int64_t i, PyObject *value);

static inline bool
pyrt_array_index(const PyrtArray *a, int64_t *i)
{
    if (*i < 0)
        *i += Py_SIZE(a);
    return (uint64_t)*i < (uint64_t)Py_SIZE(a);
}

/* All answer false where the interpreter has to do it: out of range, or a number that does not fit.
 */
static inline bool
pyrt_array_float(PyObject *o, int64_t i, double *v)
{
    const PyrtArray *a = (const PyrtArray *)o;
    if (UNLIKELY(!pyrt_array_index(a, &i)))
        return false;
    *v = LIKELY(a->kind->typecode == 'd') ? ((const double *)a->items)[i]
                                          : (double)((const float *)a->items)[i];
    return true;
}

static inline bool
pyrt_array_set_float(PyObject *o, int64_t i, double v)
{
    PyrtArray *a = (PyrtArray *)o;
    if (UNLIKELY(!pyrt_array_index(a, &i)))
        return false;
    if (LIKELY(a->kind->typecode == 'd'))
        ((double *)a->items)[i] = v;
    else
        ((float *)a->items)[i] = (float)v;
    return true;
}

static inline bool
pyrt_array_int(PyObject *o, int64_t i, int64_t *v)
{
    const PyrtArray *a = (const PyrtArray *)o;
    if (UNLIKELY(!pyrt_array_index(a, &i)))
        return false;
    const void *items = a->items;
    switch (a->kind->itemsize * 2 + a->kind->is_signed) {
    case 3: *v = ((const int8_t *)items)[i]; return true;
    case 2: *v = ((const uint8_t *)items)[i]; return true;
    case 5: *v = ((const int16_t *)items)[i]; return true;
    case 4: *v = ((const uint16_t *)items)[i]; return true;
    case 9: *v = ((const int32_t *)items)[i]; return true;
    case 8: *v = ((const uint32_t *)items)[i]; return true;
    case 17: *v = ((const int64_t *)items)[i]; return true;
    default: *v = ((const int64_t *)items)[i]; return *v >= 0;
    }
}

#define PYRT_ARRAY_STORE(type)                                                                     \
    if ((type)v != v)                                                                              \
        return false;                                                                              \
    ((type *)items)[i] = (type)v;                                                                  \
    return true
static inline bool
pyrt_array_set_int(PyObject *o, int64_t i, int64_t v)
{
    PyrtArray *a = (PyrtArray *)o;
    if (UNLIKELY(!pyrt_array_index(a, &i)))
        return false;
    void *items = a->items;
    switch (a->kind->itemsize * 2 + a->kind->is_signed) {
    case 3: PYRT_ARRAY_STORE(int8_t);
    case 2: PYRT_ARRAY_STORE(uint8_t);
    case 5: PYRT_ARRAY_STORE(int16_t);
    case 4: PYRT_ARRAY_STORE(uint16_t);
    case 9: PYRT_ARRAY_STORE(int32_t);
    case 8: PYRT_ARRAY_STORE(uint32_t);
    case 17: ((int64_t *)items)[i] = v; return true;
    default:
        if (v < 0)
            return false;
        ((int64_t *)items)[i] = v;
        return true;
    }
}
#undef PYRT_ARRAY_STORE

#endif
