/* IR to C.  emit.c writes the unit: declarations, blocks, tables; emit_instr.c one statement per
 * operation, with emit_effect.c; emit_release.c what finalizers see; emit_exit.c the cold blocks
 * and the deopt metadata.  The text includes pyopt_rt.h and unit_abi.h and knows the runtime only
 * through ir.def, rtcalls.def and known.def. */
#ifndef PYOPT_EMIT_H
#define PYOPT_EMIT_H

#include "homes.h"
#include "linetab.h"

typedef struct Emit {
    Func *f;
    Arena *a;
    StrBuf out;                 /* the body */
    StrBuf cold;                /* exits and other blocks out of the hot path's way */
    StrBuf levels, vals, exits; /* initialisers of the tables */
    uint32_t n_levels, n_vals, n_exits, n_cold;
    LineInfo **lines;   /* per inl */
    uint32_t *call_off; /* per inl: where its caller calls it */
    bool *raw_flags;    /* per raw home: does cold code ask whether it was written? */
    int line;           /* last #line written */
} Emit;

/* The complete C file of one unit. */
const char *emit_unit(Func *f, const char *symbol, uint32_t *n_exits);

/* emit_instr.c; emit_effect.c has the operations that call the runtime or end a frame. */
void emit_instr(Emit *e, Instr *i);
void emit_effect(Emit *e, Instr *i);
void emit_gen(Emit *e, Instr *i);           /* emit_gen.c: only in generators' bodies */
const char *emit_gen_params(const Func *f); /* the parameters of f's body */
/* The frame is entered from here on, if it is a generator's that may not have been. */
void emit_need_frame(const Emit *e, StrBuf *out);
/* Tries to resume a generator without showing this frame: sets q<id> to whether that was done. */
void emit_resume(Emit *e, Instr *i);
/* A call that may be of a generator function; what follows is done otherwise, up to a brace. */
void emit_make(Emit *e, Instr *i);
/* Declares `later`, which can show this frame at i; false: that takes more than raw homes. */
bool emit_later(Emit *e, Instr *i);
void PRINTF_LIKE(2, 3) emit_put(Emit *e, const char *fmt, ...);
const char *emit_arg(Emit *e, const Instr *i, uint32_t k);
void emit_guard(Emit *e, Instr *i, const char *cond); /* leave unless cond */
/* Leave when a load answered NULL. */
void emit_not_null(Emit *e, Instr *i);
/* hot when cond holds; else the cold block runs call and leaves when failed. */
void emit_cold_path(Emit *e, Instr *i, const char *cond, const char *hot, const char *call,
                    const char *failed);

/* emit.c and emit_exit.c */
const char *emit_name(Emit *e, Instr *v);        /* the C expression of a value */
const char *emit_frame(Emit *e, const Inl *inl); /* the C expression of a level's frame pointer */
uint32_t emit_exit(Emit *e,
                   Instr *i); /* number of the exit; its cold block and tables are written once */
const char *emit_reason(Arena *a, const Instr *i);
void emit_link(Emit *e, StrBuf *out, const Instr *i); /* the frame chain shows i as in progress */
void emit_unlink(Emit *e, StrBuf *out, const Instr *i);

/* emit_release.c */
const char *emit_home(Emit *e, int64_t slot); /* the C expression of a home */
const char *emit_number(const Instr *raw);    /* int, float or bool: ends the name of a helper */
/* A home gets the value of its local for good. */
void emit_publish(Emit *e, StrBuf *out, Instr *v, int64_t slot);
/* All that i's exit lists of locals. */
void emit_publish_all(Emit *e, StrBuf *out, const Instr *i);
/* What a cold path takes x from: its raw home or its value.  The flag is a Maybe's: is x set? */
const char *emit_raw(Emit *e, const ExitVal *x);
const char *emit_raw_flag(Emit *e, const ExitVal *x);
/* Gives up a reference: o is a C variable, of type t, NULL if maybe. */
void emit_release(Emit *e, const Instr *i, const char *o, Ty t, bool maybe);

#endif
