/* Bodies written by hand for funcs.py, as the optimizer would emit them, each for one thing that
 * the loader must get right. facts.h (made by facts.py and keys.c) says where their instructions
 * are. */
#include "pyopt_rt.h"

#include "facts.h"

#define UNIT_TABLES(name, n_ex)                                                                    \
    static uint64_t name##_hits[n_ex], name##_entries;                                             \
    static const PyoptUnit name##_unit = {                                                         \
        .key = name##_KEY,                                                                         \
        .filter = name##_FILTER,                                                                   \
        .n_units = name##_UNITS,                                                                   \
        .qualname = #name,                                                                         \
        .filename = "funcs.py",                                                                    \
        .firstlineno = name##_LINE,                                                                \
        .flags = 0,                                                                                \
        .body = name##_body,                                                                       \
        .entry = name##_ENTRY,                                                                     \
        .n_localsplus = name##_LOCALS,                                                             \
        .stacksize = name##_STACK,                                                                 \
        .argcount = name##_ARGS,                                                                   \
        .n_exits = n_ex,                                                                           \
        .exits = name##_exits,                                                                     \
        .levels = name##_levels,                                                                   \
        .vals = name##_vals,                                                                       \
        .exit_hits = name##_hits,                                                                  \
        .entries = &name##_entries,                                                                \
    };

static const PyoptVal no_vals[] = {{0}};

#define UNIT_DECL(name) static const PyoptUnit name##_unit

/* ---- add: two floats, or the interpreter from the start ---- */

UNIT_DECL(add);
static PyObject *
add_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    PyObject *a = f->localsplus[0], *b = f->localsplus[1];
    if (!PYRT_GUARD(PyFloat_CheckExact(a) && PyFloat_CheckExact(b)))
        return pyrt_deopt(ts, f, &add_unit, 0, NULL);
    PYRT_AT(f, f->f_code, add_RETURN_VALUE_1);
    return PyFloat_FromDouble(PyFloat_AS_DOUBLE(a) + PyFloat_AS_DOUBLE(b));
}
static const PyoptLevel add_levels[] = {{.offset = add_LOAD_FAST_1}};
#define add_vals no_vals
static const PyoptExit add_exits[] = {
    {.kind = PyoptExitGuard, .n_levels = 1, .line = add_LINE + 1, .reason = "guard_type float"}};
UNIT_TABLES(add, 1)

/* ---- total: a loop with unboxed locals, whose homes go stale ---- */

UNIT_DECL(total);
static PyObject *
total_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    int64_t n, step, s = 0, i = 0;
    if (!pyrt_unbox_int(f->localsplus[0], &n) || !pyrt_unbox_int(f->localsplus[1], &step))
        return pyrt_deopt(ts, f, &total_unit, 0, NULL);
    while (i < n) {
        if (!PYRT_GUARD(s < (INT64_C(1) << 40)))
            return pyrt_deopt(ts, f, &total_unit, 1, (PyoptEv[]){{.i = s}, {.i = i}});
        s += i;
        i += step;
        if (PYRT_BREAKER(ts)) {
            PYRT_AT(f, f->f_code, total_POP_JUMP_BACKWARD_IF_TRUE_1);
            int served = pyrt_poll(ts, f);
            if (served)
                return pyrt_deopt(ts, f, &total_unit, served < 0 ? 2 : 3,
                                  (PyoptEv[]){{.i = s}, {.i = i}});
        }
    }
    PYRT_AT(f, f->f_code, total_RETURN_VALUE_1);
    return PyLong_FromLongLong(s);
}
static const PyoptLevel total_levels[] = {
    {.offset = total_LOAD_CONST_1},
    {.offset = total_LOAD_FAST_3}, /* s += i */
    {.offset = total_POP_JUMP_BACKWARD_IF_TRUE_1},
    {.offset = total_LOAD_FAST_7}, /* i < n, at the bottom */
};
static const PyoptVal total_vals[] = {
    {.slot = 2, .kind = PyoptValInt, .src = 0},
    {.slot = 3, .kind = PyoptValInt, .src = 1},
};
static const PyoptExit total_exits[] = {
    {.kind = PyoptExitGuard, .n_levels = 1, .line = total_LINE + 1, .reason = "guard_type int"},
    {.kind = PyoptExitGuard,
     .n_levels = 1,
     .n_vals = 2,
     .first_level = 1,
     .line = total_LINE + 4,
     .reason = "int overflow"},
    {.kind = PyoptExitRaise,
     .n_levels = 1,
     .n_vals = 2,
     .first_level = 2,
     .line = total_LINE + 3,
     .reason = "interrupted"},
    {.kind = PyoptExitGuard,
     .n_levels = 1,
     .n_vals = 2,
     .first_level = 3,
     .line = total_LINE + 3,
     .reason = "tracing"},
};
UNIT_TABLES(total, 4)

