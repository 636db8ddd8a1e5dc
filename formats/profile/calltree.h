/* The stacks of a profile as one tree in memory: a node is a function (or one line of it) below the
 * path of its callers.  What flame graphs and exports are made from. */
#ifndef PYOPT_CALLTREE_H
#define PYOPT_CALLTREE_H

#include "err.h"
#include "profile.h"

typedef struct CallNode {
    uint32_t parent, child, next; /* nodes; child: the first, next: its sibling; 0: none */
    uint32_t func;                /* index in profile->funcs */
    int line;                     /* of that frame; 0 when lines are not told apart */
    uint64_t self, total;
} CallNode;

typedef struct CallTree {
    Profile *profile;
    double period;       /* mean seconds of CPU time between samples */
    const char *started; /* of the first run, or "" */
    Vec(CallNode) nodes; /* the first is the root, of no function; parents before children */
} CallTree;

/* NULL and an error as profdb_load(); ErrEmpty when there are no stacks.  Siblings are in order of
 * their names. */
CallTree *calltree_load(Arena *a, const char *path, bool lines, Err *err);
/* "module.function"; where the module is not known, the file's name stands for it. */
const char *calltree_function(Arena *a, const ProfFunc *f);
/* The same with ":line" where lines are told apart. */
const char *calltree_name(Arena *a, const CallTree *t, const CallNode *n);
/* The node after n in preorder, which adds to or takes from *depth; 0 at the end. */
uint32_t calltree_next(const CallTree *t, uint32_t n, int *depth);

#endif
