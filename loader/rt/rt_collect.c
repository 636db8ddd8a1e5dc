/* Collections that find nothing.
 *
 * Compiled code makes objects several times as fast as the interpreter does, and then the collector
 * is what programs with many objects wait for: every 700 new ones it looks at these, and whenever
 * the old ones have grown by a quarter, at all.  Nearly always it finds that there is no garbage.
 * That much can be known at less cost than by gc_collect_main(), which looks four times at every
 * object and twice at everything that it refers to:
 *
 *   - Most objects are leaves: all that they refer to, but for their class, are numbers, strings
 * and the like, which the collector does not know.  A leaf is in no cycle.  So where all other
 *     objects are shown to be reachable, leaves are too, because whoever refers to them is.  They
 *     are looked at once, and their headers are not written.
 *   - The other, inner objects are listed in an array.  As in gcmodule.c, their reference counts,
 *     less the references from inner objects and from leaves (to classes), tell which are referred
 *     to from outside.  What these reach is marked.
 *
 * If every inner object is marked, there is no garbage, and the collection ends as the
 * interpreter's would: generations move up, tuples and dicts without references are untracked, the
 * counters count.  If one is not, it may be garbage (or a class that only leaves refer to, which is
 * not worth telling apart): the headers are put back, and the interpreter collects, with all that
 * belongs to it.  After such a failure the next collections of that generation go to the
 * interpreter at once, the more of them the more failures there were in a row: a program that makes
 * cycles should not pay twice.
 *
 * While this runs a header's _gc_prev holds, as in gcmodule.c, the references that are left over
 * and the mark that the object is being collected; the array has what it held before. */
#include "rt_collect.h"

#include <structmember.h>

enum { SHAPES = 512, PROBES = 8, MAX_SLOTS = 12, MAX_WAIT_SHIFT = 6, FIRST_ROOM = 1024, AHEAD = 6 };

typedef enum ShapeKind { ShapeInner, ShapeSlots, ShapeValues } ShapeKind;

/* How instances of one class are looked at. */
typedef struct Shape {
    ShapeKind kind;
    unsigned n_slots;
    Py_ssize_t slots[MAX_SLOTS]; /* byte offsets */
    Py_ssize_t leaves;           /* so many refer to the class */
} Shape;

typedef struct Inner {
    PyGC_Head *head;
    uintptr_t prev; /* its _gc_prev as it was */
} Inner;

typedef struct Scan {
    traverseproc of_classes;
    Py_ssize_t total;
    size_t n, room;
    Inner *inner;
    size_t n_marked; /* inner objects shown to be reachable, ever, */
    size_t n_open;   /* and those of them that still have to be followed */
    PyGC_Head **open;
    PyTypeObject *types[SHAPES]; /* open addressing; who finds no place is not looked at closely */
    Shape shapes[SHAPES];        /* of these, not initialised */
} Scan;

static PyGC_Head *
next_of(const PyGC_Head *head)
{
    return _PyGCHead_NEXT(head);
}

static PyObject *
object_of(PyGC_Head *head)
{
    return (PyObject *)(head + 1);
}

static bool
is_collecting(const PyGC_Head *head)
{
    return head->_gc_prev & _PyGC_PREV_MASK_COLLECTING;
}

static Py_ssize_t
references(const PyGC_Head *head)
{
    return (Py_ssize_t)(head->_gc_prev >> _PyGC_PREV_SHIFT);
}

static void
drop_references(PyGC_Head *head, Py_ssize_t n)
{
    head->_gc_prev -= (uintptr_t)n << _PyGC_PREV_SHIFT;
}

/* Known to the collector neither now nor ever. */
static inline bool
is_atom(PyObject *o)
{
    return !o || !(Py_TYPE(o)->tp_flags & Py_TPFLAGS_HAVE_GC);
}

/* PyObject_IS_GC(), which is a call. */
static inline bool
has_head(PyObject *o)
{
    PyTypeObject *type = Py_TYPE(o);
    return type->tp_flags & Py_TPFLAGS_HAVE_GC && (!type->tp_is_gc || type->tp_is_gc(o));
}

