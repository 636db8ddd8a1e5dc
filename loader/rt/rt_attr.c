/* Filling and using the entries of an attribute cell.
 *
 * A fill asks what PyObject_GenericGetAttr (or type.__getattribute__) would do with this object,
 * and writes down the shortest way to the same answer together with everything the answer rests on.
 * Whatever does not fit one of the kinds, every error and every AttributeError is left to the
 * generic function; so the caches never have to raise anything by themselves.
 *
 * Types with a Python __getattr__ are treated like others as long as the attribute is found:
 * CPython calls the hook only when the ordinary lookup has failed.  For the same reason descriptors
 * that must be called are not cached for them, since an AttributeError from __get__ has to reach
 * the hook. */
#include "rt_attr.h"

#include "rt_dict.h"

#include <structmember.h>

/* What a type has under a name. */
typedef struct Found {
    PyObject *descr;  /* borrowed, or NULL */
    uint32_t version; /* of its type, when that can change */
    bool get, set;    /* has __get__, __set__ */
    bool method;
} Found;

static bool
look_up(PyTypeObject *tp, PyObject *name, Found *f)
{
    *f = (Found){.descr = _PyType_Lookup(tp, name)};
    if (tp->tp_version_tag == 0)
        return false;
    if (f->descr == NULL)
        return true;
    PyTypeObject *dt = Py_TYPE(f->descr);
    /* Only heap types and modules can be given another __class__, and only heap types another
     * __get__. */
    if (!(dt->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) || PyModule_Check(f->descr)) {
        _PyType_Lookup(dt, name); /* makes it have a version */
        f->version = dt->tp_version_tag;
        if (f->version == 0)
            return false;
    }
    f->get = dt->tp_descr_get != NULL;
    f->set = dt->tp_descr_set != NULL;
    f->method = (dt->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR) != 0;
    return true;
}

/* Does tp find attributes as `plain` does?  *hooked: with a __getattr__ to be called after a
 * failure. */
static bool
looks_up_like(PyTypeObject *tp, getattrofunc plain, bool *hooked)
{
    *hooked = tp->tp_getattro != plain;
    if (!*hooked)
        return true;
    PyObject *name = pyrt_name("__getattribute__");
    if (name == NULL) {
        PyErr_Clear();
        return false;
    }
    PyObject *w = _PyType_Lookup(tp, name);
    Py_DECREF(name);
    return w != NULL && Py_IS_TYPE(w, &PyWrapperDescr_Type) &&
           ((PyWrapperDescrObject *)w)->d_wrapped == (void *)plain;
}

static bool
is_module(PyTypeObject *tp)
{
    return tp->tp_getattro == PyModule_Type.tp_getattro;
}

/* The offset of a plain __slots__ member, or 0. */
static uint32_t
slot_offset(PyObject *o, PyObject *descr, int bad_flags)
{
    if (!Py_IS_TYPE(descr, &PyMemberDescr_Type))
        return 0;
    PyMemberDescrObject *member = (PyMemberDescrObject *)descr;
    struct PyMemberDef *def = member->d_member;
    if (def->type != T_OBJECT_EX || (def->flags & bad_flags) || def->offset <= 0)
        return 0;
    return PyObject_TypeCheck(o, member->d_common.d_type) ? (uint32_t)def->offset : 0;
}

/* The object's dict without making one.  false: it has a kind of dict that is not cached. */
static bool
instance_dict(PyObject *o, int16_t *offset, PyDictObject **dict)
{
    PyTypeObject *tp = Py_TYPE(o);
    Py_ssize_t at =
        tp->tp_flags & Py_TPFLAGS_MANAGED_DICT ? MANAGED_DICT_OFFSET : tp->tp_dictoffset;
    if (at == 0 || at != (int16_t)at || (at < 0 && at != MANAGED_DICT_OFFSET))
        return false;
    if (at < 0 && !(tp->tp_flags & Py_TPFLAGS_MANAGED_DICT))
        return false; /* counted from the end of a variable-sized object */
    *offset = (int16_t)at;
    *dict = *(PyDictObject **)((char *)o + at);
    return true;
}

