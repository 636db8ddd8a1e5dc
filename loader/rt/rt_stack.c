#define _GNU_SOURCE
#include "rt_stack.h"

#include "loader.h"

#include <pthread.h>
#include <sys/mman.h>

enum {
    SEGMENT = 16 << 20, /* address space, not memory: pages come as they are touched */
    GUARD = 64 << 10,
};

PYRT_API __thread char *pyrt_stack_limit = (char *)UINTPTR_MAX;

/* fn(arg) with the stack pointer at top.  The frame pointer keeps the way back, and the CFI says
 * so: gdb, perf and libunwind walk through. */
PyObject *stack_switch(void *top, PyObject *(*fn)(void *), void *arg);
__asm__(".text\n"
        ".p2align 4\n"
        ".type stack_switch,@function\n"
        ".hidden stack_switch\n"
        ".globl stack_switch\n"
        "stack_switch:\n"
        ".cfi_startproc\n"
        "  pushq %rbp\n"
        ".cfi_def_cfa_offset 16\n"
        ".cfi_offset 6,-16\n"
        "  movq %rsp,%rbp\n"
        ".cfi_def_cfa_register 6\n"
        "  movq %rdi,%rsp\n"
        "  movq %rdx,%rdi\n"
        "  call *%rsi\n"
        "  movq %rbp,%rsp\n"
        "  popq %rbp\n"
        ".cfi_def_cfa 7,8\n"
        "  ret\n"
        ".cfi_endproc\n"
        ".size stack_switch,.-stack_switch\n");

/* Half of every stack is left to C code that knows nothing of us: a deep repr, a sort, a C
 * extension. */
static void
find_limit(void)
{
    pthread_attr_t attr;
    void *low;
    size_t size;
    pyrt_stack_limit = NULL;
    if (pthread_getattr_np(pthread_self(), &attr))
        return;
    if (!pthread_attr_getstack(&attr, &low, &size))
        pyrt_stack_limit = (char *)low + size / 2;
    pthread_attr_destroy(&attr);
}

static char *
segment_take(void)
{
    char *p = loader.spare_stack;
    if (p) {
        loader.spare_stack = NULL;
        return p;
    }
    p = mmap(NULL, SEGMENT, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    mprotect(p, GUARD, PROT_NONE);
    return p;
}

/* One is kept, so that a loop that calls across the border does not map and unmap each time. */
static void
segment_give(char *p)
{
    if (loader.spare_stack)
        munmap(p, SEGMENT);
    else
        loader.spare_stack = p;
}

void
pyrt_stack_learn(void)
{
    if (pyrt_stack_limit == (char *)UINTPTR_MAX)
        find_limit();
}

PyObject *
pyrt_stack_run(PyObject *(*fn)(void *), void *arg)
{
    pyrt_stack_learn();
    if (!pyrt_stack_low())
        return fn(arg);
    char *segment = segment_take();
    if (!segment)
        return PyErr_NoMemory();
    char *outer = pyrt_stack_limit;
    pyrt_stack_limit = segment + SEGMENT / 2;
    PyObject *r = stack_switch(segment + SEGMENT, fn, arg);
    pyrt_stack_limit = outer;
    segment_give(segment);
    return r;
}