static bool
add_slots(Shape *s, PyTypeObject *type)
{
    PyMemberDef *member = _PyHeapType_GET_MEMBERS((PyHeapTypeObject *)type);
    for (Py_ssize_t i = 0; i < Py_SIZE(type); i++) {
        if (member[i].type != T_OBJECT_EX)
            continue; /* traverse_slots() does not look at it */
        if (s->n_slots == MAX_SLOTS)
            return false;
        s->slots[s->n_slots++] = member[i].offset;
    }
    return true;
}

/* As subtype_traverse() in typeobject.c looks at instances of type. */
static ShapeKind
shape_of(const Scan *scan, Shape *s, PyTypeObject *type)
{
    PyTypeObject *base = type;
    for (; base->tp_traverse == scan->of_classes; base = base->tp_base)
        if (!add_slots(s, base))
            return ShapeInner;
    if (base != &PyBaseObject_Type)
        return ShapeInner;
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        return ShapeValues;
    return type->tp_dictoffset ? ShapeInner : ShapeSlots;
}

/* NULL: no room for it. */
static Shape *
find_shape(Scan *scan, PyTypeObject *type)
{
    size_t at = (uintptr_t)type >> 6;
    for (size_t i = 0; i < PROBES; i++, at++) {
        PyTypeObject **known = &scan->types[at % SHAPES];
        Shape *s = &scan->shapes[at % SHAPES];
        if (LIKELY(*known == type))
            return s;
        if (*known)
            continue;
        *known = type;
        s->n_slots = 0;
        s->leaves = 0;
        s->kind = shape_of(scan, s, type);
        return s;
    }
    return NULL;
}

/* The object has inline values of atoms only, and no dict. */
static bool
has_atom_values(PyObject *o)
{
    PyDictValues *values = *_PyObject_ValuesPointer(o);
    if (UNLIKELY(*_PyObject_ManagedDictPointer(o) != NULL))
        return false;
    Py_ssize_t n = values ? ((PyHeapTypeObject *)Py_TYPE(o))->ht_cached_keys->dk_nentries : 0;
    for (Py_ssize_t i = 0; i < n; i++)
        if (!is_atom(values->values[i]))
            return false;
    return true;
}

static bool
is_instance_leaf(Scan *scan, PyObject *o)
{
    Shape *s = find_shape(scan, Py_TYPE(o));
    if (UNLIKELY(!s || s->kind == ShapeInner))
        return false;
    for (unsigned i = 0; i < s->n_slots; i++)
        if (!is_atom(*(PyObject **)((char *)o + s->slots[i])))
            return false;
    if (s->kind == ShapeValues && !has_atom_values(o))
        return false;
    s->leaves++;
    return true;
}

static bool
is_leaf(Scan *scan, PyObject *o)
{
    PyTypeObject *type = Py_TYPE(o);
    if (type->tp_traverse == scan->of_classes)
        return is_instance_leaf(scan, o);
    if (type != &PyList_Type)
        return type == &PyCell_Type && is_atom(PyCell_GET(o));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(o); i++)
        if (!is_atom(PyList_GET_ITEM(o, i)))
            return false;
    return true;
}

static bool
add_inner(Scan *scan, PyGC_Head *head)
{
    if (UNLIKELY(scan->n == scan->room)) {
        size_t room = scan->room ? 2 * scan->room : FIRST_ROOM;
        Inner *more = PyMem_RawRealloc(scan->inner, room * sizeof *more);
        if (!more)
            return false;
        scan->inner = more;
        scan->room = room;
    }
    scan->inner[scan->n++] = (Inner){head, head->_gc_prev};
    head->_gc_prev = (head->_gc_prev & _PyGC_PREV_MASK_FINALIZED) | _PyGC_PREV_MASK_COLLECTING |
                     (uintptr_t)Py_REFCNT(object_of(head)) << _PyGC_PREV_SHIFT;
    return true;
}