/* ---- outer, with inner inlined: an exit of two levels ---- */

UNIT_DECL(outer);
static PyObject *
outer_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    PyObject *x = f->localsplus[0], *y = f->localsplus[1];
    PyObject *callee = PyDict_GetItemString(f->f_globals, "inner");
    if (!PyFloat_CheckExact(x) || !callee || !PyFunction_Check(callee))
        return pyrt_deopt(ts, f, &outer_unit, 0, NULL);
    double w = PyFloat_AS_DOUBLE(x) + 1;
    double z = PyFloat_AS_DOUBLE(x) * 2;
    if (!PYRT_GUARD(PyFloat_CheckExact(y))) {
        PYRT_FRAME(storage, inner_LOCALS + inner_STACK);
        _PyInterpreterFrame *g = &storage.f;
        pyrt_frame_fresh(g);
        g->localsplus[0] = Py_NewRef(x);
        g->localsplus[1] = Py_NewRef(y);
        g->localsplus[2] = NULL;
        return pyrt_deopt(ts, f, &outer_unit, 1,
                          (PyoptEv[]){{.d = w}, {.d = z}, {.o = g}, {.o = callee}});
    }
    PYRT_AT(f, f->f_code, outer_RETURN_VALUE_1);
    return PyFloat_FromDouble(z + PyFloat_AS_DOUBLE(y) + w);
}
static const PyoptLevel outer_levels[] = {
    {.offset = outer_LOAD_FAST_1},
    {.offset = outer_CALL_1, .resume = outer_STORE_FAST_2},
    {.offset = inner_LOAD_FAST_2, .frame = 2, .func = 3},
};
static const PyoptVal outer_vals[] = {
    {.slot = 2, .kind = PyoptValDouble, .src = 0},
    {.slot = 2, .kind = PyoptValDouble, .frame = 1, .src = 1},
};
static const PyoptExit outer_exits[] = {
    {.kind = PyoptExitGuard, .n_levels = 1, .line = outer_LINE + 1, .reason = "guard_type float"},
    {.kind = PyoptExitGuard,
     .n_levels = 2,
     .n_vals = 2,
     .first_level = 1,
     .line = inner_LINE + 2,
     .reason = "guard_type float"},
};
UNIT_TABLES(outer, 2)

/* ---- guarded: a call inside try; its failure is handled by the interpreter ---- */

UNIT_DECL(guarded);
static PyObject *
guarded_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    static PyrtCallCell cell;
    PyObject *work = PyDict_GetItemString(f->f_globals, "work");
    PYRT_AT(f, f->f_code, guarded_CALL_1);
    PyObject *v = pyrt_call_keeping(ts, (PyObject *[]){NULL, work, f->localsplus[0]}, 3, &cell);
    if (!v)
        return pyrt_deopt(ts, f, &guarded_unit, 0, NULL);
    return pyrt_deopt(ts, f, &guarded_unit, 1, (PyoptEv[]){{.o = v}});
}
static const PyoptLevel guarded_levels[] = {
    {.offset = guarded_CALL_1},
    {.offset = guarded_STORE_FAST_1, .depth = 1},
};
static const PyoptVal guarded_vals[] = {{.slot = guarded_LOCALS, .kind = PyoptValOwned, .src = 0}};
static const PyoptExit guarded_exits[] = {
    {.kind = PyoptExitRaise, .n_levels = 1, .line = guarded_LINE + 2, .reason = "call"},
    {.kind = PyoptExitGuard,
     .n_levels = 1,
     .n_vals = 1,
     .first_level = 1,
     .line = guarded_LINE + 2,
     .reason = "always"},
};
UNIT_TABLES(guarded, 2)

/* ---- divide: an error with operands on the stack, one owned twice over ---- */

