#include "rt_array.h"

#include <string.h>

PyTypeObject *pyrt_array_type;

bool
pyrt_find_array_type(PyTypeObject *tp)
{
    enum { Heap = Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_IMMUTABLETYPE };
    if (pyrt_array_type || (tp->tp_flags & Heap) != Heap || strcmp(tp->tp_name, "array.array") ||
        tp->tp_basicsize != sizeof(PyrtArray) || tp->tp_itemsize)
        return false;
    PyObject *module = ((PyHeapTypeObject *)tp)->ht_module;
    const PyModuleDef *def = module ? PyModule_GetDef(module) : NULL;
    if (!def || strcmp(def->m_name, "array"))
        return false;
    pyrt_array_type = (PyTypeObject *)Py_NewRef(tp);
    return true;
}
