/* Homes: what each local's slot in the frame physically holds, point by point.
 *
 * A home owns its object.  SetLocal of a boxed value stores it at once, as STORE_FAST does, so
 * object lifetimes are the interpreter's.  SetLocal of an unboxed value stores nothing: the home
 * goes stale, and opt_homes() makes up for it where somebody could look: a Publish before every
 * effect, an entry in every exit's list. */
#ifndef PYOPT_HOMES_H
#define PYOPT_HOMES_H

#include "pass.h"

typedef enum HomeKind {
    HomeUnknown, /* some object, or NULL: releasing it may run code */
    HomeScalar,  /* NULL or an object whose release nobody can observe */
    HomeNull,    /* NULL */
    HomeSync,    /* v, or a box of v when v is unboxed */
    HomeLent,    /* only as imm2 of SetLocal: nothing is stored, see opt_homes.c */
} HomeKind;

typedef struct Home {
    HomeKind kind;
    Instr *v;
    bool scalar; /* Sync: a guard has shown that v's object ends unseen, whatever its type says */
} Home;

/* One value that an exit writes into a frame. */
typedef struct ExitVal {
    uint8_t level;   /* 0: outermost */
    bool owned;      /* the temporary's reference moves into the frame */
    uint16_t index;  /* into localsplus: a local, or n_localsplus + stack index */
    uint16_t number; /* the emitter's: its place among the exit's values */
    uint16_t raw;    /* the raw home that has it too, from 1 (opt_raw_homes.c); 0: none */
    Instr *v;
} ExitVal;

struct Exit {
    uint32_t id; /* the unit's exit number, given by the emitter */
    Vec(ExitVal) vals;
    Vec(Instr *) drops; /* references that die with the exit */
};

/* Per block: the homes on entry, Func.n_slots of them.  Valid while NeedHomes holds. */
Home *homes_entry(const Block *b);
/* The effect of one instruction on the homes. */
void homes_step(const Func *f, Home *homes, const Instr *i);
/* Whose local a slot is. */
const Inl *homes_owner(const Func *f, uint32_t slot);
/* Of an operation placed, or passed, by opt_homes() or opt_refcount(): does it let go only of what
 * nobody can see end, or of nothing? */
bool homes_lets_go_unseen(const Instr *i);
/* Number of operand stack entries a raise at i keeps in this level: the handler's depth. */
uint32_t homes_raise_depth(const FrameState *fs, uint32_t off);
uint32_t homes_n_levels(const FrameState *fs);
/* The frame-wide slot of a local that i's exit lists, or -1 for a stack entry. */
int64_t homes_slot_of(const Instr *i, const ExitVal *v);

#endif
