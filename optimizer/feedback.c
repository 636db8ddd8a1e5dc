#include "feedback.h"

#include "build.h"

#include <string.h>

static const struct {
    const char *name;
    Ty type;
} known_types[] = {
    {"builtins.int", TyInt},
    {"builtins.float", TyFloat},
    {"builtins.bool", TyBool},
    {"builtins.NoneType", TyNoneType},
    {"builtins.str", TyStr},
    {"builtins.bytes", TyBytes},
    {"builtins.tuple", TyTuple},
    {"builtins.list", TyList},
    {"builtins.dict", TyDict},
    {"builtins.set", TySet},
    {"builtins.complex", TyComplex},
    {"builtins.bytearray", TyByteArray},
    {"builtins.function", TyFunction},
    {"builtins.range_iterator", TyRangeIter},
    {"builtins.list_iterator", TyListIter},
    {"builtins.tuple_iterator", TyTupleIter},
    {"builtins.enumerate", TyEnumerate},
    {"builtins.slice", TySlice},
    {"builtins.zip", TyZip},
    {"builtins.dict_itemiterator", TyDictItems},
};

static Ty
type_named(const char *name)
{
    for (size_t k = 0; k < countof(known_types); k++)
        if (!strcmp(known_types[k].name, name))
            return known_types[k].type;
    return TyObj;
}

Feedback
feedback_of(const Profile *p, Arena *a)
{
    Feedback fb = {.profile = p};
    if (p)
        attrtypes_collect(&fb.attrs, a, p);
    return fb;
}

static const ProfFunc *
func_of(const Feedback *fb, const Inl *inl)
{
    return fb && fb->profile ? profile_find(fb->profile, inl->code->key) : NULL;
}

bool
feedback_has(const Feedback *fb, const Inl *inl)
{
    return func_of(fb, inl) != NULL;
}

static FbType
judge(const ProfSite *site)
{
    FbType r = {.type = TyObj};
    uint64_t ints = 0, floats = 0;
    if (!site || site->total < LimitMinTypeSamples)
        return r;
    r.seen = site->total;
    for (uint32_t k = 0; k < site->types.n; k++) {
        const ProfType *t = &site->types.at[k];
        Ty type = type_named(t->name);
        if (k == 0) {
            r.name = t->name;
            r.one = t->count * 100 >= site->total * LimitTypeSharePct;
        }
        if (type != TyObj && t->count * 100 >= site->total * LimitTypeSharePct)
            r.type = type;
        ints += type == TyInt ? t->count : 0;
        floats += type == TyFloat ? t->count : 0;
        if (!strcmp(t->name, "builtins.int+big"))
            r.maybe_big = true;
    }
    r.number = (ints + floats) * 100 >= site->total * LimitTypeSharePct;
    r.mixed = ints && floats;
    return r;
}

/* What a specialised opcode says of its operands; the interpreter only keeps one that mostly holds.
 */
static const struct {
    const char *opname;
    Ty operand[2]; /* from the top of the stack */
} quick_types[] = {
    {"BINARY_OP_ADD_INT", {TyInt, TyInt}},
    {"BINARY_OP_SUBTRACT_INT", {TyInt, TyInt}},
    {"BINARY_OP_MULTIPLY_INT", {TyInt, TyInt}},
    {"BINARY_OP_ADD_FLOAT", {TyFloat, TyFloat}},
    {"BINARY_OP_SUBTRACT_FLOAT", {TyFloat, TyFloat}},
    {"BINARY_OP_MULTIPLY_FLOAT", {TyFloat, TyFloat}},
    {"BINARY_OP_ADD_UNICODE", {TyStr, TyStr}},
    {"BINARY_OP_INPLACE_ADD_UNICODE", {TyStr, TyStr}},
    {"COMPARE_OP_INT_JUMP", {TyInt, TyInt}},
    {"COMPARE_OP_FLOAT_JUMP", {TyFloat, TyFloat}},
    {"COMPARE_OP_STR_JUMP", {TyStr, TyStr}},
    {"BINARY_SUBSCR_LIST_INT", {TyInt, TyList}},
    {"BINARY_SUBSCR_TUPLE_INT", {TyInt, TyTuple}},
    {"BINARY_SUBSCR_DICT", {TyObj, TyDict}},
    {"STORE_SUBSCR_LIST_INT", {TyInt, TyList}},
    {"STORE_SUBSCR_DICT", {TyObj, TyDict}},
    {"UNPACK_SEQUENCE_TWO_TUPLE", {TyTuple, TyObj}},
    {"UNPACK_SEQUENCE_TUPLE", {TyTuple, TyObj}},
    {"UNPACK_SEQUENCE_LIST", {TyList, TyObj}},
};

