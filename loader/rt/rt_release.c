#include "rt_release.h"

#include "loader.h"
#include "rt_attr.h"
#include "rt_gen.h"
#include "rt_iter.h"

/* How deep and how wide to look before it is cheaper to show the frame. */
enum { QUIET_DEPTH = 3, QUIET_WIDTH = 8 };

static bool dies_quietly(PyObject *o, int depth);

/* One reference to o is about to go. */
static bool
goes_quietly(PyObject *o, int depth)
{
    return o == NULL || Py_REFCNT(o) > 1 || dies_quietly(o, depth);
}

static bool
all_go_quietly(PyObject *const *items, Py_ssize_t n, int depth)
{
    if (n > QUIET_WIDTH)
        return false;
    for (Py_ssize_t i = 0; i < n; i++)
        if (!goes_quietly(items[i], depth))
            return false;
    return true;
}

/* An instance of a class written in Python, below nothing but such classes and object. */
static bool
instance_dies_quietly(PyObject *o, int depth)
{
    PyTypeObject *t = Py_TYPE(o);
    if (!(t->tp_flags & Py_TPFLAGS_MANAGED_DICT) || t->tp_finalize || t->tp_del)
        return false;
    for (PyTypeObject *base = t; base != &PyBaseObject_Type; base = base->tp_base)
        if (!(base->tp_flags & Py_TPFLAGS_HEAPTYPE) || base->tp_itemsize)
            return false;
    if (t->tp_weaklistoffset > 0 && *(PyObject **)((char *)o + t->tp_weaklistoffset))
        return false;
    PyDictValues *values = pyrt_values(o);
    /* More than its dictionary: __slots__ of a base. */
    if (!values || t->tp_basicsize > (Py_ssize_t)(sizeof(PyObject) + sizeof(PyObject *)))
        return false;
    return all_go_quietly(values->values, ((PyHeapTypeObject *)t)->ht_cached_keys->dk_nentries,
                          depth);
}

/* Most dicts have str keys only, which go quietly, in a table of their own. */
static bool
record_dies_quietly(PyDictKeysObject *keys, int depth)
{
    const PyDictUnicodeEntry *entry = pyrt_keys_entries(keys);
    if (keys->dk_nentries > 2 * QUIET_WIDTH) /* with those that were deleted */
        return false;
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++)
        if (!goes_quietly(entry[i].me_value, depth))
            return false;
    return true;
}

static bool
dict_dies_quietly(PyObject *dict, int depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    PyDictObject *d = (PyDictObject *)dict;
    if (PyDict_GET_SIZE(dict) > QUIET_WIDTH)
        return false;
    if (!d->ma_values && DK_IS_UNICODE(d->ma_keys))
        return record_dies_quietly(d->ma_keys, depth);
    while (PyDict_Next(dict, &at, &key, &value))
        if (!goes_quietly(key, depth) || !goes_quietly(value, depth))
            return false;
    return true;
}

/* Sets have a list of weak references, and keys in all of a table (unused and dummy ones, too). */
static bool
set_dies_quietly(PySetObject *set, int depth)
{
    if (set->weakreflist || set->mask >= QUIET_WIDTH)
        return false;
    for (Py_ssize_t i = 0; i <= set->mask; i++)
        if (!goes_quietly(set->table[i].key, depth))
            return false;
    return true;
}

/* A generator or coroutine that has ended is an empty shell. */
static bool
generator_dies_quietly(PyObject *o)
{
    PyGenObject *g = (PyGenObject *)o;
    return g->gi_frame_state >= FRAME_CLEARED && !g->gi_weakreflist && Py_REFCNT(g->gi_code) > 1 &&
           !(PyCoro_CheckExact(o) && g->gi_origin_or_finalizer);
}

/* Iterators of CPython's own containers: what they hold. */
static bool
iterator_dies_quietly(PyObject *o, int depth)
{
    PyTypeObject *t = Py_TYPE(o);
    if (t == &PyRangeIter_Type)
        return true;
    if (t == &PyListIter_Type || t == &PyTupleIter_Type)
        return goes_quietly(((PyrtSeqIter *)o)->seq, depth);
    if (t == &PyDictIterKey_Type || t == &PyDictIterValue_Type || t == &PyDictIterItem_Type)
        return goes_quietly((PyObject *)((PyrtDictIter *)o)->dict, depth) &&
               goes_quietly(((PyrtDictIter *)o)->result, depth);
    if (t == &PyEnum_Type) {
        PyrtEnumerate *e = (PyrtEnumerate *)o;
        return goes_quietly(e->it, depth) && goes_quietly(e->result, depth);
    }
    if (t == &PyZip_Type)
        return goes_quietly(((PyrtZip *)o)->its, depth) &&
               goes_quietly(((PyrtZip *)o)->result, depth);
    return false;
}

static bool
dies_quietly(PyObject *o, int depth)
{
    if (pyrt_is_plain(o) || PyRange_Check(o) || PyComplex_CheckExact(o) ||
        PyByteArray_CheckExact(o))
        return true;
    if (PyGen_CheckExact(o) || PyCoro_CheckExact(o))
        return generator_dies_quietly(o);
    if (depth == 0)
        return false;
    depth--;
    if (PyTuple_CheckExact(o))
        return all_go_quietly(((PyTupleObject *)o)->ob_item, Py_SIZE(o), depth);
    if (PyList_CheckExact(o))
        return all_go_quietly(((PyListObject *)o)->ob_item, Py_SIZE(o), depth);
    if (PyDict_CheckExact(o))
        return dict_dies_quietly(o, depth);
    if (PyAnySet_CheckExact(o))
        return set_dies_quietly((PySetObject *)o, depth);
    if (PyCFunction_CheckExact(o))
        return !((PyCFunctionObject *)o)->m_weakreflist &&
               goes_quietly(((PyCFunctionObject *)o)->m_self, depth) &&
               goes_quietly(((PyCFunctionObject *)o)->m_module, depth);
    if (PyCell_Check(o))
        return goes_quietly(PyCell_GET(o), depth);
    if (PySlice_Check(o))
        return all_go_quietly(&((PySliceObject *)o)->start, 3, depth);
    if (PyMethod_Check(o))
        return !((PyMethodObject *)o)->im_weakreflist &&
               goes_quietly(PyMethod_GET_SELF(o), depth) &&
               goes_quietly(PyMethod_GET_FUNCTION(o), depth);
    return instance_dies_quietly(o, depth) || iterator_dies_quietly(o, depth);
}

