/* Filling and using the cells of super(): what super_getattro() of CPython does, as far as it runs
 * no code of the program. */
#include "rt_super.h"

#include "rt_dict.h"

/* The class whose MRO is searched; NULL: an error, or a proxy. */
static PyTypeObject *
start_of(PyTypeObject *cls, PyObject *self, PyrtSuperSelf is)
{
    if (is == PyrtSelfClass)
        return (PyTypeObject *)self;
    return PyType_IsSubtype(Py_TYPE(self), cls) ? Py_TYPE(self) : NULL;
}

/* What the classes behind cls in the MRO have under the name, borrowed, or NULL. */
static PyObject *
find_behind(PyTypeObject *start, PyObject *cls, PyObject *name)
{
    PyObject *mro = start->tp_mro;
    Py_ssize_t i = 0, n = mro ? PyTuple_GET_SIZE(mro) : 0;
    while (i < n && PyTuple_GET_ITEM(mro, i) != cls)
        i++;
    for (i++; i < n; i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict, **at;
        int found = dict && PyDict_CheckExact(dict) ? pyrt_dict_find(dict, name, &at) : -1;
        if (found)
            return found > 0 ? *at : NULL;
    }
    return NULL;
}

static PyrtSuperKind
kind_of(PyObject *found, PyrtSuperSelf self)
{
    PyTypeObject *t = Py_TYPE(found);
    if (t == &PyFunction_Type || t == &PyMethodDescr_Type || t == &PyWrapperDescr_Type)
        return self == PyrtSelfClass ? PyrtSuperPlain : PyrtSuperMethod;
    return t == &PyCFunction_Type      ? PyrtSuperPlain /* __new__ of a builtin */
           : t == &PyStaticMethod_Type ? PyrtSuperStatic
           : t == &PyClassMethod_Type  ? PyrtSuperClass
                                       : PyrtSuperNone;
}

static const PyrtSuperEntry *
fill(PyObject *cls, PyObject *self, PyObject *name, PyrtSuperCell *c)
{
    if (!cls || !PyType_Check(cls) || PyUnicode_CompareWithASCIIString(name, "__class__") == 0)
        return NULL;
    PyrtSuperSelf is = pyrt_super_self(cls, self);
    PyTypeObject *start = start_of((PyTypeObject *)cls, self, is);
    if (!start || !_PyType_IsReady(start))
        return NULL;
    _PyType_Lookup(start, name); /* makes it have a version */
    PyObject *found = start->tp_version_tag ? find_behind(start, cls, name) : NULL;
    PyrtSuperKind kind = found ? kind_of(found, is) : PyrtSuperNone;
    if (kind == PyrtSuperNone)
        return NULL;
    PyrtSuperEntry *e = &c->e[c->next++ % PYRT_SUPER_ENTRIES];
    *e = (PyrtSuperEntry){.nversion = ~start->tp_version_tag,
                          .kind = (uint8_t)kind,
                          .self = is,
                          .cls = cls,
                          .found = found};
    return e;
}

const PyrtSuperEntry *
pyrt_super_poly(PyObject *cls, PyObject *self, PyObject *name, PyrtSuperCell *c)
{
    for (int k = 1; k < PYRT_SUPER_ENTRIES; k++)
        if (pyrt_super_known(cls, self, &c->e[k]))
            return &c->e[k];
    return fill(cls, self, name, c);
}

/* What a staticmethod or classmethod holds: funcobject.c keeps the structs of both to itself; they
 * begin alike. */
static PyObject *
held_by(PyObject *descr)
{
    struct {
        PyObject_HEAD PyObject *callable;
    } *method = (void *)descr;
    return method->callable;
}

PyObject *
pyrt_super_function(const PyrtSuperEntry *e)
{
    PyObject *held =
        e->kind == PyrtSuperClass && e->self == PyrtSelfClass ? held_by(e->found) : NULL;
    return held && PyFunction_Check(held) ? held : NULL;
}

PyObject *
pyrt_super_other(PyObject *self, const PyrtSuperEntry *e, PyObject **first)
{
    PyObject *held;
    *first = NULL;
    switch ((PyrtSuperKind)e->kind) {
    case PyrtSuperPlain: return Py_NewRef(e->found);
    case PyrtSuperStatic: return Py_XNewRef(held_by(e->found));
    case PyrtSuperClass:
        held = held_by(e->found);
        if (!held || !PyFunction_Check(held))
            return NULL;
        *first = Py_NewRef(held);
        return Py_NewRef(e->self == PyrtSelfClass ? self : (PyObject *)Py_TYPE(self));
    case PyrtSuperNone:
    case PyrtSuperMethod: break;
    }
    return NULL;
}
