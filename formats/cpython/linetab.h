/* The location table: lines and columns per code unit. */
#ifndef PYOPT_LINETAB_H
#define PYOPT_LINETAB_H

#include "pycode.h"

typedef struct LineInfo {
    int line, end_line, col, end_col; /* -1 where unknown */
} LineInfo;

/* One entry per code unit; a damaged table gives -1 from there on. */
LineInfo *linetab_read(Arena *a, const PyCode *c);
/* The same from raw parts, for readers that have no PyCode: line only. */
int linetab_line(const uint8_t *table, uint32_t len, int firstlineno, uint32_t unit);

#endif
