/* The optimizer's IR: SSA over basic blocks, with interpreter state (frame states) on every
 * instruction that can leave for the interpreter.  Operations and their facts are rows of ir.def;
 * types are rows of types.def; runtime helpers are rows of formats/unit/rtcalls.def.  The dump
 * (ir_print.c) is the input language (ir_parse.c); ir_verify.c checks every rule stated here.
 *
 * Rules
 *  - A value is the instruction that computes it.  Arguments dominate their uses; phis stand first
 * in their block with one argument per predecessor, in the order of block->preds.
 *  - A frame state describes the interpreter at one bytecode offset *before* that instruction runs:
 * the value of every local and of every operand stack slot.  Values in it may be unboxed; a deopt
 * boxes them.  A local entry of NULL means "the home holds it" (cells and free variables).
 *  - A typed operation's operands have the type it demands: proven by a guard, a constant or the
 * operation that made them.  Nothing in a profile is believed without a guard.
 *  - One arena per function; passes never free. */
#ifndef PYOPT_IR_H
#define PYOPT_IR_H

#include "instrs.h"
#include "pycode.h"
#include "vec.h"

typedef enum Ty {
#define TY(name, ctype, boxed, scalar, object) Ty##name,
#include "types.def"
#undef TY
    TyCount,
    TyAny = TyCount /* in tables: no demand, or "the instruction says" */
} Ty;

typedef enum Op {
#define OP(name, n, type, eff, ref, flags) Op##name,
#include "ir.def"
#undef OP
    OpCount
} Op;

typedef enum RtId {
#define RT(name, ret, args, effect, fn, cell) Rt##name,
#include "rtcalls.def"
#undef RT
    RtCount
} RtId;

typedef enum KnownId {
#define KNOWN(id, owner, name) Known_##id,
#include "known.def"
#undef KNOWN
    KnownCount
} KnownId;

typedef enum MathId {
#define MATH(name, n, result) Math_##name,
#include "math.def"
#undef MATH
    MathCount
} MathId;

typedef enum RtRet { RtRetObj, RtRetInt, RtRetStatus, RtRetBor, RtRetPair } RtRet;

typedef struct RtInfo {
    const char *name, *args, *fn, *cell; /* cell: C type, "void" for none */
    uint8_t ret, effect;
} RtInfo;

enum {
    OpFlagG = 1,
    OpFlagX = 2,
    OpFlagT = 4,
    OpFlagK = 8,
    OpFlagC = 16,
    OpFlagS = 32,
    OpFlagD = 64
};

typedef struct MathInfo {
    const char *name; /* "math.sin" */
    uint8_t n, result;
} MathInfo;

typedef struct OpInfo {
    const char *name;
    int8_t n;
    uint8_t type, eff, ref, flags;
} OpInfo;

typedef struct TyInfo {
    const char *name, *ctype, *object;
    bool boxed, scalar;
} TyInfo;

typedef struct Instr Instr;
typedef struct Block Block;
typedef struct Func Func;
typedef struct FrameState FrameState;
typedef struct Inl Inl;
typedef struct Exit Exit;

/* One code object whose bytecode is part of this function: level 0 is the function itself, others
 * are inlined callees. */
struct Inl {
    uint32_t id;
    Inl *parent;
    const PyCode *code;
    const PyInstrs *ins;
    Instr *func;    /* inlined: the guarded function object, in the caller */
    uint32_t dep;   /* inlined: index into Func.deps */
    uint32_t entry; /* offset of its RESUME */
    bool init;      /* an __init__ that a class call runs: outer states have the instance on top */
    uint32_t base_slot; /* where its locals start in the function-wide numbering of homes */
};

struct FrameState {
    Inl *inl;
    uint32_t off;    /* code unit */
    uint32_t resume; /* outer states of inlined code: the unit behind the call */
    uint32_t n_locals, n_stack;
    Instr **vals;      /* locals, then stack from the bottom */
    FrameState *outer; /* caller's state: its stack without callable and arguments */
    uint32_t id;       /* for the printer */
};

