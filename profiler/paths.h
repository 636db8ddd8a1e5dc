/* A sample's way from the innermost frame out, Python's and native ones in one. */
#ifndef PYOPT_PATHS_H
#define PYOPT_PATHS_H

#include "native.h"

typedef struct Step {
    Code *code;
    uint32_t unit;
    bool entry; /* of Python: the interpreter's loop was entered with this frame */
} Step;

enum { PATHS_MAX = RING_MAX_FRAMES + NATIVE_FRAMES + 1 };

/* Puts the Python frames where the native stack has the interpreter's loop, innermost first; whole:
 * no Python frame is missing.  0 when they do not belong together. */
uint32_t paths_splice(Step out[PATHS_MAX], const Step *python, uint32_t n, bool whole,
                      const NativeStack *native);

#endif
