/* Odds of every conditional jump, inferred from samples per instruction.  See branches.c. */
#ifndef PYOPT_BRANCHES_H
#define PYOPT_BRANCHES_H

#include "profile.h"

/* Replaces the branches, and what is known of exceptions, of every function that has code and
 * samples. */
void branches_infer(Arena *a, Profile *p);

#endif
