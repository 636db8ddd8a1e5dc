#include "unit_code.h"
#include "unit_tests.h"

#include <string.h>

static const char *
repr(const PyObj *o, unsigned limit)
{
    StrBuf b;
    sb_init(&b, unit_arena());
    pyobj_repr(o, &b, limit);
    return b.s;
}

START_TEST(finish_counts_locals)
{
    PyCode *c = UNIT_CODE(1, {PyOp_LOAD_CONST, 0}, {PyOp_RETURN_VALUE, 0});
    c->localspluskinds = (const uint8_t *)"\x20\x60\x40\x80\x80";
    c->localsplusnames = unit_tuple(unit_arena(), PyTuple, 5, c->names[0], c->names[0], c->names[0],
                                    c->names[0], c->names[0])
                             ->items;
    c->n_localsplus = 5;
    pycode_finish(c);
    ck_assert_uint_eq(c->n_locals, 2);
    ck_assert_uint_eq(c->n_cells, 1);
    ck_assert_uint_eq(c->n_frees, 2);
}
END_TEST

START_TEST(equality_is_marshals)
{
    PyObj zero = {.kind = PyFloat, .f = 0.0}, minus = {.kind = PyFloat, .f = -0.0};
    PyObj one = {.kind = PyInt, .i = 1}, yes = {.kind = PyTrue};
    ck_assert(pyobj_equal(&zero, &zero));
    ck_assert(!pyobj_equal(&zero, &minus));
    ck_assert(!pyobj_equal(&one, &yes));
    Arena *a = unit_arena();
    PyObj *ab = unit_tuple(a, PyFrozenSet, 2, unit_str(a, "a"), unit_str(a, "b"));
    PyObj *ba = unit_tuple(a, PyFrozenSet, 2, unit_str(a, "b"), unit_str(a, "a"));
    PyObj *bb = unit_tuple(a, PyFrozenSet, 2, unit_str(a, "b"), unit_str(a, "c"));
    ck_assert(pyobj_equal(ab, ba));
    ck_assert(!pyobj_equal(ab, bb));
    ab->kind = ba->kind = PyTuple;
    ck_assert(!pyobj_equal(ab, ba));
}
END_TEST

START_TEST(repr_is_cut_between_characters)
{
    Arena *a = unit_arena();
    ck_assert_str_eq(repr(unit_str(a, "it's"), 100), "'it\\'s'");
    ck_assert_str_eq(repr(unit_str(a, "abcdefgh"), 5), "'abcd...");
    ck_assert_str_eq(repr(unit_str(a, "abc\xc3\xa9\xc3\xa9"), 5), "'abc...");
    ck_assert_str_eq(repr(unit_tuple(a, PyDict, 2, unit_str(a, "k"), unit_int(a, -3)), 100),
                     "{'k': -3}");
}
END_TEST

typedef struct Seen {
    int n;
    const char *last;
} Seen;

static void
count(PyCode *c, void *arg)
{
    Seen *seen = arg;
    seen->n++;
    seen->last = c->qualname;
}

START_TEST(walk_reaches_nested_code)
{
    Arena *a = unit_arena();
    PyCode *inner = UNIT_CODE(1, {PyOp_LOAD_CONST, 0}, {PyOp_RETURN_VALUE, 0});
    PyCode *outer = UNIT_CODE(1, {PyOp_LOAD_CONST, 0}, {PyOp_RETURN_VALUE, 0});
    inner->qualname = "f.<locals>.g";
    PyObj o = {.kind = PyCodeObj, .code = inner};
    outer->consts = unit_tuple(a, PyTuple, 2, unit_int(a, 1), unit_tuple(a, PyTuple, 1, &o));
    Seen seen = {0};
    pycode_walk(outer, count, &seen);
    ck_assert_int_eq(seen.n, 2);
    ck_assert_str_eq(seen.last, "f.<locals>.g");
}
END_TEST

Suite *
test_pycode_suite(void)
{
    return unit_suite("pycode", (const TTest *const[]){finish_counts_locals, equality_is_marshals,
                                                       repr_is_cut_between_characters,
                                                       walk_reaches_nested_code, NULL});
}
