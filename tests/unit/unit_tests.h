/* What every unit test file needs: Check, an arena per test, and the suites' declarations. */
#ifndef PYOPT_UNIT_TESTS_H
#define PYOPT_UNIT_TESTS_H

#include "arena.h"
#include "err.h"

#include <check.h>

#define SUITE(name) Suite *test_##name##_suite(void);
#include "suites.def"
#undef SUITE

/* An empty case of s with the arena below, for loop tests. */
TCase *unit_case(Suite *s, const char *name);
/* A suite of one case made of tests, which end with NULL. */
Suite *unit_suite(const char *name, const TTest *const *tests);

/* Fresh before each test, freed after it. */
Arena *unit_arena(void);

#endif
