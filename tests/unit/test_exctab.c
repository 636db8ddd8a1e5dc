#include "exctab.h"
#include "unit_code.h"
#include "unit_tests.h"

static ExcTable table;
static Err err;

/* The table read for a code object of 200 units and 64 stack entries. */
static bool
read(const char *bytes, uint32_t n)
{
    PyCode c = {
        .n_units = 200,
        .stacksize = 64,
        .qualname = "f",
        .exctable = (const uint8_t *)bytes,
        .exctable_len = n,
    };
    err = (Err){0};
    return exctab_read(unit_arena(), &c, &table, &err);
}
#define READ(literal) read(literal, sizeof(literal) - 1)

START_TEST(entries_are_found)
{
    ck_assert(READ("\x82\x03\x0a\x05"
                   "\xc2\x02\x01\x41\x20\x42\x00"));
    ck_assert_uint_eq(table.n, 2);
    const ExcEntry *e = exctab_find(&table, 4);
    ck_assert_ptr_nonnull(e);
    ck_assert(e->start == 2 && e->end == 5 && e->target == 10 && e->depth == 2 && e->lasti);
    ck_assert_ptr_eq(exctab_find(&table, 2), e);
    ck_assert_ptr_null(exctab_find(&table, 1));
    ck_assert_ptr_null(exctab_find(&table, 5));
    ck_assert_ptr_null(exctab_find(&table, 131));
    e = exctab_find(&table, 130);
    ck_assert_ptr_nonnull(e);
    ck_assert(e->start == 130 && e->end == 131 && e->target == 96 && e->depth == 64 && !e->lasti);
}
END_TEST

START_TEST(refuses_damage)
{
    ck_assert(READ(""));
    ck_assert_ptr_null(exctab_find(&table, 0));
    ck_assert(!READ("\x02\x03\x0a\x05"));                 /* no start mark */
    ck_assert(!READ("\x82\x83\x0a\x05"));                 /* a start mark inside */
    ck_assert(!READ("\x82\x03\x0a"));                     /* cut off */
    ck_assert(!READ("\x82\x43"));                         /* cut off in a number */
    ck_assert(!READ("\x82\x00\x0a\x05"));                 /* covers nothing */
    ck_assert(!READ("\xc3\x07\x02\x0a\x05"));             /* 199 and 200 of 200 */
    ck_assert(!READ("\x82\x03\x43\x08\x05"));             /* handler 200 of 200 */
    ck_assert(!READ("\x82\x03\x0a\x42\x02"));             /* depth 65 of 64 */
    ck_assert(!READ("\x85\x03\x0a\x05\x82\x03\x0a\x05")); /* not in order */
    ck_assert(!READ("\x82\x03\x0a\x05\x84\x03\x0a\x05")); /* overlapping */
    ck_assert(!READ("\xff\x7f\x7f\x7f\x7f\x7f\x3f\x03\x0a\x05"));
    ck_assert_int_eq(err.kind, ErrCorrupt);
}
END_TEST

Suite *
test_exctab_suite(void)
{
    return unit_suite("exctab", (const TTest *const[]){entries_are_found, refuses_damage, NULL});
}
