/* The few words every file uses. No state, no functions that can fail. */
#ifndef PYOPT_BASE_H
#define PYOPT_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define countof(a)              (sizeof(a) / sizeof((a)[0]))
#define LIKELY(x)               __builtin_expect(!!(x), 1)
#define UNLIKELY(x)             __builtin_expect(!!(x), 0)
#define UNUSED                  __attribute__((unused))
#define NORETURN                __attribute__((noreturn))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* A broken invariant of ours, never a user's mistake: say where and abort. */
NORETURN void die(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
