#include "pass.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    bool (*fn)(PassCtx *);
    uint32_t needs, gives, keeps;
} passes[PassCount] = {
#define PASS(name, fn, needs, gives, keeps, what) {#name, fn, needs, gives, keeps},
#include "pipeline.def"
#undef PASS
};

PassId
pass_find(const char *name)
{
    for (uint32_t k = 0; k < PassCount; k++)
        if (!strcmp(passes[k].name, name))
            return (PassId)k;
    return PassCount;
}

const char *
pass_missing(const PassCtx *ctx, PassId id)
{
    uint32_t missing = passes[id].needs & ~ctx->have;
    for (uint32_t k = 0; k < PassCount; k++)
        if (passes[k].gives & missing)
            return passes[k].name;
    return NULL;
}

static void
dump(const PassCtx *ctx, const char *name)
{
    if (!ctx->dump || (strcmp(ctx->dump, name) && strcmp(ctx->dump, "all")))
        return;
    Arena *a = arena_new();
    StrBuf out;
    sb_init(&out, a);
    sb_printf(&out, "; after %s\n", name);
    ir_print(ctx->f, &out);
    fputs(out.s, stderr);
    arena_free(a);
}

static void
verify(const PassCtx *ctx, const char *name)
{
    Arena *a = arena_new();
    StrBuf out;
    sb_init(&out, a);
    if (!ir_verify(ctx->f, &out)) {
        StrBuf text;
        sb_init(&text, a);
        ir_print(ctx->f, &text);
        fputs(text.s, stderr);
        die("%s: after pass %s:\n%s", ctx->f->code->qualname, name, out.s);
    }
    arena_free(a);
}

bool
pass_run(PassCtx *ctx, PassId id)
{
    if ((ctx->have & passes[id].needs) != passes[id].needs)
        die("pass %s: needs %x, has %x", passes[id].name, passes[id].needs, ctx->have);
    /* When verifying, every pass counts as one that changed something: an order that works only
     * while some pass finds nothing to do then fails at the first function. */
    bool changed = passes[id].fn(ctx) || ctx->verify;
    if (changed)
        ctx->have &= passes[id].keeps;
    ctx->have |= passes[id].gives;
    dump(ctx, passes[id].name);
    if (ctx->verify)
        verify(ctx, passes[id].name);
    return changed;
}
