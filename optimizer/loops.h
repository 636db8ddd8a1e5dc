/* Loops that native code takes up again.
 *
 * A failed guard, or an exception with a handler, sends the activation to the interpreter.  What
 * stands in a loop need not stay there: where the loop jumps back, the interpreter hands the frame
 * over (loader/rt/rt_loop.c), to a body that begins at the loop's first instruction and goes on to
 * the end of the function.  It is compiled from the same bytecode as the function itself, with that
 * instruction for its entry: all locals are in their homes, the operand stack is in the frame, and
 * guards at the entry say what is bet on their types. */
#ifndef PYOPT_LOOPS_H
#define PYOPT_LOOPS_H

#include "build.h"
#include "feedback.h"

/* Of a function whose IR is optimised, but not lowered: its loops in order of their first
 * instruction, those that are worth a body of their own. */
void loops_find(Func *f, const Feedback *fb);

#endif
