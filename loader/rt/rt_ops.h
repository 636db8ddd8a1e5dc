/* Arithmetic, comparison, truth, and the rest of the bytecodes that are one call each. */
#ifndef PYOPT_RT_OPS_H
#define PYOPT_RT_OPS_H

#include "rt_base.h"

PYRT_SLOW PyObject *pyrt_binary_op(PyObject *l, PyObject *r, int op);
PYRT_SLOW PyObject *pyrt_compare(PyObject *l, PyObject *r, int op);
PYRT_SLOW int pyrt_compare_bool(PyObject *l, PyObject *r, int op);
/* rt_ops_plain.c: the same of plain objects, without any code of the program.  Not done: NULL
 * without exception, -1. */
PYRT_SLOW PyObject *pyrt_binary_op_plain(PyObject *l, PyObject *r, int op);
PYRT_SLOW int pyrt_compare_plain(PyObject *l, PyObject *r, int op);
PYRT_API PyObject *pyrt_inplace_concat(PyObject **home, PyObject *right);

/* rt_ops_call.c */
PYRT_API PyObject *pyrt_format_value(PyObject *value, PyObject *spec, int oparg);
PYRT_API int pyrt_dict_update(PyObject *dict, PyObject *mapping);
PYRT_API int pyrt_dict_merge(PyObject *dict, PyObject *mapping, PyObject *callable);
PYRT_API PyObject *pyrt_call_function_ex(PyThreadState *ts, PyObject *callable, PyObject *args,
                                         PyObject *kwargs);
PYRT_API PyObject *pyrt_make_function(_PyInterpreterFrame *frame, PyObject *code, int oparg,
                                      PyObject *const *args, size_t n);
PYRT_API int pyrt_raise_varargs(PyThreadState *ts, PyObject *const *args, size_t n);
PYRT_API PyObject *pyrt_load_build_class(_PyInterpreterFrame *frame);
PYRT_API int pyrt_setup_annotations(_PyInterpreterFrame *frame);
PYRT_API int pyrt_print_expr(PyObject *value);
PYRT_API PyObject *pyrt_get_len(PyObject *o);

/* rt_ops_import.c */
PYRT_API PyObject *pyrt_import_name(PyThreadState *ts, _PyInterpreterFrame *frame, PyObject *name,
                                    PyObject *fromlist, PyObject *level);
PYRT_API PyObject *pyrt_import_from(PyThreadState *ts, PyObject *from, PyObject *name);
PYRT_API int pyrt_import_star(PyThreadState *ts, _PyInterpreterFrame *frame, PyObject *from);

/* rt_ops_match.c */
PYRT_API PyObject *pyrt_match_class(PyThreadState *ts, PyObject *subject, PyObject *cls,
                                    PyObject *names, int count);
PYRT_API PyObject *pyrt_match_keys(PyThreadState *ts, PyObject *subject, PyObject *keys);

/* Objects of classes that say nothing of their truth. */
PYRT_API bool pyrt_is_just_true(PyObject *o, int *truth);

/* The _quick functions are the hot paths of rtcalls.def's L rows: what can be known without running
 * any code of the program.  False: nothing was done. */
PYRT_INLINE bool
pyrt_truth_quick(PyObject *o, int *truth)
{
    if (LIKELY(PyBool_Check(o) || o == Py_None))
        *truth = o == Py_True;
    else if (PyLong_CheckExact(o) || PyList_CheckExact(o) || PyTuple_CheckExact(o))
        *truth = Py_SIZE(o) != 0;
    else if (PyUnicode_CheckExact(o) && PyUnicode_IS_READY(o))
        *truth = PyUnicode_GET_LENGTH(o) != 0;
    else if (PyDict_CheckExact(o))
        *truth = ((PyDictObject *)o)->ma_used != 0;
    else
        return pyrt_is_just_true(o, truth);
    return true;
}

static inline int
pyrt_truth(PyObject *o)
{
    return PyObject_IsTrue(o);
}

