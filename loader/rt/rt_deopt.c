/* Deoptimisation: rebuild what the interpreter's frames would hold, then let the interpreter run
 * them.
 *
 * A frame is finished by a nested _PyEval_EvalFrameDefault on that very frame: identity, locals,
 * f_back and tracebacks are the interpreter's own.  Three things differ from a frame that the
 * interpreter pushed itself:
 *
 *   - The code.  The stub sits in the code object's RESUME, and the first units after it may be the
 *     target of a jump, so the nested run uses the shadow, an unpatched clone.  The frame gets its
 *     own code back afterwards, with prev_instr moved over.
 *   - The depth.  The frame was counted against the recursion limit when it was entered.  The
 *     nested run counts it again, so one level is given back around it.
 *   - is_entry.  The nested run owns the frame until it returns, and the outer one takes it back.
 *
 * Inlined callees.  An exit inside an inlined body has one level per function.  Levels above 0 are
 * structs on the body's C stack whose homes are valid; what is missing is filled in, the frames are
 * linked, and the innermost runs first.  Its result is pushed on the operand stack of the level
 * below (unless that runs a STORE_SUBSCR), which goes on behind its call (or raises there); the
 * finished frame is cleared as the interpreter clears one. */
#include "rt_deopt.h"

#include "loader.h"
#include "rt_gen.h"
#include "rt_loop.h"
#include "rt_trace.h"

static PyObject *
run_interpreter(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit, uint32_t depth,
                bool raising, const PyoptEntry *e)
{
    if (f->owner == FRAME_OWNED_BY_GENERATOR)
        return pyrt_gen_continue(ts, f, unit, depth, raising);
    PyCodeObject *own = f->f_code;
    PyCodeObject *run = e ? e->shadow : own;
    bool was_entry = f->is_entry;
    f->f_code = (PyCodeObject *)Py_NewRef(run);
    f->prev_instr = _PyCode_CODE(run) + (raising ? (int)unit : (int)unit - 1);
    f->stacktop = run->co_nlocalsplus + (int)depth;
    ts->cframe->current_frame = f->previous;
    ts->recursion_remaining++;
    if (raising && PYRT_TRACED(ts))
        rt_trace_skip_call(ts);
    PyObject *r = _PyEval_EvalFrameDefault(ts, f, raising);
    ts->recursion_remaining--;
    ts->cframe->current_frame = f;
    f->is_entry = was_entry;
    f->prev_instr = _PyCode_CODE(own) + (f->prev_instr - _PyCode_CODE(run));
    f->stacktop = own->co_nlocalsplus;
    f->f_code = own;
    Py_DECREF(run);
    return r;
}

PyObject *
pyrt_resume_once(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit, uint32_t depth,
                 bool raising)
{
    PyoptEntry *e = pyrt_entry_of(f->f_code);
    for (;;) {
        bool armed = e && rt_loop_arm(ts, e);
        PyObject *r = run_interpreter(ts, f, unit, depth, raising, e);
        if (armed)
            rt_loop_disarm();
        const PyoptBack *back = rt_loop_stopped(e, f, r);
        if (LIKELY(!back))
            return r;
        int jumps = rt_loop_test(back, r);
        if (jumps > 0)
            return &rt_loop_stop;
        raising = jumps < 0;
        unit = raising ? back->unit : back->next;
        depth = e->unit->loops[back->loop].depth;
    }
}

PyObject *
pyrt_resume(PyThreadState *ts, _PyInterpreterFrame *f, uint32_t unit, uint32_t depth, bool raising)
{
    return rt_loop_finish(ts, f, pyrt_resume_once(ts, f, unit, depth, raising));
}

PyObject *
pyrt_enter_slow(PyThreadState *ts, _PyInterpreterFrame *f, PyoptEntry *e)
{
    uint32_t entry = e->unit->entry;
    if (PYRT_TRACED(ts))
        return pyrt_resume(ts, f, entry, 0, false);
    f->prev_instr = e->resume;
    int served = pyrt_poll(ts, f);
    if (served < 0)
        return pyrt_resume(ts, f, entry, 0, true);
    /* Behind the RESUME: a call that was under way when tracing began has no 'call' event. */
    if (served > 0)
        return pyrt_resume(ts, f, entry + 1, 0, false);
    return e->body(ts, f);
}

