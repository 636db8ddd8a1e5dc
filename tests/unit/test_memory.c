#define _GNU_SOURCE
#include "memory.h"
#include "unit_tests.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Eight pages of this process itself, the number of each in its first word; 3 and 6 cannot be read.
 */
enum { Pages = 8, Words = MEMORY_PAGE / 8 };

static uint64_t *
make_pages(void)
{
    uint64_t *p =
        mmap(NULL, Pages * MEMORY_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(p != MAP_FAILED);
    for (uint64_t i = 0; i < Pages; i++)
        p[i * Words] = i + 1;
    mprotect(p + 3 * Words, MEMORY_PAGE, PROT_NONE);
    mprotect(p + 6 * Words, MEMORY_PAGE, PROT_NONE);
    return p;
}

static Memory *
open_self(void)
{
    Memory *m = calloc(1, sizeof *m);
    ck_assert_ptr_nonnull(m);
    memory_init(m, getpid());
    return m;
}

START_TEST(what_was_fetched_is_what_is_read)
{
    uint64_t *p = make_pages(), objects[Pages];
    Memory *m = open_self();
    for (int i = 0; i < Pages; i++)
        objects[i] = (uint64_t)(uintptr_t)(p + i * Words);
    memory_fetch(m, objects, Pages, 8);
    for (int i = 0; i < Pages; i++)
        ck_assert_uint_eq(memory_u64(m, objects[i]), i == 3 || i == 6 ? 0 : (uint64_t)i + 1);
    munmap(p, Pages * MEMORY_PAGE);
    free(m);
}
END_TEST

START_TEST(it_is_a_picture_until_it_is_forgotten)
{
    uint64_t *p = make_pages();
    uint64_t objects[] = {(uint64_t)(uintptr_t)p, (uint64_t)(uintptr_t)(p + Words)};
    Memory *m = open_self();
    memory_fetch(m, objects, 2, 8);
    p[0] = p[Words] = 77;
    ck_assert_uint_eq(memory_u64(m, objects[0]), 1);
    ck_assert_uint_eq(memory_u64(m, objects[1]), 2);
    memory_forget(m);
    ck_assert_uint_eq(memory_u64(m, objects[0]), 77);
    munmap(p, Pages * MEMORY_PAGE);
    free(m);
}
END_TEST

START_TEST(an_object_on_two_pages_is_fetched_whole)
{
    uint64_t *p = make_pages(), both[2];
    uint64_t object = (uint64_t)(uintptr_t)(p + Words - 1);
    Memory *m = open_self();
    p[Words - 1] = 5;
    memory_fetch(m, &object, 1, 16);
    p[Words - 1] = p[Words] = 77;
    ck_assert(memory_read(m, object, both, sizeof both));
    ck_assert_uint_eq(both[0], 5);
    ck_assert_uint_eq(both[1], 2);
    munmap(p, Pages * MEMORY_PAGE);
    free(m);
}
END_TEST

/* The second wish is for two pieces side by side, the third cannot be read: from there on nothing
 * is brought, and what is not there is read when it is asked for. */
START_TEST(pieces_are_read_as_they_were_gathered)
{
    uint64_t *p = make_pages();
    uint64_t one = (uint64_t)(uintptr_t)p, two = one + MEMORY_PAGE, never = one + 3 * MEMORY_PAGE,
             late = one + 4 * MEMORY_PAGE, behind = two + 2 * MEMORY_PIECE - 8, value;
    MemoryWish wishes[] = {{one, 1}, {two, 2}, {never, 1}, {late, 1}};
    Memory *m = open_self();
    p[(behind - one) / 8] = 8;
    memory_gather(m, wishes, 4);
    p[0] = p[Words] = p[(behind - one) / 8] = p[4 * Words] = p[1] = 77;
    ck_assert_uint_eq(memory_u64(m, one), 1);
    ck_assert_uint_eq(memory_u64(m, one + 8), 0);
    ck_assert_uint_eq(memory_u64(m, two), 2);
    ck_assert_uint_eq(memory_u64(m, behind), 8);
    ck_assert(!memory_read(m, never, &value, sizeof value));
    ck_assert_uint_eq(memory_u64(m, late), 77);
    ck_assert_uint_eq(memory_u64(m, behind + 4) >> 32, 0); /* over its end: page by page */
    memory_forget(m);
    ck_assert_uint_eq(memory_u64(m, one), 77);
    munmap(p, Pages * MEMORY_PAGE);
    free(m);
}
END_TEST

/* More wishes than there is room for. */
START_TEST(pieces_beyond_the_room_are_left_out)
{
    enum { Wishes = MEMORY_PIECES + 20 };
    uint64_t *p = make_pages();
    MemoryWish wishes[Wishes];
    Memory *m = open_self();
    for (uint32_t i = 0; i < Wishes; i++) {
        p[4 * i] = i;
        wishes[i] = (MemoryWish){(uint64_t)(uintptr_t)(p + 4 * i), 1};
    }
    memory_gather(m, wishes, Wishes);
    ck_assert_uint_eq(m->pieces, MEMORY_PIECES);
    for (uint32_t i = 0; i < Wishes; i++)
        ck_assert_uint_eq(memory_u64(m, wishes[i].address), i);
    munmap(p, Pages * MEMORY_PAGE);
    free(m);
}
END_TEST

/* The cache has one place for addresses MEMORY_PAGES pages apart, and 0 is no address. */
START_TEST(pages_that_want_one_place_do_not_mix)
{
    size_t apart = (size_t)MEMORY_PAGES * MEMORY_PAGE;
    uint64_t *p = mmap(NULL, 2 * apart, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(p != MAP_FAILED);
    uint64_t *far = p + apart / 8;
    uint64_t objects[] = {0, (uint64_t)(uintptr_t)p, (uint64_t)(uintptr_t)far,
                          (uint64_t)(uintptr_t)(p + Words)};
    Memory *m = open_self();
    p[0] = 1;
    far[0] = 2;
    p[Words] = 3;
    memory_fetch(m, objects, 4, 8);
    ck_assert_uint_eq(memory_u64(m, objects[2]), 2);
    ck_assert_uint_eq(memory_u64(m, objects[1]), 1);
    ck_assert_uint_eq(memory_u64(m, objects[3]), 3);
    ck_assert_uint_eq(memory_u64(m, 0), 0);
    munmap(p, 2 * apart);
    free(m);
}
END_TEST

Suite *
test_memory_suite(void)
{
    const TTest *const tests[] = {what_was_fetched_is_what_is_read,
                                  it_is_a_picture_until_it_is_forgotten,
                                  an_object_on_two_pages_is_fetched_whole,
                                  pages_that_want_one_place_do_not_mix,
                                  pieces_are_read_as_they_were_gathered,
                                  pieces_beyond_the_room_are_left_out,
                                  NULL};
    return unit_suite("memory", tests);
}
