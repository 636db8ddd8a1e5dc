#include "paths.h"
#include "unit_tests.h"

#include <string.h>

/* Python frames are small letters, entries of the loop capital; native functions are digits, the
 * loop is an underscore.  Innermost first, in both. */
static Arena *arena;

static Code *
code_of(char letter, ProfKind kind)
{
    Code *k = arena_new_of(arena, Code);
    PyCode *c = arena_new_of(arena, PyCode);
    c->qualname = letter == '9' ? "_PyEval_Vector" : arena_printf(arena, "%c", letter);
    *k = (Code){.kind = kind, .c = c};
    return k;
}

static const char *
splice(const char *python, const char *native, bool whole)
{
    Step frames[RING_MAX_FRAMES], out[PATHS_MAX];
    NativeStack stack = {.n = (uint32_t)strlen(native), .whole = whole};
    uint32_t n = (uint32_t)strlen(python);
    for (uint32_t i = 0; i < n; i++)
        frames[i] = (Step){.code = code_of(python[i], ProfPython), .entry = python[i] < 'a'};
    for (uint32_t i = 0; i < stack.n; i++)
        stack.at[i] = native[i] == '_' ? NULL : code_of(native[i], ProfNative);
    char *text = arena_alloc(arena, PATHS_MAX);
    n = paths_splice(out, frames, n, whole, &stack);
    for (uint32_t i = 0; i < n; i++)
        text[i] = out[i].code->c->qualname[0];
    return text;
}

START_TEST(python_frames_stand_where_the_loop_is)
{
    arena = arena_new();
    ck_assert_str_eq(splice("abC", "12_", true), "12abC");
    ck_assert_str_eq(splice("abCdE", "12_34_", true), "12abC34dE");
    ck_assert_str_eq(splice("AB", "_1_", true), "A1B");
    arena_free(arena);
}
END_TEST

START_TEST(how_the_loop_was_entered_is_left_out)
{
    arena = arena_new();
    ck_assert_str_eq(splice("AB", "_91_9", true), "A1B");
    ck_assert_str_eq(splice("A", "_12345", true), "A");
    arena_free(arena);
}
END_TEST

START_TEST(a_loop_without_a_frame_yet_is_passed_over)
{
    arena = arena_new();
    ck_assert_str_eq(splice("aB", "_1_", true), "1aB");
    arena_free(arena);
}
END_TEST

START_TEST(stacks_that_do_not_fit_are_refused)
{
    arena = arena_new();
    ck_assert_str_eq(splice("aBC", "1_", true), "");
    ck_assert_str_eq(splice("aB", "_1_2_", true), "");
    arena_free(arena);
}
END_TEST

START_TEST(callers_beyond_a_short_copy_are_pythons_alone)
{
    arena = arena_new();
    ck_assert_str_eq(splice("aBcDE", "12_3", false), "12aB3cDE");
    ck_assert_str_eq(splice("aBcD", "", false), "aBcD");
    arena_free(arena);
}
END_TEST

Suite *
test_paths_suite(void)
{
    const TTest *const tests[] = {
        python_frames_stand_where_the_loop_is,         how_the_loop_was_entered_is_left_out,
        a_loop_without_a_frame_yet_is_passed_over,     stacks_that_do_not_fit_are_refused,
        callers_beyond_a_short_copy_are_pythons_alone, NULL};
    return unit_suite("paths", tests);
}
