/* Arithmetic and comparison of plain objects (numbers and strings), as far as no code of the
 * program can run on the way: what the inline paths of rt_ops.h leave to a call, and what spares
 * generated code to publish its frame.
 *
 * Ints of less than 127 bits are computed in 128.  Longer ones go to the functions of int itself,
 * but not for products, quotients and powers: those look for signals while they work, and a
 * signal's handler is code of the program. */
#include "rt_ops.h"

#include "rt_num.h"

bool
pyrt_is_just_true(PyObject *o, int *truth)
{
    const PyTypeObject *t = Py_TYPE(o);
    *truth = 1;
    return !(t->tp_as_number && t->tp_as_number->nb_bool) &&
           !(t->tp_as_mapping && t->tp_as_mapping->mp_length) &&
           !(t->tp_as_sequence && t->tp_as_sequence->sq_length);
}

typedef __int128 Wide;
typedef unsigned __int128 UWide;

enum { WIDE_DIGITS = 4, WIDE_BITS = 127, INPLACE = 13 };

/* In size below 2**127. */
static bool
is_wide(PyObject *o)
{
    Py_ssize_t n = Py_ABS(Py_SIZE(o));
    digit top = n == WIDE_DIGITS + 1 ? ((PyLongObject *)o)->ob_digit[WIDE_DIGITS] : 0;
    return n <= WIDE_DIGITS + 1 && !(top >> (WIDE_BITS - WIDE_DIGITS * PyLong_SHIFT));
}

static Wide
wide_value(PyObject *o)
{
    Py_ssize_t n = Py_ABS(Py_SIZE(o));
    const digit *d = ((PyLongObject *)o)->ob_digit;
    uint64_t low = n > 0 ? d[0] : 0, high = 0;
    if (n > 1)
        low |= (uint64_t)d[1] << PyLong_SHIFT;
    if (n > 2)
        high = d[2];
    if (n > 3)
        high |= (uint64_t)d[3] << PyLong_SHIFT;
    UWide v = low | (UWide)high << 2 * PyLong_SHIFT;
    if (n > 4)
        v |= (UWide)d[4] << 4 * PyLong_SHIFT;
    return Py_SIZE(o) < 0 ? -(Wide)v : (Wide)v;
}

static PyObject *
wide_int(Wide v)
{
    if ((int64_t)v == v)
        return pyrt_int((int64_t)v);
    UWide u = v < 0 ? -(UWide)v : (UWide)v;
    uint64_t low = (uint64_t)u, high = (uint64_t)(u >> 2 * PyLong_SHIFT);
    digit top = (digit)(u >> 4 * PyLong_SHIFT),
          fourth = (digit)(high >> PyLong_SHIFT & PyLong_MASK);
    Py_ssize_t n = top ? 5 : fourth ? 4 : 3;
    PyLongObject *o = _PyLong_New(n);
    if (o == NULL)
        return NULL;
    o->ob_digit[0] = (digit)(low & PyLong_MASK);
    o->ob_digit[1] = (digit)(low >> PyLong_SHIFT & PyLong_MASK);
    o->ob_digit[2] = (digit)(high & PyLong_MASK);
    if (n > 3)
        o->ob_digit[3] = fourth;
    if (n > 4)
        o->ob_digit[4] = top;
    Py_SET_SIZE(o, v < 0 ? -n : n);
    return (PyObject *)o;
}

/* Of factors that are no longer than a register each: what is longer is not done. */
static bool
product(Wide a, Wide b, Wide *v)
{
    UWide l = a < 0 ? -(UWide)a : (UWide)a, r = b < 0 ? -(UWide)b : (UWide)b;
    if (UNLIKELY(l >> 64 || r >> 64))
        return false;
    UWide p = (UWide)(uint64_t)l * (uint64_t)r;
    *v = (a < 0) == (b < 0) ? (Wide)p : -(Wide)p;
    return !(p >> WIDE_BITS);
}

