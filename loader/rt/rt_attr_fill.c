/* Filling the entries of an attribute cell.
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

#include <stddef.h>
#include <string.h>
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

/* The same of object's own __class__, which is the object's type. */
static uint32_t
class_offset(PyObject *descr)
{
    if (!Py_IS_TYPE(descr, &PyGetSetDescr_Type))
        return 0;
    PyGetSetDescrObject *d = (PyGetSetDescrObject *)descr;
    bool is = d->d_common.d_type == &PyBaseObject_Type && !strcmp(d->d_getset->name, "__class__");
    return is ? (uint32_t)offsetof(PyObject, ob_type) : 0;
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
find_instance(PyObject *o, PyObject *name, PyrtAttrEntry *e)
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
find_load_type(PyTypeObject *cls, PyObject *name, PyrtAttrEntry *e)
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
find_load(PyObject *o, PyObject *name, PyrtAttrEntry *e)
{
    if (PyType_Check(o))
        return find_load_type((PyTypeObject *)o, name, e);
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
        if (!e->index)
            e->index = class_offset(f.descr);
        e->kind = e->index ? PyrtAttrSlot : PyrtAttrDescr;
        e->flags = e->index ? 0 : PYRT_ATTR_GET;
        return e->index != 0 || !hooked;
    }
    switch (find_instance(o, name, e)) {
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
find_store(PyObject *o, PyObject *name, PyrtAttrEntry *e)
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
    find_instance(o, name, e);
    return e->kind == PyrtAttrValues || e->kind == PyrtAttrDict;
}

static bool
is_usual_method(const PyrtAttrEntry *e)
{
    return (e->flags & PYRT_ATTR_METHOD) && e->descr_version == 0 &&
           (e->kind == PyrtAttrClass ||
            (e->kind == PyrtAttrClassKeys && e->dict_offset == MANAGED_DICT_OFFSET));
}

/* A new entry comes first: after a change of the class it is the one that will be used. */
static void
enter(PyrtAttrCell *c, const PyrtAttrEntry *e)
{
    memmove(&c->e[1], &c->e[0], sizeof c->e - sizeof c->e[0]);
    c->e[0] = *e;
    for (int k = 0; k < PYRT_ATTR_ENTRIES; k++) {
        e = &c->e[k];
        c->nvalues[k] = e->kind == PyrtAttrValues && e->descr_version == 0 ? e->nversion : 0;
        c->nslot[k] = e->kind == PyrtAttrSlot ? e->nversion : 0;
        c->ndict[k] = e->kind == PyrtAttrDict && e->dict_offset == MANAGED_DICT_OFFSET &&
                              e->descr_version == 0
                          ? e->nversion
                          : 0;
        c->index[k] = e->index;
        c->nmethod[k] = is_usual_method(e) ? e->nversion : 0;
    }
    e = &c->e[0];
    bool named =
        (e->kind == PyrtAttrModule && !e->descr_version) || (e->kind == PyrtAttrType && !e->flags);
    c->nnamed = named ? e->nversion : 0;
}

/* A site that sees many types, or something that cannot be cached, must not pay for a fill at every
 * miss. */
enum { FreeFills = 8, CoolMisses = 60 };

static void
fill(PyObject *o, PyObject *name, PyrtAttrCell *c,
     bool (*find)(PyObject *, PyObject *, PyrtAttrEntry *))
{
    if (c->cool > 0) {
        c->cool--;
        return;
    }
    PyrtAttrEntry e = {0};
    bool ok = find(o, name, &e);
    if (ok)
        enter(c, &e);
    if (c->fills < FreeFills)
        c->fills++;
    if (!ok || c->fills == FreeFills)
        c->cool = CoolMisses;
}

void
pyrt_attr_fill_load(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    fill(o, name, c, find_load);
}

void
pyrt_attr_fill_store(PyObject *o, PyObject *name, PyrtAttrCell *c)
{
    fill(o, name, c, find_store);
}

/* Without a __getattr__: it would be called where the getter raises AttributeError. */
bool
pyrt_getter_fill(PyObject *o, PyObject *name, PyrtGetterCell *c)
{
    PyTypeObject *tp = Py_TYPE(o);
    if (tp->tp_getattro != PyObject_GenericGetAttr || !_PyType_IsReady(tp))
        return false;
    PyObject *found = _PyType_Lookup(tp, name);
    if (!found || !Py_IS_TYPE(found, &PyProperty_Type) || tp->tp_version_tag == 0)
        return false;
    c->nversion = ~tp->tp_version_tag;
    c->property = found;
    return true;
}
