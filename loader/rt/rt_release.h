/* Letting go of objects, and what their finalizers may see.
 *
 * A decref that stays above zero is nobody's business.  One that reaches zero can run a finalizer
 * or a weakref callback, which may look at the frame: generated code then shows it first
 * (emit_release.c).  Showing puts boxes of unboxed locals into their homes for the time being and
 * takes them out again, so that what the compiler knows of the homes stays true. */
#ifndef PYOPT_RT_RELEASE_H
#define PYOPT_RT_RELEASE_H

#include "rt_num.h"

/* Gives up one reference; true: it was the last, the caller deallocates. */
PYRT_INLINE bool
pyrt_release(PyObject *o)
{
#ifdef Py_REF_DEBUG
    _Py_RefTotal--;
#endif
    return UNLIKELY(--o->ob_refcnt == 0);
}

/* Can nothing that Python sees run when this object goes?  "No" also means "too long to tell". */
PYRT_SLOW bool pyrt_dies_quietly(PyObject *o);

/* The slot, which owns its object, gets the box, if nothing that Python sees runs when the old
 * object goes.  Takes the box.  False, without exception and with nothing changed: it could, or the
 * box is NULL for lack of memory. */
PYRT_SLOW bool pyrt_replace_quietly(PyObject **slot, PyObject *box);

/* A home shows a new reference, or NULL for an unbound local; what it held is the result, for
 * pyrt_hide(). */
PYRT_INLINE PyObject *
pyrt_show(PyObject **home, PyObject *box)
{
    PyObject *old = *home;
    *home = box;
    return old;
}

PYRT_INLINE void
pyrt_hide(PyObject **home, PyObject *old)
{
    PyObject *box = *home;
    *home = old;
    Py_XDECREF(box);
}

/* The raw home of an unboxed local: where cold code finds it (opt_raw_homes.c). */
typedef struct PyrtRaw {
    union {
        int64_t i; /* a bool, too */
        double f;
    };
    bool set; /* was it written?  Kept only where something asks. */
} PyrtRaw;

/* One local of a frame that has a raw home. */
typedef struct PyrtRawLocal {
    uint16_t local, raw;
    char kind;  /* i, f or b: int, float, bool */
    bool maybe; /* may be unbound: ask PyrtRaw.set */
} PyrtRawLocal;

/* As pyrt_show() and pyrt_hide(), of all that w lists; what the homes held is kept in old. */
PYRT_SLOW void pyrt_show_raw(PyObject **locals, const PyrtRawLocal *w, uint32_t n,
                             const PyrtRaw *raw, PyObject **old);
PYRT_SLOW void pyrt_hide_raw(PyObject **locals, const PyrtRawLocal *w, uint32_t n,
                             PyObject *const *old);
/* The end of an object that f, at instruction `at`, had the last reference to: f shows all that w
 * lists for as long as a finalizer may look. */
PYRT_SLOW void pyrt_end_shown(_PyInterpreterFrame *f, _Py_CODEUNIT *at, PyObject *o,
                              const PyrtRawLocal *w, uint32_t n, const PyrtRaw *raw);
/* Publishes all that w lists. */
PYRT_SLOW void pyrt_publish_raw(PyObject **locals, const PyrtRawLocal *w, uint32_t n,
                                const PyrtRaw *raw);

/* Boxes to be shown or published.  They are had even when there is no memory: from a small reserve,
 * which is filled up again when there is some.  NULL only when that is used up too; no exception
 * is left behind. */
PYRT_SLOW PyObject *pyrt_sure_int(int64_t v);
PYRT_SLOW PyObject *pyrt_sure_float(double v);

/* Publishing: a home gets the box of its local for good, in the old box if that is the home's
 * alone. */
PYRT_INLINE void
pyrt_home_set(PyObject **home, PyObject *box)
{
    if (LIKELY(box != NULL)) {
        PyObject *old = *home;
        *home = box;
        Py_XDECREF(old);
    }
}

PYRT_INLINE void
pyrt_home_int(PyObject **home, int64_t v)
{
    if (!pyrt_reuse_int(*home, v))
        pyrt_home_set(home, pyrt_sure_int(v));
}

PYRT_INLINE void
pyrt_home_float(PyObject **home, double v)
{
    if (!pyrt_reuse_float(*home, v))
        pyrt_home_set(home, pyrt_sure_float(v));
}

PYRT_INLINE void
pyrt_home_bool(PyObject **home, int v)
{
    pyrt_home_set(home, Py_NewRef(pyrt_bool(v)));
}

#endif
