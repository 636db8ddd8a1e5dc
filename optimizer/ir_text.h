/* Reading IR text: a cursor with a line number, the small tokens, and the shape of code objects
 * (ir_code.c).  The grammar is in schemas/ir.md.  The first failure is kept; everything returns
 * false from there on. */
#ifndef PYOPT_IR_TEXT_H
#define PYOPT_IR_TEXT_H

#include "err.h"
#include "ir.h"

typedef struct IrText {
    const char *at;
    uint32_t line;
    Arena *arena;
    Err *err;
} IrText;

/* Fails with "line N: ..."; always false. */
bool irtext_fail(IrText *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Blanks and a comment; never the end of the line. */
void irtext_skip(IrText *t);
bool irtext_at_end(IrText *t); /* of the line */
/* To the next line that says something; false at the end of the text. */
bool irtext_next_line(IrText *t);
/* The exact text, and it did not stop in the middle of a word. */
bool irtext_accept(IrText *t, const char *text);
bool irtext_expect(IrText *t, const char *text);
/* The same without blanks in front. */
bool irtext_accept_here(IrText *t, const char *text);
/* Letters, digits and "_.<>"; NULL when there is none. */
const char *irtext_word(IrText *t);
/* A word, or a string in double quotes with \" \\ and \ooo. */
const char *irtext_name(IrText *t);
bool irtext_string(IrText *t, const char **out, uint32_t *n);
bool irtext_uint(IrText *t, uint32_t max, uint32_t *out);
bool irtext_int(IrText *t, int64_t *out);
bool irtext_double(IrText *t, double *out);

void irtext_put_name(StrBuf *out, const char *name);
void irtext_put_double(StrBuf *out, double d);

/* "code NAME args=2 locals=[a b] consts=[None 1] ...": what the optimizer asks of a code object.
 * Bytecode that is not given is all NOP. */
void ir_code_print(const PyCode *c, StrBuf *out);
PyCode *ir_code_parse(IrText *t);

#endif
