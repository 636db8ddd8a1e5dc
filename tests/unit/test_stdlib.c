/* Every module of each Python's standard library, compared with what that Python says about it
 * (oracle.py).
 *
 * PYTHONS names the Pythons.  The first is asked about every module, the others, which compile the
 * same way, about one in eight; PYOPT_TEST_FULL=1 asks all about everything, CPython's own tests
 * included; PYOPT_TEST_EVERY=N asks about one in N, for the slow sanitizers. */
#include "exctab.h"
#include "fileio.h"
#include "instrs.h"
#include "linetab.h"
#include "marshal.h"
#include "unit_tests.h"
#include "vec.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Tests run in the top folder of the source tree. */
#define ORACLE       "tests/unit/oracle.py"
#define FIND_PYTHONS "tests/unit/find_pythons.sh"

/* One module: the facts left to read, and the keys seen, to compare with the moved copy's. */
typedef struct Module {
    Arena *arena;
    const char *path;
    const int32_t *facts, *end;
    Vec(CodeKey) keys;
    uint32_t at_key;
} Module;

static int32_t
fact(Module *m)
{
    ck_assert_msg(m->facts < m->end, "%s: more code than the oracle knows", m->path);
    return *m->facts++;
}

#define CHECK_FACT(m, c, what, value)                                                              \
    do {                                                                                           \
        long long ours_ = (long long)(value), theirs_ = fact(m);                                   \
        if (ours_ != theirs_)                                                                      \
            ck_abort_msg("%s, %s: %s is %lld, should be %lld", (m)->path, (c)->qualname, what,     \
                         ours_, theirs_);                                                          \
    } while (0)

/* Where the depths of a running frame differ from those of dis (pyops.def). */
static int
effect_for_dis(const PyInstr *i, bool jump)
{
    if (i->op == PyOp_PRECALL)
        return -(int)i->arg;
    if (i->op == PyOp_CALL)
        return -1;
    return instrs_stack_effect(i, jump) - (i->op == PyOp_RETURN_GENERATOR);
}

static void
check_instr(Module *m, const PyCode *c, const PyInstr *i)
{
    CHECK_FACT(m, c, "instruction start", i->start);
    CHECK_FACT(m, c, "instruction offset", i->off);
    int32_t number = fact(m);
    ck_assert_int_eq(i->op, c->ver->ops[number].op);
    CHECK_FACT(m, c, "argument", pyops_info(i->op)->arg == ArgNone ? *m->facts : (int32_t)i->arg);
    CHECK_FACT(m, c, "target", i->target == INSTR_NO_TARGET ? -1 : (int64_t)i->target);
    CHECK_FACT(m, c, "stack effect", effect_for_dis(i, false));
    CHECK_FACT(m, c, "stack effect of the jump", effect_for_dis(i, i->target != INSTR_NO_TARGET));
}

static void
check_handlers(Module *m, const PyCode *c, const ExcTable *t)
{
    for (uint32_t i = 0; i < t->n; i++) {
        CHECK_FACT(m, c, "handler start", t->at[i].start);
        CHECK_FACT(m, c, "handler end", t->at[i].end);
        CHECK_FACT(m, c, "handler target", t->at[i].target);
        CHECK_FACT(m, c, "handler depth", t->at[i].depth);
        CHECK_FACT(m, c, "handler lasti", t->at[i].lasti);
    }
}

static void
check_lines(Module *m, const PyCode *c)
{
    const LineInfo *at = linetab_read(m->arena, c);
    for (uint32_t unit = 0; unit < c->n_units; unit++) {
        CHECK_FACT(m, c, "line", at[unit].line);
        CHECK_FACT(m, c, "end line", at[unit].end_line);
        CHECK_FACT(m, c, "column", at[unit].col);
        CHECK_FACT(m, c, "end column", at[unit].end_col);
    }
    uint32_t last = c->n_units - 1;
    ck_assert_int_eq(linetab_line(c->linetable, c->linetable_len, c->firstlineno, last),
                     at[last].line);
}

static void
check_code(PyCode *c, void *arg)
{
    Module *m = arg;
    Err err;
    PyInstrs ins;
    int16_t *depths;
    ck_assert_msg(instrs_decode(m->arena, c, &ins, &err), "%s: %s", m->path, err.msg);
    ck_assert_msg(instrs_stack_depths(m->arena, c, &ins, &depths, &err), "%s: %s", m->path,
                  err.msg);
    CHECK_FACT(m, c, "number of units", ins.n_units);
    CHECK_FACT(m, c, "number of instructions", ins.n);
    ExcTable handlers;
    ck_assert_msg(exctab_read(m->arena, c, &handlers, &err), "%s: %s", m->path, err.msg);
    CHECK_FACT(m, c, "number of handlers", handlers.n);
    CHECK_FACT(m, c, "number of locals", c->n_locals);
    CHECK_FACT(m, c, "number of cells", c->n_cells);
    CHECK_FACT(m, c, "number of free variables", c->n_frees);
    for (uint32_t i = 0; i < ins.n; i++)
        check_instr(m, c, &ins.at[i]);
    check_handlers(m, c, &handlers);
    check_lines(m, c);
    vec_push(m->arena, &m->keys, c->key);
}

