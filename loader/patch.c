/* The stub's bytes: written into a code object, and taken out again.
 *
 * While the stub is in, every new activation enters through it, and nothing else runs these units:
 * what goes on in the interpreter runs the shadow.  So the bytes may be exchanged whenever no frame
 * runs the code object: not when writing (a loop of an older activation may jump to the units
 * behind RESUME), and not when undoing (the interpreter stands in the stub and continues at its
 * RETURN_VALUE). */
#include "loader.h"
#include "rt_deopt.h"
#include "rt_loop.h"

static PyoptEntry *
entry_of_frame(_PyInterpreterFrame *f)
{
    PyoptEntry *e = pyrt_entry_of(f->f_code);
    void *of_shadow = NULL;
    if (!e && !_PyCode_GetExtra((PyObject *)f->f_code, loader.shadow_index, &of_shadow))
        e = of_shadow;
    return e;
}

/* Notes for every entry whether a frame of any thread runs its code or its shadow. */
static void
mark_running(void)
{
    loader.round++;
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(loader.interp); ts;
         ts = PyThreadState_Next(ts))
        for (_PyInterpreterFrame *f = ts->cframe->current_frame; f; f = f->previous) {
            PyoptEntry *e = entry_of_frame(f);
            if (e)
                e->running = loader.round;
        }
}

bool
patch_is_running(PyCodeObject *code)
{
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(loader.interp); ts;
         ts = PyThreadState_Next(ts))
        for (_PyInterpreterFrame *f = ts->cframe->current_frame; f; f = f->previous)
            if (f->f_code == code)
                return true;
    return false;
}

/* Small functions are entered for the sake of their guards when those are to fail. */
void
patch_write(PyoptEntry *e)
{
    if (e->unit->flags & PyoptGenerator || (e->unit->flags & PyoptSmall && !pyrt_stress))
        return;
    const _Py_CODEUNIT *original = (const _Py_CODEUNIT *)PyBytes_AS_STRING(e->code->_co_code);
    memcpy(e->saved, original + e->unit->entry, sizeof e->saved[0] * e->n_saved);
    _Py_CODEUNIT *at = e->resume;
    if (e->n_saved > 3)
        *at++ = _Py_MAKECODEUNIT(EXTENDED_ARG, e->constant >> 8);
    at[0] = _Py_MAKECODEUNIT(LOAD_CONST, e->constant & 0xff);
    at[1] = _Py_MAKECODEUNIT(UNARY_NEGATIVE, 0);
    at[2] = _Py_MAKECODEUNIT(RETURN_VALUE, 0);
    e->patched = true;
}

static void
undo(PyoptEntry *e)
{
    memcpy(e->resume, e->saved, sizeof e->saved[0] * e->n_saved);
    e->patched = false;
}

void
patch_undo_retired(void)
{
    mark_running();
    for (PyoptEntry *e = loader.entries; e; e = e->next)
        if (e->retired && e->patched && e->running != loader.round)
            undo(e);
}

void
patch_suspend(void)
{
    if (loader.suspended)
        return;
    loader.suspended = true;
    rt_loop_release_all();
    mark_running();
    for (PyoptEntry *e = loader.entries; e; e = e->next)
        if (e->patched && e->running != loader.round)
            undo(e);
}

void
patch_resume(void)
{
    if (!loader.suspended || loader.refused)
        return;
    loader.suspended = false;
    mark_running();
    for (PyoptEntry *e = loader.entries; e; e = e->next)
        if (e->code && !e->patched && !e->retired && e->running != loader.round)
            patch_write(e);
}

void
patch_undo_at_exit(void)
{
    genhooks_undo_at_exit();
    for (PyoptEntry *e = loader.entries; e; e = e->next)
        if (e->patched)
            undo(e);
}
