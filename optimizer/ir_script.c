#include "ir_script.h"

#include "homes.h"
#include "ir_text.h"

#include <stdlib.h>
#include <string.h>

typedef struct Reader {
    IrText t;
    IrScript *s;
    Vec(const PyCode *) codes; /* levels of the function, and those of "; code:" */
    ProfFunc *func;            /* what the lines speak of */
} Reader;

/* ---- the profile ---- */

static const PyCode *
code_named(const Reader *r, const char *name)
{
    for (uint32_t k = 0; k < r->codes.n; k++)
        if (!strcmp(r->codes.at[k]->qualname, name))
            return r->codes.at[k];
    return NULL;
}

static void
add_func(Reader *r, const PyCode *c, uint64_t samples)
{
    Profile *p = r->s->profile;
    PyCode *copy = arena_memdup(r->t.arena, c, sizeof *c);
    vec_push(r->t.arena, &p->funcs,
             (ProfFunc){.key = c->key,
                        .code = copy,
                        .qualname = c->qualname,
                        .self = samples,
                        .total = samples});
    r->func = &vec_last(&p->funcs);
    p->samples += samples;
}

static bool
read_profile(Reader *r)
{
    IrText *t = &r->t;
    uint32_t samples;
    const char *name = irtext_name(t);
    if (!name)
        return false;
    irtext_skip(t);
    if (!irtext_uint(t, UINT32_MAX, &samples))
        return false;
    const PyCode *c = code_named(r, name);
    if (!c)
        return irtext_fail(t, "no code object %s in this file", name);
    add_func(r, c, samples);
    return true;
}

/* "@12", or "local" with the offset under which locals are filed. */
static bool
read_off(IrText *t, uint32_t *off)
{
    return irtext_expect(t, "@") && irtext_uint(t, UINT16_MAX, off);
}

/* "name*7" */
static bool
read_count(IrText *t, const char **name, uint64_t *count)
{
    uint32_t n;
    if (!(*name = irtext_name(t)) || !irtext_expect(t, "*") || !irtext_uint(t, UINT32_MAX, &n))
        return false;
    *count = n;
    return true;
}

static bool
read_types(Reader *r)
{
    IrText *t = &r->t;
    ProfSite site = {0};
    bool local = irtext_accept(t, "local");
    if (!local && !read_off(t, &site.off))
        return false;
    irtext_skip(t);
    if (!irtext_uint(t, UINT16_MAX, &site.slot))
        return false;
    site.slot += local ? ProfSlotLocal : 0;
    while (!irtext_at_end(t)) {
        ProfType type;
        if (!read_count(t, &type.name, &type.count))
            return false;
        vec_push(t->arena, &site.types, type);
        site.total += type.count;
    }
    vec_push(t->arena, &r->func->sites, site);
    return true;
}

static bool
read_calls(Reader *r)
{
    IrText *t = &r->t;
    uint32_t off;
    if (!read_off(t, &off))
        return false;
    while (!irtext_at_end(t)) {
        ProfCallee callee = {.off = off};
        if (!read_count(t, &callee.name, &callee.count))
            return false;
        const PyCode *c = code_named(r, callee.name);
        if (c)
            callee.key = c->key;
        vec_push(t->arena, &r->func->callees, callee);
    }
    return true;
}

static bool
read_branch(Reader *r)
{
    IrText *t = &r->t;
    ProfBranch b = {0};
    if (!read_off(t, &b.off))
        return false;
    irtext_skip(t);
    if (!irtext_double(t, &b.p_taken))
        return false;
    irtext_skip(t);
    if (!irtext_double(t, &b.weight))
        return false;
    b.lo = b.hi = b.p_taken;
    vec_push(t->arena, &r->func->branches, b);
    return true;
}

static bool
read_quick(Reader *r)
{
    ProfQuick q = {0};
    uint32_t misses = 0;
    if (!read_off(&r->t, &q.off) || !read_count(&r->t, &q.opname, &q.seen))
        return false;
    if (irtext_accept(&r->t, "misses=") && !irtext_uint(&r->t, UINT32_MAX, &misses))
        return false;
    q.misses = misses;
    vec_push(r->t.arena, &r->func->quick, q);
    return true;
}

static bool
read_code(Reader *r)
{
    irtext_skip(&r->t);
    const PyCode *c = ir_code_parse(&r->t);
    if (!c)
        return false;
    vec_push(r->t.arena, &r->codes, c);
    return true;
}

/* ---- directives ---- */

