/* What the two halves of the reader of IR text share: ir_parse.c has the head, the blocks and the
 * order of things, ir_parse_instr.c the instructions.  As in ir_text.h, false is a failure that has
 * been told. */
#ifndef PYOPT_IR_PARSE_H
#define PYOPT_IR_PARSE_H

#include "ir_text.h"
#include "map.h"

enum { MaxId = 1 << 22, MaxBlockId = 1 << 16, Undefined = OpCount };

typedef struct FromList {
    Block *block;
    uint32_t line;
    Vec(uint32_t) ids;
} FromList;

typedef struct Parser {
    IrText t;
    Func *f;
    const PyCode *code;
    Map values, blocks;
    Vec(Block *) order; /* in the order of their lines */
    Vec(FromList) from;
    Vec(Instr *) unnamed; /* they get numbers behind all others */
    Block *cur;
} Parser;

/* That of the number, made at its first mention. */
Instr *irparse_value_of(Parser *p, uint32_t id);
Block *irparse_block_of(Parser *p, uint32_t id);
/* "12" or "12/1": an offset in a level's code. */
bool irparse_place(Parser *p, uint32_t *off, Inl **inl);
bool irparse_instr(Parser *p);

#endif
