/* Attributes: LOAD_ATTR, STORE_ATTR, DELETE_ATTR and LOAD_METHOD, with one self-filling cache per
 * site.
 *
 * A cell holds up to four entries.  An entry is keyed by the tp_version_tag of the owner's type,
 * and a type's version stands for everything that its MRO says about the name: which descriptor
 * there is, and that there is none.  What a version cannot say is checked on the object: its type's
 * version does not know whether the instance has a value under the name, nor what the type of a
 * class attribute can do (an instance of a class of the program can become a data descriptor at any
 * time).  rt_attr_fill.c tells how entries are filled.
 *
 * An empty cell is all zeroes, and a type that was just changed has version 0.  So that the two
 * never match, a cell keeps versions inverted. */
#ifndef PYOPT_RT_ATTR_H
#define PYOPT_RT_ATTR_H

#include "rt_dict.h"

typedef enum PyrtAttrKind {
    PyrtAttrNone,       /* nothing known */
    PyrtAttrValues,     /* the object's inline values, at index */
    PyrtAttrSlot,       /* a __slots__ member, at byte offset index */
    PyrtAttrDict,       /* the object's dict; index is a hint */
    PyrtAttrDescr,      /* a data descriptor of the type: call its __get__ */
    PyrtAttrClass,      /* from the type, and the type's instances have no dict */
    PyrtAttrClassKeys,  /* from the type, if the object's values or dict have no such name */
    PyrtAttrClassValue, /* from the type, if the inline value at index is NULL */
    PyrtAttrType,       /* the owner is itself a class: an attribute of that class */
    PyrtAttrModule,     /* the object's dict; index is the value's offset in its keys table */
} PyrtAttrKind;

enum {
    PYRT_ATTR_ENTRIES = 4,
    PYRT_ATTR_GET = 1,    /* descr has a __get__ that must be called */
    PYRT_ATTR_METHOD = 2, /* descr may be called with the object as its first argument */
};

typedef struct PyrtAttrEntry {
    uint32_t nversion; /* ~version of the owner's type; 0: no entry */
    uint32_t index;    /* by kind */
    uint32_t nsecond;  /* ~dk_version (ClassKeys, Module) or ~version of the class itself (Type) */
    uint32_t descr_version; /* of descr's type when that type is not immutable, else 0 */
    uint8_t kind;           /* PyrtAttrKind */
    uint8_t flags;          /* PYRT_ATTR_* */
    int16_t dict_offset; /* of the object's dict pointer; MANAGED_DICT_OFFSET for managed dicts */
    PyObject *descr; /* what the type has under the name; borrowed, alive while nversion holds */
} PyrtAttrEntry;

typedef struct PyrtAttrCell {
    /* What is asked first, side by side: ~version of the entries that are of that kind, else 0. */
    uint32_t nvalues[PYRT_ATTR_ENTRIES]; /* PyrtAttrValues, nothing else to check */
    uint32_t nslot[PYRT_ATTR_ENTRIES];   /* PyrtAttrSlot */
    uint32_t ndict[PYRT_ATTR_ENTRIES];   /* PyrtAttrDict of a managed dict */
    uint32_t index[PYRT_ATTR_ENTRIES];   /* their index */
    uint32_t nmethod[PYRT_ATTR_ENTRIES]; /* ClassKeys or Class, and a method: LOAD_METHOD's usual
                                          * case */
    uint32_t nnamed;                     /* of entry 0: PyrtAttrModule, PyrtAttrType */
    uint8_t fills;                       /* so far */
    uint16_t cool;                       /* misses to let pass before the next fill */
    PyrtAttrEntry e[PYRT_ATTR_ENTRIES];
} PyrtAttrCell;

PYRT_INLINE PyDictValues *
pyrt_values(PyObject *o)
{
    return ((PyDictValues **)o)[-4];
}

PYRT_INLINE PyDictObject *
pyrt_managed_dict(PyObject *o)
{
    return ((PyDictObject **)o)[-3];
}

/* What some entry says without a call: the attribute, or the method that LOAD_METHOD finds;
 * borrowed, NULL without exception when no entry does.  Runs no code of the program. */
PYRT_API PyObject *pyrt_attr_poly(PyObject *o, PyObject *name, const PyrtAttrCell *c);
PYRT_API PyObject *pyrt_method_poly(PyObject *o, PyObject *name, const PyrtAttrCell *c);

/* The same for attributes, with entry 0's usual cases in line. */
PYRT_INLINE PyObject *
pyrt_attr_fast(PyObject *o, PyObject *name, const PyrtAttrCell *c)
{
    if (LIKELY(Py_TYPE(o)->tp_version_tag == ~c->nvalues[0])) {
        PyDictValues *v = pyrt_values(o);
        if (LIKELY(v != NULL))
            return v->values[c->index[0]];
    }
    return pyrt_attr_poly(o, name, c);
}

