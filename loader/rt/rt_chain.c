/* Delegation without a call per level.
 *
 * `yield from` and `await` make chains: each generator but the last stands at the yield of a SEND,
 * its subiterator on top of its stack.  The interpreter goes down such a chain level by level for
 * every item, and comes up again.  Here it is walked without touching a frame, and the last one is
 * resumed; when that yields, all the others stand where they stood.  If it enters its frame, the
 * whole chain is entered first, from the outside in (PyrtLater), and left again afterwards.
 *
 * When the last one ends, the one before it goes on: its body is resumed and comes to its SEND at
 * once, which finds what has ended in loader.ended (pyrt_gen_take).  Should it leave for the
 * interpreter before that, pyrt_gen_continue() does what SEND would have done. */
#include "loader.h"
#include "rt_gen.h"

enum {
    CHAIN = 32
}; /* delegators walked at once; the next ones are resumed by the last one's body */

typedef struct Link {
    PyrtLater later;
    PyGenObject *g; /* delegates; SUSPENDED, but marked COMPLETED while it is in the chain */
    int top;
} Link;

static _PyInterpreterFrame *
frame_of(PyGenObject *g)
{
    return (_PyInterpreterFrame *)g->gi_iframe;
}

/* What g waits for, if that is a generator whose body can run now. */
static inline PyGenObject *
delegate_of(PyGenObject *g, PyObject *sent)
{
    if (!pyrt_gen_waits(g))
        return NULL;
    const _PyInterpreterFrame *f = frame_of(g);
    PyGenObject *sub = (PyGenObject *)f->localsplus[f->stacktop - 1];
    if (!PyGen_CheckExact(sub) && !PyCoro_CheckExact(sub))
        return NULL;
    PyoptEntry *e = pyrt_entry_of(sub->gi_code);
    return e && e->gen && pyrt_gen_resumable(sub, sent) ? sub : NULL;
}

/* The last of the chain that begins with g. */
static PyGenObject *
descend(PyThreadState *ts, PyGenObject *g, PyObject *sent, Link *links, int *n)
{
    PyrtLater *outer = pyrt_later;
    for (PyGenObject *sub; *n < CHAIN && (sub = delegate_of(g, sent)); g = sub) {
        int n_frames = (outer ? outer->n_frames : 0) + 1;
        if (ts->recursion_remaining <= n_frames)
            break;
        _PyInterpreterFrame *f = frame_of(g);
        Link *l = &links[(*n)++];
        l->later =
            (PyrtLater){.outer = outer, .n_frames = n_frames, .f = f, .at = f->prev_instr - 1};
        l->g = g;
        l->top = f->stacktop;
        g->gi_frame_state = FRAME_COMPLETED;
        outer = &l->later;
    }
    pyrt_later = outer;
    return g;
}

/* l's generator is suspended again, as it was. */
static void
leave(PyThreadState *ts, const Link *l)
{
    _PyInterpreterFrame *f = frame_of(l->g);
    if (l->g->gi_frame_state == FRAME_EXECUTING) {
        pyrt_gen_unlink(ts, f);
        f->prev_instr = l->later.at + 1;
        f->stacktop = l->top;
    }
    l->g->gi_frame_state = FRAME_SUSPENDED;
}

static int
outcome(PyGenObject *g, PyObject **out)
{
    return g->gi_frame_state == FRAME_SUSPENDED ? PYGEN_NEXT : pyrt_gen_end(g, out);
}

/* The subiterator of l's generator has ended, as loader.ended says. */
static int
go_on(PyThreadState *ts, const Link *l, PyObject **out)
{
    PyGenObject *g = l->g;
    PyoptEntry *e = pyrt_entry_of(g->gi_code);
    _PyInterpreterFrame *f = frame_of(g);
    leave(ts, l);
    if (pyrt_later)
        pyrt_later = l->later.outer;
    int s = e && e->gen ? pyrt_gen_one(ts, e, g, Py_None, out) : PYRT_GEN_NOT;
    if (s == PYRT_GEN_NOT) {
        pyrt_gen_enter(ts, f);
        f->localsplus[l->top] = Py_NewRef(Py_None);
        *out = pyrt_gen_continue(ts, f, (uint32_t)(l->later.at - _PyCode_CODE(f->f_code)),
                                 (uint32_t)(l->top - f->f_code->co_nlocalsplus) + 1, false);
        s = outcome(g, out);
    }
    loader.ended.source = NULL;
    return s;
}

/* All links yield the value.  Tracing was switched on: their YIELD_VALUEs are the interpreter's. */
static int
yield_traced(PyThreadState *ts, Link *links, int n, int s, PyObject **out)
{
    while (n-- > 0) {
        Link *l = &links[n];
        _PyInterpreterFrame *f = frame_of(l->g);
        uint32_t send = (uint32_t)(l->later.at - _PyCode_CODE(f->f_code));
        uint32_t depth = (uint32_t)(l->top - f->f_code->co_nlocalsplus);
        f->localsplus[l->top] = *out;
        if (s != PYGEN_NEXT) {
            loader.ended.source = f->localsplus[l->top - 1];
            loader.ended.value = *out;
            loader.ended.status = s;
            s = go_on(ts, l, out);
            continue;
        }
        *out = pyrt_gen_continue(ts, f, send + 1, depth + 1, false);
        s = outcome(l->g, out);
    }
    return s;
}

int
pyrt_gen_chain(PyThreadState *ts, PyGenObject *g, PyObject *sent, PyObject **out)
{
    Link links[CHAIN];
    int n = 0;
    PyrtLater *base = pyrt_later;
    g = descend(ts, g, sent, links, &n);
    int s = pyrt_gen_one(ts, pyrt_entry_of(g->gi_code), g, sent, out);
    while (s == PYRT_GEN_NOT && n > 0) { /* nothing has happened: as if the chain were shorter */
        leave(ts, &links[--n]);
        g = links[n].g;
        pyrt_later = links[n].later.outer;
        PyoptEntry *e = pyrt_entry_of(g->gi_code);
        s = e && e->gen ? pyrt_gen_one(ts, e, g, sent, out) : PYRT_GEN_NOT;
    }
    while ((s == PYGEN_RETURN || s == PYGEN_ERROR) && n > 0) {
        const Link *l = &links[--n];
        loader.ended.source = frame_of(l->g)->localsplus[l->top - 1];
        loader.ended.value = *out;
        loader.ended.status = s;
        s = go_on(ts, l, out);
    }
    if (n > 0 && !pyrt_later && PYRT_TRACED(ts))
        return yield_traced(ts, links, n, s, out);
    while (n-- > 0)
        leave(ts, &links[n]);
    if (pyrt_later)
        pyrt_later = base;
    return s;
}
