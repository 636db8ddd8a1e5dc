#include "rt_inline.h"

#include "loader.h"

PYRT_SLOW bool
pyrt_bind_code(PyCodeObject *code, PyrtDep *dep, const PyoptUnit *u, unsigned n)
{
    CodeKey key;
    PyoptEntry *e = pyrt_entry_of(code);
    if (e)
        key = e->unit->key; /* its bytes are patched: the key cannot be had from them */
    else if (!match_key(code, &key))
        return false;
    if (!codekey_equal(key, u->deps[n]))
        return false;
    PyCodeObject *old = dep->code;
    dep->code = (PyCodeObject *)Py_NewRef(code);
    Py_XDECREF(old);
    return true;
}
