/* What the parts of opt_specialize.c share: typed views of operands, and new instructions that
 * stand for the one being specialised (same offset, same frame state). */
#ifndef PYOPT_SPEC_H
#define PYOPT_SPEC_H

#include "pass.h"

typedef struct Spec {
    PassCtx *ctx;
    Func *f;
    Instr *at; /* the instruction being replaced: new ones go in front of it */
} Spec;

/* An instruction in front of s->at. */
Instr *spec_emit(Spec *s, Op op, Ty type, uint32_t n_args, Instr **args);
Instr *spec_emit1(Spec *s, Op op, Ty type, Instr *a);
Instr *spec_emit2(Spec *s, Op op, Ty type, Instr *a, Instr *b);
/* What operand k of s->at is, by its static type or by the profile at the given stack depth. */
FbType spec_operand(Spec *s, uint32_t k, uint32_t depth);
/* spec_guess.c: what the program's text says of a value. */
FbType spec_guess(const Spec *s, Instr *v);
/* Typed views of a value; they guard where its type is not known. */
Instr *spec_guard(Spec *s, Instr *v, Ty type);
Instr *spec_int(Spec *s, Instr *v);
Instr *spec_float(Spec *s, Instr *v, Ty seen);
Instr *spec_const_int(Spec *s, int64_t v);
/* Put a box of raw in place of s->at, or raw itself for a Bit result of a Bit instruction. */
void spec_replace(Spec *s, Instr *raw);

/* The name of who is called here, always as far as was seen, as profiles and known.def have it;
 * NULL: unknown, or several. */
const char *spec_callee(Spec *s);

bool spec_number(Spec *s);   /* spec_number.c: arithmetic, comparison, truth */
bool spec_sequence(Spec *s); /* spec_sequence.c: subscripts, unpacking, iteration */
bool spec_slice(Spec *s);    /* spec_slice.c: slices of lists, tuples and strings */
bool spec_call(Spec *s);     /* spec_call.c: calls of known builtins and methods */
bool spec_math(Spec *s);     /* spec_math.c: calls of functions of the math module */

#endif
