#include "marshal.h"
#include "unit_tests.h"

#include <string.h>

static Err err;

static PyObj *
read_n(const void *bytes, size_t n)
{
    err = (Err){0};
    return marshal_read(unit_arena(), pyver_find(3, 11), bytes, n, &err);
}
#define READ(literal) read_n(literal, sizeof(literal) - 1)

static const char *
repr(const PyObj *o)
{
    if (!o)
        return err.msg;
    StrBuf b;
    sb_init(&b, unit_arena());
    pyobj_repr(o, &b, 200);
    return b.s;
}

static void
check_written(const PyObj *o, const void *bytes, size_t n)
{
    StrBuf b;
    sb_init(&b, unit_arena());
    marshal_write(o, &b);
    ck_assert_uint_eq(b.n, n);
    ck_assert_mem_eq(b.s, bytes, n);
}

/* Reads, prints and comes back the same. */
#define CHECK(literal, text)                                                                       \
    do {                                                                                           \
        PyObj *o_ = READ(literal);                                                                 \
        ck_assert_str_eq(repr(o_), text);                                                          \
        check_written(o_, literal, sizeof(literal) - 1);                                           \
    } while (0)
#define CHECK_BAD(literal, text)                                                                   \
    do {                                                                                           \
        ck_assert_ptr_null(READ(literal));                                                         \
        ck_assert_int_eq(err.kind, ErrCorrupt);                                                    \
        ck_assert_ptr_nonnull(strstr(err.msg, text));                                              \
    } while (0)

START_TEST(every_plain_type)
{
    CHECK("N", "None");
    CHECK("T", "True");
    CHECK("F", "False");
    CHECK(".", "Ellipsis");
    CHECK("S", "StopIteration");
    CHECK("i\x2a\0\0\0", "42");
    CHECK("i\xff\xff\xff\xff", "-1");
    CHECK("g\0\0\0\0\0\0\xf8\x3f", "1.5");
    CHECK("g\0\0\0\0\0\0\0\x80", "-0.0");
    CHECK("y\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\0\x80", "(1.5-0j)");
    CHECK("s\3\0\0\0a\0\xff", "b'a\\x00\\xff'");
    CHECK("z\1a", "'a'");
    CHECK("Z\0", "''");
    CHECK("u\2\0\0\0\xc3\xa9", "'\xc3\xa9'");
    CHECK("t\3\0\0\0\xed\xa0\x80", "'\xed\xa0\x80'"); /* a lone surrogate */
    CHECK(")\0", "()");
    CHECK(")\1N", "(None,)");
    CHECK("[\2\0\0\0TF", "[True, False]");
    CHECK("{z\1aNz\1bT0", "{'a': None, 'b': True}");
    CHECK("<\1\0\0\0N", "{None}");
    CHECK(">\2\0\0\0NT", "frozenset({None, True})");
}
END_TEST

START_TEST(older_forms)
{
    ck_assert_str_eq(repr(READ("I\0\0\0\0\1\0\0\0")), "4294967296");
    ck_assert_str_eq(repr(READ("f\3-.5")), "-0.5");
    ck_assert_str_eq(repr(READ("f\3inf")), "inf");
    ck_assert_str_eq(repr(READ("x\1"
                               "1\1"
                               "2")),
                     "(1+2j)");
    ck_assert_str_eq(repr(READ("(\1\0\0\0N")), "(None,)");
    ck_assert_str_eq(repr(READ("a\1\0\0\0a")), "'a'");
    CHECK_BAD("f\3"
              "1e ",
              "float");
    CHECK_BAD("f\4"
              "0x10",
              "float");
    CHECK_BAD("f\0", "float");
}
END_TEST

START_TEST(ints_of_every_size)
{
    CHECK("l\3\0\0\0\0\0\0\0\2\0", "2147483648");
    CHECK("l\xfb\xff\xff\xff\0\0\0\0\0\0\0\0\x08\0", "-9223372036854775808");
    CHECK("l\5\0\0\0\xff\x7f\xff\x7f\xff\x7f\xff\x7f\x07\0", "9223372036854775807");
    CHECK("l\5\0\0\0\0\0\0\0\0\0\0\0\x08\0", "int of 64 bits");
    CHECK("l\xfa\xff\xff\xff\1\0\2\0\3\0\4\0\5\0\6\0", "-int of 78 bits");
    ck_assert_str_eq(repr(READ("l\0\0\0\0")), "0");
    CHECK_BAD("l\1\0\0\0\0\0", "leading zeros");
    CHECK_BAD("l\1\0\0\0\0\x80", "digit");
    CHECK_BAD("l\0\0\0\x80", "too early");
}
END_TEST

