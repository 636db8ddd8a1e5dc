#include "proc.h"
#include "unit_tests.h"

#include <signal.h>
#include <string.h>

static ProcCmd
run(const char *script, const char *input, size_t n)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    ProcCmd cmd = {.argv = argv, .input = input, .n_input = n};
    Err err = {0};
    ck_assert_msg(proc_run(unit_arena(), &cmd, &err), "%s", err.msg);
    return cmd;
}

START_TEST(catches_what_is_said)
{
    ProcCmd c = run("echo out; echo err >&2; exit 3", NULL, 0);
    ck_assert_int_eq(c.status, 3);
    ck_assert_str_eq(c.output, "out\n");
    ck_assert_str_eq(c.errors, "err\n");
    ck_assert_int_eq(run("kill -KILL $$", NULL, 0).status, 128 + SIGKILL);
}
END_TEST

START_TEST(moves_more_than_a_pipe_holds)
{
    enum { N = 3 << 20 };
    char *big = arena_alloc(unit_arena(), N);
    memset(big, 'x', N);
    ProcCmd c = run("cat; echo done >&2", big, N);
    ck_assert_int_eq(c.status, 0);
    ck_assert_uint_eq(c.n_output, N);
    ck_assert_mem_eq(c.output, big, N);
    ck_assert_str_eq(c.errors, "done\n");
    ck_assert_int_eq(run("exit 0", big, N).status, 0); /* one that does not read */
}
END_TEST

START_TEST(children_are_not_optimised)
{
    ck_assert_str_eq(run("echo $PYOPT $LC_ALL", NULL, 0).output, "off C\n");
}
END_TEST

static void
count(uint32_t index, void *arg)
{
    (void)index;
    ++*(int *)arg;
}

START_TEST(runs_many_and_survives_a_missing_one)
{
    enum { N = 9 };
    char *good[] = {"sh", "-c", "echo $0; sleep 0.02", NULL};
    char *bad[] = {"/nonexistent/program", NULL};
    ProcCmd cmds[N] = {{0}};
    int done = 0;
    for (int i = 0; i < N; i++)
        cmds[i].argv = i == 4 ? bad : good;
    Err err = {0};
    ck_assert_msg(proc_run_all(unit_arena(), cmds, N, 3, count, &done, &err), "%s", err.msg);
    ck_assert_int_eq(done, N);
    for (int i = 0; i < N; i++) {
        ck_assert_int_eq(cmds[i].status, i == 4 ? 127 : 0);
        ck_assert_str_eq(cmds[i].output, i == 4 ? "" : "sh\n");
    }
    ck_assert_uint_ge(proc_cores(), 1);
}
END_TEST

Suite *
test_proc_suite(void)
{
    return unit_suite("proc",
                      (const TTest *const[]){catches_what_is_said, moves_more_than_a_pipe_holds,
                                             children_are_not_optimised,
                                             runs_many_and_survives_a_missing_one, NULL});
}