/* Where o's dict has the attribute by what entry k says; NULL: it does not apply.  The value may be
 * NULL.  Objects get a dict of their own when they are given more attributes than their class has
 * seen in its first instances, by __dict__, and by copying. */
PYRT_INLINE PyObject **
pyrt_dict_field(PyObject *o, PyObject *name, const PyrtAttrCell *c, int k)
{
    if (UNLIKELY(Py_TYPE(o)->tp_version_tag != ~c->ndict[k]))
        return NULL;
    PyDictObject *dict = pyrt_managed_dict(o);
    return LIKELY(dict != NULL) ? pyrt_dict_at(dict, c->index[k], name) : NULL;
}

/* As pyrt_attr_fast() for sites that the profile knows: objects with a dict, or modules and classes
 * (the optimizer's AttrSite says which). */
PYRT_INLINE PyObject *
pyrt_attr_fast_dict(PyObject *o, PyObject *name, const PyrtAttrCell *c)
{
    PyObject **at = pyrt_dict_field(o, name, c, 0);
    return LIKELY(at && *at) ? *at : pyrt_attr_poly(o, name, c);
}

/* Is the class of what the type has under the name as it was?  To be asked when the entry is known
 * to apply: what a class has dies with it. */
PYRT_INLINE bool
pyrt_descr_same(const PyrtAttrEntry *e)
{
    return !e->descr_version || Py_TYPE(e->descr)->tp_version_tag == e->descr_version;
}

PYRT_INLINE PyObject *
pyrt_attr_fast_named(PyObject *o, PyObject *name, const PyrtAttrCell *c)
{
    const PyrtAttrEntry *e = &c->e[0];
    if (LIKELY(Py_TYPE(o)->tp_version_tag == ~c->nnamed)) {
        if (e->kind == PyrtAttrType) {
            if (LIKELY(((PyTypeObject *)o)->tp_version_tag == ~e->nsecond && pyrt_descr_same(e)))
                return e->descr;
        } else {
            PyDictObject *dict = *(PyDictObject **)((char *)o + e->dict_offset);
            if (LIKELY(dict && dict->ma_keys->dk_version == ~e->nsecond))
                return *(PyObject **)((char *)dict->ma_keys + e->index);
        }
    }
    return pyrt_attr_poly(o, name, c);
}

PYRT_SLOW PyObject *pyrt_load_attr_slow(PyObject *o, PyObject *name, PyrtAttrCell *c);
PYRT_SLOW int pyrt_store_attr_slow(PyObject *o, PyObject *name, PyObject *v, PyrtAttrCell *c);
PYRT_SLOW PyObject *pyrt_load_method_slow(PyObject *o, PyObject *name, PyrtAttrCell *c,
                                          PyObject **first);
/* rt_attr_fill.c: after a miss, make the cell know this object's case (unless it has seen too
 * many). */
void pyrt_attr_fill_load(PyObject *o, PyObject *name, PyrtAttrCell *c);
void pyrt_attr_fill_store(PyObject *o, PyObject *name, PyrtAttrCell *c);
PYRT_API int pyrt_del_attr(PyObject *o, PyObject *name);

static inline PyObject *
pyrt_load_attr(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    PyObject *v = pyrt_attr_fast(o, name, c);
    return LIKELY(v != NULL) ? Py_NewRef(v) : pyrt_load_attr_slow(o, name, c);
}

/* Where entry k says that o keeps the attribute; NULL: it does not apply. */
PYRT_INLINE PyObject **
pyrt_field_at(PyObject *o, const PyrtAttrCell *c, int k)
{
    uint32_t nversion = ~Py_TYPE(o)->tp_version_tag;
    if (LIKELY(nversion == c->nvalues[k])) {
        PyDictValues *v = pyrt_values(o);
        return LIKELY(v != NULL) ? &v->values[c->index[k]] : NULL;
    }
    return nversion == c->nslot[k] ? (PyObject **)((char *)o + c->index[k]) : NULL;
}

/* The same of the entries behind the first. */
PYRT_API PyObject **pyrt_field_poly(PyObject *o, const PyrtAttrCell *c);

PYRT_INLINE PyObject **
pyrt_field(PyObject *o, const PyrtAttrCell *c)
{
    PyObject **at = pyrt_field_at(o, c, 0);
    return LIKELY(at != NULL) ? at : pyrt_field_poly(o, c);
}

