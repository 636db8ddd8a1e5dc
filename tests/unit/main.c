/* Runs the suites of suites.def, or those named on the command line.  CK_VERBOSITY and CK_FORK are
 * Check's. */
#include "unit_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    Suite *(*make)(void);
} suites[] = {
#define SUITE(name) {#name, test_##name##_suite},
#include "suites.def"
#undef SUITE
};

static Arena *arena;

static void
setup(void)
{
    arena = arena_new();
}

static void
teardown(void)
{
    arena_free(arena);
    arena = NULL;
}

Arena *
unit_arena(void)
{
    return arena;
}

TCase *
unit_case(Suite *s, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_set_timeout(tc, 0);
    tcase_add_checked_fixture(tc, setup, teardown);
    suite_add_tcase(s, tc);
    return tc;
}

Suite *
unit_suite(const char *name, const TTest *const *tests)
{
    Suite *s = suite_create(name);
    TCase *tc = unit_case(s, name);
    for (; *tests; tests++)
        tcase_add_test(tc, *tests);
    return s;
}

static bool
wanted(const char *name, char **names)
{
    if (!*names)
        return true;
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

int
main(int argc, char **argv)
{
    SRunner *runner = srunner_create(NULL);
    int n = 0;
    for (size_t i = 0; i < countof(suites); i++)
        if (wanted(suites[i].name, argv + (argc > 0))) {
            srunner_add_suite(runner, suites[i].make());
            n++;
        }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (!n)
        fputs("no suite of that name\n", stderr);
    return failed || !n ? EXIT_FAILURE : EXIT_SUCCESS;
}
