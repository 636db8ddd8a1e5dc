/* A Python module that makes the runtime's helpers callable one by one, so that the tests can put
 * them beside what the interpreter does.  Cells are capsules.  A helper that takes a frame gets the
 * frame of the Python function that called the test module.
 *
 * A borrowed or absent result comes out as `Miss`, a pair as a tuple, and what FOR_ITER calls
 * exhausted as Miss too. */
#include "loader.h"
#include "rt_abi_311.h"

#include "rt_attr.h"
#include "rt_field.h"
#include "rt_gen.h"
#include "rt_global.h"
#include "rt_iter.h"
#include "rt_ops.h"
#include "rt_release.h"
#include "rt_seq.h"
#include "rtops_gc.h"

#include <time.h>

/* The loader's part of a call is not what is tested here: no code object has an entry, and every
 * call is an ordinary one. */
PyoptEntry *
pyrt_call_other(PyrtCallCell *cell, PyFunctionObject *func)
{
    (void)cell, (void)func;
    return NULL;
}

PyObject *
pyrt_call_slow(PyThreadState *ts, PyObject *kwnames, PyObject *const *stack, size_t n,
               PyrtCallCell *cell)
{
    size_t skip = stack[0] ? 0 : 1;
    (void)ts, (void)cell;
    PyObject *r = PyObject_Vectorcall(stack[skip], stack + skip + 1, n - skip - 1, kwnames);
    for (size_t i = skip; i < n; i++)
        Py_DECREF(stack[i]);
    return r;
}

PyObject *
pyrt_call_direct(PyThreadState *ts, PyoptEntry *e, PyFunctionObject *func, PyObject *self,
                 PyObject *const *args, size_t n)
{
    (void)ts, (void)e, (void)func, (void)self, (void)args, (void)n;
    Py_FatalError("no unit is installed in this test");
}

/* Nor is any generator native. */
PyrtLater *pyrt_later;

void
pyrt_later_show(PyThreadState *ts)
{
    (void)ts;
}

bool
pyrt_gen_iter(PyThreadState *ts, PyObject *o, PyObject **it)
{
    (void)ts, (void)o, (void)it;
    return false;
}

static PyObject *
miss(void)
{
    return Py_NewRef((PyObject *)&PyEllipsis_Type);
}

static PyObject *
or_miss(PyObject *v)
{
    return v || PyErr_Occurred() ? v : miss();
}

static PyObject *
status(int s)
{
    return s < 0 ? NULL : PyLong_FromLong(s);
}

static PyThreadState *
thread(void)
{
    return PyThreadState_Get();
}

static _PyInterpreterFrame *
frame(void)
{
    return PYRT_CURRENT(thread());
}

typedef union Cell {
    PyrtAttrCell attr;
    PyrtGlobalCell global;
    PyrtItemCell item;
} Cell;

static void
free_cell(PyObject *capsule)
{
    PyMem_Free(PyCapsule_GetPointer(capsule, "cell"));
}

static PyObject *
new_cell(PyObject *self, PyObject *noargs)
{
    (void)self, (void)noargs;
    return PyCapsule_New(PyMem_Calloc(1, sizeof(Cell)), "cell", free_cell);
}

static Cell *
cell(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, "cell");
}

static int
number(PyObject *o)
{
    return (int)PyLong_AsLong(o);
}

/* As generated code does it: the quick function, and the other where that declines. */
#define QUICK(type, fn, params, quick, call)                                                       \
    static type fn params                                                                          \
    {                                                                                              \
        type r;                                                                                    \
        return quick ? r : call;                                                                   \
    }
typedef PyObject *Object;
QUICK(Object, get_item, (PyObject * o, PyObject *k, PyrtItemCell *c),
      pyrt_get_item_quick(o, k, c, &r), pyrt_get_item(o, k, c))
QUICK(Object, binary_op, (PyObject * l, PyObject *r_, int op), pyrt_binary_op_quick(l, r_, op, &r),
      pyrt_binary_op(l, r_, op))
