/* Loops that get a body of their own: which, what is bet on where they begin, and what their IR
 * begins with. */
#include "ir_script.h"
#include "loops.h"
#include "unit_tests.h"

#include <string.h>

/* for i in range(n): total += i, and behind it while total: total -= 1 */
static const char two_loops[] =
    "func f\n"
    "level 0 code f args=1 stack=3 units=60 locals=[n total i] consts=[None 0 1] names=[range]"
    " bytecode=[RESUME 0 LOAD_CONST 1 STORE_FAST 1 LOAD_GLOBAL 1 LOAD_FAST 0 PRECALL 1 CALL 1 "
    "GET_ITER 0"
    " FOR_ITER 7 STORE_FAST 2 LOAD_FAST 1 LOAD_FAST 2 BINARY_OP 13 STORE_FAST 1 JUMP_BACKWARD 8"
    " LOAD_FAST 1 POP_JUMP_FORWARD_IF_FALSE 7 LOAD_FAST 1 LOAD_CONST 2 BINARY_OP 23 STORE_FAST 1"
    " LOAD_FAST 1 POP_JUMP_BACKWARD_IF_TRUE 7 LOAD_FAST 1 RETURN_VALUE 0]\n"
    "b0 @0:\n"
    "  %0:Obj = Param @0\n"
    "  Return %0 @0\n";

static const PyCode *
code_of(const char *text)
{
    Err err;
    IrScript s;
    ck_assert_msg(irscript_read(unit_arena(), text, &s, &err), "%s", err.msg);
    return s.f->code;
}

static const char *
printed(const Func *f)
{
    StrBuf out;
    sb_init(&out, unit_arena());
    ir_print(f, &out);
    return out.s;
}

static Func *
optimised(const PyCode *code)
{
    Bailout bail;
    Func *f = build_func(unit_arena(), code, &bail);
    ck_assert_msg(f != NULL, "%s", bailout_reason(bail));
    PassCtx ctx = {.f = f, .fb = &(Feedback){0}};
    pass_run(&ctx, Pass_order);
    pass_run(&ctx, Pass_phis);
    pass_run(&ctx, Pass_types);
    return f;
}

START_TEST(each_jump_back_is_found)
{
    const PyCode *code = code_of(two_loops);
    Func *f = optimised(code);
    loops_find(f, &(Feedback){0});
    ck_assert_uint_ge(f->loops.n, 1);
    const Loop *l = &f->loops.at[0];
    const PyInstrs *ins = f->inls[0]->ins;
    ck_assert_int_eq(ins->at[ins->index_of[l->header]].op, PyOp_FOR_ITER);
    ck_assert_uint_eq(l->depth, 1); /* the iterator */
    ck_assert_uint_eq(l->backs.n, 1);
    ck_assert_int_eq(l->backs.at[0].test, LoopAlways);
    ck_assert_int_eq(ins->at[ins->index_of[l->backs.at[0].off]].op, PyOp_JUMP_BACKWARD);
    ck_assert_int_eq(l->types[0], TyObj);   /* n: a parameter, bound */
    ck_assert_int_eq(l->types[2], TyMaybe); /* i: unbound at first */
}
END_TEST

START_TEST(a_test_at_the_end_is_a_jump_back)
{
    const PyCode *code = code_of(two_loops);
    Func *f = optimised(code);
    loops_find(f, &(Feedback){.profile = &(Profile){0}});
    ck_assert_uint_eq(f->loops.n, 0); /* no samples: not worth it */
    loops_find(f, &(Feedback){0});
    bool found = false;
    for (uint32_t k = 0; k < f->loops.n; k++)
        for (uint32_t j = 0; j < f->loops.at[k].backs.n; j++)
            found |= f->loops.at[k].backs.at[j].test == LoopIfTrue && f->loops.at[k].depth == 0;
    ck_assert_int_eq(found, LimitLoopsAll > 1);
}
END_TEST

START_TEST(a_body_takes_what_is_in_the_frame)
{
    const PyCode *code = code_of(two_loops);
    Func *f = optimised(code);
    loops_find(f, &(Feedback){0});
    Loop *l = &f->loops.at[0];
    l->types[1] = TyInt;
    Func *body = build_loop(unit_arena(), code, l);
    ck_assert_ptr_nonnull(body);
    ck_assert(body->is_loop);
    const char *text = printed(body);
    /* The iterator is taken, then the locals, of the types that are bet on. */
    ck_assert_msg(strstr(text, "%0:Obj = TakeStack imm=3 @"), "%s", text);
    ck_assert_msg(strstr(text, ":Obj = Found @"), "%s", text);
    ck_assert_msg(strstr(text, ":Int = Found imm=1 @"), "%s", text);
    ck_assert_msg(strstr(text, ":Maybe = Found imm=2 @"), "%s", text);
    StrBuf broken;
    sb_init(&broken, unit_arena());
    ck_assert_msg(ir_verify(body, &broken), "%s", broken.s);
    ck_assert_uint_eq(body->blocks.at[0]->off, l->header);
}
END_TEST

Suite *
test_loops_suite(void)
{
    return unit_suite("loops", (const TTest *const[]){each_jump_back_is_found,
                                                      a_test_at_the_end_is_a_jump_back,
                                                      a_body_takes_what_is_in_the_frame, NULL});
}
