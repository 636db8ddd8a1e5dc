#include "digest.h"
#include "fileio.h"
#include "unit_tests.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
scratch(void)
{
    char *dir = arena_strdup(unit_arena(), "/tmp/pyopt-test-fileio.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    return dir;
}

START_TEST(reads_what_it_wrote)
{
    const char *dir = scratch(), *path = arena_printf(unit_arena(), "%s/f", dir);
    void *bytes;
    size_t n;
    ck_assert(fileio_write(path, "a\0b", 3, 0640, NULL));
    ck_assert(fileio_write(path, "c\0de", 4, 0640, NULL)); /* over the old one */
    ck_assert(fileio_read(unit_arena(), path, &bytes, &n, NULL));
    ck_assert_uint_eq(n, 4);
    ck_assert_mem_eq(bytes, "c\0de", 5); /* and the NUL */
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0640);
    unlink(path);
    ck_assert_int_eq(rmdir(dir), 0); /* no temporary stayed behind */
}
END_TEST

START_TEST(says_what_is_wrong)
{
    Err err = {0};
    void *bytes;
    size_t n;
    ck_assert(!fileio_read(unit_arena(), "/nonexistent", &bytes, &n, &err));
    ck_assert_int_eq(err.kind, ErrNoFile);
    ck_assert_str_eq(err.msg, "cannot read /nonexistent: No such file or directory");
    ck_assert(!fileio_read(unit_arena(), "/tmp", &bytes, &n, &err));
    ck_assert_str_eq(err.msg, "cannot read /tmp: Is a directory");
    ck_assert(!fileio_write("/nonexistent/x", "", 0, 0644, &err));
    ck_assert_int_eq(err.kind, ErrWrite);
    ck_assert(!fileio_mkdirs("/dev/null/x", 0755, &err));
    ck_assert_int_eq(err.kind, ErrWrite);
}
END_TEST

START_TEST(cache_is_ours_alone)
{
    const char *dir = scratch();
    Err err = {0};
    setenv("XDG_CACHE_HOME", dir, 1);
    const char *sub = fileio_cache_dir(unit_arena(), "x", &err);
    ck_assert_ptr_nonnull(sub);
    struct stat st;
    ck_assert_int_eq(stat(sub, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0700);
    const char *root = arena_printf(unit_arena(), "%s/pyopt", dir);
    ck_assert_int_eq(chmod(root, 0777), 0);
    ck_assert_ptr_null(fileio_cache_dir(unit_arena(), "x", &err));
    ck_assert_int_eq(err.kind, ErrPermission);
    rmdir(sub);
    rmdir(root);
    rmdir(dir);
    setenv("XDG_CACHE_HOME", "relative", 1); /* to be ignored */
    setenv("HOME", dir, 1);
    sub = fileio_cache_dir(unit_arena(), "y", &err);
    ck_assert_ptr_nonnull(sub);
    ck_assert_str_eq(sub, arena_printf(unit_arena(), "%s/.cache/pyopt/y", dir));
    for (size_t k = strlen(sub); k >= strlen(dir); k = strlen(sub)) {
        rmdir(sub);
        sub = arena_strndup(unit_arena(), sub, (size_t)(strrchr(sub, '/') - sub));
    }
}
END_TEST

START_TEST(digests)
{
    char hex[DIGEST_HEX];
    Digest d = digest_of("abc", 3); /* the example of FIPS 180-2 */
    digest_hex(&d, hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    DigestRun *run = digest_begin();
    digest_add(run, "a", 1);
    digest_add(run, "bc", 2);
    Digest parts = digest_end(run);
    ck_assert(digest_equal(&d, &parts));
    DigestRun *one = digest_begin(), *two = digest_begin();
    digest_add_str(one, "ab");
    digest_add_str(one, "c");
    digest_add_str(two, "a");
    digest_add_str(two, "bc");
    Digest x = digest_end(one), y = digest_end(two);
    ck_assert(!digest_equal(&x, &y));
}
END_TEST

Suite *
test_fileio_suite(void)
{
    return unit_suite("fileio", (const TTest *const[]){reads_what_it_wrote, says_what_is_wrong,
                                                       cache_is_ours_alone, digests, NULL});
}