QUICK(Object, compare, (PyObject * l, PyObject *r_, int op), pyrt_compare_quick(l, r_, op, &r),
      pyrt_compare(l, r_, op))
QUICK(int, compare_bool, (PyObject * l, PyObject *r_, int op),
      pyrt_compare_bool_quick(l, r_, op, &r), pyrt_compare_bool(l, r_, op))
QUICK(int, contains, (PyObject * item, PyObject *in), pyrt_contains_quick(item, in, &r),
      pyrt_contains(item, in))

static int
set_add(PyObject *set, PyObject *key)
{
    return pyrt_set_add_quick(set, key) ? 0 : pyrt_set_add(set, key);
}

QUICK(int, truth, (PyObject * o), pyrt_truth_quick(o, &r), pyrt_truth(o))

static int
set_item(PyObject *o, PyObject *k, PyObject *v, PyrtItemCell *c)
{
    return pyrt_set_item_quick(o, k, v, c) ? 0 : pyrt_set_item(o, k, v, c);
}

/* ---- boxes without memory ---- */

Loader loader; /* the runtime keeps its reserve there */

static void *
no_malloc(void *ctx, size_t n)
{
    (void)ctx, (void)n;
    return NULL;
}

/* A list of n boxes of the number, made while there is no memory; shorter when the reserve ends. */
static PyObject *
sure_boxes(PyObject *number_, int n)
{
    PyObject *boxes[100] = {0}, *list = PyList_New(0);
    PyMemAllocatorEx real, none;
    bool is_int = PyLong_Check(number_);
    int64_t i = is_int ? PyLong_AsLongLong(number_) : 0;
    double d = is_int ? 0.0 : PyFloat_AsDouble(number_);
    Py_DECREF(is_int ? pyrt_sure_int(INT64_C(1) << 40) : pyrt_sure_float(0.5)); /* fills it */
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &real);
    none = real;
    none.malloc = no_malloc;
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &none);
    for (int k = 0; k < n; k++)
        boxes[k] = is_int ? pyrt_sure_int(i) : pyrt_sure_float(d);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &real);
    for (int k = 0; k < n; k++)
        if (boxes[k]) {
            PyList_Append(list, boxes[k]);
            Py_DECREF(boxes[k]);
        }
    return list;
}

static PyObject *
store_fast(PyObject *const *a)
{
    PyObject *old = NULL;
    bool done = pyrt_store_attr_fast(a[1], NULL, a[2], &cell(a[0])->attr, &old);
    Py_XDECREF(old);
    return PyBool_FromLong(done);
}

/* STORE_ATTR at a site whose objects have dicts. */
static int
store_dict(PyObject *const *a)
{
    PyObject *old = NULL;
    if (!pyrt_store_attr_fast_dict(a[1], a[2], a[3], &cell(a[0])->attr, &old))
        return pyrt_store_attr_slow(a[1], a[2], a[3], &cell(a[0])->attr);
    Py_XDECREF(old);
    return 0;
}

/* A raw number into an attribute: cell, object, name, int or float, is it a site of dicts. */
static int
store_number(PyObject *const *a)
{
    PyrtAttrCell *c = &cell(a[0])->attr;
    bool dict = PyObject_IsTrue(a[4]);
    if (PyFloat_Check(a[3])) {
        double d = PyFloat_AS_DOUBLE(a[3]);
        bool done = dict ? pyrt_store_field_float_dict(a[1], a[2], d, c)
                         : pyrt_store_field_float(a[1], a[2], d, c);
        return done ? 0 : pyrt_store_field_float_slow(a[1], a[2], d, c);
    }
    int64_t i = PyLong_AsLongLong(a[3]);
    bool done =
        dict ? pyrt_store_field_int_dict(a[1], a[2], i, c) : pyrt_store_field_int(a[1], a[2], i, c);
    return done ? 0 : pyrt_store_field_int_slow(a[1], a[2], i, c);
}

