/* What is different on a terminal: colour, and progress on one line that is written over. */
#ifndef PYOPT_TERM_H
#define PYOPT_TERM_H

#include "base.h"

#include <stdio.h>

typedef enum TermStyle { TermPlain, TermBold, TermDim, TermRed, TermGreen, TermYellow } TermStyle;

/* Escape sequences are wanted: a terminal that is not dumb, and no NO_COLOR. */
bool term_colour(FILE *out);
/* The sequence that begins a style, or ends it (TermPlain); "" without colour. */
const char *term_style(bool colour, TermStyle s);
/* Writes over the last progress line on stderr; nothing when that is not a terminal. */
void term_progress(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Wipes it. */
void term_progress_end(void);

#endif
