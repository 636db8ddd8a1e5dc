#include "linetab.h"
#include "unit_tests.h"

static const PyCode *
code(const char *table, uint32_t len)
{
    PyCode *c = arena_new_of(unit_arena(), PyCode);
    *c = (PyCode){
        .firstlineno = 10,
        .n_units = 6,
        .linetable = (const uint8_t *)table,
        .linetable_len = len,
    };
    return c;
}
#define CODE(literal) code(literal, sizeof(literal) - 1)

#define CHECK(info, l, el, c, ec)                                                                  \
    do {                                                                                           \
        LineInfo i_ = (info);                                                                      \
        ck_assert_int_eq(i_.line, l);                                                              \
        ck_assert_int_eq(i_.end_line, el);                                                         \
        ck_assert_int_eq(i_.col, c);                                                               \
        ck_assert_int_eq(i_.end_col, ec);                                                          \
    } while (0)

START_TEST(reads_every_form)
{
    /* short, one line, no columns, none, long */
    const PyCode *c = CODE("\x89\x35"             /* form 1, two units: columns 11-16 */
                           "\xd8\x04\x09"         /* form 11: one line down, columns 4-9 */
                           "\xe8\x02"             /* no columns: one line down */
                           "\xf8"                 /* nothing */
                           "\xf0\x03\x05\x01\x0b" /* long: one up, ends five down, columns 0-10 */
    );
    LineInfo *at = linetab_read(unit_arena(), c);
    CHECK(at[0], 10, 10, 11, 16);
    CHECK(at[1], 10, 10, 11, 16);
    CHECK(at[2], 11, 11, 4, 9);
    CHECK(at[3], 12, 12, -1, -1);
    CHECK(at[4], -1, -1, -1, -1);
    CHECK(at[5], 11, 16, 0, 10);
    for (uint32_t unit = 0; unit < 6; unit++)
        ck_assert_int_eq(linetab_line(c->linetable, c->linetable_len, 10, unit), at[unit].line);
    ck_assert_int_eq(linetab_line(c->linetable, c->linetable_len, 10, 6), -1);
}
END_TEST

START_TEST(numbers_have_many_groups)
{
    LineInfo *at = linetab_read(unit_arena(), CODE("\xef\x50\x06")); /* +200 */
    CHECK(at[0], 210, 210, -1, -1);
    at = linetab_read(unit_arena(), CODE("\xef\x53\x00")); /* -9 */
    CHECK(at[5], 1, 1, -1, -1);
}
END_TEST

START_TEST(damage_ends_the_table)
{
    CHECK(linetab_read(unit_arena(), CODE("\x88\x35\x05\x88\x35"))[0], 10, 10, 11, 16);
    CHECK(linetab_read(unit_arena(), CODE("\x88\x35\x05\x88\x35"))[1], -1, -1, -1, -1);
    CHECK(linetab_read(unit_arena(), CODE(""))[0], -1, -1, -1, -1);
    CHECK(linetab_read(unit_arena(), CODE("\x88"))[0], -1, -1, -1, -1);         /* cut off */
    CHECK(linetab_read(unit_arena(), CODE("\x88\x80\x01"))[0], -1, -1, -1, -1); /* a byte missing */
    CHECK(linetab_read(unit_arena(), CODE("\xef\x7f\x7f\x7f\x7f\x7f\x7f\x01"))[0], -1, -1, -1, -1);
    CHECK(linetab_read(unit_arena(), CODE("\xef\x7f\x3f"))[0], -1, -1, -1, -1); /* before line 0 */
}
END_TEST

Suite *
test_linetab_suite(void)
{
    return unit_suite("linetab", (const TTest *const[]){reads_every_form, numbers_have_many_groups,
                                                        damage_ends_the_table, NULL});
}
