#include "map.h"
#include "unit_tests.h"

START_TEST(finds_what_was_put)
{
    Map m;
    map_init(&m, unit_arena());
    for (uint64_t i = 0; i < 10000; i++)
        map_put(&m, i * 4096, i);
    ck_assert_uint_eq(m.n, 10000);
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t *v = map_get(&m, i * 4096);
        ck_assert_ptr_nonnull(v);
        ck_assert_uint_eq(*v, i);
        ck_assert_ptr_null(map_get(&m, i * 4096 + 1));
    }
}
END_TEST

START_TEST(zero_is_a_key)
{
    Map m;
    map_init(&m, unit_arena());
    ck_assert_ptr_null(map_get(&m, 0));
    ck_assert_uint_eq(*map_at(&m, 0), 0);
    map_put(&m, 0, 7);
    ck_assert_uint_eq(*map_at(&m, 0), 7);
    ck_assert_uint_eq(m.n, 1);
}
END_TEST

START_TEST(visits_each_once)
{
    Map m;
    map_init(&m, unit_arena());
    ck_assert_ptr_null(map_first(&m));
    uint64_t sum = 0, n = 0;
    for (uint64_t i = 1; i <= 100; i++)
        map_put(&m, i, i);
    for (MapSlot *s = map_first(&m); s; s = map_next(&m, s), n++)
        sum += s->value;
    ck_assert_uint_eq(n, 100);
    ck_assert_uint_eq(sum, 5050);
}
END_TEST

Suite *
test_map_suite(void)
{
    return unit_suite(
        "map", (const TTest *const[]){finds_what_was_put, zero_is_a_key, visits_each_once, NULL});
}
