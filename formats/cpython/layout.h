/* Offsets of struct fields in a running interpreter: layout.def's rows as one struct per build. */
#ifndef PYOPT_LAYOUT_H
#define PYOPT_LAYOUT_H

#include "base.h"

struct PyLayout {
#define FIELD(name, type, member) int64_t name;
#define SIZE(name, type)          int64_t name;
#define VALUE(name, expression)   int64_t name;
#include "layout.def"
#undef FIELD
#undef SIZE
#undef VALUE
};

typedef struct PyLayout PyLayout;

#endif