PyObject *
pyrt_decline(PyThreadState *ts, _PyInterpreterFrame *f)
{
    PyoptEntry *e = pyrt_entry_of(f->f_code);
    retire_declined(e);
    return pyrt_resume(ts, f, e->unit->entry, 0, false);
}

/* A new reference, or NULL: the value is Null, or there was no memory for a box. */
static PyObject *
value_of(const PyoptVal *v, const PyoptEv *ev, PyCodeObject *code)
{
    switch ((PyoptValKind)v->kind) {
    case PyoptValOwned: return ev[v->src].o;
    case PyoptValBorrow: return Py_XNewRef((PyObject *)ev[v->src].o);
    case PyoptValInt: return pyrt_int(ev[v->src].i);
    case PyoptValDouble: return PyFloat_FromDouble(ev[v->src].d);
    case PyoptValMaybeInt: return ev[v->src + 1].i ? pyrt_int(ev[v->src].i) : NULL;
    case PyoptValMaybeDouble: return ev[v->src + 1].i ? PyFloat_FromDouble(ev[v->src].d) : NULL;
    case PyoptValBool: return Py_NewRef(ev[v->src].i ? Py_True : Py_False);
    case PyoptValConst: return Py_NewRef(PyTuple_GET_ITEM(code->co_consts, v->src));
    case PyoptValNull:
    case PyoptValTuple:
    case PyoptValCopy:
    case PyoptValDrop: return NULL;
    }
    Py_UNREACHABLE();
}

/* A tuple that was not built until now, of the values behind v. */
static PyObject *
tuple_of(const PyoptVal *v, const PyoptEv *ev, PyCodeObject *code)
{
    PyObject *tuple = PyTuple_New(v->src);
    for (unsigned i = 0; tuple && i < v->src; i++) {
        PyObject *item = value_of(&v[1 + i], ev, code);
        if (!item)
            Py_CLEAR(tuple);
        else
            PyTuple_SET_ITEM(tuple, i, item);
    }
    return tuple;
}

/* Puts the exit's values into their slots.  What they displace, and what is to be dropped, goes to
 * out: its release can run code, which must find finished frames. */
static size_t
fill_slots(const PyoptUnit *u, const PyoptExit *x, const PyoptEv *ev, _PyInterpreterFrame **frames,
           PyObject **out)
{
    const PyoptVal *vals = &u->vals[x->first_val];
    size_t n_out = 0;
    for (unsigned i = 0; i < x->n_vals; i++) {
        const PyoptVal *v = &vals[i];
        if (v->kind == PyoptValDrop) {
            out[n_out++] = ev[v->src].o;
            continue;
        }
        _PyInterpreterFrame *f = frames[v->frame];
        PyObject **slot = &f->localsplus[v->slot];
        PyObject *value = NULL;
        if (v->kind == PyoptValTuple) {
            value = tuple_of(v, ev, f->f_code);
            i += v->src;
        } else if (v->kind == PyoptValCopy) {
            const PyoptVal *first = &vals[v->src];
            value = Py_XNewRef(frames[first->frame]->localsplus[first->slot]);
        } else {
            value = value_of(v, ev, f->f_code);
        }
        if (v->slot <
            f->f_code->co_nlocalsplus) /* a home owned something; a stack slot holds garbage */
            out[n_out++] = *slot;
        *slot = value;
    }
    return n_out;
}

static bool
calls_class(const PyoptLevel *level)
{
    return level->call == PyoptCallClass || level->call == PyoptCallClassUp;
}

/* Completes and links the frames of an exit, outermost first; the innermost becomes the current
 * frame. */
static void
link_levels(PyThreadState *ts, const PyoptUnit *u, const PyoptExit *x, const PyoptEv *ev,
            _PyInterpreterFrame **frames)
{
    const PyoptLevel *level = &u->levels[x->first_level];
    for (unsigned k = 0; k < x->n_levels; k++) {
        _PyInterpreterFrame *f = frames[k];
        if (k > 0) {
            if (!f->f_func)
                pyrt_frame_init(f, (PyFunctionObject *)Py_NewRef(ev[level[k].func].o));
            f->previous = frames[k - 1];
        }
        bool innermost = k + 1u == x->n_levels;
        PYRT_AT(f, f->f_code, innermost ? level[k].offset : level[k].resume - 1);
        f->stacktop = f->f_code->co_nlocalsplus + level[k].depth;
    }
    ts->cframe->current_frame = frames[x->n_levels - 1];
    ts->recursion_remaining -= x->n_levels - 1;
    for (unsigned k = 0; k + 1 < x->n_levels; k++)
        ts->recursion_remaining -= calls_class(&level[k]);
}