UNIT_DECL(divide);
static PyObject *
divide_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    PyObject *a = f->localsplus[0], *b = f->localsplus[1];
    PYRT_AT(f, f->f_code, divide_BINARY_OP_1);
    PyObject *r = PyNumber_FloorDivide(a, b);
    if (!r) {
        PyObject *extra = PyLong_FromLong(1 << 20);
        return pyrt_deopt(ts, f, &divide_unit, 0,
                          (PyoptEv[]){{.o = Py_NewRef(a)}, {.o = b}, {.o = extra}});
    }
    PYRT_AT(f, f->f_code, divide_RETURN_VALUE_1);
    return r;
}
static const PyoptLevel divide_levels[] = {{.offset = divide_BINARY_OP_1, .depth = 2}};
static const PyoptVal divide_vals[] = {
    {.slot = divide_LOCALS, .kind = PyoptValOwned, .src = 0},
    {.slot = divide_LOCALS + 1, .kind = PyoptValBorrow, .src = 1},
    {.kind = PyoptValDrop, .src = 2},
};
static const PyoptExit divide_exits[] = {
    {.kind = PyoptExitRaise, .n_levels = 1, .n_vals = 3, .line = divide_LINE + 1, .reason = "//"}};
UNIT_TABLES(divide, 1)

/* ---- recur: a direct call of itself ---- */

UNIT_DECL(recur);
static PyObject *
recur_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    static PyrtCallCell cell;
    int64_t n, below;
    if (!PYRT_GUARD(pyrt_unbox_int(f->localsplus[0], &n)))
        return pyrt_deopt(ts, f, &recur_unit, 0, NULL);
    if (n == 0) {
        PYRT_AT(f, f->f_code, recur_RETURN_VALUE_1);
        return PyLong_FromLong(0);
    }
    PyObject *callee = PyDict_GetItemString(f->f_globals, "recur");
    PyObject *arg = PyLong_FromLongLong(n - 1);
    PYRT_AT(f, f->f_code, recur_LOAD_CONST_4 - 1);
    PyObject *r = pyrt_call(ts, NULL, (PyObject *[]){NULL, Py_NewRef(callee), arg}, 3, &cell);
    if (!r)
        return pyrt_deopt(ts, f, &recur_unit, 1, NULL);
    if (!pyrt_unbox_int(r, &below) || PYRT_TRACED(ts))
        return pyrt_deopt(ts, f, &recur_unit, 2, (PyoptEv[]){{.o = r}});
    Py_DECREF(r);
    PYRT_AT(f, f->f_code, recur_RETURN_VALUE_2);
    return PyLong_FromLongLong(below + 1);
}
static const PyoptLevel recur_levels[] = {
    {.offset = recur_LOAD_FAST_1},
    {.offset = recur_LOAD_CONST_4 - 1},
    {.offset = recur_LOAD_CONST_4, .depth = 1},
};
static const PyoptVal recur_vals[] = {{.slot = recur_LOCALS, .kind = PyoptValOwned, .src = 0}};
static const PyoptExit recur_exits[] = {
    {.kind = PyoptExitGuard, .n_levels = 1, .line = recur_LINE + 1, .reason = "guard_type int"},
    {.kind = PyoptExitRaise,
     .n_levels = 1,
     .first_level = 1,
     .line = recur_LINE + 3,
     .reason = "call"},
    {.kind = PyoptExitGuard,
     .n_levels = 1,
     .n_vals = 1,
     .first_level = 2,
     .line = recur_LINE + 3,
     .reason = "guard_type int"},
};
UNIT_TABLES(recur, 3)

/* ---- Point.__init__ and make: construction through a cell ---- */

UNIT_DECL(Point___init__);
static PyObject *
Point___init___body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    PyObject **home = f->localsplus;
    PYRT_AT(f, f->f_code, Point___init___STORE_ATTR_1);
    if (PyObject_SetAttrString(home[0], "x", home[1]))
        return pyrt_deopt(ts, f, &Point___init___unit, 0, NULL);
    PYRT_AT(f, f->f_code, Point___init___STORE_ATTR_2);
    if (PyObject_SetAttrString(home[0], "y", home[2]))
        return pyrt_deopt(ts, f, &Point___init___unit, 1, NULL);
    PYRT_AT(f, f->f_code, Point___init___RETURN_VALUE_1);
    return Py_NewRef(Py_None);
}
static const PyoptLevel Point___init___levels[] = {{.offset = Point___init___STORE_ATTR_1},
                                                   {.offset = Point___init___STORE_ATTR_2}};
#define Point___init___vals no_vals
static const PyoptExit Point___init___exits[] = {
    {.kind = PyoptExitRaise, .n_levels = 1, .line = Point___init___LINE + 1, .reason = "store"},
    {.kind = PyoptExitRaise,
     .n_levels = 1,
     .first_level = 1,
     .line = Point___init___LINE + 2,
     .reason = "store"}};
