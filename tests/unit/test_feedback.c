/* What a pass may bet on, from what a profile says. */
#include "feedback.h"
#include "ir_script.h"
#include "unit_tests.h"

#include <math.h>
#include <string.h>

typedef struct Case {
    Feedback fb;
    const Inl *inl;
} Case;

/* A function f of 256 units with two locals, and the lines of a profile (ir_script.h). */
static Case
given(const char *profile)
{
    IrScript s;
    Err err;
    const char *text = arena_printf(unit_arena(),
                                    "%s\nfunc f\nlevel 0 code f args=2 locals=[a b]\n"
                                    "b0:\n%%0:Obj = Param\nReturn %%0\n",
                                    profile);
    ck_assert_msg(irscript_read(unit_arena(), text, &s, &err), "%s", err.msg);
    return (Case){feedback_of(s.profile, unit_arena()), s.f->inls[0]};
}

static const struct {
    const char *types; /* seen at the top of the stack at unit 3 */
    Ty type;
    bool number, big;
} judged[] = {
    {"builtins.int*10", TyInt, true, false},
    {"builtins.int*97 builtins.str*3", TyInt, true, false},
    {"builtins.int*96 builtins.str*4", TyObj, false, false},
    {"builtins.int*60 builtins.float*40", TyObj, true, false},
    {"builtins.int*1", TyObj, false, false}, /* once is nothing */
    {"builtins.int*99 \"builtins.int+big\"*1", TyInt, true, true},
    {"app.models.Point*50", TyObj, false, false},
    {"builtins.range_iterator*50", TyRangeIter, false, false},
    {"builtins.NoneType*50", TyNoneType, false, false},
};

START_TEST(types_are_judged_by_share)
{
    Case c =
        given(arena_printf(unit_arena(), "; profile: f 100\n; types: @3 0 %s", judged[_i].types));
    FbType t = feedback_operand(&c.fb, c.inl, 3, 0);
    ck_assert_str_eq(ir_types[t.type].name, ir_types[judged[_i].type].name);
    ck_assert_int_eq(t.number, judged[_i].number);
    ck_assert_int_eq(t.maybe_big, judged[_i].big);
}
END_TEST

START_TEST(other_places_say_nothing)
{
    Case c = given("; profile: f 100\n; types: @3 0 builtins.int*10");
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 3, 1).seen, 0);
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 4, 0).seen, 0);
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 4, 0).type, TyObj);
}
END_TEST

START_TEST(without_a_profile_nothing_is_known)
{
    Case c = given("; no profile");
    double share, taken, weight;
    ck_assert(!feedback_has(&c.fb, c.inl));
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 3, 0).type, TyObj);
    ck_assert_int_eq(feedback_local(&c.fb, c.inl, 0).type, TyObj);
    ck_assert_ptr_null(feedback_callee(&c.fb, c.inl, 3, &share));
    ck_assert(!feedback_branch(&c.fb, c.inl, 3, &taken, &weight));
    ck_assert_uint_eq(feedback_samples(&c.fb, c.inl->code), 0);
}
END_TEST

START_TEST(quickened_code_speaks_where_no_sample_does)
{
    Case c = given("; profile: f 100\n; quick: @3 BINARY_SUBSCR_LIST_INT*4\n; quick: @3 "
                   "BINARY_SUBSCR_ADAPTIVE*9\n"
                   "; quick: @5 BINARY_SUBSCR_LIST_INT*4\n; types: @5 0 builtins.str*9");
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 3, 0).type, TyObj); /* mostly it was not */
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 5, 0).type,
                     TyStr); /* samples are nearer to the truth */
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 5, 1).type, TyList);
}
END_TEST

/* Vector.dot of raytrace: two samples of ints where the cache was nearly always one for floats. */
START_TEST(few_ints_against_the_cache)
{
    Case c = given("; profile: f 100\n; types: @1 0 builtins.int*2\n"
                   "; quick: @1 BINARY_OP_MULTIPLY_FLOAT*12 misses=238\n"
                   "; quick: @3 BINARY_OP_MULTIPLY_INT*12\n; types: @3 0 builtins.int*2\n"
                   "; types: @5 0 builtins.int*2\n"
                   "; quick: @7 BINARY_OP_MULTIPLY_INT*12 misses=90\n"
                   "; types: @7 0 builtins.int*200");
    FbType few = feedback_operand(&c.fb, c.inl, 1, 0);
    ck_assert(few.type == TyObj && few.number);
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 3, 0).type, TyInt);
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 5, 0).type, TyInt);
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 7, 0).type, TyInt);
}
END_TEST

START_TEST(few_floats_prove_nothing)
{
    Case c =
        given("; profile: f 100\n; types: @1 0 builtins.float*5\n; types: @1 1 builtins.float*50\n"
              "; quick: @3 BINARY_OP_ADD_FLOAT*9\n; types: @3 0 builtins.float*5\n"
              "; quick: @5 BINARY_OP_ADD_FLOAT*9 misses=80\n; types: @5 0 builtins.float*50\n"
              "; types: @5 1 builtins.float*200");
    FbType few = feedback_operand(&c.fb, c.inl, 1, 0);
    ck_assert(few.type == TyObj && few.number);
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 1, 1).type, TyFloat);
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 3, 0).type, TyFloat); /* the cache agrees */
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 3, 1).type, TyFloat);
    FbType mixed = feedback_operand(&c.fb, c.inl, 5, 0); /* and here it does not */
    ck_assert(mixed.type == TyObj && mixed.number);
    ck_assert_int_eq(feedback_operand(&c.fb, c.inl, 5, 1).type, TyFloat);
}
END_TEST