static inline bool
pyrt_holds_int(int64_t a, int64_t b, int op)
{
    switch (op) {
    case Py_LT: return a < b;
    case Py_LE: return a <= b;
    case Py_EQ: return a == b;
    case Py_NE: return a != b;
    case Py_GT: return a > b;
    default: return a >= b;
    }
}

static inline bool
pyrt_holds_float(double a, double b, int op)
{
    switch (op) {
    case Py_LT: return a < b;
    case Py_LE: return a <= b;
    case Py_EQ: return a == b;
    case Py_NE: return a != b;
    case Py_GT: return a > b;
    default: return a >= b;
    }
}

/* Are two exact str equal? */
static inline bool
pyrt_str_equal(PyObject *a, PyObject *b)
{
    if (a == b)
        return true;
    if (UNLIKELY(!PyUnicode_IS_READY(a) || !PyUnicode_IS_READY(b)))
        return _PyUnicode_Equal(a, b) == 1;
    size_t n = (size_t)PyUnicode_GET_LENGTH(a), kind = PyUnicode_KIND(a);
    if (n != (size_t)PyUnicode_GET_LENGTH(b) || kind != PyUnicode_KIND(b))
        return false;
    Py_hash_t ha = ((PyASCIIObject *)a)->hash, hb = ((PyASCIIObject *)b)->hash;
    if (ha != hb && ha != -1 && hb != -1)
        return false;
    return memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), n * kind) == 0;
}

/* Identity or equality where no code has to run to know: 0 or 1; -1: somebody must be asked. */
static inline int
pyrt_equal_quick(PyObject *a, PyObject *b)
{
    if (a == b)
        return 1;
    if (!Py_IS_TYPE(a, Py_TYPE(b)))
        return -1;
    if (PyUnicode_CheckExact(a))
        return pyrt_str_equal(a, b);
    if (PyLong_CheckExact(a) && pyrt_is_digit(a) && pyrt_is_digit(b))
        return pyrt_digit(a) == pyrt_digit(b);
    return -1;
}

/* A comparison whose outcome is known without a call: 0 or 1, else -1.  op is constant where this
 * is inlined. */
static inline int
pyrt_compare_known(PyObject *l, PyObject *r, int op)
{
    if (PyLong_CheckExact(l)) {
        if (LIKELY(PyLong_CheckExact(r) && pyrt_is_digit(l) && pyrt_is_digit(r)))
            return pyrt_holds_int(pyrt_digit(l), pyrt_digit(r), op);
    } else if (PyFloat_CheckExact(l)) {
        if (LIKELY(PyFloat_CheckExact(r)))
            return pyrt_holds_float(PyFloat_AS_DOUBLE(l), PyFloat_AS_DOUBLE(r), op);
    } else if ((op == Py_EQ || op == Py_NE) && PyUnicode_CheckExact(l) && PyUnicode_CheckExact(r)) {
        return pyrt_str_equal(l, r) == (op == Py_EQ);
    }
    return pyrt_compare_plain(l, r, op);
}

static inline bool
pyrt_compare_quick(PyObject *l, PyObject *r, int op, PyObject **result)
{
    int known = pyrt_compare_known(l, r, op);
    if (known >= 0)
        *result = Py_NewRef(known ? Py_True : Py_False);
    return known >= 0;
}

/* COMPARE_OP and the truth of its result (so without RichCompareBool's identity shortcut). */
static inline bool
pyrt_compare_bool_quick(PyObject *l, PyObject *r, int op, int *result)
{
    *result = pyrt_compare_known(l, r, op);
    return *result >= 0;
}

static inline int64_t
pyrt_floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

/* Of two ints of one digit; op is an NB_ number, constant where this is inlined.  NULL: not done,
 * or no memory. */
