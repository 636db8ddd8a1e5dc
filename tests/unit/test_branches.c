#include "branches.h"
#include "unit_code.h"
#include "unit_tests.h"

#include <math.h>

/* while x: if x: x = 1 else: x = None -- unit 0 the loop's test, 2 the inner one, 3 and 6 the arms.
 */
static ProfFunc
two_arms(void)
{
    ProfFunc f = {.code = UNIT_CODE(1, {PyOp_LOAD_FAST, 0}, {PyOp_POP_JUMP_FORWARD_IF_FALSE, 8},
                                    {PyOp_LOAD_FAST, 0}, {PyOp_POP_JUMP_FORWARD_IF_FALSE, 3},
                                    {PyOp_LOAD_CONST, 1}, {PyOp_STORE_FAST, 0},
                                    {PyOp_JUMP_BACKWARD, 7}, {PyOp_LOAD_CONST, 0},
                                    {PyOp_STORE_FAST, 0}, {PyOp_JUMP_BACKWARD, 10},
                                    {PyOp_LOAD_CONST, 0}, {PyOp_RETURN_VALUE, 0})};
    f.at = arena_array(unit_arena(), uint64_t, f.code->n_units);
    return f;
}

/* Samples in proportion to counts, at the same cost for every instruction. */
static void
sample(ProfFunc *f, uint32_t first, uint32_t last, uint64_t n)
{
    for (uint32_t u = first; u <= last; u++) {
        f->at[u] += n;
        f->self += n;
    }
}

static void
infer(ProfFunc *f)
{
    Profile p = {.ver = f->code->ver};
    vec_push(unit_arena(), &p.funcs, *f);
    branches_infer(unit_arena(), &p);
    *f = p.funcs.at[0];
}

START_TEST(odds_follow_the_samples)
{
    ProfFunc f = two_arms();
    sample(&f, 0, 3, 1000); /* each time round */
    sample(&f, 4, 6, 250);
    sample(&f, 7, 9, 750);
    infer(&f);
    const ProfBranch *inner = profile_branch(&f, 3), *loop = profile_branch(&f, 1);
    ck_assert_ptr_nonnull(inner);
    ck_assert_msg(fabs(inner->p_taken - 0.75) < 0.05, "%f", inner->p_taken);
    ck_assert(inner->lo <= 0.75 && 0.75 <= inner->hi && inner->weight > 0);
    ck_assert_msg(loop->p_taken < 0.02, "%f", loop->p_taken);
}
END_TEST

/* An arm that holds nothing but slow instructions has its count from conservation. */
START_TEST(flow_corrects_a_slow_arm)
{
    ProfFunc f = two_arms();
    sample(&f, 0, 3, 1000);
    sample(&f, 4, 6, 500);
    sample(&f, 7, 9, 500);
    f.at[8] += 5000; /* what it stores over is slow to free */
    f.self += 5000;
    infer(&f);
    const ProfBranch *inner = profile_branch(&f, 3);
    ck_assert_msg(fabs(inner->p_taken - 0.5) < 0.12, "%f", inner->p_taken);
}
END_TEST

START_TEST(outcomes_met_are_evidence)
{
    ProfFunc f = two_arms(), g;
    sample(&f, 0, 3, 20);
    sample(&f, 4, 9, 10);
    g = f;
    g.at = arena_memdup(unit_arena(), f.at, f.code->n_units * sizeof *f.at);
    vec_push(unit_arena(), &g.outcomes, (ProfOutcome){.off = 3, .taken = 40, .fallen = 0});
    infer(&f);
    infer(&g);
    ck_assert_msg(profile_branch(&g, 3)->p_taken > profile_branch(&f, 3)->p_taken + 0.02, "%f, %f",
                  profile_branch(&g, 3)->p_taken, profile_branch(&f, 3)->p_taken);
}
END_TEST

START_TEST(little_evidence_gives_wide_intervals)
{
    ProfFunc few = two_arms(), many = two_arms();
    sample(&few, 0, 3, 3);
    sample(&few, 4, 9, 1);
    sample(&many, 0, 3, 3000);
    sample(&many, 4, 9, 1000);
    infer(&few);
    infer(&many);
    const ProfBranch *a = profile_branch(&few, 3), *b = profile_branch(&many, 3);
    ck_assert(a->hi - a->lo > b->hi - b->lo);
    ck_assert(a->weight < b->weight);
}
END_TEST

START_TEST(nothing_is_said_without_samples)
{
    ProfFunc f = two_arms();
    infer(&f);
    ck_assert_uint_eq(f.branches.n, 0);
}
END_TEST

Suite *
test_branches_suite(void)
{
    const TTest *const tests[] = {
        odds_follow_the_samples,         flow_corrects_a_slow_arm,
        outcomes_met_are_evidence,       little_evidence_gives_wide_intervals,
        nothing_is_said_without_samples, NULL};
    return unit_suite("branches", tests);
}
