#include "rt_math.h"

#include <string.h>

const PyMethodDef *pyrt_math_defs[PYRT_MATH_COUNT];

static const char *const names[PYRT_MATH_COUNT] = {
#define MATH(name, n, result) #name,
#include "math.def"
#undef MATH
};

bool
pyrt_math_bind(PyObject *o, int id)
{
    const PyCFunctionObject *f = (const PyCFunctionObject *)o;
    const PyModuleDef *def =
        f->m_self && PyModule_CheckExact(f->m_self) ? PyModule_GetDef(f->m_self) : NULL;
    if (!def || !def->m_name || strcmp(def->m_name, "math") || strcmp(f->m_ml->ml_name, names[id]))
        return false;
    pyrt_math_defs[id] = f->m_ml;
    return true;
}