struct Instr {
    uint32_t id;
    uint8_t op, type, reason; /* reason: GuardReason, why a guard can fail */
    bool dead;
    uint32_t n_args;
    Instr **args;
    int64_t imm;
    int32_t imm2, imm3;
    double f;
    uint32_t off; /* bytecode offset it came from, in inl's code */
    Inl *inl;
    FrameState *fs; /* guards: where to go on; raising ops: where the exception happened */
    Block *block;
    Instr *prev, *next;
    Exit *exit;    /* homes.h: what leaving here must write */
    Instr *repl;   /* set while a pass replaces this value; see ir_apply_replacements */
    uint32_t mark; /* scratch for the running pass */
};

struct Block {
    uint32_t id, rpo;
    Func *func;
    Instr *first, *last; /* last is the terminator */
    Vec(Block *) preds;
    Block *succ[2];
    uint32_t n_succ;
    double weight[2]; /* odds per successor, 0 when unknown */
    Block *idom;
    uint32_t loop_depth;
    bool is_loop_header, reachable;
    uint32_t off;       /* bytecode offset it starts at */
    struct Home *homes; /* homes.h: on entry */
    Inl *inl;
    uint32_t mark;
};

/* How a loop jumps back: always, or by what is on top of the stack. */
typedef enum LoopTest {
    LoopNone, /* not at all */
    LoopAlways,
    LoopIfTrue,
    LoopIfFalse,
    LoopIfNone,
    LoopIfNotNone
} LoopTest;

typedef struct LoopBack {
    uint32_t off, next; /* the jump, and the unit behind it */
    LoopTest test;
} LoopBack;

/* A loop that has a body of its own (loops.h). */
typedef struct Loop {
    uint32_t header; /* its first instruction */
    uint32_t depth;  /* of the operand stack there */
    Ty *types;       /* locals, then stack: what the body bets on; TyMaybe: nothing */
    Vec(LoopBack) backs;
    const char *symbol; /* of the body's unit */
} Loop;

struct Func {
    Arena *arena;
    const PyCode *code;
    const char *symbol;
    Inl *inls[64];
    uint32_t n_inls;
    Vec(Block *) blocks; /* rpo order after cfg_order(); blocks[0] is the entry */
    uint32_t n_instrs, n_blocks, n_fs, n_slots, n_cells;
    uint32_t n_raws; /* raw homes; opt_raw_homes.c */
    bool small;      /* entered from compiled code only */
    bool is_loop;    /* a loop's body: entered with all locals and the operand stack in the frame */
    Vec(Loop) loops; /* those of the function that have bodies */
    bool *set_once;  /* per slot, while opt_homes() runs: an inlined local with one writer */
    bool crowded;    /* opt_homes.c: cold paths do not publish by themselves */
    bool lean;       /* opt_lean.c: a generator that may not have entered its frame */
    Vec(const char *) cells; /* C type of each per-site cell */
    Vec(CodeKey) deps;
};

/* imm of IterNext: what the iterator is thought to be. */
enum { IterAny, IterGenerator };

/* BINARY_OP's argument: the arithmetic operations and, 13 further, their in-place forms (equal for
 * numbers). */
enum {
    NbAdd,
    NbAnd,
    NbFloorDiv,
    NbShl,
    NbMatMul,
    NbMul,
    NbMod,
    NbOr,
    NbPow,
    NbShr,
    NbSub,
    NbTrueDiv,
    NbXor,
    NbInplace
};

extern const OpInfo ir_ops[OpCount];
extern const TyInfo ir_types[TyCount];
extern const RtInfo ir_rts[RtCount];
extern const char *const ir_known_names[KnownCount];
/* The entry of the builtin of that name, or NULL. */
const char *ir_builtin_named(const char *name);
extern const MathInfo ir_maths[MathCount];

/* The row of a function the profile calls "math.sin"; MathCount: none. */
MathId ir_math_named(const char *name);

