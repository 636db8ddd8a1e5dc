/* Loops that native code takes up again.
 *
 * After a deopt the interpreter runs the frame on the shadow, to the end of the activation.  A
 * program's main loop may be one activation, and one exception in it would leave the rest to the
 * interpreter.  So in a shadow the jumps back to loops that have a native body become stops: the
 * unit's opcode is RETURN_VALUE, which leaves the interpreter's loop and nothing else.  The frame
 * is what it was, but for the top of the operand stack, which counts as popped:
 *
 *   - A conditional jump has popped what it tests; rt_loop_test() looks at it.
 *   - JUMP_BACKWARD pops nothing.  What RETURN_VALUE gave is still where it was: the loop's
 *     iterator, or, with an empty stack, the last local, which may be unbound: NULL without an
 *     exception.  So the result is ignored.
 *
 * Then the loop's body, or for a jump that does not jump the interpreter, goes on.  The body may
 * leave through an exit again; its pyrt_deopt() gives rt_loop_stop to rt_loop_finish(), which is
 * the one loop over all this: the C stack does not grow.
 *
 * RETURN_VALUE tells tracers and profilers of a return.  So no shadow stops anywhere while a thread
 * is traced or profiled: rt_loop_arm() looks for such threads, and while a shadow runs that stops,
 * the audit hook is linked, which hears of sys.settrace and sys.setprofile however they are called.
 * A debug build asserts that RETURN_VALUE leaves an empty stack; there no loop is taken up.
 *
 * A body that leaves again at once costs more than the interpreter.  Stints in bodies are timed,
 * and where more than a third of them are too short to pay, the loops of that code object stay with
 * the interpreter. */
#include "rt_loop.h"

#include "loader.h"
#include "rt_deopt.h"

enum {
    TRIAL = 64,    /* short stints before judging */
    SHARE = 3,     /* one in three */
    MEMORY = 4096, /* stints, then the old ones count for half */
    SHORT = 250,   /* cycles: of a body that leaves at once, and a little more */
};

PyObject rt_loop_stop = {.ob_refcnt = 1};

static void
set_stops(PyoptEntry *e, bool on)
{
    _Py_CODEUNIT *code = _PyCode_CODE(e->shadow);
    const _Py_CODEUNIT *own = (const _Py_CODEUNIT *)PyBytes_AS_STRING(e->code->_co_code);
    for (uint32_t k = 0; k < e->unit->n_backs; k++) {
        uint32_t unit = e->unit->backs[k].unit;
        int op = _Py_OPCODE(own[unit]);
        op = on ? RETURN_VALUE : op == JUMP_BACKWARD ? JUMP_BACKWARD_QUICK : op;
        code[unit] = _Py_MAKECODEUNIT(op, _Py_OPARG(own[unit]));
    }
    e->stops = on;
}

static bool
somebody_is_told(void)
{
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(loader.interp); ts;
         ts = PyThreadState_Next(ts))
        if (ts->c_tracefunc || ts->c_profilefunc)
            return true;
    return false;
}

bool
rt_loop_arm(PyThreadState *ts, PyoptEntry *e)
{
    if (PYRT_BUILD_KIND || !e->code || !e->unit->n_backs)
        return false;
    bool on = !e->retired && !e->loops_retired && !loader.suspended &&
              ts->interp == loader.interp && !somebody_is_told();
    if (on != e->stops)
        set_stops(e, on);
    if (on)
        watch_listen();
    return on;
}

void
rt_loop_disarm(void)
{
    watch_listen_end();
}

void
rt_loop_release(PyoptEntry *e)
{
    if (e->code && e->stops)
        set_stops(e, false);
}

void
rt_loop_release_all(void)
{
    for (PyoptEntry *e = loader.entries; e; e = e->next)
        rt_loop_release(e);
}

static const PyoptBack *
back_at(const PyoptUnit *u, uint32_t unit)
{
    for (uint32_t k = 0; k < u->n_backs; k++)
        if (u->backs[k].unit == unit)
            return &u->backs[k];
    return NULL;
}

const PyoptBack *
rt_loop_stopped(const PyoptEntry *e, const _PyInterpreterFrame *f, const PyObject *r)
{
    if (!e || !e->unit->n_backs || (!r && PyErr_Occurred()))
        return NULL;
    return back_at(e->unit, (uint32_t)(f->prev_instr - _PyCode_CODE(f->f_code)));
}

int
rt_loop_test(const PyoptBack *back, PyObject *popped)
{
    int yes = 1;
    switch ((PyoptBackTest)back->test) {
    case PyoptBackAlways: return 1;
    case PyoptBackIfTrue: yes = PyObject_IsTrue(popped); break;
    case PyoptBackIfFalse:
        yes = PyObject_IsTrue(popped);
        yes = yes < 0 ? yes : !yes;
        break;
    case PyoptBackIfNone: yes = popped == Py_None; break;
    case PyoptBackIfNotNone: yes = popped != Py_None; break;
    }
    Py_DECREF(popped);
    return yes;
}

static uint64_t
cycles(void)
{
    return __builtin_ia32_rdtsc();
}

/* From the jump that f stands at. */
static PyObject *
take_up(PyThreadState *ts, _PyInterpreterFrame *f, PyoptEntry *e)
{
    const PyoptBack *back = back_at(e->unit, (uint32_t)(f->prev_instr - _PyCode_CODE(f->f_code)));
    const PyoptLoop *loop = &e->unit->loops[back->loop];
    if (PYRT_BREAKER(ts) && pyrt_poll(ts, f) < 0)
        return pyrt_resume_once(ts, f, back->unit, loop->depth, true);
    if (PYRT_TRACED(ts) || e->retired || e->loops_retired)
        return pyrt_resume_once(ts, f, loop->header, loop->depth, false);
    ++*loop->unit->entries;
    if (++e->stints == MEMORY) {
        e->stints /= 2;
        e->short_stints /= 2;
    }
    f->stacktop = -1;
    e->stint_began = cycles();
    return ((PyoptBody *)loop->unit->body)(ts, f);
}

void
rt_loop_left(_PyInterpreterFrame *f)
{
    PyoptEntry *e = pyrt_entry_of(f->f_code);
    if (!e || e->loops_retired || pyrt_stress || cycles() - e->stint_began >= SHORT)
        return;
    if (++e->short_stints < TRIAL || e->short_stints * SHARE < e->stints)
        return;
    e->loops_retired = true;
    loader_log("%s:%d %s: its loops are left to the interpreter: %u of %u stints were short",
               e->unit->filename, e->unit->firstlineno, e->unit->qualname, e->short_stints,
               e->stints);
}

PyObject *
rt_loop_finish(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *r)
{
    while (UNLIKELY(r == &rt_loop_stop))
        r = take_up(ts, f, pyrt_entry_of(f->f_code));
    return r;
}