/* One row per helper of a plain shape: F(name, n, expression over a[0..n)). */
#define HELPERS                                                                                    \
    F(load_attr, 3, pyrt_load_attr(a[1], a[2], &cell(a[0])->attr))                                 \
    F(find_method, 3, Py_XNewRef(pyrt_find_method(a[1], a[2], &cell(a[0])->attr)))                 \
    F(attr_fast, 3, Py_XNewRef(pyrt_attr_fast(a[1], a[2], &cell(a[0])->attr)))                     \
    F(attr_dict, 3, Py_XNewRef(pyrt_attr_fast_dict(a[1], a[2], &cell(a[0])->attr)))                \
    F(attr_named, 3, Py_XNewRef(pyrt_attr_fast_named(a[1], a[2], &cell(a[0])->attr)))              \
    F(field, 3, Py_XNewRef(pyrt_load_field(a[1], a[2], &cell(a[0])->attr)))                        \
    F(field_dict, 3, Py_XNewRef(pyrt_load_field_dict(a[1], a[2], &cell(a[0])->attr)))              \
    F(field_named, 3, Py_XNewRef(pyrt_load_field_named(a[1], a[2], &cell(a[0])->attr)))            \
    F(store_dict, 4, status(store_dict(a)))                                                        \
    F(store_number, 5, status(store_number(a)))                                                    \
    F(store_attr, 4, status(pyrt_store_attr(a[1], a[2], a[3], &cell(a[0])->attr)))                 \
    F(store_fast, 3, store_fast(a))                                                                \
    F(sure_boxes, 2, sure_boxes(a[0], number(a[1])))                                               \
    F(dies_quietly, 1, PyBool_FromLong(pyrt_dies_quietly(a[0])))                                   \
    F(del_attr, 2, status(pyrt_del_attr(a[0], a[1])))                                              \
    F(attr_kind, 1, PyLong_FromLong(cell(a[0])->attr.e[0].kind))                                   \
    F(load_global, 2, pyrt_load_global(frame(), a[1], &cell(a[0])->global))                        \
    F(global_borrowed, 2,                                                                          \
      Py_XNewRef(pyrt_load_global_borrowed(frame()->f_globals, frame()->f_builtins, a[1],          \
                                           &cell(a[0])->global)))                                  \
    F(global_cached, 1,                                                                            \
      Py_XNewRef(                                                                                  \
          pyrt_global_cached(frame()->f_globals, frame()->f_builtins, &cell(a[0])->global)))       \
    F(store_global, 2, status(pyrt_store_global(frame(), a[0], a[1])))                             \
    F(del_global, 1, status(pyrt_del_global(frame(), a[0])))                                       \
    F(load_name, 1, pyrt_load_name(frame(), a[0]))                                                 \
    F(store_name, 2, status(pyrt_store_name(frame(), a[0], a[1])))                                 \
    F(del_name, 1, status(pyrt_del_name(frame(), a[0])))                                           \
    F(load_deref, 1, pyrt_load_deref(frame(), number(a[0])))                                       \
    F(store_deref, 2, status(pyrt_store_deref(frame(), number(a[0]), a[1])))                       \
    F(del_deref, 1, status(pyrt_del_deref(frame(), number(a[0]))))                                 \
    F(load_class_deref, 1, pyrt_load_class_deref(frame(), number(a[0])))                           \
    F(get_item, 3, get_item(a[1], a[2], &cell(a[0])->item))                                        \
    F(set_item, 4, status(set_item(a[1], a[2], a[3], &cell(a[0])->item)))                          \
    F(get_slice3, 4, pyrt_get_slice(a[0], a[1], a[2], a[3]))                                       \
    F(get_slice2, 3, pyrt_get_slice(a[0], a[1], a[2], NULL))                                       \
    F(set_slice3, 5, status(pyrt_set_slice(a[0], a[1], a[2], a[3], a[4])))                         \
    F(set_slice2, 4, status(pyrt_set_slice(a[0], a[1], a[2], NULL, a[3])))                         \
    F(contains, 2, status(contains(a[0], a[1])))                                                   \
    F(set_add, 2, status(set_add(a[0], a[1])))                                                     \
    F(list_append, 2, status(pyrt_list_append(a[0], a[1])))                                        \
    F(list_extend, 2, status(pyrt_list_extend(a[0], a[1])))                                        \
    F(set_update, 2, status(pyrt_set_update(a[0], a[1])))                                          \
    F(str_item, 2, pyrt_str_item(a[0], PyLong_AsLongLong(a[1])))                                   \
    F(list_item, 2, Py_XNewRef(pyrt_list_item_borrowed(a[0], PyLong_AsLongLong(a[1]))))            \
    F(tuple_item, 2, Py_XNewRef(pyrt_tuple_item_borrowed(a[0], PyLong_AsLongLong(a[1]))))          \
    F(build_slice3, 3, pyrt_build_slice(a[0], a[1], a[2]))                                         \
    F(build_slice2, 2, pyrt_build_slice(a[0], a[1], NULL))                                         \
    F(iter_next, 1, pyrt_iter_next(thread(), a[0]))                                                \
    F(list_next, 1, pyrt_list_next(a[0]))                                                          \
    F(tuple_next, 1, pyrt_tuple_next(a[0]))                                                        \
    F(yield_from_iter, 1, pyrt_get_yield_from_iter(thread(), a[0]))                                \
    F(binary_op, 3, binary_op(a[0], a[1], number(a[2])))                                           \
    F(compare, 3, compare(a[0], a[1], number(a[2])))                                               \
    F(compare_bool, 3, status(compare_bool(a[0], a[1], number(a[2]))))                             \
    F(truth, 1, status(truth(a[0])))                                                               \
    F(format3, 3, pyrt_format_value(a[0], a[1], number(a[2])))                                     \
    F(format2, 2, pyrt_format_value(a[0], NULL, number(a[1])))                                     \
    F(dict_update, 2, status(pyrt_dict_update(a[0], a[1])))                                        \
    F(dict_merge, 3, status(pyrt_dict_merge(a[0], a[1], a[2])))                                    \
    F(call_ex3, 3, pyrt_call_function_ex(thread(), a[0], a[1], a[2]))                              \
    F(call_ex2, 2, pyrt_call_function_ex(thread(), a[0], a[1], NULL))                              \
    F(load_build_class, 0, pyrt_load_build_class(frame()))                                         \
    F(setup_annotations, 0, status(pyrt_setup_annotations(frame())))                               \
    F(print_expr, 1, status(pyrt_print_expr(a[0])))                                                \
    F(get_len, 1, pyrt_get_len(a[0]))                                                              \
    F(import_name, 3, pyrt_import_name(thread(), frame(), a[0], a[1], a[2]))                       \
    F(import_from, 2, pyrt_import_from(thread(), a[0], a[1]))                                      \
    F(import_star, 1, status(pyrt_import_star(thread(), frame(), a[0])))                           \
    F(match_class, 4, pyrt_match_class(thread(), a[0], a[1], a[2], number(a[3])))                  \
    F(match_keys, 2, pyrt_match_keys(thread(), a[0], a[1]))                                        \
    F(layouts_ok, 0, PyBool_FromLong(pyrt_layouts_ok()))

