/* clang-format off */
/* IR text with directives in its comments: which passes to run, what a profile would say.  `pyir`
 * and the golden tests are built on it.
 *
 *     ; test: order dom gvn                       the passes, when the caller names none
 *     ; profile: f 100                            samples; the lines below speak of f, by qualified name
 *     ; types: @12 0 builtins.float*40            operand types at offset 12, 0 is the top of the stack
 *     ; types: local 1 builtins.int*9             types of local 1
 *     ; calls: @14 g*30                           callees ("builtins.len*5": not Python)
 *     ; branch: @20 0.9 50                        odds that the jump at 20 is taken, and their weight in samples
 *     ; quick: @12 BINARY_OP_ADD_INT*3 [misses=9] specialised opcodes seen
 *     ; code: code g args=1 bytecode=[...]        a code object that only the profile knows
 *
 * The text ends at "; >>> expect". */
/* clang-format on */
#ifndef PYOPT_IR_SCRIPT_H
#define PYOPT_IR_SCRIPT_H

#include "pass.h"

typedef struct IrScript {
    Func *f;
    const char *passes; /* of "; test:", or "" */
    Profile *profile;   /* NULL: nothing said */
} IrScript;

bool irscript_read(Arena *a, const char *text, IrScript *out, Err *err);
/* Runs the named passes in turn and verifies after each when asked; ErrUsage for an unknown pass or
 * a missing need, ErrFailed with the verifier's lines in *out for broken IR.  At the end *out is
 * the function as text. */
bool irscript_run(Arena *a, const IrScript *s, const char *passes, bool verify, StrBuf *out,
                  Err *err);

#endif