static Ty
quick_type(const ProfFunc *f, uint32_t off, uint32_t depth)
{
    uint64_t best = 0;
    Ty t = TyObj;
    for (uint32_t k = 0; depth < 2 && k < f->quick.n; k++) {
        const ProfQuick *q = &f->quick.at[k];
        if (q->off != off || q->seen <= best)
            continue;
        best = q->seen;
        t = TyObj;
        for (size_t j = 0; j < countof(quick_types); j++)
            if (!strcmp(quick_types[j].opname, q->opname))
                t = quick_types[j].operand[depth];
    }
    return t;
}

/* Does the interpreter's own cache say that the kind of number which few samples saw is not the
 * only one there, or that it is?  0: it says nothing. */
static int
quick_verdict(const ProfFunc *f, uint32_t off, uint32_t depth, Ty number)
{
    uint64_t misses = 0, seen = 0;
    for (uint32_t k = 0; k < f->quick.n; k++)
        if (f->quick.at[k].off == off) {
            misses += f->quick.at[k].misses;
            seen += f->quick.at[k].seen;
        }
    Ty t = quick_type(f, off, depth);
    if (misses > seen || (t != number && (t == TyInt || t == TyFloat)))
        return -1;
    return t == number;
}

/* Ints turn up among floats where nobody thinks of them (0, 1), and floats among ints: a few
 * samples are no proof against a cache that met others, and of floats not even without. */
static FbType
believe_number(const ProfFunc *f, uint32_t off, uint32_t depth, FbType t)
{
    if (t.type != TyFloat && t.type != TyInt)
        return t;
    int verdict = quick_verdict(f, off, depth, t.type);
    uint64_t enough = verdict < 0                     ? LimitFloatProof
                      : !verdict && t.type == TyFloat ? LimitFloatSamples
                                                      : 0;
    return t.seen < enough ? (FbType){.type = TyObj, .number = true, .seen = t.seen, .name = t.name}
                           : t;
}

FbType
feedback_operand(const Feedback *fb, const Inl *inl, uint32_t off, uint32_t depth)
{
    const ProfFunc *f = func_of(fb, inl);
    if (!f)
        return (FbType){.type = TyObj};
    FbType r = judge(profile_site(f, off, depth));
    if (r.seen)
        return believe_number(f, off, depth, r);
    r.type = quick_type(f, off, depth);
    r.seen = r.type != TyObj;
    if ((r.type == TyInt || r.type == TyFloat) && quick_verdict(f, off, depth, r.type) < 0)
        r = (FbType){.type = TyObj, .number = true, .seen = 1};
    return r;
}

FbType
feedback_local(const Feedback *fb, const Inl *inl, uint32_t slot)
{
    const ProfFunc *f = func_of(fb, inl);
    return f ? judge(profile_site(f, 0, ProfSlotLocal + slot)) : (FbType){.type = TyObj};
}

FbType
feedback_attr(const Feedback *fb, const char *name)
{
    FbType t = judge(fb ? attrtypes_find(&fb->attrs, name) : NULL);
    if ((t.type == TyInt || t.type == TyFloat) && (t.seen < LimitFloatSamples || t.mixed))
        return (FbType){.type = TyObj, .number = true, .seen = t.seen, .name = t.name};
    return t.seen < LimitAttrSamples ? (FbType){.type = TyObj} : t;
}

static bool
was_quickened(const Feedback *fb, const Inl *inl, uint32_t off, const char *name)
{
    const ProfFunc *f = func_of(fb, inl);
    for (uint32_t k = 0; f && k < f->quick.n; k++)
        if (f->quick.at[k].off == off && !f->quick.at[k].misses &&
            !strcmp(f->quick.at[k].opname, name))
            return true;
    return false;
}

bool
feedback_is_builtin(const Feedback *fb, const Inl *inl, uint32_t off)
{
    return was_quickened(fb, inl, off, "LOAD_GLOBAL_BUILTIN");
}

bool
feedback_is_append(const Feedback *fb, const Inl *inl, uint32_t off)
{
    uint32_t at = inl->ins->index_of[off]; /* CALL's; what it calls is decided at PRECALL */
    return at > 0 && was_quickened(fb, inl, inl->ins->at[at - 1].off, "PRECALL_NO_KW_LIST_APPEND");
}

const ProfCallee *
feedback_callee(const Feedback *fb, const Inl *inl, uint32_t off, double *share)
{
    const ProfFunc *f = func_of(fb, inl);
    return f ? profile_callee(f, off, share) : NULL;
}

