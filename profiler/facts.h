/* What a profile knows of one function, line by line, in words: for the report and annotated
 * source. */
#ifndef PYOPT_FACTS_H
#define PYOPT_FACTS_H

#include "instrs.h"
#include "linetab.h"
#include "profile.h"
#include "strbuf.h"

typedef struct Facts {
    const ProfFunc *f;
    LineInfo *info; /* by unit */
    PyInstrs ins;
} Facts;

/* False without bytecode, or when it cannot be decoded. */
bool facts_open(Arena *a, const ProfFunc *f, Facts *out);
/* "builtins." goes without saying. */
const char *facts_short_name(const char *name);
/* "int", "int 80%|float 20%". */
void facts_types(StrBuf *out, const ProfSite *s);
/* Calls visit for each instruction of a line of which something is known, with its name
 * ("BINARY_OP +") and what that is (" (int, int)"). */
typedef void FactsVisit(const char *instruction, const char *known, void *arg);
void facts_line(const Facts *x, int line, uint32_t max, FactsVisit *visit, void *arg);
/* The line of the instruction with that index; a handler begins at its first line of source. */
int facts_line_of(const Facts *x, uint32_t index);
/* "n: int, s: str"; nothing when no local was seen. */
void facts_locals(StrBuf *out, const Facts *x);

#endif
