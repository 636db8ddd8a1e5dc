/* IR as text: what is printed comes back, what is wrong is refused with its line. */
#include "build.h"
#include "fileio.h"
#include "ir_text.h"
#include "marshal.h"
#include "unit_tests.h"

#include <math.h>
#include <string.h>

static const char *
printed(const Func *f)
{
    StrBuf out;
    sb_init(&out, unit_arena());
    ir_print(f, &out);
    return out.s;
}

static void
comes_back(PyCode *c, void *arg)
{
    uint32_t *n = arg;
    Bailout bail;
    Err err;
    Func *f = build_func(unit_arena(), c, &bail);
    if (!f)
        return;
    const char *text = printed(f);
    Func *g = ir_parse(unit_arena(), NULL, text, &err);
    ck_assert_msg(g != NULL, "%s: %s\n%s", c->qualname, err.msg, text);
    ck_assert_str_eq(printed(g), text);
    StrBuf broken;
    sb_init(&broken, unit_arena());
    ck_assert_msg(ir_verify(g, &broken), "%s: %s", c->qualname, broken.s);
    ++*n;
}

START_TEST(built_functions_come_back)
{
    static const char *const files[] = {"tests/fuzz/corpus/pyc/features",
                                        "tests/fuzz/corpus/pyc/small"};
    uint32_t n_functions = 0;
    for (size_t k = 0; k < countof(files); k++) {
        void *bytes;
        size_t n;
        Err err;
        ck_assert_msg(fileio_read(unit_arena(), files[k], &bytes, &n, &err), "%s", err.msg);
        PyObj *module = marshal_read_pyc(unit_arena(), bytes, n, &err);
        ck_assert_msg(module != NULL, "%s", err.msg);
        pycode_walk(module->code, comes_back, &n_functions);
    }
    ck_assert_uint_ge(n_functions, 5);
}
END_TEST

/* The code object that is given wins over the text's own. */
START_TEST(a_given_code_object_is_used)
{
    Err err;
    PyCode *c = arena_new_of(unit_arena(), PyCode);
    IrText t = {.at = "code real consts=[1 2 3]", .line = 1, .arena = unit_arena(), .err = &err};
    *c = *ir_code_parse(&t);
    Func *f = ir_parse(unit_arena(), c,
                       "func f\nlevel 0 code f\nb0:\n%0:Obj = Const imm=2\nReturn %0\n", &err);
    ck_assert_msg(f != NULL, "%s", err.msg);
    ck_assert_ptr_eq(f->code, c);
    ck_assert_ptr_eq(f->inls[0]->code, c);
}
END_TEST

START_TEST(doubles_come_back)
{
    static const double values[] = {0.0,    -0.0,    1,        0.1,       1e300,
                                    5e-324, 1.0 / 3, INFINITY, -INFINITY, 123456789012345680.0};
    for (size_t k = 0; k < countof(values); k++) {
        StrBuf out;
        Err err;
        double back;
        sb_init(&out, unit_arena());
        irtext_put_double(&out, values[k]);
        IrText t = {.at = out.s, .line = 1, .arena = unit_arena(), .err = &err};
        ck_assert_msg(irtext_double(&t, &back), "%s", err.msg);
        ck_assert_msg(!memcmp(&back, &values[k], sizeof back), "%s", out.s);
        ck_assert_msg(strpbrk(out.s, ".eni") != NULL, "%s looks like an int", out.s);
    }
}
END_TEST

#define HEAD "func f\nlevel 0 code f args=1 locals=[a] consts=[None]\n"