static Wide
floor_quotient(Wide a, Wide b)
{
    if (LIKELY((int64_t)a == a && (int64_t)b == b && a != INT64_MIN))
        return pyrt_floor_div((int64_t)a, (int64_t)b);
    Wide q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

static PyObject *
wide_op(Wide a, Wide b, int op)
{
    Wide v;
    switch (op) {
    case NB_ADD: return __builtin_add_overflow(a, b, &v) ? NULL : wide_int(v);
    case NB_SUBTRACT: return __builtin_sub_overflow(a, b, &v) ? NULL : wide_int(v);
    case NB_AND: return wide_int(a & b);
    case NB_OR: return wide_int(a | b);
    case NB_XOR: return wide_int(a ^ b);
    case NB_MULTIPLY: return product(a, b, &v) ? wide_int(v) : NULL;
    case NB_FLOOR_DIVIDE: return b ? wide_int(floor_quotient(a, b)) : NULL;
    case NB_REMAINDER: return b ? wide_int(a - floor_quotient(a, b) * b) : NULL;
    case NB_RSHIFT: return b <= 0 ? NULL : wide_int(a >> (b < WIDE_BITS ? (int)b : WIDE_BITS));
    case NB_LSHIFT:
        if (b <= 0 || b >= WIDE_BITS || (Wide)((UWide)a << (int)b) >> (int)b != a)
            return NULL;
        return wide_int((Wide)((UWide)a << (int)b));
    default: return NULL;
    }
}

/* What int's own functions do without a look at signals.  A shift by 0 may give back its operand,
 * and they know when. */
static PyObject *
long_op(PyObject *l, PyObject *r, int op)
{
    PyNumberMethods *nb = PyLong_Type.tp_as_number;
    switch (op) {
    case NB_ADD: return nb->nb_add(l, r);
    case NB_SUBTRACT: return nb->nb_subtract(l, r);
    case NB_AND: return nb->nb_and(l, r);
    case NB_OR: return nb->nb_or(l, r);
    case NB_XOR: return nb->nb_xor(l, r);
    case NB_LSHIFT: return nb->nb_lshift(l, r);
    case NB_RSHIFT: return nb->nb_rshift(l, r);
    default: return NULL;
    }
}

/* Quotients of one digit each are exact as doubles, so theirs is the correctly rounded one. */
static PyObject *
true_quotient(PyObject *l, PyObject *r)
{
    if (!pyrt_is_digit(l) || !pyrt_is_digit(r) || pyrt_digit(r) == 0)
        return NULL;
    return PyFloat_FromDouble((double)pyrt_digit(l) / (double)pyrt_digit(r));
}

/* A dividend of fewer digits, or a smaller first one, is its own remainder: int gives back the very
 * object, but for two ints of one digit. */
static bool
is_own_remainder(PyObject *l, PyObject *r)
{
    Py_ssize_t n = Py_ABS(Py_SIZE(l)), m = Py_ABS(Py_SIZE(r));
    if ((n == 1 && m == 1) || n > m || !PyLong_CheckExact(l))
        return false;
    bool smaller =
        n < m || ((PyLongObject *)l)->ob_digit[n - 1] < ((PyLongObject *)r)->ob_digit[n - 1];
    return smaller && (n == 0 || (Py_SIZE(l) < 0) == (Py_SIZE(r) < 0));
}

static PyObject *
int_op(PyObject *l, PyObject *r, int op)
{
    if (op == NB_TRUE_DIVIDE)
        return true_quotient(l, r);
    if (op == NB_REMAINDER && is_own_remainder(l, r))
        return Py_NewRef(l);
    PyObject *v = NULL;
    if (LIKELY(is_wide(l) && is_wide(r)))
        v = wide_op(wide_value(l), wide_value(r), op);
    return v || PyErr_Occurred() ? v : long_op(l, r, op);
}

/* Bools have an int's layout, and are ints but for & | ^ among themselves. */
static bool
is_int(PyObject *o)
{
    return PyLong_CheckExact(o) || PyBool_Check(o);
}

static PyObject *
bool_op(PyObject *l, PyObject *r, int op)
{
    switch (op) {
    case NB_AND: return Py_NewRef(l == Py_True ? r : l);
    case NB_OR: return Py_NewRef(l == Py_True ? l : r);
    case NB_XOR: return Py_NewRef(pyrt_bool(l != r));
    default: return int_op(l, r, op);
    }
}

static bool
as_double(PyObject *o, double *d)
{
    if (PyFloat_CheckExact(o)) {
        *d = PyFloat_AS_DOUBLE(o);
        return true;
    }
    if (!is_int(o) || !is_wide(o))
        return false;
    Wide v = wide_value(o);
    return (int64_t)v == v && pyrt_int_to_float((int64_t)v, d);
}

/* One of them is a float, and both are exact as doubles. */
static PyObject *
double_op(double a, double b, int op)
{
    double v;
    switch (op) {
    case NB_ADD: return PyFloat_FromDouble(a + b);
    case NB_SUBTRACT: return PyFloat_FromDouble(a - b);
    case NB_MULTIPLY: return PyFloat_FromDouble(a * b);
    case NB_TRUE_DIVIDE: return pyrt_float_div(a, b, &v) ? PyFloat_FromDouble(v) : NULL;
    case NB_FLOOR_DIVIDE: return pyrt_float_floordiv(a, b, &v) ? PyFloat_FromDouble(v) : NULL;
    case NB_REMAINDER: return pyrt_float_mod(a, b, &v) ? PyFloat_FromDouble(v) : NULL;
    case NB_POWER: return pyrt_float_pow(a, b, &v) ? PyFloat_FromDouble(v) : NULL;
    default: return NULL;
    }
}

static bool
is_number(PyObject *o)
{
    return PyFloat_CheckExact(o) || is_int(o) || PyComplex_CheckExact(o);
}

static PyObject *
complex_op(PyObject *l, PyObject *r, int op)
{
    PyNumberMethods *nb = PyComplex_Type.tp_as_number;
    binaryfunc f = op == NB_ADD        ? nb->nb_add
                   : op == NB_SUBTRACT ? nb->nb_subtract
                   : op == NB_MULTIPLY ? nb->nb_multiply
                                       : NULL;
    if (!f || !is_number(l) || !is_number(r))
        return NULL;
    PyObject *v = f(l, r);
    if (v != Py_NotImplemented)
        return v;
    Py_DECREF(v);
    return NULL;
}

static PyObject *
float_op(PyObject *l, PyObject *r, int op)
{
    double a, b;
    if (as_double(l, &a) && as_double(r, &b))
        return double_op(a, b, op);
    return PyComplex_CheckExact(l) || PyComplex_CheckExact(r) ? complex_op(l, r, op) : NULL;
}

/* Most that comes here and is not done is not even tried: only what is tried can have failed. */
PyObject *
pyrt_binary_op_plain(PyObject *l, PyObject *r, int op)
{
    PyObject *v;
    op -= op >= INPLACE ? INPLACE : 0; /* equal for what is immutable */
    if (is_int(l) && is_int(r))
        v = PyBool_Check(l) && PyBool_Check(r) ? bool_op(l, r, op) : int_op(l, r, op);
    else if (PyFloat_CheckExact(l) || PyFloat_CheckExact(r))
        v = float_op(l, r, op);
    else if (PyComplex_CheckExact(l) || PyComplex_CheckExact(r))
        v = complex_op(l, r, op);
    else if (op == NB_ADD && PyUnicode_CheckExact(l) && PyUnicode_CheckExact(r))
        v = PyUnicode_Concat(l, r);
    else
        return NULL;
    if (UNLIKELY(v == NULL))
        PyErr_Clear(); /* no memory, perhaps: the slow way will see for itself */
    return v;
}

/* As PyUnicode_Append() decides it, but out of memory the string is still there. */
bool
pyrt_grow(PyObject **home, PyObject *right)
{
    PyObject *left = *home;
    if (Py_REFCNT(left) != 1 || ((PyASCIIObject *)left)->hash != -1 ||
        PyUnicode_CHECK_INTERNED(left) || !PyUnicode_IS_COMPACT(left) ||
        !PyUnicode_IS_READY(right) || PyUnicode_KIND(right) > PyUnicode_KIND(left) ||
        (PyUnicode_IS_ASCII(left) && !PyUnicode_IS_ASCII(right)))
        return false;
    Py_ssize_t n = PyUnicode_GET_LENGTH(left), more = PyUnicode_GET_LENGTH(right);
    if (left == right || n > PY_SSIZE_T_MAX - more)
        return false;
    if (PyUnicode_Resize(home, n + more) < 0) {
        PyErr_Clear(); /* the slow way will see for itself */
        return false;
    }
    _PyUnicode_FastCopyCharacters(*home, n, right, 0, more);
    return true;
}

static int
compare_ints(PyObject *l, PyObject *r)
{
    Py_ssize_t n = Py_SIZE(l), m = Py_SIZE(r);
    if (n != m)
        return n < m ? -1 : 1;
    for (Py_ssize_t k = Py_ABS(n); k-- > 0;) {
        digit a = ((PyLongObject *)l)->ob_digit[k], b = ((PyLongObject *)r)->ob_digit[k];
        if (a != b)
            return (a < b) == (n > 0) ? -1 : 1;
    }
    return 0;
}

int
pyrt_compare_plain(PyObject *l, PyObject *r, int op)
{
    double a, b;
    if (is_int(l) && is_int(r))
        return pyrt_holds_int(compare_ints(l, r), 0, op);
    if (PyUnicode_CheckExact(l) && PyUnicode_CheckExact(r))
        return PyUnicode_IS_READY(l) && PyUnicode_IS_READY(r)
                   ? pyrt_holds_int(PyUnicode_Compare(l, r), 0, op)
                   : -1;
    if (as_double(l, &a) && as_double(r, &b))
        return pyrt_holds_float(a, b, op);
    if ((op == Py_EQ || op == Py_NE) && (l == Py_None || r == Py_None) && pyrt_is_plain(l) &&
        pyrt_is_plain(r))
        return (l == r) == (op == Py_EQ);
    return -1;
}
