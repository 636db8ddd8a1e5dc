/* The files of tests/ir: IR in, passes, IR out; the format is in tests/ir/README.md.  One file is
 * one case.  GOLDEN=1 rewrites what the files expect. */
#include "fileio.h"
#include "ir_script.h"
#include "unit_tests.h"
#include "vec.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES "tests/ir/*/*.ir"
#define BEGIN "; >>> expect\n"
#define END   "; <<<\n"

typedef struct Lines {
    const char **at;
    uint32_t n, cap;
} Lines;

static Lines
lines_of(const char *text)
{
    Lines out = {0};
    for (size_t n; *text; text += n) {
        const char *end = strchr(text, '\n');
        n = end ? (size_t)(end - text) + 1 : strlen(text);
        vec_push(unit_arena(), &out, arena_strndup(unit_arena(), text, n));
    }
    return out;
}

static bool
is_block(const char *line)
{
    return line[0] == 'b' && isdigit((unsigned char)line[1]);
}

/* What the passes made: without the heading, except for lines of it that they changed. */
static const char *
changed_text(const char *before, const char *after)
{
    Lines old = lines_of(before), new = lines_of(after);
    StrBuf out;
    sb_init(&out, unit_arena());
    bool head = true;
    for (uint32_t k = 0; k < new.n; k++) {
        head &= !is_block(new.at[k]);
        bool known = false;
        for (uint32_t j = 0; head && j < old.n && !is_block(old.at[j]); j++)
            known |= !strcmp(old.at[j], new.at[k]);
        if (!known)
            sb_puts(&out, new.at[k]);
    }
    return out.s;
}

static const char *
expected(const char *text)
{
    const char *begin = strstr(text, BEGIN), *end = begin ? strstr(begin, END) : NULL;
    if (!end)
        return NULL;
    begin += strlen(BEGIN);
    return arena_strndup(unit_arena(), begin, (size_t)(end - begin));
}

static void
rewrite(const char *path, const char *text, const char *got)
{
    const char *begin = strstr(text, BEGIN);
    StrBuf out;
    Err err;
    sb_init(&out, unit_arena());
    sb_write(&out, text, begin ? (size_t)(begin - text) : strlen(text));
    sb_printf(&out, BEGIN "%s" END, got);
    ck_assert_msg(fileio_write(path, out.s, out.n, 0644, &err), "%s", err.msg);
}

static void
compare(const char *path, const char *want, const char *got)
{
    Lines a = lines_of(want), b = lines_of(got);
    for (uint32_t k = 0; k < a.n || k < b.n; k++) {
        const char *x = k < a.n ? a.at[k] : "nothing\n", *y = k < b.n ? b.at[k] : "nothing\n";
        if (strcmp(x, y))
            ck_abort_msg("%s: line %u of the result differs\n  want %s  have %s"
                         "look at all of it with build/bin/pyir %s; make golden takes it over",
                         path, k + 1, x, y, path);
    }
}

/* Every "; error:" is one line of what went wrong, and every line is announced. */
static void
check_errors(const char *path, const char *text, const char *got)
{
    Lines said = lines_of(got);
    uint32_t n = 0;
    for (const char *at = text; (at = strstr(at, "; error: ")); n++) {
        at += strlen("; error: ");
        const char *want = arena_strndup(unit_arena(), at, strcspn(at, "\n"));
        bool found = false;
        for (uint32_t k = 0; k < said.n; k++)
            found |= strstr(said.at[k], want) != NULL;
        ck_assert_msg(found, "%s: \"%s\" is not among the errors:\n%s", path, want, got);
    }
    ck_assert_msg(n == said.n, "%s: %u errors announced, %u found:\n%s", path, n, said.n, got);
}

/* What was printed reads back as itself. */
static void
check_round_trip(const char *path, const char *text)
{
    Err err;
    Func *f = ir_parse(unit_arena(), NULL, text, &err);
    ck_assert_msg(f != NULL, "%s: the result does not parse: %s", path, err.msg);
    StrBuf again;
    sb_init(&again, unit_arena());
    ir_print(f, &again);
    const char *comments = strstr(text, "\n;");
    if (comments)
        sb_puts(&again, comments + 1);
    compare(path, text, again.s);
}

static void
check_result(const char *path, const char *text, IrScript *s)
{
    StrBuf before, after;
    Err err;
    sb_init(&before, unit_arena());
    sb_init(&after, unit_arena());
    ir_print(s->f, &before);
    bool ok = irscript_run(unit_arena(), s, s->passes, true, &after, &err);
    if (!ok || strstr(text, "; error: ")) {
        ck_assert_msg(ok || err.kind == ErrFailed, "%s: %s", path, err.msg);
        check_errors(path, text, ok ? "" : after.s);
        return;
    }
    check_round_trip(path, after.s);
    const char *got = *s->passes ? changed_text(before.s, after.s) : after.s;
    const char *want = expected(text);
    if (getenv("GOLDEN"))
        rewrite(path, text, got);
    else
        compare(path, want ? want : "", got);
}

static glob_t files;

START_TEST(golden_file)
{
    const char *path = files.gl_pathv[_i];
    void *text;
    size_t n;
    Err err;
    IrScript s;
    ck_assert_msg(fileio_read(unit_arena(), path, &text, &n, &err), "%s", err.msg);
    ck_assert_msg(strstr(text, "; what: ") != NULL, "%s: says not what it shows", path);
    if (irscript_read(unit_arena(), text, &s, &err))
        check_result(path, text, &s);
    else
        check_errors(path, text, err.msg);
}
END_TEST

Suite *
test_golden_suite(void)
{
    Suite *s = suite_create("golden");
    TCase *tc = unit_case(s, "files");
    if (glob(FILES, 0, NULL, &files))
        die("no " FILES ": run in the top folder");
    tcase_add_loop_test(tc, golden_file, 0, (int)files.gl_pathc);
    return s;
}
