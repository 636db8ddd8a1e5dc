#include "unit_code.h"
#include "unit_tests.h"

#include <string.h>

static PyCode *
sample(void)
{
    return UNIT_CODE(2, {PyOp_LOAD_FAST, 0}, {PyOp_LOAD_CONST, 1}, {PyOp_BINARY_OP, 0},
                     {PyOp_RETURN_VALUE, 0});
}

static bool
same_key(const PyCode *c)
{
    return codekey_equal(codekey_of(c), sample()->key);
}

START_TEST(place_does_not_count)
{
    PyCode *c = sample();
    c->filename = "/somewhere/else.py";
    c->firstlineno = 99;
    c->linetable = (const uint8_t *)"\x80";
    c->linetable_len = 1;
    ck_assert(same_key(c));
}
END_TEST

#define CHANGES(field, new_value)                                                                  \
    do {                                                                                           \
        PyCode *c_ = sample();                                                                     \
        c_->field = new_value;                                                                     \
        ck_assert_msg(!same_key(c_), #field " is not in the key");                                 \
    } while (0)

START_TEST(everything_else_does)
{
    Arena *a = unit_arena();
    PyObj *none = sample()->consts->items[0];
    PyObj one = {.kind = PyFloat, .f = 1.0}, yes = {.kind = PyTrue};
    PyObj *names = unit_tuple(a, PyTuple, 1, unit_str(a, "y"));
    CHANGES(name, "g");
    CHANGES(qualname, "C.f");
    CHANGES(argcount, 1);
    CHANGES(posonlyargcount, 1);
    CHANGES(kwonlyargcount, 1);
    CHANGES(stacksize, 3);
    CHANGES(flags, PyCoOptimized);
    CHANGES(names, names->items);
    CHANGES(n_names, 0);
    CHANGES(localsplusnames, names->items);
    CHANGES(localspluskinds, (const uint8_t *)"\x60");
    CHANGES(exctable_len, 1);
    CHANGES(n_units, 1);
    CHANGES(code, (const uint8_t *)"\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    CHANGES(consts, unit_tuple(a, PyTuple, 2, none, unit_int(a, 2)));
    CHANGES(consts, unit_tuple(a, PyTuple, 2, none, &one)); /* 1.0 is not 1 */
    CHANGES(consts, unit_tuple(a, PyTuple, 2, none, &yes)); /* nor is True */
    CHANGES(consts, unit_tuple(a, PyTuple, 3, none, unit_int(a, 1), none));
    CHANGES(consts, unit_tuple(a, PyTuple, 2, none, unit_tuple(a, PyTuple, 1, unit_int(a, 1))));
}
END_TEST

static CodeKey
key_of_set(PyKind kind, const char *x, const char *y)
{
    Arena *a = unit_arena();
    return codekey_of_value(unit_tuple(a, kind, 2, unit_str(a, x), unit_str(a, y)));
}

START_TEST(sets_have_no_order)
{
    ck_assert(codekey_equal(key_of_set(PyFrozenSet, "a", "b"), key_of_set(PyFrozenSet, "b", "a")));
    ck_assert(!codekey_equal(key_of_set(PyFrozenSet, "a", "b"), key_of_set(PyFrozenSet, "a", "c")));
    ck_assert(!codekey_equal(key_of_set(PyFrozenSet, "a", "b"), key_of_set(PySet, "a", "b")));
    ck_assert(!codekey_equal(key_of_set(PyTuple, "a", "b"), key_of_set(PyTuple, "b", "a")));
}
END_TEST

START_TEST(strings_are_delimited)
{
    ck_assert(!codekey_equal(key_of_set(PyTuple, "ab", "c"), key_of_set(PyTuple, "a", "bc")));
}
END_TEST

/* Profiles and bundles hold keys: this one may only change together with their format versions. */
START_TEST(keys_are_forever)
{
    char hex[CODEKEY_HEX];
    codekey_hex(sample()->key, hex);
    ck_assert_str_eq(hex, "bbaaa3b47b924233fdd7ccc6980f4a03");
    ck_assert_uint_eq(codekey_filter("C.f", 3, 10), 2671295135);
}
END_TEST

START_TEST(hex_comes_back)
{
    CodeKey k = {0x0123456789abcdef, 0xfedcba9876543210}, back;
    char hex[CODEKEY_HEX];
    codekey_hex(k, hex);
    ck_assert_str_eq(hex, "0123456789abcdeffedcba9876543210");
    ck_assert(codekey_parse(hex, &back) && codekey_equal(k, back));
    ck_assert(!codekey_parse("0123456789abcdeffedcba987654321", &back));
    ck_assert(!codekey_parse("0123456789abcdeffedcba98765432100", &back));
    ck_assert(!codekey_parse("0123456789ABCDEFfedcba9876543210", &back));
    ck_assert(!codekey_parse("", &back));
}
END_TEST

Suite *
test_codekey_suite(void)
{
    return unit_suite("codekey", (const TTest *const[]){place_does_not_count, everything_else_does,
                                                        sets_have_no_order, strings_are_delimited,
                                                        keys_are_forever, hex_comes_back, NULL});
}
