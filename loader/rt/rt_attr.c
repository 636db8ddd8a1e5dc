/* Using the entries of an attribute cell; rt_attr_fill.c makes them.  What no entry answers goes to
 * the function that the interpreter would call, which also raises all errors. */
#include "rt_attr.h"

#include "rt_dict.h"

/* What an entry says about an object. */
typedef enum Hit { HitNone, HitValue, HitMethod, HitGet } Hit;

/* Neither the keys of the inline values nor those of the dict, whichever the object has, know the
 * name. */
static inline bool
not_shadowed(PyObject *o, const PyrtAttrEntry *e)
{
    if (e->dict_offset == MANAGED_DICT_OFFSET && pyrt_values(o))
        return ((PyHeapTypeObject *)Py_TYPE(o))->ht_cached_keys->dk_version == ~e->nsecond;
    PyDictObject *dict = *(PyDictObject **)((char *)o + e->dict_offset);
    return dict == NULL || dict->ma_keys->dk_version == ~e->nsecond;
}

/* The same for a dict of the object's own, which has other keys than the one the entry was made
 * from. */
static bool
not_in_dict(PyObject *o, PyObject *name, const PyrtAttrEntry *e)
{
    if (e->dict_offset == MANAGED_DICT_OFFSET && pyrt_values(o))
        return false;
    PyDictObject *dict = *(PyDictObject **)((char *)o + e->dict_offset);
    return dict == NULL || pyrt_keys_find(dict->ma_keys, name) == PYRT_KEY_ABSENT;
}

static inline PyObject *
dict_value(PyObject *o, PyObject *name, const PyrtAttrEntry *e)
{
    PyDictObject *dict = *(PyDictObject **)((char *)o + e->dict_offset);
    PyObject **at = dict ? pyrt_dict_at(dict, e->index, name) : NULL;
    return at ? *at : NULL;
}

static inline PyObject *
module_value(PyObject *o, const PyrtAttrEntry *e)
{
    PyDictObject *dict = *(PyDictObject **)((char *)o + e->dict_offset);
    if (dict == NULL || dict->ma_keys->dk_version != ~e->nsecond)
        return NULL;
    return *(PyObject **)((char *)dict->ma_keys + e->index);
}

/* What the type's version does not tell: the value in its place, or descr if nothing of the object
 * hides it. Borrowed; NULL: the entry does not apply. */
static inline __attribute__((always_inline)) PyObject *
place_value(PyObject *o, PyObject *name, const PyrtAttrEntry *e)
{
    PyDictValues *values;
    switch ((PyrtAttrKind)e->kind) {
    case PyrtAttrNone: return NULL;
    case PyrtAttrValues: values = pyrt_values(o); return values ? values->values[e->index] : NULL;
    case PyrtAttrSlot: return *(PyObject **)((char *)o + e->index);
    case PyrtAttrDict: return dict_value(o, name, e);
    case PyrtAttrModule: return module_value(o, e);
    case PyrtAttrDescr:
    case PyrtAttrClass: return e->descr;
    case PyrtAttrClassKeys: return not_shadowed(o, e) ? e->descr : NULL;
    case PyrtAttrClassValue:
        values = pyrt_values(o);
        return values && !values->values[e->index] ? e->descr : NULL;
    case PyrtAttrType:
        if (!PyType_Check(o) || ((PyTypeObject *)o)->tp_version_tag != ~e->nsecond)
            return NULL;
        return e->descr;
    }
    return NULL;
}

static Hit
look(PyObject *o, PyObject *name, const PyrtAttrEntry *e, PyObject **value)
{
    if (Py_TYPE(o)->tp_version_tag != ~e->nversion)
        return HitNone;
    *value = place_value(o, name, e);
    if (*value == NULL) {
        if (e->kind != PyrtAttrClassKeys || !not_in_dict(o, name, e))
            return HitNone;
        *value = e->descr;
    }
    /* Not before the class is known to be the same: an attribute of a class dies with it. */
    if (!pyrt_descr_same(e))
        return HitNone;
    if (e->flags & PYRT_ATTR_METHOD)
        return HitMethod;
    return e->flags & PYRT_ATTR_GET ? HitGet : HitValue;
}

/* What PyObject_GetAttr adds to an AttributeError: name and obj, from which tracebacks make
 * suggestions. */