static void
check_same_key(PyCode *c, void *arg)
{
    Module *m = arg;
    ck_assert_uint_lt(m->at_key, m->keys.n);
    ck_assert_msg(codekey_equal(c->key, m->keys.at[m->at_key++]), "%s, %s: another key when moved",
                  m->path, c->qualname);
}

static void *
read_file(Arena *a, const char *stem, const char *suffix, size_t *n)
{
    Err err;
    void *bytes;
    ck_assert_msg(fileio_read(a, arena_printf(a, "%s%s", stem, suffix), &bytes, n, &err), "%s",
                  err.msg);
    return bytes;
}

static PyObj *
read_pyc(Arena *a, const char *stem, const char *suffix)
{
    Err err = {0};
    size_t n;
    void *bytes = read_file(a, stem, suffix, &n);
    PyObj *o = marshal_read_pyc(a, bytes, n, &err);
    ck_assert_msg(o != NULL, "%s%s: %s", stem, suffix, err.msg);
    return o;
}

/* Our own reader gives back what our writer wrote; CPython's is asked by oracle.py. */
static void
check_written(Arena *a, const PyObj *o, const char *stem)
{
    Err err = {0};
    StrBuf b;
    sb_init(&b, a);
    marshal_write(o, &b);
    PyObj *again = marshal_read(a, o->code->ver, b.s, b.n, &err);
    ck_assert_msg(again && pyobj_equal(o, again), "%s: %s", stem, err.msg);
    ck_assert_msg(fileio_write(arena_printf(a, "%s.written", stem), b.s, b.n, 0644, &err), "%s",
                  err.msg);
}

static void
check_module(const char *stem)
{
    Arena *a = arena_new();
    size_t n;
    Module m = {.arena = a, .path = stem, .facts = read_file(a, stem, ".facts", &n)};
    m.end = m.facts + n / sizeof *m.facts;
    PyObj *o = read_pyc(a, stem, ".pyc");
    pycode_walk(o->code, check_code, &m);
    ck_assert_msg(m.facts == m.end, "%s: less code than the oracle knows", stem);
    pycode_walk(read_pyc(a, stem, ".moved.pyc")->code, check_same_key, &m);
    check_written(a, o, stem);
    arena_free(a);
}

static int
check_folder(const char *dir)
{
    DIR *d = opendir(dir);
    ck_assert_ptr_nonnull(d);
    int n = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char *suffix = strstr(e->d_name, ".facts");
        if (!suffix || suffix[6])
            continue;
        Arena *a = arena_new();
        check_module(arena_printf(a, "%s/%.*s", dir, (int)(suffix - e->d_name), e->d_name));
        arena_free(a);
        n++;
    }
    closedir(d);
    return n;
}

static bool
run(const char *command)
{
    fflush(stdout);
    return system(command) == 0;
}

static void
check_python(const char *python, int step)
{
    Arena *a = unit_arena();
    const char *tmp = getenv("TMPDIR");
    char *dir = arena_printf(a, "%s/pyopt-stdlib-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert(run(arena_printf(a, "'%s' %s make %s %d", python, ORACLE, dir, step)));
    ck_assert_int_gt(check_folder(dir), 0);
    ck_assert(run(arena_printf(a, "'%s' %s verify %s", python, ORACLE, dir)));
    ck_assert(run(arena_printf(a, "rm -rf %s", dir)));
}

START_TEST(agrees_with_the_interpreter)
{
    char python[4096];
    FILE *found = popen(FIND_PYTHONS, "r");
    ck_assert_ptr_nonnull(found);
    bool full = getenv("PYOPT_TEST_FULL") != NULL;
    const char *every = getenv("PYOPT_TEST_EVERY");
    int step = every ? atoi(every) : 1;
    for (int i = 0; fgets(python, sizeof python, found); i++) {
        python[strcspn(python, "\n")] = 0;
        check_python(python, full ? 0 : i && step < 8 ? 8 : step);
    }
    pclose(found);
}
END_TEST

Suite *
test_stdlib_suite(void)
{
    return unit_suite("stdlib", (const TTest *const[]){agrees_with_the_interpreter, NULL});
}
