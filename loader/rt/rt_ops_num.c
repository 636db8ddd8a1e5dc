/* Binary operations and comparisons that may run any code, as the interpreter does them. */
#include "rt_ops.h"

static int
is_instance_of_one(PyTypeObject *tp, PyObject *cls)
{
    if (!PyType_CheckExact(cls))
        return -1;
    if (tp == (PyTypeObject *)cls || PyType_IsSubtype(tp, (PyTypeObject *)cls))
        return 1;
    return tp->tp_flags & Py_TPFLAGS_HEAPTYPE ? -1 : 0;
}

bool
pyrt_is_instance_quick(PyObject *o, PyObject *cls, int *yes)
{
    if (!PyTuple_CheckExact(cls)) {
        *yes = is_instance_of_one(Py_TYPE(o), cls);
        return *yes >= 0;
    }
    *yes = 0;
    for (Py_ssize_t i = 0; *yes == 0 && i < PyTuple_GET_SIZE(cls); i++)
        *yes = is_instance_of_one(Py_TYPE(o), PyTuple_GET_ITEM(cls, i));
    return *yes >= 0;
}

static PyObject *
power(PyObject *l, PyObject *r)
{
    return PyNumber_Power(l, r, Py_None);
}

static PyObject *
inplace_power(PyObject *l, PyObject *r)
{
    return PyNumber_InPlacePower(l, r, Py_None);
}

static const binaryfunc generic[] = {
    [NB_ADD] = PyNumber_Add,
    [NB_AND] = PyNumber_And,
    [NB_FLOOR_DIVIDE] = PyNumber_FloorDivide,
    [NB_LSHIFT] = PyNumber_Lshift,
    [NB_MATRIX_MULTIPLY] = PyNumber_MatrixMultiply,
    [NB_MULTIPLY] = PyNumber_Multiply,
    [NB_REMAINDER] = PyNumber_Remainder,
    [NB_OR] = PyNumber_Or,
    [NB_POWER] = power,
    [NB_RSHIFT] = PyNumber_Rshift,
    [NB_SUBTRACT] = PyNumber_Subtract,
    [NB_TRUE_DIVIDE] = PyNumber_TrueDivide,
    [NB_XOR] = PyNumber_Xor,
    [NB_INPLACE_ADD] = PyNumber_InPlaceAdd,
    [NB_INPLACE_AND] = PyNumber_InPlaceAnd,
    [NB_INPLACE_FLOOR_DIVIDE] = PyNumber_InPlaceFloorDivide,
    [NB_INPLACE_LSHIFT] = PyNumber_InPlaceLshift,
    [NB_INPLACE_MATRIX_MULTIPLY] = PyNumber_InPlaceMatrixMultiply,
    [NB_INPLACE_MULTIPLY] = PyNumber_InPlaceMultiply,
    [NB_INPLACE_REMAINDER] = PyNumber_InPlaceRemainder,
    [NB_INPLACE_OR] = PyNumber_InPlaceOr,
    [NB_INPLACE_POWER] = inplace_power,
    [NB_INPLACE_RSHIFT] = PyNumber_InPlaceRshift,
    [NB_INPLACE_SUBTRACT] = PyNumber_InPlaceSubtract,
    [NB_INPLACE_TRUE_DIVIDE] = PyNumber_InPlaceTrueDivide,
    [NB_INPLACE_XOR] = PyNumber_InPlaceXor,
};

PyObject *
pyrt_binary_op(PyObject *l, PyObject *r, int op)
{
    return generic[op](l, r);
}

/* s = s + right, or s += right, where s is the local *home: BINARY_OP_INPLACE_ADD_UNICODE and its
 * STORE_FAST in one. The home's reference is the only one that compiled code holds, so the string
 * grows in place when nobody else has it.  The result is borrowed from the home; NULL: error, and
 * when memory ran out the home is unbound, as in the interpreter.  What is not str takes the
 * ordinary way. */
PyObject *
pyrt_inplace_concat(PyObject **home, PyObject *right)
{
    if (PyUnicode_CheckExact(*home) && PyUnicode_CheckExact(right)) {
        PyUnicode_Append(home, right);
        return *home;
    }
    PyObject *sum = PyNumber_InPlaceAdd(*home, right);
    if (sum == NULL)
        return NULL;
    PyObject *old = *home;
    *home = sum;
    Py_DECREF(old);
    return sum;
}

PyObject *
pyrt_compare(PyObject *l, PyObject *r, int op)
{
    return PyObject_RichCompare(l, r, op);
}

int
pyrt_compare_bool(PyObject *l, PyObject *r, int op)
{
    PyObject *v = PyObject_RichCompare(l, r, op);
    if (v == NULL)
        return -1;
    int truth = pyrt_truth(v);
    Py_DECREF(v);
    return truth;
}