static const struct {
    const char *text, *error;
} refused[] = {
    {"", "line 1: no function"},
    {"; nothing\n", "line 2: no function"},
    {"fun f\n", "line 1: func expected"},
    {"func f\n", "line 2: a function has at least one block"},
    {"func f\nb0:\n", "line 2: \"level 0 code ...\" must stand"},
    {"func f\nlevel 1 code f\n", "line 2: level 0 expected"},
    {"func f\nlevel 0 code f args=1\n", "line 2: 1 parameters, but 0 locals"},
    {"func f\nlevel 0 code f size=1\n", "line 2: not a property of a code object"},
    {"func f\nlevel 0 code f consts=[\"a]\n", "line 2: a string without"},
    {"func f\nlevel 0 code f consts=[\"\\x\"]\n", "line 2: a string may hold"},
    {"func f\nlevel 0 code f bytecode=[NOPE 0]\n", "line 2: NOPE is not an opcode"},
    {"func f\nlevel 0 code f bytecode=[LOAD_CONST 7]\n", "line 2: f: bytecode unit 0"},
    {"func f\nlevel 0 code f units=4 handlers=[1-9:2:0]\n",
     "line 2: f: the exception table leads outside"},
    {"func f\nlevel 0 code f units=99999999\n", "line 2: number too large"},
    {HEAD "%0:Obj = Param\n", "line 3: a block must begin"},
    {HEAD "b0:\n%0:Obj = Bogus\n", "line 4: Bogus is not an operation"},
    {HEAD "b0:\n%0:Obj = Rt.Bogus\n", "line 4: Rt.Bogus is not an operation"},
    {HEAD "b0:\n%0:Number = Param\n", "line 4: Number is not a type"},
    {HEAD "b0:\nBoxBool %0\n", "line 4: BoxBool makes a value"},
    {HEAD "b0:\n%0:Obj = Param\n%0:Obj = Param\n", "line 5: %0 is defined twice"},
    {HEAD "b0:\n\nReturn %7\n", "line 5: %7 is used but never defined"},
    {HEAD "b0:\nJump b1\n", "line 4: b1 is a successor but not in the text"},
    {HEAD "b0:\nJump b0 b0 b0\n", "line 4: a block has at most two"},
    {HEAD "b0:\nb0:\n", "line 4: b0 begins twice"},
    {HEAD "b0 from b1:\nJump b1\nb1:\nJump b1\n",
     "line 3: b0: 1 predecessors are listed, 0 of them"},
    {HEAD "b0 @256:\n", "line 3: offset 256 is outside"},
    {HEAD "b0:\nPoll @1/1\n", "line 4: there is no level 1"},
    {HEAD "b0:\nPoll [0@1 L]\n", "line 4: the frame state has 0 locals, level 0 has 1"},
    {HEAD "b0:\nPoll [1@1 L]\n", "line 4: there is no level 1"},
    {HEAD "b0:\nPoll [0@1 L _] [0@1 L _]\n", "line 4: one frame state only"},
    {HEAD "b0:\nPoll [0@1 L _\n", "line 4: ] expected"},
    {HEAD "b0:\nPoll imm=Strange\n", "line 4: a number or a type expected"},
    {HEAD "b0:\nPoll imm2=4294967296\n", "line 4: number too large"},
    {HEAD "b0:\nPoll {0.0=_}\n", "line 4: a value expected"},
    {HEAD "b0:\nPoll what\n", "line 4: not part of an instruction: \"what\""},
    {HEAD "b0: Poll\n", "line 3: unexpected: \"Poll\""},
    {HEAD "b0:\nReturn %5000000\n", "line 4: number too large"},
};

START_TEST(damage_is_refused)
{
    Err err = {0};
    ck_assert_msg(!ir_parse(unit_arena(), NULL, refused[_i].text, &err), "accepted:\n%s",
                  refused[_i].text);
    ck_assert_int_eq(err.kind, ErrBadFormat);
    ck_assert_msg(!strncmp(err.msg, refused[_i].error, strlen(refused[_i].error)),
                  "have %s\nwant %s", err.msg, refused[_i].error);
}
END_TEST

Suite *
test_irtext_suite(void)
{
    Suite *s = unit_suite("irtext", (const TTest *const[]){built_functions_come_back,
                                                           a_given_code_object_is_used,
                                                           doubles_come_back, NULL});
    tcase_add_loop_test(unit_case(s, "refused"), damage_is_refused, 0, countof(refused));
    return s;
}