#define F(name, n, expr)                                                                           \
    static PyObject *t_##name(PyObject *self, PyObject *const *a, Py_ssize_t got)                  \
    {                                                                                              \
        (void)self, (void)a;                                                                       \
        if (got != (n))                                                                            \
            return PyErr_Format(PyExc_AssertionError, #name " takes %d arguments", n);             \
        return or_miss(expr);                                                                      \
    }
HELPERS
#undef F

static PyObject *
t_load_method(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    (void)self, (void)n;
    PyObject *first, *second = pyrt_load_method(a[1], a[2], &cell(a[0])->attr, &first);
    if (second == NULL)
        return NULL;
    return Py_BuildValue("(NN)", first ? first : miss(), second);
}

static PyObject *
t_inplace_concat(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    (void)self, (void)n;
    /* The list's slot plays the local. */
    return Py_XNewRef(pyrt_inplace_concat(&PyList_GET_ITEM(a[0], 0), a[1]));
}

static PyObject *
t_list_set_steal(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    (void)self, (void)n;
    PyObject *old = pyrt_list_set_steal(a[0], PyLong_AsLongLong(a[1]), Py_NewRef(a[2]));
    if (old == NULL)
        Py_DECREF(a[2]);
    return or_miss(old);
}

static PyObject *
unpacked(int s, PyObject **out, int n)
{
    if (s < 0)
        return NULL;
    PyObject *tuple = PyTuple_New(n);
    for (int i = 0; i < n; i++)
        PyTuple_SET_ITEM(tuple, i, out[i]);
    return tuple;
}

static PyObject *
t_unpack(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    (void)self, (void)n;
    PyObject *out[300];
    return unpacked(
        pyrt_unpack_quick(a[0], number(a[1]), out) ? 0 : pyrt_unpack_slow(a[0], number(a[1]), out),
        out, number(a[1]));
}

static PyObject *
t_unpack_ex(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    (void)self, (void)n;
    PyObject *out[300];
    int before = number(a[1]), after = number(a[2]);
    return unpacked(pyrt_unpack_ex(a[0], before, after, out), out, before + 1 + after);
}

/* next_typed(it): through the typed step of whatever kind of iterator it is. */
static PyObject *
t_next_typed(PyObject *self, PyObject *it)
{
    (void)self;
    PyObject *x = NULL, *y = NULL;
    int64_t i = 0;
    int got = PYRT_NEXT_OTHER;
    if (pyrt_is_range_iter(it))
        return pyrt_range_next(it, &i) ? PyLong_FromLongLong(i) : miss();
    if (pyrt_is_list_iter(it))
        return or_miss(pyrt_list_next(it));
    if (pyrt_is_tuple_iter(it))
        return or_miss(pyrt_tuple_next(it));
    if (pyrt_is_enumerate(it)) {
        got = pyrt_enumerate_next(it, &i, &x);
        if (got == PYRT_NEXT_ITEM)
            return Py_BuildValue("(LN)", (long long)i, x);
    } else if (pyrt_is_zip2(it)) {
        got = pyrt_zip_next(it, &x, &y);
    } else if (pyrt_is_dict_items_iter(it)) {
        got = pyrt_dict_item_next(it, &x, &y);
    } else if (pyrt_is_dict_keys_iter(it)) {
        got = pyrt_dict_key_next(it, &x);
    } else if (pyrt_is_dict_values_iter(it)) {
        got = pyrt_dict_value_next(it, &x);
    }
    switch (got) {
    case PYRT_NEXT_ERROR: return NULL;
    case PYRT_NEXT_END: return miss();
    case PYRT_NEXT_ITEM: return y ? Py_BuildValue("(NN)", x, y) : x;
    default: return or_miss(pyrt_iter_next(thread(), it));
    }
}

/* build(kind, *values) */
static PyObject *
t_build(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    (void)self;
    size_t count = (size_t)n - 1;
    switch (number(a[0])) {
    case 0: return pyrt_build_tuple(a + 1, count);
    case 1: return pyrt_build_list(a + 1, count);
    case 2: return pyrt_build_set(a + 1, count);
    case 3: return pyrt_build_map(a + 1, count);
    case 4: return pyrt_build_const_key_map(a + 1, count);
    default: return pyrt_build_string(a + 1, count);
    }
}

static PyObject *
t_make_function(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    (void)self;
    return pyrt_make_function(frame(), a[0], number(a[1]), a + 2, (size_t)n - 2);
}

static PyObject *
t_raise(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    (void)self;
    int s = pyrt_raise_varargs(thread(), a, (size_t)n);
    return s == -1 ? NULL : PyErr_Format(PyExc_AssertionError, "raise returned %d", s);
}

/* Micro figures: time_attr(cell, object, name, n) and so on give ns per operation. */
static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#define TIME(name, body)                                                                           \
    static PyObject *time_##name(PyObject *self, PyObject *const *a, Py_ssize_t got)               \
    {                                                                                              \
        (void)self, (void)a, (void)got;                                                            \
        Cell *c = got && PyCapsule_CheckExact(a[0]) ? cell(a[0]) : NULL;                           \
        (void)c;                                                                                   \
        double from = now();                                                                       \
        for (long i = 0; i < 100000; i++) {                                                        \
            body;                                                                                  \
            __asm__ volatile("" ::: "memory");                                                     \
        }                                                                                          \
        return PyFloat_FromDouble((now() - from) / 100000);                                        \
    }
#define DROP(expr)                                                                                 \
    do {                                                                                           \
        PyObject *dropped = (expr);                                                                \
        Py_DECREF(dropped);                                                                        \
    } while (0)
TIME(empty, (void)0)
TIME(load_attr, DROP(pyrt_load_attr(a[1], a[2], &c->attr)))
TIME(store_attr, pyrt_store_attr(a[1], a[2], a[3], &c->attr))
TIME(load_method, PyObject *first;
     PyObject *second = pyrt_load_method(a[1], a[2], &c->attr, &first); Py_XDECREF(first);
     Py_DECREF(second))
TIME(load_global, DROP(pyrt_load_global(frame(), a[1], &c->global)))
TIME(get_item, DROP(get_item(a[1], a[2], &c->item)))
TIME(set_item, set_item(a[1], a[2], a[3], &c->item))
TIME(get_slice, DROP(pyrt_get_slice(a[0], a[1], a[2], a[3])))
TIME(set_slice, pyrt_set_slice(a[0], a[1], a[2], a[3], a[4]))
TIME(add, DROP(binary_op(a[0], a[1], NB_ADD)))
TIME(less, compare_bool(a[0], a[1], Py_LT))
TIME(equal, compare_bool(a[0], a[1], Py_EQ))
TIME(contains, contains(a[0], a[1]))

#define M(name, fn, flags)                                                                         \
    {                                                                                              \
        name, (PyCFunction)(void (*)(void))fn, flags, NULL                                         \
    }
static PyMethodDef methods[] = {
    M("cell", new_cell, METH_NOARGS),
#define F(name, n, expr) M(#name, t_##name, METH_FASTCALL),
    HELPERS
#undef F
        M("load_method", t_load_method, METH_FASTCALL),
    M("inplace_concat", t_inplace_concat, METH_FASTCALL),
    M("list_set_steal", t_list_set_steal, METH_FASTCALL),
    M("unpack", t_unpack, METH_FASTCALL),
    M("unpack_ex", t_unpack_ex, METH_FASTCALL),
    M("next_typed", t_next_typed, METH_O),
    M("build", t_build, METH_FASTCALL),
    M("make_function", t_make_function, METH_FASTCALL),
    M("raise_", t_raise, METH_FASTCALL),
    M("collect_nothing", rtops_collect_nothing, METH_NOARGS),
    M("collect_often", rtops_collect_often, METH_O),
    M("time_empty", time_empty, METH_FASTCALL),
    M("time_load_attr", time_load_attr, METH_FASTCALL),
    M("time_store_attr", time_store_attr, METH_FASTCALL),
    M("time_load_method", time_load_method, METH_FASTCALL),
    M("time_load_global", time_load_global, METH_FASTCALL),
    M("time_get_item", time_get_item, METH_FASTCALL),
    M("time_set_item", time_set_item, METH_FASTCALL),
    M("time_get_slice", time_get_slice, METH_FASTCALL),
    M("time_set_slice", time_set_slice, METH_FASTCALL),
    M("time_add", time_add, METH_FASTCALL),
    M("time_less", time_less, METH_FASTCALL),
    M("time_equal", time_equal, METH_FASTCALL),
    M("time_contains", time_contains, METH_FASTCALL),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "rtops", NULL, -1, methods, 0, 0, 0, 0};

PyMODINIT_FUNC PyInit_rtops(void);

PyMODINIT_FUNC
PyInit_rtops(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m != NULL)
        PyModule_AddObjectRef(m, "Miss", (PyObject *)&PyEllipsis_Type);
    return m;
}
