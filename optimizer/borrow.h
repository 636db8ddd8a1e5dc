/* Who keeps a value alive when its temporary does not: what opt_refcount() asks while it walks. */
#ifndef PYOPT_BORROW_H
#define PYOPT_BORROW_H

#include "homes.h"

/* Which references the temporaries own, at one point of opt_refcount()'s walk, and what it knows of
 * the function. */
typedef struct Walk {
    Func *f;
    Arena *a;
    uint32_t n_words;   /* of a bit set over values */
    uint64_t **live_in; /* per block */
    uint64_t **owned_out;
    uint64_t *live, *owned;
    Home *homes;
    /* borrow.c's, per value or instruction that was there when the pass began: */
    uint32_t n_known;
    uint32_t *pos;   /* place in its block, from 1 */
    Instr **proof;   /* the first guard that shows it to be a scalar, or NULL */
    Instr **keeper;  /* the container it is borrowed from, or NULL */
    uint32_t *until; /* pos of the last instruction for which keeper must keep it */
} Walk;

static inline bool
walk_has(const uint64_t *set, const Instr *v)
{
    return set[v->id / 64] >> (v->id % 64) & 1;
}

/* The counted object behind a use, or NULL when there is nothing to count. */
Instr *walk_counted(Instr *v);

/* Every counted value that i needs: operands, what its exit lists, and what keeps those alive. */
typedef void EachUse(Walk *w, Instr *v, void *arg);
void walk_each_use(Walk *w, Instr *i, EachUse *fn, void *arg);
bool walk_uses(Walk *w, Instr *i, Instr *v);
/* Does a home hold v? */
bool walk_anchored(const Walk *w, const Home *homes, const Instr *v);

/* Finds proofs and keepers, given dom and liveness.  True: there are keepers, which live longer. */
bool borrow_init(Walk *w);
/* The container that keeps v while i runs, or NULL. */
Instr *borrow_keeper(const Walk *w, const Instr *v, const Instr *i);
/* Is v known to be a scalar once i has run? */
bool borrow_scalar(const Walk *w, const Instr *v, const Instr *i);
/* v is loaded from memory: does nothing disturb it before its last use? */
bool borrow_stays(Walk *w, Instr *v);
/* A container that dies behind i: is everything in it a scalar, or kept by somebody else? */
bool borrow_ends_quietly(Walk *w, const Instr *container, Instr *i);

#endif
