/* CPython 3.11 as data. */
#include "layout.h"
#include "pyver.h"

static const OpMapEntry ops[256] = {
#include "opmap.inc"
};

static const PyLayout release = {
#include "layout.inc"
};

static const PyLayout debug = {
#include "layout_debug.inc"
};

extern const PyVer pyver_v311;
const PyVer pyver_v311 = {
    .major = 3,
    .minor = 11,
    .magic = 3495,
    .tag = "v311",
    .ops = ops,
    .layout = &release,
    .layout_debug = &debug,
};
