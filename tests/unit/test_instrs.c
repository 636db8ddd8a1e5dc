#include "instrs.h"
#include "unit_code.h"
#include "unit_tests.h"

#include <string.h>

static Err err;

static bool
decode(const PyCode *c, PyInstrs *ins)
{
    err = (Err){0};
    return instrs_decode(unit_arena(), c, ins, &err);
}

/* The depths of a code object, or NULL with err set. */
static int16_t *
depths_of(const PyCode *c)
{
    PyInstrs ins;
    int16_t *depths;
    ck_assert_msg(decode(c, &ins), "%s", err.msg);
    return instrs_stack_depths(unit_arena(), c, &ins, &depths, &err) ? depths : NULL;
}

#define CHECK_REFUSED(code, text)                                                                  \
    do {                                                                                           \
        ck_assert_ptr_null(depths_of(code));                                                       \
        ck_assert_msg(strstr(err.msg, text), "%s", err.msg);                                       \
    } while (0)

START_TEST(folds_prefixes_and_caches)
{
    PyInstrs ins;
    ck_assert(decode(UNIT_CODE(2, {PyOp_LOAD_CONST, 0}, {PyOp_BUILD_LIST, 0x1234},
                               {PyOp_BINARY_OP, 0}, {PyOp_RETURN_VALUE, 0}),
                     &ins));
    ck_assert_uint_eq(ins.n, 4);
    ck_assert_uint_eq(ins.n_units, 6);
    const PyInstr *list = &ins.at[1], *add = &ins.at[2];
    ck_assert(list->op == PyOp_BUILD_LIST && list->arg == 0x1234);
    ck_assert(list->start == 1 && list->off == 2 && list->next == 3);
    ck_assert(add->start == 3 && add->off == 3 && add->next == 5);
    ck_assert_uint_eq(add->target, INSTR_NO_TARGET);
    static const uint32_t covering[] = {0, 1, 1, 2, 2, 3};
    ck_assert_mem_eq(ins.index_of, covering, sizeof covering);
}
END_TEST

START_TEST(resolves_jumps)
{
    PyInstrs ins;
    ck_assert(
        decode(UNIT_CODE(1, {PyOp_LOAD_FAST, 0}, {PyOp_POP_JUMP_FORWARD_IF_FALSE, 1},
                         {PyOp_JUMP_BACKWARD, 3}, {PyOp_LOAD_CONST, 0}, {PyOp_RETURN_VALUE, 0}),
               &ins));
    ck_assert_uint_eq(ins.at[1].target, 3);
    ck_assert_uint_eq(ins.at[2].target, 0);
}
END_TEST

#define CHECK_DAMAGED(code, text)                                                                  \
    do {                                                                                           \
        PyInstrs ins_;                                                                             \
        ck_assert(!decode(code, &ins_));                                                           \
        ck_assert_int_eq(err.kind, ErrCorrupt);                                                    \
        ck_assert_msg(strstr(err.msg, text), "%s", err.msg);                                       \
    } while (0)

START_TEST(refuses_damaged_code)
{
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_LOAD_CONST, 2}), "outside its table");
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_LOAD_FAST, 1}), "outside its table");
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_LOAD_NAME, 1}), "outside its table");
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_LOAD_GLOBAL, 2}), "outside its table");
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_JUMP_FORWARD, 1}, {PyOp_NOP, 0}), "not lead");
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_JUMP_BACKWARD, 2}), "not lead");
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_JUMP_FORWARD, 1}, {PyOp_BINARY_OP, 0}),
                  "not lead"); /* cache */
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_JUMP_FORWARD, 1}, {PyOp_BUILD_LIST, 256}), "not lead");
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_EXTENDED_ARG, 1}), "EXTENDED_ARG");
    CHECK_DAMAGED(UNIT_CODE(1, {PyOp_EXTENDED_ARG, 1}, {PyOp_EXTENDED_ARG, 1},
                            {PyOp_EXTENDED_ARG, 1}, {PyOp_EXTENDED_ARG, 1}, {PyOp_NOP, 0}),
                  "EXTENDED_ARG");
    PyCode *c = UNIT_CODE(1, {PyOp_BINARY_OP, 0});
    c->n_units = 1;
    CHECK_DAMAGED(c, "cut off");
    c->code = (const uint8_t *)"\xff\0";
    CHECK_DAMAGED(c, "not an opcode");
    c->code = (const uint8_t *)"\0\0";
    CHECK_DAMAGED(c, "not an opcode");
}
END_TEST