static void
add_error_context(PyObject *o, PyObject *name)
{
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return;
    PyObject *type, *exc, *tb;
    PyErr_Fetch(&type, &exc, &tb);
    PyErr_NormalizeException(&type, &exc, &tb);
    PyAttributeErrorObject *err = (PyAttributeErrorObject *)exc;
    if (PyErr_GivenExceptionMatches(exc, PyExc_AttributeError) && !err->name && !err->obj) {
        err->name = Py_NewRef(name);
        err->obj = Py_NewRef(o);
    }
    PyErr_Restore(type, exc, tb);
}

static PyObject *
call_get(PyObject *o, PyObject *descr, const PyrtAttrEntry *e)
{
    bool on_class = e->kind == PyrtAttrType;
    PyObject *owner = on_class ? o : (PyObject *)Py_TYPE(o);
    Py_INCREF(descr);
    PyObject *v = Py_TYPE(descr)->tp_descr_get(descr, on_class ? NULL : o, owner);
    Py_DECREF(descr);
    return v;
}

PyObject *
pyrt_load_attr_slow(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    for (int i = 0; i < PYRT_ATTR_ENTRIES; i++) {
        PyObject *v;
        switch (look(o, name, &c->e[i], &v)) {
        case HitNone: break;
        case HitValue: return Py_NewRef(v);
        case HitMethod:
        case HitGet:
            v = call_get(o, v, &c->e[i]);
            if (UNLIKELY(v == NULL))
                add_error_context(o, name);
            return v;
        }
    }
    pyrt_attr_fill_load(o, name, c);
    return PyObject_GetAttr(o, name);
}

PyObject **
pyrt_field_poly(PyObject *o, const PyrtAttrCell *c)
{
    PyObject **at = NULL;
    for (int k = 1; k < PYRT_ATTR_ENTRIES && !at; k++)
        at = pyrt_field_at(o, c, k);
    return at;
}

/* The same of an entry that has no __get__ to call. */
static inline __attribute__((always_inline)) PyObject *
simple_value(PyObject *o, PyObject *name, const PyrtAttrEntry *e)
{
    bool applies = ~Py_TYPE(o)->tp_version_tag == e->nversion && !e->flags;
    PyObject *v = applies ? place_value(o, name, e) : NULL;
    return v && pyrt_descr_same(e) ? v : NULL;
}

/* These are leaves, so that a site with several types costs little more than one with a single
 * type. */
PyObject *
pyrt_attr_poly(PyObject *o, PyObject *name, const PyrtAttrCell *c)
{
    PyObject **at = pyrt_dict_field(o, name, c, 0);
    if (LIKELY(at && *at))
        return *at;
    PyObject *v = simple_value(o, name, &c->e[0]);
    if (LIKELY(v != NULL))
        return v;
    at = pyrt_field_poly(o, c);
    if (LIKELY(at && *at))
        return *at;
    for (int k = 1; k < PYRT_ATTR_ENTRIES && v == NULL; k++)
        v = simple_value(o, name, &c->e[k]);
    return v;
}

/* The function of a classmethod, borrowed, or NULL.  Called with the class in front it does what
 * the bound method would, which then need not be made.  funcobject.c keeps the struct to itself. */
static inline PyObject *
class_function(PyObject *descr)
{
    struct {
        PyObject_HEAD PyObject *callable;
    } *method = (void *)descr;
    return Py_IS_TYPE(descr, &PyClassMethod_Type) && method->callable &&
                   Py_IS_TYPE(method->callable, &PyFunction_Type)
               ? method->callable
               : NULL;
}

/* Does the entry give an object its method that has a dict of the old kind, as those of types
 * written in C have, and has not used it? */
static inline bool
method_of_own_dict(PyObject *o, const PyrtAttrEntry *e)
{
    return Py_TYPE(o)->tp_version_tag == ~e->nversion && e->kind == PyrtAttrClassKeys &&
           e->flags == PYRT_ATTR_METHOD && !e->descr_version && e->dict_offset > 0 &&
           *(PyObject **)((char *)o + e->dict_offset) == NULL;
}

PyObject *
pyrt_method_poly(PyObject *o, PyObject *name, const PyrtAttrCell *c)
{
    uint32_t nversion = ~Py_TYPE(o)->tp_version_tag;
    if (method_of_own_dict(o, &c->e[0]))
        return c->e[0].descr;
    for (int k = 1; k < PYRT_ATTR_ENTRIES; k++)
        if (pyrt_method_cached(o, c, k))
            return c->e[k].descr;
    for (const PyrtAttrEntry *e = c->e; e < c->e + PYRT_ATTR_ENTRIES; e++) {
        bool class_get = e->kind == PyrtAttrType && e->flags == PYRT_ATTR_GET;
        if (e->nversion != nversion || e->descr_version ||
            (e->flags != PYRT_ATTR_METHOD && !class_get))
            continue;
        PyObject *v = place_value(o, name, e);
        if (!v && e->kind == PyrtAttrClassKeys && not_in_dict(o, name, e))
            v = e->descr;
        if (class_get && v != NULL)
            v = class_function(v);
        if (LIKELY(v != NULL))
            return v;
    }
    return NULL;
}

