/* Passes: a table (pipeline.def) gives name, function, what a pass needs and keeps; pass_run()
 * checks needs, times, dumps and verifies.  The order is code: driver.c. */
#ifndef PYOPT_PASS_H
#define PYOPT_PASS_H

#include "feedback.h"
#include "ir.h"

/* What can be true of a function between passes. */
enum {
    NeedRpo = 1,    /* blocks in reverse postorder, unreachable ones gone */
    NeedDom = 2,    /* Block.idom, loop headers and depths */
    NeedTypes = 4,  /* instruction types at their fixpoint */
    NeedSplit = 8,  /* no critical edges */
    NeedHomes = 16, /* Publish, ClearLocal placed; see homes.h */
};

typedef struct PassCtx {
    Func *f;
    Feedback *fb;
    uint32_t have; /* Need* bits that hold now */
    bool verify;
    const char *dump; /* pass name whose result is printed to stderr, "all", or NULL */
} PassCtx;

typedef enum PassId {
#define PASS(name, fn, needs, gives, keeps, what) Pass_##name,
#include "pipeline.def"
#undef PASS
    PassCount
} PassId;

#define PASS(name, fn, needs, gives, keeps, what) bool fn(PassCtx *ctx);
#include "pipeline.def"
#undef PASS

/* opt_lean.c: does i, but for its cold path, run no Python, collect nothing and keep quiet? */
bool lean_runs_nothing(const Instr *i);

bool pass_run(PassCtx *ctx, PassId id);
PassId pass_find(const char *name); /* PassCount when unknown */
/* A pass that gives something id needs and that does not hold now, by name; NULL: id can run. */
const char *pass_missing(const PassCtx *ctx, PassId id);

#endif