/* What type_call() makes of __init__'s result r: the instance, which is on top of f's stack, or
 * NULL with an exception. */
static PyObject *
class_result(_PyInterpreterFrame *f, PyObject *r)
{
    PyObject *self = f->localsplus[--f->stacktop];
    if (UNLIKELY(r && r != Py_None))
        PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'",
                     Py_TYPE(r)->tp_name);
    bool done = r == Py_None;
    Py_XDECREF(r);
    if (done)
        return self;
    Py_DECREF(self);
    return NULL;
}

/* The unit's own frame may stop at a loop; whoever runs it goes on.  Others end here. */
static PyObject *
resume_level(PyThreadState *ts, _PyInterpreterFrame *f, unsigned level, uint32_t unit,
             uint32_t depth, bool raising)
{
    return level ? pyrt_resume(ts, f, unit, depth, raising)
                 : pyrt_resume_once(ts, f, unit, depth, raising);
}

/* Runs the levels from the innermost outwards; each result is the call's result one level out. */
static PyObject *
run_levels(PyThreadState *ts, const PyoptUnit *u, const PyoptExit *x, _PyInterpreterFrame **frames)
{
    const PyoptLevel *level = &u->levels[x->first_level];
    unsigned k = x->n_levels - 1u;
    PyObject *r = resume_level(ts, frames[k], k, level[k].offset, level[k].depth,
                               x->kind == PyoptExitRaise || PyErr_Occurred());
    while (k > 0) {
        _PyInterpreterFrame *inner = frames[k--], *f = frames[k];
        ts->cframe->current_frame = f;
        pyrt_frame_clear(ts, inner);
        ts->recursion_remaining += 1 + calls_class(&level[k]);
        uint32_t depth = level[k].depth;
        if (level[k].call == PyoptCallClass) {
            r = class_result(f, r);
            depth--;
        }
        if (r && level[k].call == PyoptCallDrop)
            Py_DECREF(r);
        else if (r)
            f->localsplus[f->f_code->co_nlocalsplus + depth++] = r;
        r = r ? resume_level(ts, f, k, level[k].resume, depth, false)
              : resume_level(ts, f, k, level[k].resume - 1, depth, true);
    }
    return r;
}

PyObject *
pyrt_deopt(PyThreadState *ts, _PyInterpreterFrame *f, const PyoptUnit *u, unsigned exit,
           const PyoptEv *ev)
{
    const PyoptExit *x = &u->exits[exit];
    if (f->owner == FRAME_OWNED_BY_GENERATOR)
        pyrt_gen_need(ts, f);
    u->exit_hits[exit]++;
    bool of_loop = u->flags & PyoptLoopBody;
    if (of_loop)
        rt_loop_left(f);

    _PyInterpreterFrame *frames[x->n_levels];
    PyObject *out[x->n_vals + 1];
    frames[0] = f;
    for (unsigned k = 1; k < x->n_levels; k++)
        frames[k] = ev[u->levels[x->first_level + k].frame].o;
    link_levels(ts, u, x, ev, frames);
    size_t n_out = fill_slots(u, x, ev, frames, out);
    Ended ended = loader.ended; /* what is released now may resume generators */
    loader.ended.source = NULL;
    for (size_t i = 0; i < n_out; i++)
        Py_XDECREF(out[i]);
    loader.ended = ended;
    PyoptEntry *e = pyrt_entry_of(f->f_code); /* of a generator that ends the frame is cleared */
    PyObject *r = run_levels(ts, u, x, frames);
    if (of_loop)
        return r;
    if (x->kind == PyoptExitGuard && r != &rt_loop_stop) /* the rest of the activation was lost */
        retire_count(e);
    return rt_loop_finish(ts, f, r);
}

bool
pyrt_stress_tick(void)
{
    if (--loader.stress_left > 0)
        return true;
    loader.stress_left = loader.stress_every;
    return false;
}
