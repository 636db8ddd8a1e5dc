/* The instruction stream of a code object, one PyInstr per instruction: EXTENDED_ARG folded in,
 * inline caches skipped, jump targets absolute. */
#ifndef PYOPT_INSTRS_H
#define PYOPT_INSTRS_H

#include "err.h"
#include "pycode.h"

enum { INSTR_NO_TARGET = UINT32_MAX };

typedef struct PyInstr {
    uint32_t start;  /* unit of the first EXTENDED_ARG, or of the opcode */
    uint32_t off;    /* unit of the opcode itself: the site */
    uint32_t next;   /* unit behind the caches */
    uint32_t target; /* unit jumped to, or INSTR_NO_TARGET */
    uint32_t arg;
    PyOp op;
} PyInstr;

typedef struct PyInstrs {
    PyInstr *at;
    uint32_t n;
    uint32_t *index_of; /* per unit: index into at of the instruction covering it */
    uint32_t n_units;
} PyInstrs;

/* Decodes and checks: targets are instruction starts, args are in range of their tables. */
bool instrs_decode(Arena *a, const PyCode *c, PyInstrs *out, Err *err);
/* Entries an instruction takes off the stack; jump: on the taken edge. */
int instrs_pops(const PyInstr *i, bool jump);
/* Net stack effect of an instruction; jump: on the taken edge. */
int instrs_stack_effect(const PyInstr *i, bool jump);
/* Stack depth before each unit's instruction, -1 where unreachable; n_units entries.  Handler entry
 * depths come from the exception table.  False when two paths disagree or the depth leaves [0,
 * stacksize]. */
bool instrs_stack_depths(Arena *a, const PyCode *c, const PyInstrs *ins, int16_t **depths,
                         Err *err);
/* n_units base code units from n_units adaptive ones (specialised opcodes mapped back, caches
 * zeroed). */
void instrs_deopt(const PyVer *ver, const uint8_t *adaptive, uint8_t *base, uint32_t n_units);

#endif