START_TEST(locals_callees_and_branches)
{
    Case c = given("; code: code g\n; profile: f 100\n; types: local 1 builtins.str*5\n"
                   "; calls: @9 g*30 builtins.len*10\n; branch: @20 0.25 40");
    double share = 0, taken = 0, weight = 0;
    ck_assert(feedback_has(&c.fb, c.inl));
    ck_assert_uint_eq(feedback_samples(&c.fb, c.inl->code), 100);
    ck_assert_int_eq(feedback_local(&c.fb, c.inl, 1).type, TyStr);
    ck_assert_int_eq(feedback_local(&c.fb, c.inl, 0).type, TyObj);
    const ProfCallee *callee = feedback_callee(&c.fb, c.inl, 9, &share);
    ck_assert_ptr_nonnull(callee);
    ck_assert_str_eq(callee->name, "g");
    ck_assert(fabs(share - 0.75) < 1e-9);
    ck_assert(feedback_branch(&c.fb, c.inl, 20, &taken, &weight));
    ck_assert(taken == 0.25 && weight == 40);
}
END_TEST

/* Who initialises the instances that a class call at unit 9 makes? */
static const struct {
    const char *types; /* of what o.x is where it is returned, and of what is stored in o.x */
    Ty type;
    bool number;
} held[] = {
    {"; types: @7 0 builtins.str*5", TyStr, false},
    {"; types: @7 0 builtins.str*3", TyObj, false}, /* too few */
    {"; types: @7 0 builtins.str*3\n; types: @10 1 builtins.str*3", TyStr, false},
    {"; types: @7 0 builtins.str*30\n; types: @10 1 builtins.list*3", TyObj, false},
    {"; types: @7 0 builtins.int*5", TyObj, true}, /* or a float, another time */
    {"; types: @7 0 builtins.int*50", TyInt, true},
    {"; types: @10 0 builtins.str*50", TyObj, false}, /* that is o */
};

START_TEST(attributes_are_known_by_name)
{
    Case c = given(arena_printf(
        unit_arena(),
        "; code: code g args=2 stack=2 locals=[o v] consts=[None] names=[x y] bytecode=[RESUME 0 "
        "LOAD_FAST 0 LOAD_ATTR 0 RETURN_VALUE 0 LOAD_FAST 1 LOAD_FAST 0 STORE_ATTR 0 LOAD_CONST 0 "
        "RETURN_VALUE 0]\n; profile: f 100\n; profile: g 50\n%s",
        held[_i].types));
    FbType t = feedback_attr(&c.fb, "x");
    ck_assert_str_eq(ir_types[t.type].name, ir_types[held[_i].type].name);
    ck_assert_int_eq(t.number, held[_i].number);
    ck_assert_int_eq(feedback_attr(&c.fb, "y").seen, 0);
}
END_TEST

static const struct {
    const char *callees, *init; /* init: NULL when nobody knows */
} made[] = {
    {"m.C*30 C.__init__*20", "C.__init__"},
    {"Base.__init__*20 m.C*30", "Base.__init__"}, /* the first of all callees, and inherited */
    {"m.C*30 Base.__init__*20", "Base.__init__"},
    {"Base.__init__*20 m.C*30 Other.__init__*5", NULL},
    {"Base.__init__*20 m.C*30 C.__init__*5", "C.__init__"},
    {"builtins.object*30 Base.__init__*20", NULL},
};

START_TEST(who_initialises)
{
    Case c = given(arena_printf(unit_arena(),
                                "; code: code C.__init__\n; code: code Base.__init__\n"
                                "; code: code Other.__init__\n; profile: f 100\n; calls: @9 %s",
                                made[_i].callees));
    double share = 0;
    uint64_t calls = 0;
    const ProfCallee *init =
        feedback_init(profile_find(c.fb.profile, c.inl->code->key), 9, &share, &calls);
    ck_assert_str_eq(init ? init->name : "nobody", made[_i].init ? made[_i].init : "nobody");
    if (init)
        ck_assert(share == 1 && calls == 30);
}
END_TEST

Suite *
test_feedback_suite(void)
{
    Suite *s = unit_suite(
        "feedback",
        (const TTest *const[]){other_places_say_nothing, without_a_profile_nothing_is_known,
                               quickened_code_speaks_where_no_sample_does, few_floats_prove_nothing,
                               few_ints_against_the_cache, locals_callees_and_branches, NULL});
    tcase_add_loop_test(unit_case(s, "judged"), types_are_judged_by_share, 0, countof(judged));
    tcase_add_loop_test(unit_case(s, "attributes"), attributes_are_known_by_name, 0, countof(held));
    tcase_add_loop_test(unit_case(s, "made"), who_initialises, 0, countof(made));
    return s;
}