bool
pyrt_dies_quietly(PyObject *o)
{
    return dies_quietly(o, QUIET_DEPTH);
}

bool
pyrt_replace_quietly(PyObject **slot, PyObject *box)
{
    PyObject *old = *slot;
    if (UNLIKELY(!box)) {
        PyErr_Clear();
        return false;
    }
    if (!goes_quietly(old, QUIET_DEPTH)) {
        Py_DECREF(box);
        return false;
    }
    *slot = box;
    Py_XDECREF(old);
    return true;
}

/* ---- boxes that are there when memory is not ---- */

static PyObject *
from_reserve(PyObject **reserve)
{
    PyErr_Clear();
    for (int k = 0; k < LOADER_RESERVE; k++)
        if (reserve[k]) {
            PyObject *box = reserve[k];
            reserve[k] = NULL;
            return box;
        }
    return NULL;
}

/* An int of three digits, to be cut to size when it is used. */
static PyObject *
blank_int(void)
{
    return (PyObject *)_PyLong_New(3);
}

static PyObject *
blank_float(void)
{
    return PyFloat_FromDouble(0.0);
}

static void
fill_reserve(PyObject **reserve, PyObject *(*blank)(void))
{
    for (int k = 0; k < LOADER_RESERVE; k++)
        if (!reserve[k] && !(reserve[k] = blank())) {
            PyErr_Clear();
            return;
        }
}

PyObject *
pyrt_sure_int(int64_t v)
{
    PyObject *box = pyrt_int(v);
    if (LIKELY(box != NULL)) {
        if (UNLIKELY(!loader.reserve_ints[0]))
            fill_reserve(loader.reserve_ints, blank_int);
        return box;
    }
    box = from_reserve(loader.reserve_ints);
    if (box) {
        uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
        Py_ssize_t n = 0;
        for (; rest; rest >>= PyLong_SHIFT)
            ((PyLongObject *)box)->ob_digit[n++] = (digit)(rest & PyLong_MASK);
        Py_SET_SIZE(box, v < 0 ? -n : n);
    }
    return box;
}

PyObject *
pyrt_sure_float(double v)
{
    PyObject *box = PyFloat_FromDouble(v);
    if (LIKELY(box != NULL)) {
        if (UNLIKELY(!loader.reserve_floats[0]))
            fill_reserve(loader.reserve_floats, blank_float);
        return box;
    }
    box = from_reserve(loader.reserve_floats);
    if (box)
        ((PyFloatObject *)box)->ob_fval = v;
    return box;
}

/* ---- raw homes ---- */

static PyObject *
box_raw(const PyrtRawLocal *w, const PyrtRaw *raw)
{
    if (w->maybe && !raw->set)
        return NULL;
    switch (w->kind) {
    case 'i': return pyrt_sure_int(raw->i);
    case 'f': return pyrt_sure_float(raw->f);
    default: return Py_NewRef(pyrt_bool((int)raw->i));
    }
}

void
pyrt_show_raw(PyObject **locals, const PyrtRawLocal *w, uint32_t n, const PyrtRaw *raw,
              PyObject **old)
{
    for (uint32_t k = 0; k < n; k++)
        old[k] = pyrt_show(&locals[w[k].local], box_raw(&w[k], &raw[w[k].raw]));
}

void
pyrt_hide_raw(PyObject **locals, const PyrtRawLocal *w, uint32_t n, PyObject *const *old)
{
    for (uint32_t k = 0; k < n; k++)
        pyrt_hide(&locals[w[k].local], old[k]);
}

void
pyrt_end_shown(_PyInterpreterFrame *f, _Py_CODEUNIT *at, PyObject *o, const PyrtRawLocal *w,
               uint32_t n, const PyrtRaw *raw)
{
    PyObject *old[n];
    if (pyrt_is_plain(o) || dies_quietly(o, QUIET_DEPTH)) {
        _Py_Dealloc(o);
        return;
    }
    if (f->owner == FRAME_OWNED_BY_GENERATOR)
        pyrt_gen_need(_PyThreadState_GET(), f);
    f->prev_instr = at;
    pyrt_show_raw(f->localsplus, w, n, raw, old);
    _Py_Dealloc(o);
    pyrt_hide_raw(f->localsplus, w, n, old);
}

void
pyrt_publish_raw(PyObject **locals, const PyrtRawLocal *w, uint32_t n, const PyrtRaw *raw)
{
    for (uint32_t k = 0; k < n; k++, w++) {
        const PyrtRaw *r = &raw[w->raw];
        if (w->maybe && !r->set) /* an unbound local's home is NULL already */
            continue;
        switch (w->kind) {
        case 'i': pyrt_home_int(&locals[w->local], r->i); break;
        case 'f': pyrt_home_float(&locals[w->local], r->f); break;
        default: pyrt_home_bool(&locals[w->local], (int)r->i);
        }
    }
}