START_TEST(references)
{
    ck_assert_str_eq(repr(READ(")\3\xda\1ar\0\0\0\0r\0\0\0\0")), "('a', 'a', 'a')");
    ck_assert_str_eq(repr(READ("\xa9\2\xda\1ar\1\0\0\0")),
                     "('a', 'a')");             /* the tuple has number 0 */
    CHECK_BAD(")\2\xcer\0\0\0\0", "not there"); /* None has none */
    CHECK_BAD("r\0\0\0\0", "not there");
    CHECK_BAD(")\2\xda\1ar\xff\xff\xff\xff", "not there");
    CHECK_BAD("\xa9\1r\0\0\0\0", "not there"); /* a tuple inside itself */
}
END_TEST

START_TEST(damage_is_an_error)
{
    CHECK_BAD("", "too early");
    CHECK_BAD("?", "unknown type");
    CHECK_BAD("i\0\0\0", "too early");
    CHECK_BAD("0", "no object");
    CHECK_BAD(")\1"
              "0",
              "NULL");
    CHECK_BAD("(\xff\xff\xff\x7fN", "length");
    CHECK_BAD("s\xff\xff\xff\xff", "length");
    CHECK_BAD("{N0", "after a key");
    CHECK_BAD("z\1\x80", "text");
    CHECK_BAD("u\1\0\0\0\xc3", "text");
}
END_TEST

START_TEST(depth_is_bounded)
{
    char deep[4002];
    for (int i = 0; i < 2000; i++)
        memcpy(deep + 2 * i, ")\1", 2);
    deep[4000] = 'N';
    ck_assert_ptr_null(read_n(deep, 4001));
    ck_assert_ptr_nonnull(strstr(err.msg, "too deeply"));
    ck_assert_ptr_nonnull(read_n(deep + 4000 - 2 * 400, 801));
}
END_TEST

/* Each tuple holds the one before twice: read in 12 bytes each, walked in 2**n steps. */
START_TEST(unfolding_is_bounded)
{
    StrBuf b;
    sb_init(&b, unit_arena());
    sb_write(&b, "(\x3c\0\0\0\xda\1a", 8);
    for (uint32_t i = 0; i < 59; i++) {
        sb_write(&b, "\xa9\2r", 3);
        sb_write(&b, &i, sizeof i);
        sb_putc(&b, 'r');
        sb_write(&b, &i, sizeof i);
    }
    ck_assert_ptr_null(read_n(b.s, b.n));
    ck_assert_ptr_nonnull(strstr(err.msg, "far too large"));
}
END_TEST

/* Each tuple holds the one before: no nesting in the bytes, 1000 levels in the object. */
START_TEST(depth_through_references_is_bounded)
{
    StrBuf b;
    sb_init(&b, unit_arena());
    sb_write(&b, "(\xe8\3\0\0\xda\1a", 8);
    for (uint32_t i = 0; i < 999; i++) {
        sb_write(&b, "\xa9\1r", 3);
        sb_write(&b, &i, sizeof i);
    }
    ck_assert_ptr_null(read_n(b.s, b.n));
    ck_assert_ptr_nonnull(strstr(err.msg, "too deeply"));
}
END_TEST

START_TEST(pyc_headers)
{
    err = (Err){0};
    Arena *a = unit_arena();
    ck_assert_ptr_null(marshal_read_pyc(a, "#!/bin/sh\n", 10, &err));
    ck_assert_int_eq(err.kind, ErrBadFormat);
    ck_assert_ptr_null(marshal_read_pyc(a, "\x42\x0d\r\n", 4, &err));
    ck_assert_int_eq(err.kind, ErrBadPython);
    ck_assert_ptr_null(marshal_read_pyc(a, "\xa7\x0d\r\n", 4, &err));
    ck_assert_int_eq(err.kind, ErrCorrupt);
    ck_assert_ptr_null(marshal_read_pyc(a, "\xa7\x0d\r\n\0\0\0\0\0\0\0\0\0\0\0\0N", 17, &err));
    ck_assert_int_eq(err.kind, ErrCorrupt);
}
END_TEST

Suite *
test_marshal_suite(void)
{
    return unit_suite("marshal", (const TTest *const[]){
                                     every_plain_type, older_forms, ints_of_every_size, references,
                                     damage_is_an_error, depth_is_bounded, unfolding_is_bounded,
                                     depth_through_references_is_bounded, pyc_headers, NULL});
}