Func *ir_func_new(Arena *a, const PyCode *code);
Inl *ir_inl_new(Func *f, Inl *parent, const PyCode *code, const PyInstrs *ins);
uint32_t ir_inl_depth(const Inl *inl); /* 0: the function itself */
Block *ir_block_new(Func *f);
Instr *ir_instr_new(Func *f, Op op, Ty type, uint32_t n_args);
FrameState *ir_fs_new(Func *f, Inl *inl, uint32_t off, uint32_t n_locals, uint32_t n_stack);
FrameState *ir_fs_clone(Func *f, const FrameState *fs);
uint32_t ir_cell_new(Func *f, const char *ctype);

void ir_append(Block *b, Instr *i);
void ir_insert_before(Instr *at, Instr *i);
void ir_insert_after(Instr *at, Instr *i);
void ir_remove(Instr *i);
/* Make every use of i (arguments and frame states) a use of by, when ir_apply_replacements runs. */
void ir_replace(Instr *i, Instr *by);
void ir_apply_replacements(Func *f);

void ir_add_edge(Block *from, Block *to);
uint32_t ir_pred_index(const Block *b, const Block *pred);
void ir_remove_edge(Block *from, uint32_t succ);

/* A generator or coroutine: its body is entered again behind each Yield (build_gen.c). */
static inline bool
ir_resumes(const Func *f)
{
    return f->code->flags & (PyCoGenerator | PyCoCoroutine);
}

/* Facts about an instruction: the row of ir.def, refined by rtcalls.def for Rt. */
char ir_effect(const Instr *i);
char ir_ref(const Instr *i);
bool ir_is_guard(const Instr *i);
bool ir_may_raise(const Instr *i);
bool ir_is_terminator(const Instr *i);
bool ir_takes(const Instr *i, uint32_t k); /* argument k's reference: S, or M of rtcalls.def */
bool ir_has_side_effect(const Instr *i);   /* dce must keep it */
static inline bool
ty_boxed(Ty t)
{
    return ir_types[t].boxed;
}
static inline bool
ty_scalar(Ty t)
{
    return ir_types[t].scalar;
}
/* A number that is no object. */
static inline bool
ty_number(Ty t)
{
    return t == TyI64 || t == TyF64 || t == TyBit;
}
/* An object whose class is not known. */
static inline bool
ty_unknown(Ty t)
{
    return t == TyObj || t == TyScalar;
}
Ty ty_join(Ty a, Ty b);
bool ty_is_subtype(Ty a, Ty b);

/* A value that a home holds when the function is entered. */
static inline bool
ir_is_param(const Instr *i)
{
    return i->op == OpParam || i->op == OpFound;
}

/* The value behind aliases (Refine, guards that return their argument). */
Instr *ir_origin(Instr *i);

#define FOR_EACH_BLOCK(f, b)                                                                       \
    for (uint32_t b##_i_ = 0; b##_i_ < (f)->blocks.n; b##_i_++)                                    \
        for (Block *b = (f)->blocks.at[b##_i_]; b; b = NULL)
#define FOR_EACH_INSTR(b, i) for (Instr *i = (b)->first; i; i = i->next)
/* Safe while i itself is removed or replaced. */
#define FOR_EACH_INSTR_SAFE(b, i)                                                                  \
    for (Instr *i = (b)->first, *i##_n_ = i ? i->next : NULL; i;                                   \
         i = i##_n_, i##_n_ = i ? i->next : NULL)

typedef void IrUse(Instr **use, void *arg);
/* Calls fn for every value a frame state chain refers to. */
void ir_fs_each(FrameState *fs, IrUse *fn, void *arg);

void ir_print(const Func *f, StrBuf *out);
/* Parses what ir_print prints.  The code object supplies names and constants; it may be a stub. */
Func *ir_parse(Arena *a, const PyCode *code, const char *text, Err *err);
/* Lists every broken rule into out (one line each); true when there is none. */
bool ir_verify(const Func *f, StrBuf *out);

#endif