PyObject *
pyrt_find_method_slow(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    pyrt_attr_fill_load(o, name, c);
    return pyrt_method_poly(o, name, c);
}

PyObject *
pyrt_load_method_slow(PyObject *o, PyObject *name, PyrtAttrCell *c, PyObject **first)
{
    *first = NULL;
    for (int i = 0; i < PYRT_ATTR_ENTRIES && c->e[i].nversion; i++) {
        PyObject *v;
        switch (look(o, name, &c->e[i], &v)) {
        case HitNone: break;
        case HitValue: return Py_NewRef(v);
        case HitMethod: *first = Py_NewRef(v); return Py_NewRef(o);
        case HitGet: return call_get(o, v, &c->e[i]);
        }
    }
    pyrt_attr_fill_load(o, name, c);
    PyObject *method = NULL;
    if (!_PyObject_GetMethod(o, name, &method))
        return method;
    *first = method;
    return Py_NewRef(o);
}

static bool
store_dict(PyDictObject *dict, PyObject *name, PyObject *value, size_t hint)
{
    PyObject **at = dict ? pyrt_dict_at(dict, hint, name) : NULL;
    if (at == NULL || *at == NULL)
        return false;
    pyrt_dict_replace((PyObject *)dict, at, value);
    return true;
}

static inline void
store_slot(PyObject *o, PyObject *value, uint32_t offset)
{
    PyObject **at = (PyObject **)((char *)o + offset), *old = *at;
    *at = Py_NewRef(value);
    Py_XDECREF(old);
}

static inline bool
store_inline(PyObject *o, PyObject *value, uint32_t index)
{
    PyDictValues *v = pyrt_values(o);
    if (v == NULL)
        return false;
    PyObject *old = v->values[index];
    v->values[index] = Py_NewRef(value);
    if (old == NULL)
        _PyDictValues_AddToInsertionOrder(v, index);
    else
        Py_DECREF(old);
    return true;
}

static int
call_set(PyObject *o, PyObject *descr, PyObject *value)
{
    PyTypeObject *tp = Py_TYPE(o);
    Py_INCREF(tp);
    Py_INCREF(descr);
    int status = Py_TYPE(descr)->tp_descr_set(descr, o, value);
    Py_DECREF(descr);
    Py_DECREF(tp);
    return status;
}

/* 1: done; 0: the entry does not apply; -1: error. */
static int
store(PyObject *o, PyObject *name, PyObject *value, const PyrtAttrEntry *e)
{
    if (Py_TYPE(o)->tp_version_tag != ~e->nversion || !pyrt_descr_same(e))
        return 0;
    switch ((PyrtAttrKind)e->kind) {
    case PyrtAttrValues: return store_inline(o, value, e->index);
    case PyrtAttrDict:
        return store_dict(*(PyDictObject **)((char *)o + e->dict_offset), name, value, e->index);
    case PyrtAttrSlot: store_slot(o, value, e->index); return 1;
    case PyrtAttrDescr: return call_set(o, e->descr, value) < 0 ? -1 : 1;
    case PyrtAttrNone:
    case PyrtAttrClass:
    case PyrtAttrClassKeys:
    case PyrtAttrClassValue:
    case PyrtAttrModule:
    case PyrtAttrType: break;
    }
    return 0;
}

int
pyrt_store_attr_slow(PyObject *o, PyObject *name, PyObject *value, PyrtAttrCell *c)
{
    for (int i = 0; i < PYRT_ATTR_ENTRIES; i++) {
        int done = store(o, name, value, &c->e[i]);
        if (done)
            return done < 0 ? -1 : 0;
    }
    int status = PyObject_SetAttr(o, name, value);
    /* Only now: the first store of a name is what gives it a place. */
    if (status == 0)
        pyrt_attr_fill_store(o, name, c);
    return status;
}

int
pyrt_del_attr(PyObject *o, PyObject *name)
{
    return PyObject_SetAttr(o, name, NULL);
}