UNIT_TABLES(Point___init__, 2)

UNIT_DECL(make);
static PyObject *
make_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    static PyrtCallCell cell;
    PyObject *cls = PyDict_GetItemString(f->f_globals, "Point");
    PYRT_AT(f, f->f_code, make_CALL_1);
    PyObject *r = pyrt_call_keeping(ts, (PyObject *[]){NULL, cls, f->localsplus[0]}, 3, &cell);
    if (!r)
        return pyrt_deopt(ts, f, &make_unit, 0, NULL);
    PYRT_AT(f, f->f_code, make_RETURN_VALUE_1);
    return r;
}
static const PyoptLevel make_levels[] = {{.offset = make_CALL_1}};
#define make_vals no_vals
static const PyoptExit make_exits[] = {
    {.kind = PyoptExitRaise, .n_levels = 1, .line = make_LINE + 1, .reason = "call"}};
UNIT_TABLES(make, 1)

/* ---- peek: somebody looks at the frame, keeps it, switches tracing on, or fails ---- */

UNIT_DECL(peek);
static PyObject *
peek_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    static PyrtCallCell cell;
    f->localsplus[1] = Py_NewRef(f->localsplus[0]);
    PyObject *look = PyDict_GetItemString(f->f_globals, "look");
    PYRT_AT(f, f->f_code, peek_POP_TOP_1 - 1);
    PyObject *r = pyrt_call_keeping(ts, (PyObject *[]){NULL, look, f->localsplus[1]}, 3, &cell);
    if (!r)
        return pyrt_deopt(ts, f, &peek_unit, 0, NULL);
    if (PYRT_TRACED(ts))
        return pyrt_deopt(ts, f, &peek_unit, 1, (PyoptEv[]){{.o = r}});
    Py_DECREF(r);
    PYRT_AT(f, f->f_code, peek_RETURN_VALUE_1);
    return Py_NewRef(f->localsplus[1]);
}
static const PyoptLevel peek_levels[] = {{.offset = peek_POP_TOP_1 - 1},
                                         {.offset = peek_POP_TOP_1, .depth = 1}};
static const PyoptVal peek_vals[] = {{.slot = peek_LOCALS, .kind = PyoptValOwned, .src = 0}};
static const PyoptExit peek_exits[] = {
    {.kind = PyoptExitRaise, .n_levels = 1, .line = peek_LINE + 2, .reason = "call"},
    {.kind = PyoptExitGuard,
     .n_levels = 1,
     .n_vals = 1,
     .first_level = 1,
     .line = peek_LINE + 2,
     .reason = "tracing"}};
UNIT_TABLES(peek, 2)

/* ---- fading: fails whenever its argument is not a float, until it is retired ---- */

UNIT_DECL(fading);
static PyObject *
fading_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    PyObject *a = f->localsplus[0];
    if (!PYRT_GUARD(PyFloat_CheckExact(a)))
        return pyrt_deopt(ts, f, &fading_unit, 0, NULL);
    PYRT_AT(f, f->f_code, fading_RETURN_VALUE_1);
    return PyFloat_FromDouble(PyFloat_AS_DOUBLE(a) + 1.0);
}
static const PyoptLevel fading_levels[] = {{.offset = fading_LOAD_FAST_1}};
#define fading_vals no_vals
static const PyoptExit fading_exits[] = {
    {.kind = PyoptExitGuard, .n_levels = 1, .line = fading_LINE + 1, .reason = "guard_type float"}};
UNIT_TABLES(fading, 1)

/* ---- call1: any callable ---- */

UNIT_DECL(call1);
static PyObject *
call1_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    static PyrtCallCell cell;
    PYRT_AT(f, f->f_code, call1_RETURN_VALUE_1 - 1);
    PyObject *r =
        pyrt_call_keeping(ts, (PyObject *[]){NULL, f->localsplus[0], f->localsplus[1]}, 3, &cell);
    if (!r)
        return pyrt_deopt(ts, f, &call1_unit, 0, NULL);
    PYRT_AT(f, f->f_code, call1_RETURN_VALUE_1);
    return r;
}
static const PyoptLevel call1_levels[] = {{.offset = call1_RETURN_VALUE_1 - 1}};
#define call1_vals no_vals
static const PyoptExit call1_exits[] = {
    {.kind = PyoptExitRaise, .n_levels = 1, .line = call1_LINE + 1, .reason = "call"}};
UNIT_TABLES(call1, 1)

/* ---- callkw: any callable with a keyword argument ---- */

