#include "profile.h"

const ProfFunc *
profile_find(const Profile *p, CodeKey key)
{
    for (uint32_t i = 0; i < p->funcs.n; i++)
        if (codekey_equal(p->funcs.at[i].key, key))
            return &p->funcs.at[i];
    return NULL;
}

const ProfSite *
profile_site(const ProfFunc *f, uint32_t off, uint32_t slot)
{
    for (uint32_t i = 0; i < f->sites.n; i++)
        if (f->sites.at[i].off == off && f->sites.at[i].slot == slot)
            return &f->sites.at[i];
    return NULL;
}

const ProfBranch *
profile_branch(const ProfFunc *f, uint32_t off)
{
    for (uint32_t i = 0; i < f->branches.n; i++)
        if (f->branches.at[i].off == off)
            return &f->branches.at[i];
    return NULL;
}

const ProfCallee *
profile_callee(const ProfFunc *f, uint32_t off, double *share)
{
    const ProfCallee *best = NULL;
    uint64_t all = 0;
    for (uint32_t i = 0; i < f->callees.n; i++) {
        const ProfCallee *c = &f->callees.at[i];
        if (c->off != off)
            continue;
        all += c->count;
        if (!best || c->count > best->count)
            best = c;
    }
    if (best && share)
        *share = all ? (double)best->count / (double)all : 0;
    return best;
}

const char *
profile_name(Arena *a, const ProfFunc *f)
{
    return f->module ? arena_printf(a, "%s.%s", f->module, f->qualname) : f->qualname;
}

const char *
profile_place(Arena *a, const ProfFunc *f)
{
    return f->firstlineno ? arena_printf(a, "%s:%d", f->filename, f->firstlineno) : f->filename;
}

const char *
profile_kind(const ProfFunc *f)
{
    static const char *const names[] = {
#define X(name, text) text,
        PROF_KINDS(X)
#undef X
    };
    return names[f->kind];
}