static const struct {
    const char *name;
    bool (*read)(Reader *);
    bool needs_func;
} directives[] = {
    {"code:", read_code, false},  {"profile:", read_profile, false}, {"types:", read_types, true},
    {"calls:", read_calls, true}, {"branch:", read_branch, true},    {"quick:", read_quick, true},
};

static bool
read_directive(Reader *r)
{
    IrText *t = &r->t;
    if (irtext_accept(t, "test:")) {
        t->at += strspn(t->at, " ");
        r->s->passes = arena_strndup(t->arena, t->at, strcspn(t->at, ";\r\n"));
        return true;
    }
    for (size_t k = 0; k < countof(directives); k++) {
        if (!irtext_accept(t, directives[k].name))
            continue;
        if (directives[k].needs_func && !r->func)
            return irtext_fail(t, "a \"; profile:\" line must come first");
        if (!r->s->profile)
            r->s->profile = arena_new_of(t->arena, Profile);
        return directives[k].read(r) &&
               (irtext_at_end(t) || irtext_fail(t, "unexpected end of a directive"));
    }
    return true; /* a plain comment */
}

bool
irscript_read(Arena *a, const char *text, IrScript *out, Err *err)
{
    const char *end = strstr(text, "; >>> expect");
    text = arena_strndup(a, text, end ? (size_t)(end - text) : strlen(text));
    *out = (IrScript){.passes = ""};
    if (!(out->f = ir_parse(a, NULL, text, err)))
        return false;
    Reader r = {.t = {.arena = a, .err = err}, .s = out};
    for (uint32_t k = 0; k < out->f->n_inls; k++)
        vec_push(a, &r.codes, out->f->inls[k]->code);
    uint32_t line = 1;
    for (const char *at = text; at; at = strchr(at, '\n'), line++) {
        at += line > 1;
        if (*at != ';')
            continue;
        r.t.at = at + 1;
        r.t.line = line;
        if (!read_directive(&r))
            return false;
    }
    return true;
}

/* ---- running ---- */

static bool
verified(Arena *a, const Func *f, const char *after, StrBuf *out, Err *err)
{
    StrBuf text;
    sb_init(&text, a);
    if (ir_verify(f, &text))
        return true;
    sb_puts(out, text.s);
    return err_set(err, ErrFailed, "the IR is broken after %s", after);
}

/* What passes leave beside the instructions, as comments behind the function. */
static void
print_dominators(const Func *f, StrBuf *out)
{
    FOR_EACH_BLOCK (f, b)
        sb_printf(out, "; b%u: idom b%u, loop depth %u%s\n", b->id, b->idom->id, b->loop_depth,
                  b->is_loop_header ? ", header" : "");
}

static void
print_home(const Func *f, uint32_t slot, Home h, StrBuf *out)
{
    const Inl *inl = homes_owner(f, slot);
    sb_printf(out, " %s", inl->code->localsplusnames[slot - inl->base_slot]->s);
    switch (h.kind) {
    case HomeUnknown: sb_puts(out, "=?"); break;
    case HomeScalar: sb_puts(out, "=scalar"); break;
    case HomeLent:
    case HomeNull: sb_puts(out, "=NULL"); break;
    case HomeSync: sb_printf(out, "=%%%u", h.v->id); break;
    }
}

static void
print_homes(const Func *f, StrBuf *out)
{
    FOR_EACH_BLOCK (f, b) {
        sb_printf(out, "; b%u: homes", b->id);
        for (uint32_t s = 0; s < f->n_slots; s++)
            print_home(f, s, homes_entry(b)[s], out);
        sb_putc(out, '\n');
    }
}

bool
irscript_run(Arena *a, const IrScript *s, const char *passes, bool verify, StrBuf *out, Err *err)
{
    Feedback fb = feedback_of(s->profile, a);
    PassCtx ctx = {.f = s->f, .fb = &fb};
    char *list = arena_strdup(a, passes), *save = NULL;
    if (verify && !verified(a, s->f, "reading", out, err))
        return false;
    for (char *name = strtok_r(list, " ,", &save); name; name = strtok_r(NULL, " ,", &save)) {
        PassId id = pass_find(name);
        if (id == PassCount)
            return err_set(err, ErrUsage, "there is no pass %s", name);
        const char *missing = pass_missing(&ctx, id);
        if (missing)
            return err_set(err, ErrUsage, "%s needs %s first", name, missing);
        pass_run(&ctx, id);
        if (verify && !verified(a, s->f, name, out, err))
            return false;
    }
    ir_print(s->f, out);
    if (ctx.have & NeedDom)
        print_dominators(s->f, out);
    if (ctx.have & NeedHomes)
        print_homes(s->f, out);
    return true;
}
