/* Static knowledge of a code object that turns stack entries into operands: which instruction will
 * take the entry at this height, and as which operand. */
#ifndef PYOPT_SITES_H
#define PYOPT_SITES_H

#include "collect.h"

typedef struct Place {
    uint32_t off, slot; /* as in ProfSite: unit of the opcode, depth from the top */
} Place;

void sites_prepare(Arena *a, Code *code);
/* The operand that the stack entry at `height` is, when instruction index i is on the CPU.  False
 * when the entry cannot be trusted there.  at_start: the frame stood exactly at the instruction,
 * not behind it in its caches. */
bool sites_place(Code *code, uint32_t i, uint32_t height, bool at_start, Place *out);
/* Who takes the entry at height when the code runs on straight from instruction i, i included. */
bool sites_consumer(Code *code, uint32_t i, uint32_t height, Place *out);
/* The operands that will be loaded from locals which keep their present value until then, when the
 * code runs on from instruction i to the end of its block. */
typedef void SitesLoad(uint32_t local, Place p, void *arg);
void sites_loads(Code *code, uint32_t i, SitesLoad *visit, void *arg);
/* The unit under which a call's operands and callees are kept: CALL's for PRECALL and CALL. */
uint32_t sites_call_unit(const Code *code, uint32_t i);

#endif