/* Is the instruction one of these, and of no more types than its cell has entries for? */
static bool
is_quickened(const Feedback *fb, const Inl *inl, uint32_t off, const char *const *names, size_t n)
{
    const ProfFunc *f = func_of(fb, inl);
    const ProfSite *site = f ? profile_site(f, off, 0) : NULL;
    if (site && site->types.n > LimitFieldTypes)
        return false;
    for (uint32_t k = 0; f && k < f->quick.n; k++)
        for (size_t j = 0; f->quick.at[k].off == off && j < n; j++)
            if (!strcmp(f->quick.at[k].opname, names[j]))
                return true;
    return false;
}

/* 3.11 has no opcode of its own for attributes of classes. */
static bool
is_of_class(const Feedback *fb, const Inl *inl, uint32_t off)
{
    const ProfFunc *f = func_of(fb, inl);
    FbType of = f ? judge(profile_site(f, off, 0)) : (FbType){0};
    return of.one && !strcmp(of.name, "builtins.type");
}

AttrSite
feedback_attr_site(const Feedback *fb, const Inl *inl, uint32_t off)
{
    static const char *const of_dict[] = {"LOAD_ATTR_WITH_HINT", "STORE_ATTR_WITH_HINT"},
                             *const of_module[] = {"LOAD_ATTR_MODULE"};
    if (is_quickened(fb, inl, off, of_dict, countof(of_dict)))
        return SiteDict;
    return is_of_class(fb, inl, off) || is_quickened(fb, inl, off, of_module, countof(of_module))
               ? SiteNamed
               : SiteKept;
}

bool
feedback_plain_attr(const Feedback *fb, const Inl *inl, uint32_t off)
{
    static const char *const kept[] = {"LOAD_ATTR_INSTANCE_VALUE", "LOAD_ATTR_SLOT"};
    return feedback_attr_site(fb, inl, off) != SiteKept ||
           is_quickened(fb, inl, off, kept, countof(kept));
}

bool
feedback_plain_method(const Feedback *fb, const Inl *inl, uint32_t off)
{
    static const char *const of_class[] = {"LOAD_METHOD_WITH_VALUES", "LOAD_METHOD_WITH_DICT",
                                           "LOAD_METHOD_NO_DICT", "LOAD_METHOD_LAZY_DICT"};
    return is_quickened(fb, inl, off, of_class, countof(of_class));
}

/* The class in "Class.__init__", or NULL for another function. */
static const char *
class_of_init(const char *qualname, size_t *n)
{
    static const char suffix[] = ".__init__";
    size_t len = strlen(qualname);
    if (len < sizeof suffix || strcmp(qualname + len - (sizeof suffix - 1), suffix))
        return NULL;
    *n = len - (sizeof suffix - 1);
    return qualname;
}

/* Is the class "module.Class" the one that the __init__ is written in? */
static bool
owns_init(const char *class, const char *qualname)
{
    size_t n = 0, len = strlen(class);
    const char *owner = class_of_init(qualname, &n);
    return owner && len > n && class[len - n - 1] == '.' && !strncmp(class + len - n, owner, n);
}

const ProfCallee *
feedback_init(const ProfFunc *f, uint32_t off, double *share, uint64_t *calls)
{
    const ProfCallee *class = NULL, *init = NULL, *other = NULL;
    uint64_t all = 0;
    uint32_t n_others = 0;
    size_t n;
    for (uint32_t k = 0; k < f->callees.n; k++) {
        const ProfCallee *c = &f->callees.at[k];
        if (c->off != off)
            continue;
        bool python = c->key.hi || c->key.lo;
        if (!python || !class_of_init(c->name, &n))
            all += c->count;
        if (!python && (!class || c->count > class->count))
            class = c;
    }
    if (!class || !class->count || !strncmp(class->name, "builtins.", 9))
        return NULL;
    for (uint32_t k = 0; k < f->callees.n; k++) {
        const ProfCallee *c = &f->callees.at[k];
        if (c->off != off || !(c->key.hi || c->key.lo) || !class_of_init(c->name, &n))
            continue;
        if (owns_init(class->name, c->name))
            init = c;
        else
            other = c, n_others++;
    }
    if (!init && n_others == 1) /* of several nobody knows which one is inherited */
        init = other;
    if (init) {
        *share = (double)class->count / (double)all;
        *calls = all;
    }
    return init;
}

bool
feedback_branch(const Feedback *fb, const Inl *inl, uint32_t off, double *taken, double *weight)
{
    const ProfFunc *f = func_of(fb, inl);
    const ProfBranch *b = f ? profile_branch(f, off) : NULL;
    if (!b)
        return false;
    *taken = b->p_taken;
    *weight = b->weight;
    return true;
}

uint64_t
feedback_samples(const Feedback *fb, const PyCode *code)
{
    const ProfFunc *f = fb->profile ? profile_find(fb->profile, code->key) : NULL;
    return f ? f->self : 0;
}
