#include "sites.h"
#include "unit_code.h"
#include "unit_tests.h"

static Code *
prepared(PyCode *c)
{
    Code *k = arena_new_of(unit_arena(), Code);
    k->c = c;
    map_init(&k->consumers, unit_arena());
    sites_prepare(unit_arena(), k);
    ck_assert(k->walkable);
    return k;
}

#define CHECK_PLACE(code, i, height, at_start, off_, slot_)                                        \
    do {                                                                                           \
        Place p_;                                                                                  \
        ck_assert(sites_place(code, i, height, at_start, &p_));                                    \
        ck_assert_uint_eq(p_.off, off_);                                                           \
        ck_assert_uint_eq(p_.slot, slot_);                                                         \
    } while (0)

#define CHECK_NOWHERE(code, i, height, at_start)                                                   \
    do {                                                                                           \
        Place p_;                                                                                  \
        ck_assert(!sites_place(code, i, height, at_start, &p_));                                   \
    } while (0)

/* x + (1 * x): the first operand rests while the second is made. */
START_TEST(resting_entries_belong_to_their_consumer)
{
    Code *k = prepared(UNIT_CODE(3, {PyOp_LOAD_FAST, 0}, {PyOp_LOAD_CONST, 1}, {PyOp_LOAD_FAST, 0},
                                 {PyOp_BINARY_OP, 5}, {PyOp_BINARY_OP, 0}, {PyOp_RETURN_VALUE, 0}));
    CHECK_PLACE(k, 1, 0, true, 5, 1);  /* while the constant is loaded */
    CHECK_PLACE(k, 3, 0, true, 5, 1);  /* while the inner product is made */
    CHECK_PLACE(k, 3, 0, false, 5, 1); /* and behind it, in its cache */
    CHECK_PLACE(k, 2, 1, true, 3, 1);
}
END_TEST

/* The result lies where the lower operand was; the upper one is left over above it. */
START_TEST(own_operands_are_trusted_above_the_result_only)
{
    Code *k = prepared(UNIT_CODE(2, {PyOp_LOAD_FAST, 0}, {PyOp_LOAD_CONST, 1}, {PyOp_BINARY_OP, 0},
                                 {PyOp_RETURN_VALUE, 0}));
    CHECK_PLACE(k, 2, 1, true, 2, 0);
    CHECK_NOWHERE(k, 2, 1, false);
    CHECK_NOWHERE(k, 2, 0, true);
    CHECK_NOWHERE(k, 2, 2, true); /* above the stack */
    CHECK_PLACE(k, 3, 0, true, 4, 0);
}
END_TEST

START_TEST(calls_are_one_place)
{
    Code *k = prepared(UNIT_CODE(3, {PyOp_PUSH_NULL, 0}, {PyOp_LOAD_FAST, 0}, {PyOp_LOAD_CONST, 1},
                                 {PyOp_PRECALL, 1}, {PyOp_CALL, 1}, {PyOp_RETURN_VALUE, 0}));
    CHECK_PLACE(k, 2, 1, true, 5, 1); /* the callable, kept under CALL */
    CHECK_PLACE(k, 3, 2, true, 5, 0); /* the argument at PRECALL */
    CHECK_NOWHERE(k, 3, 0, true);     /* a specialised PRECALL leaves its result there */
    ck_assert_uint_eq(sites_call_unit(k, 3), 5);
    ck_assert_uint_eq(sites_call_unit(k, 4), 5);
}
END_TEST

START_TEST(swaps_are_followed)
{
    Code *k = prepared(UNIT_CODE(2, {PyOp_LOAD_FAST, 0}, {PyOp_LOAD_CONST, 1}, {PyOp_NOP, 0},
                                 {PyOp_SWAP, 2}, {PyOp_BINARY_OP, 10}, {PyOp_RETURN_VALUE, 0}));
    CHECK_PLACE(k, 2, 0, true, 4, 0);
    CHECK_PLACE(k, 2, 1, true, 4, 1);
    CHECK_NOWHERE(k, 3, 0, true); /* before or after? */
    CHECK_NOWHERE(k, 3, 1, true);
}
END_TEST

static void
note_load(uint32_t local, Place p, void *arg)
{
    uint32_t *seen = arg;
    ck_assert_uint_eq(local, 0);
    seen[p.off]++;
}

/* A local that is stored again is another value from there on, and so is one behind a jump. */
START_TEST(loads_to_come_stop_at_stores_and_jumps)
{
    Code *k =
        prepared(UNIT_CODE(2, {PyOp_LOAD_FAST, 0}, {PyOp_LOAD_FAST, 0}, {PyOp_BINARY_OP, 0},
                           {PyOp_STORE_FAST, 0}, {PyOp_LOAD_FAST, 0}, {PyOp_RETURN_VALUE, 0}));
    uint32_t seen[8] = {0};
    sites_loads(k, 0, note_load, seen);
    ck_assert_uint_eq(seen[2], 2);
    ck_assert_uint_eq(seen[6], 0);
    sites_loads(k, 4, note_load, seen);
    ck_assert_uint_eq(seen[6], 1);
}
END_TEST

Suite *
test_sites_suite(void)
{
    const TTest *const tests[] = {resting_entries_belong_to_their_consumer,
                                  own_operands_are_trusted_above_the_result_only,
                                  calls_are_one_place,
                                  swaps_are_followed,
                                  loads_to_come_stop_at_stores_and_jumps,
                                  NULL};
    return unit_suite("sites", tests);
}
