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
    PyObject *builtins = PyImport_ImportModule("builtins");
    bool ok = builtins != NULL;
    for (int k = 0; ok && k < PYRT_KNOWN_COUNT; k++) {
        bool direct = !strcmp(rows[k].owner, "builtins");
        PyObject *owner = direct ? Py_NewRef(builtins) : PyObject_GetAttrString(builtins, rows[k].owner);
        /* A method is its descriptor: what LOAD_METHOD finds in the type. */
        pyrt_known[k] = owner ? PyObject_GetAttrString(owner, rows[k].name) : NULL;
        Py_XDECREF(owner);
        ok = pyrt_known[k] != NULL;
    }
    Py_XDECREF(builtins);
    if (!ok)
        PyErr_Clear();
    return ok;
}