static void
put_back(Scan *scan)
{
    for (size_t i = 0; i < scan->n; i++)
        scan->inner[i].head->_gc_prev = scan->inner[i].prev;
}

/* Tells leaves from inner objects. */
static bool
sort_out(Scan *scan, PyGC_Head *list)
{
    for (PyGC_Head *head = next_of(list); head != list; head = next_of(head)) {
        __builtin_prefetch(next_of(head));
        scan->total++;
        if (!is_leaf(scan, object_of(head)) && !add_inner(scan, head))
            return false;
    }
    return true;
}

static int
visit_subtract(PyObject *o, void *unused)
{
    (void)unused;
    if (has_head(o) && is_collecting(_Py_AS_GC(o)))
        drop_references(_Py_AS_GC(o), 1);
    return 0;
}

static void
mark(Scan *scan, PyGC_Head *head)
{
    head->_gc_prev &= ~(uintptr_t)_PyGC_PREV_MASK_COLLECTING;
    scan->open[scan->n_open++] = head;
    scan->n_marked++;
}

/* Also the class of a leaf, which nobody else may refer to. */
static int
visit_mark(PyObject *o, void *scan)
{
    if (!has_head(o))
        return 0;
    PyTypeObject *type = Py_TYPE(o);
    if (is_collecting(_Py_AS_GC(o)))
        mark(scan, _Py_AS_GC(o));
    else if (type->tp_flags & Py_TPFLAGS_HEAPTYPE && is_collecting(_Py_AS_GC(type)))
        mark(scan, _Py_AS_GC(type));
    return 0;
}

static void
traverse(PyGC_Head *head, visitproc visit, void *arg)
{
    PyObject *o = object_of(head);
    Py_TYPE(o)->tp_traverse(o, visit, arg);
}

static void
subtract_references(Scan *scan)
{
    for (size_t i = 0; i < scan->n; i++) {
        __builtin_prefetch(scan->inner[i + AHEAD < scan->n ? i + AHEAD : i].head);
        traverse(scan->inner[i].head, visit_subtract, NULL);
    }
    for (size_t k = 0; k < SHAPES; k++) {
        PyObject *type = (PyObject *)scan->types[k];
        if (type && is_collecting(_Py_AS_GC(type)))
            drop_references(_Py_AS_GC(type), scan->shapes[k].leaves);
    }
}

/* Is every inner object reachable from outside? */
static bool
reaches_all(Scan *scan)
{
    for (size_t i = 0; i < scan->n && scan->n_marked < scan->n; i++) {
        PyGC_Head *head = scan->inner[i].head;
        if (!is_collecting(head) || references(head) == 0)
            continue;
        mark(scan, head);
        while (scan->n_open)
            traverse(scan->open[--scan->n_open], visit_mark, scan);
    }
    return scan->n_marked == scan->n;
}

static bool
finds_nothing(Scan *scan, struct _gc_runtime_state *gc, int generation)
{
    for (int i = 0; i <= generation; i++) /* the classes of new objects find a place first */
        if (!sort_out(scan, &gc->generations[i].head))
            return false;
    scan->open = PyMem_RawMalloc((scan->n + 1) * sizeof *scan->open);
    if (!scan->open)
        return false;
    subtract_references(scan);
    return reaches_all(scan);
}

static void
move_up(PyGC_Head *from, PyGC_Head *to)
{
    if (next_of(from) == from)
        return;
    PyGC_Head *last = _PyGCHead_PREV(to), *first = next_of(from), *end = _PyGCHead_PREV(from);
    _PyGCHead_SET_NEXT(last, first);
    _PyGCHead_SET_PREV(first, last);
    _PyGCHead_SET_NEXT(end, to);
    _PyGCHead_SET_PREV(to, end);
    from->_gc_next = from->_gc_prev = (uintptr_t)from;
}

