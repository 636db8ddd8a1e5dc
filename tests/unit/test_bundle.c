#include "bundle.h"
#include "fileio.h"
#include "unit_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
scratch(void)
{
    char *dir = arena_strdup(unit_arena(), "/tmp/pyopt-test-bundle.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    return dir;
}

static const BundleUnit two_units[] = {
    {.key = {.hi = 1, .lo = 2}, .qualname = "f.<locals>.g", .file = "a \"b\".py", .line = 7},
    {.key = {.hi = ~UINT64_C(0), .lo = 3}, .qualname = "h", .file = "\xc3\xa9.py", .line = 1},
};

static Bundle
sample(void)
{
    static char so[5000];
    for (size_t i = 0; i < sizeof so; i++)
        so[i] = (char)(i * i >> 3);
    return (Bundle){.python_version = "3.11.2",
                    .soabi = "cpython-311-x86_64-linux-gnu",
                    .hexversion = 0x030b02f0,
                    .abi = 1,
                    .headers = "abcd",
                    .profile = "app.db",
                    .units = two_units,
                    .n_units = 2,
                    .explain = "{\"functions\": []}",
                    .so = so,
                    .n_so = sizeof so};
}

/* The bytes of a written sample; the file is gone again. */
static uint8_t *
written(size_t *n)
{
    Bundle b = sample();
    Err err = {0};
    void *bytes;
    const char *dir = scratch(), *path = arena_printf(unit_arena(), "%s/x.pyob", dir);
    ck_assert_msg(bundle_write(path, &b, &err), "%s", err.msg);
    ck_assert(fileio_read(unit_arena(), path, &bytes, n, &err));
    unlink(path);
    rmdir(dir);
    return bytes;
}

static ErrKind
fault(const void *bytes, size_t n)
{
    Bundle b;
    Err err = {0};
    return bundle_parse(unit_arena(), bytes, n, BundleAll, &b, &err) ? ErrNone : err.kind;
}

START_TEST(comes_back_as_it_was)
{
    size_t n;
    const uint8_t *bytes = written(&n);
    Bundle want = sample(), got;
    ck_assert(bundle_parse(unit_arena(), bytes, n, BundleAll, &got, NULL));
    ck_assert_str_eq(got.python_version, want.python_version);
    ck_assert_str_eq(got.soabi, want.soabi);
    ck_assert_str_eq(got.headers, want.headers);
    ck_assert_str_eq(got.profile, want.profile);
    ck_assert_str_eq(got.explain, want.explain);
    ck_assert_uint_eq(got.hexversion, want.hexversion);
    ck_assert_uint_eq(got.abi, want.abi);
    ck_assert_uint_eq(got.n_so, want.n_so);
    ck_assert_mem_eq(got.so, want.so, want.n_so);
    ck_assert_uint_eq(got.n_units, 2);
    for (uint32_t i = 0; i < 2; i++) {
        ck_assert(codekey_equal(got.units[i].key, two_units[i].key));
        ck_assert_str_eq(got.units[i].qualname, two_units[i].qualname);
        ck_assert_str_eq(got.units[i].file, two_units[i].file);
        ck_assert_int_eq(got.units[i].line, two_units[i].line);
    }
}
END_TEST

START_TEST(no_flipped_byte_goes_unseen)
{
    size_t n;
    uint8_t *bytes = written(&n);
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= 0x40;
        ErrKind kind = fault(bytes, n);
        ErrKind want = i < 8 ? ErrBadFormat : i < 12 ? ErrNewerFormat : ErrCorrupt;
        ck_assert_msg(kind == want, "byte %zu: kind %d, not %d", i, kind, want);
        bytes[i] ^= 0x40;
    }
    ck_assert_int_eq(fault(bytes, n), ErrNone);
}
END_TEST

START_TEST(no_cut_goes_unseen)
{
    size_t n;
    uint8_t *bytes = written(&n);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(fault(bytes, i), i < 8 ? ErrBadFormat : ErrCorrupt);
    uint8_t *longer = arena_alloc(unit_arena(), n + 1);
    memcpy(longer, bytes, n);
    ck_assert_int_eq(fault(longer, n + 1), ErrCorrupt);
}
END_TEST

START_TEST(files_that_are_not_bundles)
{
    Err err = {0};
    ck_assert_ptr_null(bundle_read(unit_arena(), "/nonexistent/x.pyob", BundleAll, &err));
    ck_assert_int_eq(err.kind, ErrNoFile);
    ck_assert_ptr_null(bundle_read(unit_arena(), "/", BundleAll, &err));
    ck_assert_int_eq(err.kind, ErrNoFile);
    ck_assert_int_eq(fault("SQLite format 3", 15), ErrBadFormat);
}
END_TEST

START_TEST(unpacks_once_for_this_user)
{
    Bundle b = sample();
    Err err = {0};
    const char *dir = scratch(), *cache = arena_printf(unit_arena(), "%s/cache", dir);
    const char *file = arena_printf(unit_arena(), "%s/x.pyob", dir);
    ck_assert_msg(bundle_write(file, &b, &err), "%s", err.msg);
    const char *path = bundle_unpack(unit_arena(), file, cache, &err);
    ck_assert_msg(path != NULL, "%s", err.msg);
    struct stat first, second;
    ck_assert_int_eq(stat(path, &first), 0);
    ck_assert_uint_eq((size_t)first.st_size, b.n_so);
    ck_assert_uint_eq(first.st_mode & 0777, 0600);
    ck_assert_str_eq(bundle_unpack(unit_arena(), file, cache, &err), path);
    ck_assert_int_eq(stat(path, &second), 0);
    ck_assert_uint_eq(first.st_ino, second.st_ino);

    ck_assert_int_eq(truncate(path, 10), 0); /* one that is not whole is put right */
    ck_assert_str_eq(bundle_unpack(unit_arena(), file, cache, &err), path);
    ck_assert_int_eq(stat(path, &second), 0);
    ck_assert_uint_eq((size_t)second.st_size, b.n_so);

    unlink(file);
    unlink(path);
    rmdir(arena_strndup(unit_arena(), path, strlen(path) - strlen("/bundle.so")));
    rmdir(cache);
    rmdir(dir);
}
END_TEST

Suite *
test_bundle_suite(void)
{
    return unit_suite("bundle",
                      (const TTest *const[]){comes_back_as_it_was, no_flipped_byte_goes_unseen,
                                             no_cut_goes_unseen, files_that_are_not_bundles,
                                             unpacks_once_for_this_user, NULL});
}
