/* What the program's own words say of a value that no sample met: what calls of builtins give, and
 * the iterators of that.  A guess like any other, behind a guard like any other. */
#include "build.h"
#include "spec.h"

#include <string.h>

static const struct {
    const char *builtin;
    Ty result, iter; /* TyObj: nothing we know */
} calls[] = {
    {"bytearray", TyByteArray, TyObj},
    {"bytes", TyBytes, TyObj},
    {"chr", TyStr, TyObj},
    {"dict", TyDict, TyObj},
    {"enumerate", TyEnumerate, TyEnumerate},
    {"float", TyFloat, TyObj},
    {"int", TyInt, TyObj},
    {"isinstance", TyBool, TyObj},
    {"len", TyInt, TyObj},
    {"list", TyList, TyListIter},
    {"ord", TyInt, TyObj},
    {"range", TyObj, TyRangeIter},
    {"repr", TyStr, TyObj},
    {"set", TySet, TyObj},
    {"sorted", TyList, TyListIter},
    {"str", TyStr, TyObj},
    {"tuple", TyTuple, TyTupleIter},
    {"zip", TyZip, TyZip},
};

/* The builtin that v is a call of, by the name of a global that the interpreter found among the
 * builtins; NULL for another value. */
static const char *
called_builtin(const Spec *s, const Instr *v)
{
    if (v->op != OpRt || v->imm != RtCall || v->args[0]->type != TyNull)
        return NULL;
    const Instr *callable = ir_origin(v->args[1]);
    if (callable->op != OpLoadGlobal ||
        !feedback_is_builtin(s->ctx->fb, callable->inl, callable->off))
        return NULL;
    return callable->inl->code->names[callable->imm]->s;
}

static Ty
iterator_of(const Spec *s, const Instr *v)
{
    if (v->type == TyList)
        return TyListIter;
    if (v->type == TyTuple)
        return TyTupleIter;
    const char *name = called_builtin(s, v);
    for (size_t k = 0; name && k < countof(calls); k++)
        if (!strcmp(calls[k].builtin, name))
            return calls[k].iter;
    return TyObj;
}

FbType
spec_guess(const Spec *s, Instr *v)
{
    FbType guess = {.type = TyObj};
    v = ir_origin(v);
    const char *name = called_builtin(s, v);
    if (v->op == OpRt && v->imm == RtGetIter)
        guess.type = iterator_of(s, ir_origin(v->args[0]));
    for (size_t k = 0; name && k < countof(calls); k++)
        if (!strcmp(calls[k].builtin, name))
            guess.type = calls[k].result;
    guess.seen = guess.type == TyObj ? 0 : LimitMinTypeSamples;
    guess.number = guess.type == TyInt || guess.type == TyFloat;
    return guess;
}