/* Tuples that refer to nothing the collector knows, and in a full collection such dicts. */
static void
untrack(Scan *scan, bool dicts)
{
    for (size_t i = 0; i < scan->n; i++) {
        PyObject *o = object_of(scan->inner[i].head);
        if (PyTuple_CheckExact(o))
            _PyTuple_MaybeUntrack(o);
        else if (dicts && PyDict_CheckExact(o))
            _PyDict_MaybeUntrack(o);
        else
            continue;
        scan->total -= !_PyObject_GC_IS_TRACKED(o);
    }
}

/* What gc_collect_main() does besides looking for garbage. */
static void
finish(Scan *scan, struct _gc_runtime_state *gc, int generation)
{
    bool full = generation == NUM_GENERATIONS - 1;
    PyGC_Head *young = &gc->generations[generation].head;
    if (!full)
        gc->generations[generation + 1].count++;
    for (int i = 0; i <= generation; i++)
        gc->generations[i].count = 0;
    for (int i = 0; i < generation; i++)
        move_up(&gc->generations[i].head, young);
    untrack(scan, full);
    if (generation == NUM_GENERATIONS - 2)
        gc->long_lived_pending += scan->total;
    if (full) {
        gc->long_lived_pending = 0;
        gc->long_lived_total = scan->total;
    } else {
        move_up(young, &gc->generations[generation + 1].head);
    }
    gc->generation_stats[generation].collections++;
}

/* As gc_collect_generations() chooses, when one more object has been counted. */
static int
due_generation(const struct _gc_runtime_state *gc)
{
    for (int i = NUM_GENERATIONS - 1; i > 0; i--) {
        bool too_few =
            i == NUM_GENERATIONS - 1 && gc->long_lived_pending < gc->long_lived_total / 4;
        if (gc->generations[i].count > gc->generations[i].threshold && !too_few)
            return i;
    }
    return 0;
}

/* Nobody wants to be told of collections, and one would be run. */
static bool
is_ordinary(PyThreadState *ts, const struct _gc_runtime_state *gc)
{
    return gc->enabled && gc->generations[0].threshold && !gc->collecting && !gc->debug &&
           !_PyErr_Occurred(ts) && (!gc->callbacks || PyList_GET_SIZE(gc->callbacks) == 0);
}

bool
pyrt_collect_nothing(PyThreadState *ts, PyrtCollect *c)
{
    struct _gc_runtime_state *gc = &ts->interp->gc;
    int generation = due_generation(gc);
    if (!c->of_classes || !is_ordinary(ts, gc))
        return false;
    if (c->waits[generation]) {
        c->waits[generation]--;
        return false;
    }
    Scan *scan = PyMem_RawMalloc(sizeof *scan);
    if (!scan)
        return false;
    memset(scan, 0, offsetof(Scan, shapes));
    scan->of_classes = c->of_classes;
    gc->collecting = 1;
    bool nothing = finds_nothing(scan, gc, generation);
    put_back(scan);
    if (nothing) {
        finish(scan, gc, generation);
        c->fails[generation] = 0;
    } else {
        c->waits[generation] = (uint16_t)(1u << c->fails[generation]);
        c->fails[generation] += c->fails[generation] < MAX_WAIT_SHIFT;
    }
    gc->collecting = 0;
    PyMem_RawFree(scan->inner);
    PyMem_RawFree(scan->open);
    PyMem_RawFree(scan);
    return nothing;
}

/* Any class whose instances have a managed dict was made by type.__new__(), for only that makes
 * such; importlib has one. */
void
pyrt_collect_init(PyrtCollect *c, PyInterpreterState *interp)
{
    PyObject *class =
        interp->importlib ? PyObject_GetAttrString(interp->importlib, "ModuleSpec") : NULL;
    if (!class)
        PyErr_Clear();
    else if (PyType_Check(class) && ((PyTypeObject *)class)->tp_flags & Py_TPFLAGS_MANAGED_DICT &&
             ((PyTypeObject *)class)->tp_base == &PyBaseObject_Type)
        c->of_classes = ((PyTypeObject *)class)->tp_traverse;
    Py_XDECREF(class);
}
