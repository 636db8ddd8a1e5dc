/* Code objects without the names of their locals, which some may not want to leave a host: local i
 * is called ".i".  The code key covers names, so such a code object no longer gives its own key;
 * the profile's row has it. */
#ifndef PYOPT_NAMELESS_H
#define PYOPT_NAMELESS_H

#include "pycode.h"

/* A copy that shares the rest; nested code objects are nameless too. */
PyCode *nameless_copy(Arena *a, const PyCode *c);
/* Is it, or a code object nested in it, such a copy? */
bool nameless_is(PyCode *c);

#endif
