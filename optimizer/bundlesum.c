/* The report of a compile, for people and as JSON. */
#include "bundling.h"
#include "fileio.h"

#include <stdlib.h>
#include <string.h>

enum { ShownUnits = 30, ShownReasons = 12 };
static const double SmallShare = 0.0005; /* what rounds to 0.0 % */

/* Hottest first; then as they came. */
static int
by_share(const void *x, const void *y)
{
    const PyoptResult *a = *(PyoptResult *const *)x, *b = *(PyoptResult *const *)y;
    if (a->share != b->share)
        return a->share < b->share ? 1 : -1;
    return (a > b) - (a < b);
}

static const PyoptResult **
sorted(Arena *a, const BundlingReport *r)
{
    const PyoptResult **v = arena_array(a, const PyoptResult *, r->n);
    for (uint32_t i = 0; i < r->n; i++)
        v[i] = &r->results[i];
    qsort(v, r->n, sizeof *v, by_share);
    return v;
}

static void
print_list(const BundlingReport *r, const PyoptResult **v, bool compiled, StrBuf *out)
{
    uint32_t shown = 0, all = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        const PyoptResult *u = v[i];
        if ((u->bailout == NULL) != compiled)
            continue;
        if (!compiled && u->share < SmallShare) /* the reasons below count them */
            break;
        if (all++ >= ShownUnits)
            continue;
        if (!shown++)
            sb_puts(out, compiled ? "compiled:\n" : "left to the interpreter:\n");
        if (r->profiled)
            sb_printf(out, "  %5.1f %%", 100 * u->share);
        sb_printf(out, "  %s:%d %s%s%s\n", fileio_base_name(u->code->filename),
                  u->code->firstlineno, u->code->qualname, compiled ? "" : ": ",
                  compiled ? "" : u->bailout);
    }
    if (all > shown)
        sb_printf(out, "  and %u more (pyopt explain)\n", all - shown);
}

typedef struct Reason {
    const char *why;
    uint32_t n;
} Reason;

static int
most_first(const void *x, const void *y)
{
    const Reason *a = x, *b = y;
    return a->n == b->n ? strcmp(a->why, b->why) : a->n < b->n ? 1 : -1;
}

static void
print_reasons(const BundlingReport *r, StrBuf *out)
{
    Reason *v = arena_array(out->arena, Reason, r->n);
    uint32_t n = 0, k;
    for (uint32_t i = 0; i < r->n; i++) {
        const char *why = r->results[i].bailout;
        if (!why)
            continue;
        for (k = 0; k < n && strcmp(v[k].why, why) != 0; k++)
            continue;
        v[k].why = why;
        v[k].n++;
        n += k == n;
    }
    qsort(v, n, sizeof *v, most_first);
    for (uint32_t i = 0; i < n && i < ShownReasons; i++)
        sb_printf(out, "  %6u  %s\n", v[i].n, v[i].why);
}

void
bundling_print(const BundlingReport *r, StrBuf *out)
{
    const PyoptResult **v = sorted(out->arena, r);
    uint32_t left = r->n - r->n_units;
    print_list(r, v, true, out);
    if (r->profiled)
        print_list(r, v, false, out);
    if (r->n_skipped)
        sb_printf(out, "skipped as not valid Python %s: %s%s\n", r->target->version, r->skipped,
                  r->n_skipped > 1 ? arena_printf(out->arena, ", and %u more", r->n_skipped - 1)
                                   : "");
    sb_printf(out, "%s: %u unit%s compiled for CPython %s, %u left to the interpreter", r->out,
              r->n_units, r->n_units == 1 ? "" : "s", r->target->version, left);
    if (r->profiled)
        sb_printf(out, ", %.1f %% of samples covered", 100 * r->coverage);
    sb_printf(out, ", %.1f s (%u compiled, %u from the cache), %zu kB of code\n", r->seconds,
              r->cc.n_compiled, r->cc.n_cached, (r->cc.so_bytes + 1023) / 1024);
    print_reasons(r, out);
}

void
bundling_print_json(const BundlingReport *r, StrBuf *out)
{
    const PyoptResult **v = sorted(out->arena, r);
    sb_puts(out, "{\n  \"output\": ");
    sb_json(out, r->out);
    sb_puts(out, ",\n  \"python\": ");
    sb_json(out, r->target->version);
    sb_printf(
        out,
        ",\n  \"compiled\": %u,\n  \"left\": %u,\n  \"coverage\": %.6f,\n"
        "  \"seconds\": %.3f,\n  \"cached\": %u,\n  \"skipped_files\": %u,\n  \"functions\": [",
        r->n_units, r->n - r->n_units, r->coverage, r->seconds, r->cc.n_cached, r->n_skipped);
    for (uint32_t i = 0; i < r->n; i++) {
        const PyoptResult *u = v[i];
        sb_puts(out, i ? ",\n    {\"qualname\": " : "\n    {\"qualname\": ");
        sb_json(out, u->code->qualname);
        sb_puts(out, ", \"file\": ");
        sb_json(out, u->code->filename);
        sb_printf(out,
                  ", \"line\": %d, \"compiled\": %s, \"share\": %.6f, \"exits\": %u, \"reason\": ",
                  u->code->firstlineno, u->bailout ? "false" : "true", u->share, u->n_exits);
        if (u->bailout)
            sb_json(out, u->bailout);
        else
            sb_puts(out, "null");
        sb_putc(out, '}');
    }
    sb_puts(out, "\n  ]\n}\n");
}