static bool
has_inline_values(PyObject *o)
{
    return (Py_TYPE(o)->tp_flags & Py_TPFLAGS_MANAGED_DICT) && pyrt_values(o) != NULL;
}

/* The part of a fill that concerns the instance.  ABSENT: the type's attribute is the answer. */
typedef enum Where { WhereUnknown, WhereHere, WhereAbsent } Where;

static Where
fill_instance(PyObject *o, PyObject *name, PyrtAttrEntry *e)
{
    PyTypeObject *tp = Py_TYPE(o);
    if (tp->tp_dictoffset == 0 && !(tp->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        e->kind = PyrtAttrClass;
        return WhereAbsent;
    }
    PyDictObject *dict;
    if (!instance_dict(o, &e->dict_offset, &dict))
        return WhereUnknown;
    PyDictKeysObject *keys = has_inline_values(o) ? ((PyHeapTypeObject *)tp)->ht_cached_keys
                             : dict               ? dict->ma_keys
                                                  : NULL;
    Py_ssize_t ix = keys ? pyrt_keys_find(keys, name) : PYRT_KEY_ABSENT;
    if (ix == PYRT_KEY_UNKNOWN)
        return WhereUnknown;
    if (ix == PYRT_KEY_ABSENT) {
        uint32_t version = keys ? pyrt_keys_version(keys) : 0;
        e->kind = PyrtAttrClassKeys;
        e->nsecond = version ? ~version : 0;
        return WhereAbsent;
    }
    e->index = (uint32_t)ix;
    if (!has_inline_values(o)) {
        e->kind = PyrtAttrDict;
        if (PyModule_Check(o) && dict->ma_values == NULL && pyrt_keys_version(keys)) {
            e->kind = PyrtAttrModule;
            e->nsecond = ~keys->dk_version;
            e->index = pyrt_keys_value_offset(keys, ix);
        }
        return WhereHere;
    }
    e->kind = PyrtAttrValues;
    return pyrt_values(o)->values[ix] ? WhereHere : WhereAbsent;
}

static void
set_descr(PyrtAttrEntry *e, const Found *f)
{
    e->descr = f->descr;
    e->descr_version = f->version;
}

/* Does __get__ of these return the object itself when it is found on a class? */
static bool
is_itself_on_class(PyObject *descr)
{
    PyTypeObject *t = Py_TYPE(descr);
    return t == &PyFunction_Type || t == &PyMethodDescr_Type || t == &PyWrapperDescr_Type ||
           t == &PyMemberDescr_Type || t == &PyGetSetDescr_Type || t == &PyProperty_Type;
}

static bool
fill_load_type(PyTypeObject *cls, PyObject *name, PyrtAttrEntry *e)
{
    PyTypeObject *meta = Py_TYPE(cls);
    bool hooked;
    Found m, f;
    if (!_PyType_IsReady(cls) || !looks_up_like(meta, PyType_Type.tp_getattro, &hooked))
        return false;
    if (!look_up(meta, name, &m) || (m.descr && m.version))
        return false;
    e->nversion = ~meta->tp_version_tag;
    if (m.descr && m.get && m.set) {
        e->kind = PyrtAttrDescr;
        e->flags = PYRT_ATTR_GET;
        set_descr(e, &m);
        return !hooked;
    }
    if (!look_up(cls, name, &f) || f.descr == NULL)
        return false;
    e->kind = PyrtAttrType;
    e->nsecond = ~cls->tp_version_tag;
    e->flags = f.get && !is_itself_on_class(f.descr) ? PYRT_ATTR_GET : 0;
    set_descr(e, &f);
    return !(hooked && e->flags);
}

static bool
fill_load(PyObject *o, PyObject *name, PyrtAttrEntry *e)
{
    if (PyType_Check(o))
        return fill_load_type((PyTypeObject *)o, name, e);
    PyTypeObject *tp = Py_TYPE(o);
    bool hooked = true;
    if (!_PyType_IsReady(tp) ||
        (!is_module(tp) && !looks_up_like(tp, PyObject_GenericGetAttr, &hooked)))
        return false;
    Found f;
    if (!look_up(tp, name, &f))
        return false;
    e->nversion = ~tp->tp_version_tag;
    set_descr(e, &f);
    if (f.get && f.set) {
        e->index = slot_offset(o, f.descr, PY_AUDIT_READ);
        e->kind = e->index ? PyrtAttrSlot : PyrtAttrDescr;
        e->flags = e->index ? 0 : PYRT_ATTR_GET;
        return e->index != 0 || !hooked;
    }
    switch (fill_instance(o, name, e)) {
    case WhereHere: return true;
    case WhereUnknown: return false;
    case WhereAbsent: break;
    }
    if (f.descr == NULL || (f.get && !f.method && hooked))
        return false;
    if (e->kind == PyrtAttrValues)
        e->kind = PyrtAttrClassValue;
    e->flags = f.method ? PYRT_ATTR_METHOD : f.get ? PYRT_ATTR_GET : 0;
    return true;
}

static bool
fill_store(PyObject *o, PyObject *name, PyrtAttrEntry *e)
{
    PyTypeObject *tp = Py_TYPE(o);
    Found f;
    if (tp->tp_setattro != PyObject_GenericSetAttr || !_PyType_IsReady(tp) ||
        !look_up(tp, name, &f))
        return false;
    e->nversion = ~tp->tp_version_tag;
    set_descr(e, &f);
    if (f.set) {
        e->index = slot_offset(o, f.descr, READONLY);
        e->kind = e->index ? PyrtAttrSlot : PyrtAttrDescr;
        return true;
    }
    fill_instance(o, name, e);
    return e->kind == PyrtAttrValues || e->kind == PyrtAttrDict;
}

/* A new entry comes first: after a change of the class it is the one that will be used. */
static void
enter(PyrtAttrCell *c, const PyrtAttrEntry *e)
{
    memmove(&c->e[1], &c->e[0], sizeof c->e - sizeof c->e[0]);
    c->e[0] = *e;
    bool is_method = (e->flags & PYRT_ATTR_METHOD) &&
                     (e->kind == PyrtAttrClass ||
                      (e->kind == PyrtAttrClassKeys && e->dict_offset == MANAGED_DICT_OFFSET));
    c->nvalues = e->kind == PyrtAttrValues && e->descr_version == 0 ? e->nversion : 0;
    c->nslot = e->kind == PyrtAttrSlot ? e->nversion : 0;
    c->index = e->index;
    c->nmethod = is_method ? e->nversion : 0;
    c->method_kind = e->kind;
}

/* A site that sees many types, or something that cannot be cached, must not pay for a fill at every
 * miss. */
enum { FreeFills = 8, CoolMisses = 60 };

static void
miss(PyObject *o, PyObject *name, PyrtAttrCell *c,
     bool (*fill)(PyObject *, PyObject *, PyrtAttrEntry *))
{
    if (c->cool > 0) {
        c->cool--;
        return;
    }
    PyrtAttrEntry e = {0};
    bool ok = fill(o, name, &e);
    if (ok)
        enter(c, &e);
    if (c->fills < FreeFills)
        c->fills++;
    if (!ok || c->fills == FreeFills)
        c->cool = CoolMisses;
}

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
module_value(PyObject *o, const PyrtAttrEntry *e)
{
    PyDictObject *dict = *(PyDictObject **)((char *)o + e->dict_offset);
    if (dict == NULL || dict->ma_keys->dk_version != ~e->nsecond)
        return NULL;
    return *(PyObject **)((char *)dict->ma_keys + e->index);
}

static Hit
look(PyObject *o, PyObject *name, const PyrtAttrEntry *e, PyObject **value)
{
    if (Py_TYPE(o)->tp_version_tag != ~e->nversion ||
        (e->descr_version && Py_TYPE(e->descr)->tp_version_tag != e->descr_version))
        return HitNone;
    *value = e->descr;
    switch ((PyrtAttrKind)e->kind) {
    case PyrtAttrNone: return HitNone;
    case PyrtAttrValues: {
        PyDictValues *v = pyrt_values(o);
        *value = v ? v->values[e->index] : NULL;
        return *value ? HitValue : HitNone;
    }
    case PyrtAttrSlot:
        *value = *(PyObject **)((char *)o + e->index);
        return *value ? HitValue : HitNone;
    case PyrtAttrDict: {
        PyDictObject *dict = *(PyDictObject **)((char *)o + e->dict_offset);
        PyObject **at = dict ? pyrt_dict_at(dict, e->index, name) : NULL;
        *value = at ? *at : NULL;
        return *value ? HitValue : HitNone;
    }
    case PyrtAttrModule: *value = module_value(o, e); return *value ? HitValue : HitNone;
    case PyrtAttrDescr:
    case PyrtAttrClass: break;
    case PyrtAttrClassKeys:
        if (!not_shadowed(o, e) && !not_in_dict(o, name, e))
            return HitNone;
        break;
    case PyrtAttrClassValue: {
        PyDictValues *v = pyrt_values(o);
        if (v == NULL || v->values[e->index])
            return HitNone;
        break;
    }
    case PyrtAttrType:
        if (!PyType_Check(o) || ((PyTypeObject *)o)->tp_version_tag != ~e->nsecond)
            return HitNone;
        break;
    }
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

static __attribute__((noinline)) PyObject *
load_attr_full(PyObject *o, PyObject *name, PyrtAttrCell *c)
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
    miss(o, name, c, fill_load);
    return PyObject_GetAttr(o, name);
}

/* The entries whose answer needs no call, tried before the full path so that this function needs no
 * frame. */
PyObject *
pyrt_load_attr_slow(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    uint32_t nversion = ~Py_TYPE(o)->tp_version_tag;
    for (const PyrtAttrEntry *e = c->e; e < c->e + PYRT_ATTR_ENTRIES; e++) {
        if (e->nversion != nversion || e->descr_version)
            continue;
        PyObject *v = NULL;
        if (e->kind == PyrtAttrValues) {
            PyDictValues *values = pyrt_values(o);
            v = values ? values->values[e->index] : NULL;
        } else if (e->kind == PyrtAttrModule) {
            v = module_value(o, e);
        } else if (e->kind == PyrtAttrClassKeys && !e->flags) {
            v = not_shadowed(o, e) ? e->descr : NULL;
        }
        if (LIKELY(v != NULL))
            return Py_NewRef(v);
    }
    return load_attr_full(o, name, c);
}

PyObject *
pyrt_load_method_slow(PyObject *o, PyObject *name, PyrtAttrCell *c, PyObject **first)
{
    *first = NULL;
    for (int i = 0; i < PYRT_ATTR_ENTRIES; i++) {
        PyObject *v;
        switch (look(o, name, &c->e[i], &v)) {
        case HitNone: break;
        case HitValue: return Py_NewRef(v);
        case HitMethod: *first = Py_NewRef(v); return Py_NewRef(o);
        case HitGet: return call_get(o, v, &c->e[i]);
        }
    }
    miss(o, name, c, fill_load);
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

static bool
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
    if (Py_TYPE(o)->tp_version_tag != ~e->nversion ||
        (e->descr_version && Py_TYPE(e->descr)->tp_version_tag != e->descr_version))
        return 0;
    switch ((PyrtAttrKind)e->kind) {
    case PyrtAttrValues: return store_inline(o, value, e->index);
    case PyrtAttrDict:
        return store_dict(*(PyDictObject **)((char *)o + e->dict_offset), name, value, e->index);
    case PyrtAttrSlot: {
        PyObject **at = (PyObject **)((char *)o + e->index), *old = *at;
        *at = Py_NewRef(value);
        Py_XDECREF(old);
        return 1;
    }
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
        miss(o, name, c, fill_store);
    return status;
}

int
pyrt_del_attr(PyObject *o, PyObject *name)
{
    return PyObject_SetAttr(o, name, NULL);
}