static inline PyObject *
pyrt_digit_op(int64_t a, int64_t b, int op)
{
    switch (op) {
    case NB_ADD:
    case NB_INPLACE_ADD: return pyrt_int(a + b);
    case NB_SUBTRACT:
    case NB_INPLACE_SUBTRACT: return pyrt_int(a - b);
    case NB_MULTIPLY:
    case NB_INPLACE_MULTIPLY: return pyrt_int(a * b);
    case NB_AND:
    case NB_INPLACE_AND: return pyrt_int(a & b);
    case NB_OR:
    case NB_INPLACE_OR: return pyrt_int(a | b);
    case NB_XOR:
    case NB_INPLACE_XOR: return pyrt_int(a ^ b);
    case NB_FLOOR_DIVIDE:
    case NB_INPLACE_FLOOR_DIVIDE: return LIKELY(b != 0) ? pyrt_int(pyrt_floor_div(a, b)) : NULL;
    case NB_REMAINDER:
    case NB_INPLACE_REMAINDER:
        return LIKELY(b != 0) ? pyrt_int(a - pyrt_floor_div(a, b) * b) : NULL;
    default: return NULL;
    }
}

static inline PyObject *
pyrt_float_op(double a, double b, int op)
{
    switch (op) {
    case NB_ADD:
    case NB_INPLACE_ADD: return PyFloat_FromDouble(a + b);
    case NB_SUBTRACT:
    case NB_INPLACE_SUBTRACT: return PyFloat_FromDouble(a - b);
    case NB_MULTIPLY:
    case NB_INPLACE_MULTIPLY: return PyFloat_FromDouble(a * b);
    case NB_TRUE_DIVIDE:
    case NB_INPLACE_TRUE_DIVIDE: return LIKELY(b != 0.0) ? PyFloat_FromDouble(a / b) : NULL;
    default: return NULL;
    }
}

/* BINARY_OP.  NULL, without exception: not done. */
static inline PyObject *
pyrt_binary_op_known(PyObject *l, PyObject *r, int op)
{
    PyObject *v = NULL;
    if (PyLong_CheckExact(l) && PyLong_CheckExact(r) && pyrt_is_digit(l) && pyrt_is_digit(r))
        v = pyrt_digit_op(pyrt_digit(l), pyrt_digit(r), op);
    else if (PyFloat_CheckExact(l) && PyFloat_CheckExact(r))
        v = pyrt_float_op(PyFloat_AS_DOUBLE(l), PyFloat_AS_DOUBLE(r), op);
    return LIKELY(v != NULL) ? v : pyrt_binary_op_plain(l, r, op);
}

static inline bool
pyrt_binary_op_quick(PyObject *l, PyObject *r, int op, PyObject **result)
{
    *result = pyrt_binary_op_known(l, r, op);
    return *result != NULL;
}

/* *home += right where *home is the only one who has its string, which grows in place, as under
 * BINARY_OP_INPLACE_ADD_UNICODE: without that, a string built piece by piece costs the square of
 * its length.  False, and nothing changed: it cannot. */
PYRT_SLOW bool pyrt_grow(PyObject **home, PyObject *right);

/* pyrt_binary_op_quick() of an addition whose result the home gets next; meanwhile it may be NULL.
 */
static inline bool
pyrt_add_quick(PyObject **home, PyObject *l, PyObject *r, int op, PyObject **result)
{
    if (PyUnicode_CheckExact(l) && *home == l && PyUnicode_CheckExact(r) && pyrt_grow(home, r)) {
        *result = *home;
        *home = NULL;
        return true;
    }
    return pyrt_binary_op_quick(l, r, op, result);
}

static inline int
pyrt_is_instance(PyObject *o, PyObject *cls)
{
    return LIKELY((PyObject *)Py_TYPE(o) == cls && PyType_CheckExact(cls))
               ? 1
               : PyObject_IsInstance(o, cls);
}

/* Classes whose metaclass is type itself: what is not decided by the object's class is decided by
 * its __class__, and objects of static classes have no other. */
PYRT_API bool pyrt_is_instance_quick(PyObject *o, PyObject *cls, int *yes);

#endif
