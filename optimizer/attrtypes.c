#include "attrtypes.h"

#include "instrs.h"

#include <stdlib.h>

static uint64_t
hash(const char *name)
{
    uint64_t h = 0xcbf29ce484222325; /* FNV-1a */
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3;
    return h;
}

static ProfSite *
site_of(AttrTypes *t, const char *name)
{
    uint64_t *known = map_at(&t->index, hash(name));
    if (!*known) {
        vec_push(t->arena, &t->sites, (ProfSite){0});
        *known = t->sites.n;
    }
    return &t->sites.at[*known - 1];
}

static void
add(AttrTypes *t, const char *name, const ProfSite *seen)
{
    if (!seen)
        return;
    ProfSite *to = site_of(t, name);
    for (uint32_t k = 0; k < seen->types.n; k++) {
        const ProfType *type = &seen->types.at[k];
        uint32_t j = 0;
        while (j < to->types.n && strcmp(to->types.at[j].name, type->name))
            j++;
        if (j == to->types.n)
            vec_push(t->arena, &to->types, (ProfType){.name = type->name});
        to->types.at[j].count += type->count;
        to->total += type->count;
    }
}

/* The operand that what instruction i pushes will be, on the straight way; NULL: not seen. */
static const ProfSite *
consumer(const ProfFunc *f, const PyInstrs *ins, const int16_t *depths, uint32_t i)
{
    if (i + 1 >= ins->n || depths[ins->at[i + 1].start] < 1)
        return NULL;
    int height = depths[ins->at[i + 1].start] - 1;
    for (uint32_t k = i + 1; k < ins->n; k++) {
        const PyInstr *in = &ins->at[k];
        PyFlow flow = (PyFlow)pyops_info(in->op)->flow;
        int depth = depths[in->start];
        if (in->op == PyOp_SWAP || depth <= height)
            return NULL;
        bool call = in->op == PyOp_PRECALL;
        int takes = call ? (int)in->arg + 2 : instrs_pops(in, false);
        if (height >= depth - takes)
            return profile_site(f, call && k + 1 < ins->n ? ins->at[k + 1].off : in->off,
                                (uint32_t)(depth - 1 - height));
        if (flow != FlowNext)
            return NULL;
    }
    return NULL;
}

static void
add_function(AttrTypes *t, Arena *a, const ProfFunc *f)
{
    PyInstrs ins;
    int16_t *depths;
    Err err;
    if (!instrs_decode(a, f->code, &ins, &err) ||
        !instrs_stack_depths(a, f->code, &ins, &depths, &err))
        return;
    for (uint32_t i = 0; i < ins.n; i++) {
        const PyInstr *in = &ins.at[i];
        if (in->op == PyOp_LOAD_ATTR)
            add(t, f->code->names[in->arg]->s, consumer(f, &ins, depths, i));
        else if (in->op == PyOp_STORE_ATTR)
            add(t, f->code->names[in->arg]->s, profile_site(f, in->off, 1));
    }
}

static int
by_count(const void *l, const void *r)
{
    const ProfType *a = l, *b = r;
    return a->count != b->count ? (a->count < b->count ? 1 : -1) : strcmp(a->name, b->name);
}

void
attrtypes_collect(AttrTypes *t, Arena *a, const Profile *p)
{
    t->arena = a;
    map_init(&t->index, a);
    for (uint32_t k = 0; k < p->funcs.n; k++)
        if (p->funcs.at[k].code && p->funcs.at[k].sites.n)
            add_function(t, a, &p->funcs.at[k]);
    for (uint32_t k = 0; k < t->sites.n; k++)
        if (t->sites.at[k].types.n)
            qsort(t->sites.at[k].types.at, t->sites.at[k].types.n, sizeof(ProfType), by_count);
}

const ProfSite *
attrtypes_find(const AttrTypes *t, const char *name)
{
    const uint64_t *known = t->sites.n ? map_get(&t->index, hash(name)) : NULL;
    return known ? &t->sites.at[*known - 1] : NULL;
}