/* A place in o's inline values that was empty is the next in the insertion order. */
static inline void
pyrt_field_filled(PyObject *o, PyObject **at)
{
    PyDictValues *v = Py_TYPE(o)->tp_flags & Py_TPFLAGS_MANAGED_DICT ? pyrt_values(o) : NULL;
    if (v && at >= v->values && at < v->values + SHARED_KEYS_MAX_SIZE)
        _PyDictValues_AddToInsertionOrder(v, at - v->values);
}

/* Store where the object keeps the attribute: true when done; *old is the caller's to release, NULL
 * or the value before. */
PYRT_INLINE bool
pyrt_store_attr_fast(PyObject *o, PyObject *name, PyObject *value, const PyrtAttrCell *c,
                     PyObject **old)
{
    (void)name;
    PyObject **at = pyrt_field(o, c);
    if (UNLIKELY(at == NULL))
        return false;
    *old = *at;
    *at = Py_NewRef(value);
    if (*old == NULL)
        pyrt_field_filled(o, at);
    return true;
}

PYRT_INLINE bool
pyrt_store_attr_fast_dict(PyObject *o, PyObject *name, PyObject *value, const PyrtAttrCell *c,
                          PyObject **old)
{
    PyObject **at = pyrt_dict_field(o, name, c, 0);
    if (UNLIKELY(at == NULL || *at == NULL))
        return pyrt_store_attr_fast(o, name, value, c, old);
    *old = pyrt_dict_swap((PyObject *)pyrt_managed_dict(o), at, value);
    return true;
}

static inline int
pyrt_store_attr(PyObject *o, PyObject *name, PyObject *value, PyrtAttrCell *c)
{
    PyObject *old;
    if (LIKELY(pyrt_store_attr_fast(o, name, value, c, &old))) {
        Py_XDECREF(old);
        return 0;
    }
    return pyrt_store_attr_slow(o, name, value, c);
}

/* Does entry k give LOAD_METHOD its method for this object, c->e[k].descr? */
PYRT_INLINE bool
pyrt_method_cached(PyObject *o, const PyrtAttrCell *c, int k)
{
    PyTypeObject *tp = Py_TYPE(o);
    return LIKELY(tp->tp_version_tag == ~c->nmethod[k]) &&
           (c->e[k].kind == PyrtAttrClass ||
            (pyrt_values(o) != NULL &&
             ((PyHeapTypeObject *)tp)->ht_cached_keys->dk_version == ~c->e[k].nsecond));
}

/* The method that LOAD_METHOD calls with o as its first argument, borrowed, or NULL. */
PYRT_INLINE PyObject *
pyrt_method_fast(PyObject *o, PyObject *name, const PyrtAttrCell *c)
{
    return pyrt_method_cached(o, c, 0) ? c->e[0].descr : pyrt_method_poly(o, name, c);
}

PYRT_SLOW PyObject *pyrt_find_method_slow(PyObject *o, PyObject *name, PyrtAttrCell *c);

/* The same where there is no other way to go: fills the cell first. */
static inline PyObject *
pyrt_find_method(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    PyObject *method = pyrt_method_fast(o, name, c);
    return LIKELY(method != NULL) ? method : pyrt_find_method_slow(o, name, c);
}

/* The property that a class has under a name, for the Python function it calls. */
typedef struct PyrtGetterCell {
    uint32_t nversion;  /* ~version of the class; 0: nothing known */
    PyObject *property; /* borrowed, alive while nversion holds */
} PyrtGetterCell;

/* As descrobject.c has it. */
typedef struct PyrtProperty {
    PyObject_HEAD PyObject *get;
} PyrtProperty;

PYRT_SLOW bool pyrt_getter_fill(PyObject *o, PyObject *name, PyrtGetterCell *c);

/* What o.name calls with o, borrowed as long as the class does not change; NULL without exception:
 * it is no plain property.  A property can be given another function, by __init__. */
static inline PyObject *
pyrt_find_getter(PyObject *o, PyObject *name, PyrtGetterCell *c)
{
    if (UNLIKELY(Py_TYPE(o)->tp_version_tag != ~c->nversion) && !pyrt_getter_fill(o, name, c))
        return NULL;
    PyObject *get = ((PyrtProperty *)c->property)->get;
    return get && PyFunction_Check(get) ? get : NULL;
}

/* The two stack entries of LOAD_METHOD, both new references: *first is the method or NULL, the
 * result is self or the callable. */
static inline PyObject *
pyrt_load_method(PyObject *o, PyObject *name, PyrtAttrCell *c, PyObject **first)
{
    PyObject *method = pyrt_method_fast(o, name, c);
    if (LIKELY(method != NULL)) {
        *first = Py_NewRef(method);
        return Py_NewRef(o);
    }
    return pyrt_load_method_slow(o, name, c, first);
}

#endif
