/* super().name, as LOAD_METHOD finds it, with one self-filling cache per site.
 *
 * The version of the class that the search starts from stands for its MRO and for everything that
 * the classes in it say about the name; the class that it starts behind is compared itself (while
 * the version holds it is in the MRO, and alive). */
#ifndef PYOPT_RT_SUPER_H
#define PYOPT_RT_SUPER_H

#include "rt_base.h"

typedef enum PyrtSuperKind {
    PyrtSuperNone,
    PyrtSuperMethod, /* found is called with self in front */
    PyrtSuperPlain,  /* found is called as it is: a function looked up on a class */
    PyrtSuperStatic, /* a staticmethod: what it holds is called */
    PyrtSuperClass,  /* a classmethod: its function is called with the class in front */
} PyrtSuperKind;

/* What self is to the class that the search starts from. */
typedef enum PyrtSuperSelf {
    PyrtSelfInstance, /* an instance, and no class */
    PyrtSelfClass,    /* that class */
    PyrtSelfMeta,     /* a class, and it an instance: super() in a metaclass */
} PyrtSuperSelf;

typedef struct PyrtSuperEntry {
    uint32_t nversion; /* ~version of the class that the search starts from; 0: nothing known */
    uint8_t kind;      /* PyrtSuperKind */
    uint8_t self;      /* PyrtSuperSelf */
    PyObject *cls;     /* behind which the search starts; borrowed, alive while nversion holds */
    PyObject *found;   /* likewise */
} PyrtSuperEntry;

/* A base class's __init__ is called for instances of all that derive from it. */
enum { PYRT_SUPER_ENTRIES = 4 };

typedef struct PyrtSuperCell {
    PyrtSuperEntry e[PYRT_SUPER_ENTRIES];
    uint8_t next; /* to be filled */
} PyrtSuperCell;

/* As supercheck() of CPython distinguishes them. */
static inline PyrtSuperSelf
pyrt_super_self(PyObject *cls, PyObject *self)
{
    if (!PyType_Check(self))
        return PyrtSelfInstance;
    bool is_class = PyType_IsSubtype((PyTypeObject *)self, (PyTypeObject *)cls);
    return is_class ? PyrtSelfClass : PyrtSelfMeta;
}

/* The other entries, then the MRO, without running any code of the program.  NULL, without
 * exception: only the interpreter knows. */
PYRT_SLOW const PyrtSuperEntry *pyrt_super_poly(PyObject *cls, PyObject *self, PyObject *name,
                                                PyrtSuperCell *c);

PYRT_INLINE bool
pyrt_super_known(PyObject *cls, PyObject *self, const PyrtSuperEntry *e)
{
    PyTypeObject *start = e->self == PyrtSelfClass ? (PyTypeObject *)self : Py_TYPE(self);
    if (UNLIKELY(e->self) && pyrt_super_self(cls, self) != e->self)
        return false;
    return start->tp_version_tag == ~e->nversion && cls == e->cls;
}

PYRT_INLINE const PyrtSuperEntry *
pyrt_super_entry(PyObject *super, PyObject *cls, PyObject *self, PyObject *name, PyrtSuperCell *c)
{
    if (UNLIKELY(super != (PyObject *)&PySuper_Type))
        return NULL;
    return LIKELY(pyrt_super_known(cls, self, &c->e[0])) ? &c->e[0]
                                                         : pyrt_super_poly(cls, self, name, c);
}

/* The function of a classmethod that a class looked up, which is called with that class in front;
 * borrowed.  NULL without exception for anything else. */
PYRT_SLOW PyObject *pyrt_super_function(const PyrtSuperEntry *e);

/* The function, borrowed, where it is called with self in front; else NULL, without exception. */
static inline PyObject *
pyrt_find_super(PyObject *super, PyObject *cls, PyObject *self, PyObject *name, PyrtSuperCell *c)
{
    const PyrtSuperEntry *e = pyrt_super_entry(super, cls, self, name, c);
    if (UNLIKELY(!e))
        return NULL;
    return LIKELY(e->kind == PyrtSuperMethod) ? e->found : pyrt_super_function(e);
}

/* What is not a method of the class: both entries, new references; NULL without exception. */
PYRT_SLOW PyObject *pyrt_super_other(PyObject *self, const PyrtSuperEntry *e, PyObject **first);

/* The two stack entries of LOAD_METHOD, both new references: *first is the method or NULL, the
 * result self or the callable.  NULL without exception: only the interpreter knows. */
static inline PyObject *
pyrt_load_super(PyObject *super, PyObject *cls, PyObject *self, PyObject *name, PyrtSuperCell *c,
                PyObject **first)
{
    const PyrtSuperEntry *e = pyrt_super_entry(super, cls, self, name, c);
    if (UNLIKELY(!e))
        return NULL;
    if (UNLIKELY(e->kind != PyrtSuperMethod))
        return pyrt_super_other(self, e, first);
    *first = Py_NewRef(e->found);
    return Py_NewRef(self);
}

#endif