UNIT_DECL(callkw);
static PyObject *
callkw_body(PyThreadState *ts, _PyInterpreterFrame *f)
{
    static PyrtCallCell cell;
    PyObject *names = PyTuple_GET_ITEM(f->f_code->co_consts, 2),
             *three = PyTuple_GET_ITEM(f->f_code->co_consts, 1);
    PYRT_AT(f, f->f_code, callkw_RETURN_VALUE_1 - 1);
    PyObject *r = pyrt_call(ts, names,
                            (PyObject *[]){NULL, Py_NewRef(f->localsplus[0]),
                                           Py_NewRef(f->localsplus[1]), Py_NewRef(three)},
                            4, &cell);
    if (!r)
        return pyrt_deopt(ts, f, &callkw_unit, 0, NULL);
    PYRT_AT(f, f->f_code, callkw_RETURN_VALUE_1);
    return r;
}
static const PyoptLevel callkw_levels[] = {{.offset = callkw_RETURN_VALUE_1 - 1}};
#define callkw_vals no_vals
static const PyoptExit callkw_exits[] = {
    {.kind = PyoptExitRaise, .n_levels = 1, .line = callkw_LINE + 1, .reason = "call"}};
UNIT_TABLES(callkw, 1)

/* ---- bodies that must never run, or do nothing but leave ---- */

static const PyoptExit first_exit[] = {{.kind = PyoptExitGuard, .n_levels = 1, .reason = "always"}};
#define LEAVING_UNIT(name)                                                                         \
    UNIT_DECL(name);                                                                               \
    static PyObject *name##_body(PyThreadState *ts, _PyInterpreterFrame *f)                        \
    {                                                                                              \
        return pyrt_deopt(ts, f, &name##_unit, 0, NULL);                                           \
    }                                                                                              \
    static const PyoptLevel name##_levels[] = {{.offset = name##_ENTRY + 1}};                      \
    UNIT_TABLES(name, 1)
#define wide_vals                  no_vals
#define wide_exits                 first_exit
#define wide_try_vals              no_vals
#define wide_try_exits             first_exit
#define covered_vals               no_vals
#define covered_exits              first_exit
#define numbers_vals               no_vals
#define numbers_exits              first_exit
#define variadic_vals              no_vals
#define variadic_exits             first_exit
#define maker_vals                 no_vals
#define maker_exits                first_exit
#define maker__locals__inner_vals  no_vals
#define maker__locals__inner_exits first_exit
#define gap_vals                   no_vals
#define gap_exits                  first_exit
LEAVING_UNIT(gap)
#define need_vals  no_vals
#define need_exits first_exit
LEAVING_UNIT(need)
#define first_vals  no_vals
#define first_exits first_exit
LEAVING_UNIT(first)
#define only_vals  no_vals
#define only_exits first_exit
LEAVING_UNIT(only)
#define only2_vals  no_vals
#define only2_exits first_exit
LEAVING_UNIT(only2)
#define Method_keyword_vals  no_vals
#define Method_keyword_exits first_exit
LEAVING_UNIT(Method_keyword)
LEAVING_UNIT(wide)
LEAVING_UNIT(wide_try)
LEAVING_UNIT(covered)
LEAVING_UNIT(numbers)
LEAVING_UNIT(variadic)
LEAVING_UNIT(maker)
LEAVING_UNIT(maker__locals__inner)

static const PyoptUnit *const units[] = {
    &add_unit,
    &total_unit,
    &outer_unit,
    &guarded_unit,
    &divide_unit,
    &recur_unit,
    &Point___init___unit,
    &make_unit,
    &peek_unit,
    &fading_unit,
    &call1_unit,
    &callkw_unit,
    &gap_unit,
    &need_unit,
    &first_unit,
    &only_unit,
    &only2_unit,
    &Method_keyword_unit,
    &wide_unit,
    &variadic_unit,
    &maker_unit,
    &maker__locals__inner_unit,
    &wide_try_unit,
    &covered_unit,
    &numbers_unit,
};

#ifndef UNITS_ABI
#define UNITS_ABI PYOPT_ABI
#endif

__attribute__((visibility("default"))) extern const PyoptBundleInfo pyopt_bundle;
const PyoptBundleInfo pyopt_bundle = {
    .abi = UNITS_ABI,
    .hexversion = PY_VERSION_HEX,
    .soabi = SOABI,
    .layout = PYRT_LAYOUT_FINGERPRINT,
    .n_units = Py_ARRAY_LENGTH(units),
    .units = units,
};
