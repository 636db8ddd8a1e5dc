#include "rt_known.h"

#include <string.h>

PyObject *pyrt_known[PYRT_KNOWN_COUNT];

static const struct {
    const char *owner, *name;
} rows[PYRT_KNOWN_COUNT] = {
#define KNOWN(id, owner, name) {#owner, name},
#include "known.def"
#undef KNOWN
};

bool
pyrt_known_init(void)
{
    /* The dictionary itself: at the first code object of a process the import system may not work
     * yet. */
    PyObject *builtins = PyEval_GetBuiltins();
    for (int k = 0; k < PYRT_KNOWN_COUNT; k++) {
        bool direct = !strcmp(rows[k].owner, "builtins");
        PyObject *o =
            builtins ? PyDict_GetItemString(builtins, direct ? rows[k].name : rows[k].owner) : NULL;
        /* A method is its descriptor: what LOAD_METHOD finds in the type. */
        pyrt_known[k] = !o ? NULL : direct ? Py_NewRef(o) : PyObject_GetAttrString(o, rows[k].name);
        if (!pyrt_known[k]) {
            PyErr_Clear();
            return false;
        }
    }
    return true;
}
