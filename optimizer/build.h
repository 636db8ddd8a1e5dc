/* Bytecode to IR by abstract interpretation: build.c walks blocks and states, build_ops.c has one
 * case per opcode.  The result is generic: every operation is the C-API call the interpreter would
 * make, with the frame state to leave from; opt_specialize.c bets on the profile afterwards. */
#ifndef PYOPT_BUILD_H
#define PYOPT_BUILD_H

#include "exctab.h"
#include "ir.h"
#include "linetab.h"

typedef enum Bailout {
    BailNone,
#define BAIL(name, reason) Bail##name,
#include "bailout.def"
#undef BAIL
    BailCount
} Bailout;
const char *bailout_reason(Bailout b);

enum {
#define LIMIT(name, value) Limit##name = (value),
#include "limits.def"
#undef LIMIT
};

/* One basic block of bytecode while it is being translated. */
typedef struct BBlock {
    uint32_t first, end; /* instruction indices */
    uint32_t n_preds;    /* bytecode edges from reachable blocks */
    Block *ir;           /* where its translation starts */
    Instr **state;       /* locals, then stack, on entry */
    uint32_t n_stack;
    bool reachable, started, effects; /* effects: something may have switched tracing on */
} BBlock;

/* Where a generator's body is entered: its frame stands at this unit. */
typedef struct Resume {
    uint32_t unit;
    Block *block;
} Resume;

typedef struct Builder {
    Func *f;
    Inl *inl;
    const PyCode *code;
    PyInstrs ins;
    ExcTable exc;
    LineInfo *lines;
    BBlock *blocks;
    uint32_t n_blocks, *block_of; /* per instruction index */
    FrameState *outer;            /* inlining: the caller's state behind the call */
    Block *inl_return;            /* inlining: where returns go */
    Vec(Instr *) inl_results;     /* inlining: the value returned on each edge to it */

    Block *cur;              /* the IR block being filled */
    Instr **locals, **stack; /* the abstract state */
    uint32_t n_stack;
    bool effects;
    uint32_t at; /* index of the instruction being translated */
    uint32_t
        group; /* first instruction of its group (KW_NAMES PRECALL CALL; BUILD_SLICE + subscript) */
    Instr **start_stack; /* the stack when the group began */
    uint32_t n_start_stack;
    FrameState *fs; /* state at the start of the group, made on demand */
    int kwnames;    /* constant index, -1 none */
    Bailout bail;

    Block *gen_entry;    /* generators: where it is decided how to go on */
    Vec(Resume) resumes; /* generators: and where to */
    uint64_t **bound;    /* generators: per instruction, the locals bound whenever it is reached */
} Builder;

/* build_gen.c */
/* Before the instruction at entry is built, into b->cur; and when everything is built. */
void build_gen_begin(Builder *b, uint32_t entry);
void build_gen_end(Builder *b);
void build_yield(Builder *b);
void build_send(Builder *b, const PyInstr *ins);

/* build_super.c: LOAD_METHOD of what super() has just made becomes one lookup.  False: it is
 * something else. */
bool build_super(Builder *b, uint32_t name);

/* The whole function, or NULL and *bail. */
Func *build_func(Arena *a, const PyCode *code, Bailout *bail);
/* The body of one of its loops, or NULL. */
Func *build_loop(Arena *a, const PyCode *code, const Loop *loop);
/* Can build_inline() build this callee? */
bool build_inlinable(Func *f, const PyCode *callee);
/* Splices the callee's body in place of a call: used by opt_inline.c.  call is the Call instruction
 * (argument 0 and 1 as LOAD_METHOD leaves them, then arguments); func the function object, known to
 * run callee; params the argument values in order, as many as callee has parameters. */
void build_inline(Func *f, Instr *call, Instr *func, const PyCode *callee, Instr **params,
                  uint32_t n_params);
/* Moves everything behind call into a new block that ends as the old one did. */
Block *build_split(Func *f, Instr *call);
/* The same for the call of a class: callee is its __init__, params[0] the new instance, which is
 * the result whatever __init__ returns (None: the caller has looked). */
void build_inline_init(Func *f, Instr *call, Instr *func, const PyCode *callee, Instr **params,
                       uint32_t n_params);

/* For build_ops.c and build_inline.c */
/* Decodes the code object; false, and b->bail: it cannot be built. */
bool build_prepare(Builder *b, Arena *a, const PyCode *code);
/* Index of the RESUME a call enters at, or ins.n. */
uint32_t build_entry(const Builder *b);
/* Builds all that can be reached from the instruction at entry into b->cur and new blocks. */
void build_translate(Builder *b, uint32_t entry);
void build_op(Builder *b, const PyInstr *ins);
Instr *build_emit(Builder *b, Op op, Ty type, uint32_t n_args, Instr **args);
Instr *build_rt(Builder *b, RtId id, uint32_t n_args, Instr **args);
FrameState *build_fs(Builder *b);
void build_push(Builder *b, Instr *v);
Instr *build_pop(Builder *b);
Instr *build_peek(Builder *b, uint32_t n); /* 1 is the top */
/* End the current block: control goes to the bytecode block at instruction index. */
void build_goto(Builder *b, uint32_t unit);
void build_branch(Builder *b, Instr *bit, bool taken_if, Block **yes, Block **no);
void build_poll(Builder *b);
Instr *build_const_null(Builder *b);

#endif
