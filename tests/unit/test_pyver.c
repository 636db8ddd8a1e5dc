#include "layout.h"
#include "pyver.h"
#include "unit_tests.h"

START_TEST(found_by_number_and_magic)
{
    const PyVer *v = pyver_find(3, 11);
    ck_assert_ptr_nonnull(v);
    ck_assert_str_eq(v->tag, "v311");
    ck_assert_ptr_eq(v, pyver_find_magic(v->magic));
    ck_assert_ptr_null(pyver_find(3, 10));
    ck_assert_ptr_null(pyver_find_magic(3394));
    ck_assert_str_eq(pyver_supported(), "3.11");
}
END_TEST

START_TEST(every_opcode_has_its_base)
{
    const PyVer *v = pyver_find(3, 11);
    int bases = 0, specialised = 0;
    for (int number = 0; number < 256; number++) {
        const OpMapEntry *e = &v->ops[number], *base = &v->ops[e->base];
        if (e->op == PyOpNone)
            continue;
        ck_assert_int_eq(base->base, e->base);
        ck_assert_int_eq(base->op, e->op);
        ck_assert_int_eq(base->n_caches, e->n_caches);
        if (e->base == number)
            ck_assert_str_eq(e->name, pyops_name((PyOp)e->op));
        *(e->base == number ? &bases : &specialised) += 1;
    }
    ck_assert_int_eq(bases, PyOpCount - 1);
    ck_assert_int_gt(specialised, 60);
}
END_TEST

START_TEST(layouts_are_plausible)
{
    const PyVer *v = pyver_find(3, 11);
    const PyLayout *builds[] = {v->layout, v->layout_debug};
    for (size_t i = 0; i < countof(builds); i++) {
        const PyLayout *l = builds[i];
        ck_assert_int_eq(l->object_type, l->object_refcnt + 8);
        ck_assert_int_gt(l->code_adaptive, l->code_extra);
        ck_assert_int_gt(l->frame_localsplus, l->frame_owner);
        ck_assert_int_eq(l->unicode_compact_shift, l->unicode_kind_shift + 3);
        ck_assert_int_lt(l->managed_values_offset, l->managed_dict_offset);
    }
}
END_TEST

START_TEST(unknown_opcodes_have_a_name)
{
    ck_assert_str_eq(pyops_name((PyOp)12345), "none");
    ck_assert_str_eq(pyops_name(PyOp_BINARY_OP), "BINARY_OP");
    ck_assert_int_eq(pyops_info(PyOp_FOR_ITER)->flow, FlowCond);
    ck_assert_int_eq(pyops_info(PyOp_LOAD_GLOBAL)->arg, ArgNameNull);
    ck_assert(pyops_info(PyOp_SEND)->flags & PyOpGenerator);
    ck_assert(!(pyops_info(PyOp_LOAD_FAST)->flags & PyOpRunsPython));
}
END_TEST

Suite *
test_pyver_suite(void)
{
    return unit_suite(
        "pyver", (const TTest *const[]){found_by_number_and_magic, every_opcode_has_its_base,
                                        layouts_are_plausible, unknown_opcodes_have_a_name, NULL});
}
