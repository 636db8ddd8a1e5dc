#define _GNU_SOURCE
#include "native.h"
#include "unit_tests.h"

#include "mappings.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

/* This very process, taken in the middle of these functions. */
typedef struct Taken {
    uint64_t regs[RING_REGS], from, stack[512];
} Taken;

__attribute__((noinline)) static int
inner_of_three(Taken *t)
{
    ucontext_t c;
    getcontext(&c);
    static const int order[RING_REGS] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                         REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                         REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (int i = 0; i < RING_REGS; i++)
        t->regs[i] = (uint64_t)c.uc_mcontext.gregs[order[i]];
    t->from = t->regs[7] & ~7ull;
    /* As from outside: the stack is not ours alone to look at, a sanitizer would say. */
    struct iovec to = {t->stack, sizeof t->stack},
                 from = {(void *)(uintptr_t)t->from, sizeof t->stack};
    ck_assert(process_vm_readv(getpid(), &to, 1, &from, 1, 0) > 0);
    return t->stack[0] != 1;
}

__attribute__((noinline)) static int
middle_of_three(Taken *t)
{
    return inner_of_three(t) + (t->from != 1);
}

__attribute__((noinline)) static int
outer_of_three(Taken *t)
{
    return middle_of_three(t) + (t->from != 2);
}

typedef struct Self {
    Memory mem;
    ElfFiles files;
    Collect collect;
    Native *native;
} Self;

static Self *
open_self(uint64_t eval)
{
    Self *s = calloc(1, sizeof *s);
    memory_init(&s->mem, getpid());
    elffiles_init(&s->files);
    collect_init(&s->collect);
    s->native = native_new(&s->mem, &s->files, eval);
    return s;
}

static void
close_self(Self *s)
{
    native_free(s->native);
    collect_free(&s->collect);
    elffiles_free(&s->files);
    free(s);
}

static const char *
name_at(const NativeStack *stack, uint32_t i)
{
    return i < stack->n && stack->at[i] ? stack->at[i]->c->qualname : "";
}

START_TEST(a_copied_stack_is_unwound)
{
    static Taken t;
    NativeStack stack;
    ck_assert_int_eq(outer_of_three(&t), 3);
    Self *s = open_self(0);
    NativeShot shot = {t.regs, t.from, t.stack, 512};
    ck_assert(native_unwind(s->native, &s->collect, &shot, &stack));
    ck_assert_str_eq(name_at(&stack, 0), "inner_of_three");
    ck_assert_str_eq(name_at(&stack, 1), "middle_of_three");
    ck_assert_str_eq(name_at(&stack, 2), "outer_of_three");
    ck_assert_int_eq(stack.at[0]->kind, ProfNative);
    close_self(s);
}
END_TEST

START_TEST(the_interpreters_loop_is_told_apart)
{
    static Taken t;
    NativeStack stack;
    outer_of_three(&t);
    Self *s = open_self((uint64_t)(uintptr_t)middle_of_three);
    NativeShot shot = {t.regs, t.from, t.stack, 512};
    ck_assert(native_unwind(s->native, &s->collect, &shot, &stack));
    ck_assert_str_eq(name_at(&stack, 0), "inner_of_three");
    ck_assert_ptr_null(stack.at[1]);
    ck_assert_str_eq(name_at(&stack, 2), "outer_of_three");
    close_self(s);
}
END_TEST

/* Whatever the registers and the stack hold, it ends, and says what it has. */
START_TEST(nonsense_ends)
{
    static Taken t;
    NativeStack stack;
    Self *s = open_self(0);
    srandom(1);
    for (int round = 0; round < 300; round++) {
        outer_of_three(&t);
        for (int i = 0; i < 40; i++)
            t.stack[random() % 512] = round & 1 ? (uint64_t)random() : t.regs[RING_REGS - 1];
        if (round % 3 == 0)
            t.regs[random() % RING_REGS] = (uint64_t)random() << (random() % 40);
        NativeShot shot = {t.regs, t.from, t.stack, (uint32_t)random() % 513};
        stack.n = 0;
        native_unwind(s->native, &s->collect, &shot, &stack);
        ck_assert_uint_le(stack.n, NATIVE_FRAMES);
    }
    close_self(s);
}
END_TEST

/* An ELF file cut short anywhere, or with a byte changed anywhere, is read within its bounds. */
START_TEST(damaged_files_are_read_within_bounds)
{
    char path[PATH_MAX] = "";
    ElfImage whole;
    ck_assert(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    ck_assert(elfimage_map(path, &whole));
    size_t head = whole.n < 65536 ? whole.n : 65536;
    srandom(2);
    for (int round = 0; round < 400; round++) {
        size_t n = round % 2 ? head : 64 + (size_t)random() % (head - 64);
        uint8_t *bytes = malloc(n), id[ELF_BUILD_ID];
        memcpy(bytes, whole.at, n);
        for (int i = 0; i < round % 8; i++)
            bytes[EI_CLASS + 1 + (size_t)random() % (round % 3 ? n - EI_CLASS - 1 : 58)] =
                (uint8_t)random();
        ElfImage image;
        ElfSymbols s;
        if (!elfimage_adopt(bytes, n, &image))
            continue;
        for (uint32_t section = 0; elfimage_symbols(&image, SHT_DYNSYM, &section, &s);)
            ck_assert(!s.n || (const uint8_t *)&s.at[s.n] <= image.at + image.n);
        elfimage_build_id(&image, id);
        ElfFile f = {.path = "x", .image = image};
        elffiles_linked(&f, 4096);
        elfimage_free(&image);
    }
    elfimage_free(&whole);
}
END_TEST

START_TEST(mappings_tell_files_from_addresses)
{
    Memory *mem = calloc(1, sizeof *mem);
    ElfFiles files;
    Mappings m;
    uint64_t word, here = (uint64_t)(uintptr_t)inner_of_three;
    memory_init(mem, getpid());
    elffiles_init(&files);
    mappings_init(&m, mem, &files);
    ck_assert(mappings_refresh(&m, 1, 0));
    const Mapping *x = mappings_find(&m, here);
    ck_assert(x && x->text && x->file);
    const ElfFunc *f = elffiles_function(&files, x->file, here + 1 - x->bias);
    ck_assert(f != NULL);
    ck_assert_str_eq(f->name, "inner_of_three");
    ck_assert(mappings_word(&m, here & ~7ull, &word));
    ck_assert_uint_eq(word, *(const uint64_t *)(uintptr_t)(here & ~7ull));
    ck_assert_ptr_null(mappings_find(&m, 4096));
    ck_assert(!mappings_refresh(&m, 1.5, 1)); /* too soon */
    mappings_free(&m);
    elffiles_free(&files);
    free(mem);
}
END_TEST

Suite *
test_native_suite(void)
{
    const TTest *const tests[] = {a_copied_stack_is_unwound,
                                  the_interpreters_loop_is_told_apart,
                                  nonsense_ends,
                                  damaged_files_are_read_within_bounds,
                                  mappings_tell_files_from_addresses,
                                  NULL};
    return unit_suite("native", tests);
}