START_TEST(depths_of_a_loop)
{
    PyCode *c = UNIT_CODE(2, {PyOp_LOAD_FAST, 0}, {PyOp_GET_ITER, 0}, {PyOp_FOR_ITER, 2},
                          {PyOp_STORE_FAST, 0}, {PyOp_JUMP_BACKWARD, 3}, {PyOp_LOAD_CONST, 0},
                          {PyOp_RETURN_VALUE, 0}, {PyOp_NOP, 0});
    static const int16_t want[] = {0, 1, 1, 2, 1, 0, 1, -1};
    int16_t *depths = depths_of(c);
    ck_assert_ptr_nonnull(depths);
    ck_assert_mem_eq(depths, want, sizeof want);
}
END_TEST

START_TEST(depths_of_calls_are_the_frames)
{
    PyCode *c = UNIT_CODE(4, {PyOp_PUSH_NULL, 0}, {PyOp_LOAD_FAST, 0}, {PyOp_LOAD_FAST, 0},
                          {PyOp_PRECALL, 1}, {PyOp_CALL, 1}, {PyOp_RETURN_VALUE, 0});
    int16_t *depths = depths_of(c);
    ck_assert_ptr_nonnull(depths);
    static const int16_t want[] = {0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 1};
    ck_assert_mem_eq(depths, want, sizeof want);
}
END_TEST

START_TEST(depths_of_handlers)
{
    PyCode *c = UNIT_CODE(3, {PyOp_LOAD_CONST, 0}, {PyOp_LOAD_FAST, 0}, {PyOp_RETURN_VALUE, 0},
                          {PyOp_RERAISE, 1});
    c->exctable = (const uint8_t *)"\x81\1\3\1"; /* unit 1, one unit, handler 3, depth 0, lasti */
    c->exctable_len = 4;
    int16_t *depths = depths_of(c);
    ck_assert_ptr_nonnull(depths);
    ck_assert_int_eq(depths[3], 2);
    c->exctable = (const uint8_t *)"\x81\1\3\5"; /* depth 2 where only 1 is there */
    CHECK_REFUSED(c, "more stack than there is");
}
END_TEST

START_TEST(refuses_wrong_stacks)
{
    CHECK_REFUSED(UNIT_CODE(1, {PyOp_POP_TOP, 0}), "too short");
    CHECK_REFUSED(UNIT_CODE(1, {PyOp_LOAD_CONST, 0}, {PyOp_SWAP, 2}), "too short");
    CHECK_REFUSED(UNIT_CODE(2, {PyOp_LOAD_CONST, 0}, {PyOp_COPY, 0}), "too short");
    CHECK_REFUSED(UNIT_CODE(1, {PyOp_CALL, 0xffffffff}), "too short");
    CHECK_REFUSED(UNIT_CODE(1, {PyOp_LOAD_CONST, 0}, {PyOp_LOAD_CONST, 0}), "bounds");
    CHECK_REFUSED(UNIT_CODE(1, {PyOp_LOAD_CONST, 0}, {PyOp_UNPACK_SEQUENCE, 0xffffffff}), "bounds");
    CHECK_REFUSED(UNIT_CODE(1, {PyOp_LOAD_CONST, 0}), "runs off");
    CHECK_REFUSED(UNIT_CODE(2, {PyOp_LOAD_CONST, 0}, {PyOp_JUMP_BACKWARD, 2}), "disagree");
    PyCode *empty = UNIT_CODE(1, {PyOp_NOP, 0});
    empty->n_units = 0;
    CHECK_REFUSED(empty, "runs off");
}
END_TEST

START_TEST(deopt_restores_base_code)
{
    const PyVer *v = pyver_find(3, 11);
    /* BINARY_OP_ADD_INT 0, its used cache, LOAD_FAST__LOAD_FAST 3, LOAD_FAST 4 */
    uint8_t adaptive[8] = {5, 0, 0x34, 0x12, 0, 3, 124, 4}, base[8];
    for (int i = 0; i < 256; i++)
        if (v->ops[i].name && !strcmp(v->ops[i].name, "LOAD_FAST__LOAD_FAST"))
            adaptive[4] = (uint8_t)i;
    instrs_deopt(v, adaptive, base, 4);
    static const uint8_t want[8] = {122, 0, 0, 0, 124, 3, 124, 4};
    ck_assert_mem_eq(base, want, sizeof want);
    instrs_deopt(v, adaptive, base, 1); /* caches cut off: stays inside */
    ck_assert_uint_eq(base[0], 122);
}
END_TEST

Suite *
test_instrs_suite(void)
{
    return unit_suite("instrs",
                      (const TTest *const[]){folds_prefixes_and_caches, resolves_jumps,
                                             refuses_damaged_code, depths_of_a_loop,
                                             depths_of_calls_are_the_frames, depths_of_handlers,
                                             refuses_wrong_stacks, deopt_restores_base_code, NULL});
}
