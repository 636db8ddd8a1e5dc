#include "rt_new.h"

#include "loader.h"

/* An object is made and goes: making it collects. The collection took the place of the one that the
 * instance's own allocation would have run, which counts that allocation before it starts over. */
int
pyrt_gc_poll(PyThreadState *ts)
{
    struct _gc_runtime_state *gc = &ts->interp->gc;
    if (LIKELY(pyrt_collect_nothing(ts, &loader.collect))) {
        gc->generations[0].count = -1;
        return 0;
    }
    PyObject *cell = PyCell_New(NULL);
    if (UNLIKELY(!cell))
        return -1;
    Py_DECREF(cell);
    if (gc->generations[0].count == 0)
        gc->generations[0].count = -1;
    return 0;
}

PyFunctionObject *
pyrt_class_init(PyTypeObject *type)
{
    if (type->tp_new != PyBaseObject_Type.tp_new || type->tp_flags & Py_TPFLAGS_IS_ABSTRACT ||
        !(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return NULL;
    PyObject *init = _PyType_Lookup(type, loader.init_name);
    if (!init || !Py_IS_TYPE(init, &PyFunction_Type) ||
        !(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG) || !type->tp_version_tag)
        return NULL;
    return (PyFunctionObject *)init;
}

bool
pyrt_bind_class(PyObject *o, PyrtClassCell *c)
{
    if (!o || !PyType_Check(o))
        return false;
    PyTypeObject *type = (PyTypeObject *)o;
    PyFunctionObject *init = pyrt_class_init(type);
    if (!init || (type->tp_dictoffset && !(type->tp_flags & Py_TPFLAGS_MANAGED_DICT)))
        return false;
    *c = (PyrtClassCell){type, init, type->tp_version_tag};
    return true;
}

/* The values of an object with a managed dict, as init_inline_values() in CPython's dictobject.c.
 */
static bool
add_values(PyObject *o, PyTypeObject *type)
{
    PyDictKeysObject *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
    if (keys->dk_usable > 1)
        keys->dk_usable--;
    size_t n = (size_t)(keys->dk_nentries + keys->dk_usable);
    size_t prefix = (n + 2 + sizeof(PyObject *) - 1) & ~(sizeof(PyObject *) - 1);
    uint8_t *mem = PyMem_Malloc(prefix + n * sizeof(PyObject *));
    if (UNLIKELY(!mem)) {
        PyErr_NoMemory();
        return false;
    }
    PyDictValues *values = (PyDictValues *)(mem + prefix);
    mem[prefix - 1] = (uint8_t)prefix;
    mem[prefix - 2] = 0;
    for (size_t i = 0; i < n; i++)
        values->values[i] = NULL;
    *_PyObject_ValuesPointer(o) = values;
    return true;
}

/* PyType_GenericAlloc() of a type with a collector's header, which counts the allocation but does
 * not collect. */
static PyObject *
allocate(PyThreadState *ts, PyTypeObject *type)
{
    size_t head = _PyType_PreHeaderSize(type), size = (size_t)type->tp_basicsize;
    char *mem = PyObject_Malloc(head + size);
    if (UNLIKELY(!mem))
        return PyErr_NoMemory();
    memset(mem, 0, head + size);
    PyObject *o = (PyObject *)(mem + head);
    ts->interp->gc.generations[0].count++;
    _PyObject_Init(o, type);
    _PyObject_GC_TRACK(o);
    return o;
}

PyObject *
pyrt_new_instance(PyThreadState *ts, PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;
    if (UNLIKELY(type->tp_alloc != PyType_GenericAlloc || !PyType_IS_GC(type) || type->tp_itemsize))
        return type->tp_new(type, loader.no_args, NULL);
    PyObject *o = allocate(ts, type);
    if (o && type->tp_flags & Py_TPFLAGS_MANAGED_DICT && !add_values(o, type))
        Py_CLEAR(o);
    return o;
}
