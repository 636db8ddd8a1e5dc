/* The way in: three units of a code object are overwritten in place.
 *
 *     RESUME               ->  LOAD_CONST k       k: our PyoptEntry, one behind the last constant
 *     first instruction    ->  UNARY_NEGATIVE     its nb_negative runs the body on that frame
 *     second instruction   ->  RETURN_VALUE       the body's result
 *
 * (with an EXTENDED_ARG in front when k does not fit a byte).  The interpreter binds arguments,
 * pushes and pops the frame, counts the recursion; every kind of call works, and none costs more
 * than it did.
 *
 * Nobody can see it.  PyCode_GetCode caches the original bytes first, so co_code, dis and replace()
 * show them.  The constant sits in slot n of a tuple that says it has n; only LOAD_CONST reaches
 * it.  (A debug build checks the index, so there the tuple has n + 1.)  co_consts, the hash and
 * comparison of a patched code object are its shadow's.
 *
 * What runs in the interpreter after a deopt runs on the shadow, a clone made before patching: the
 * overwritten units can be jump targets.  frame.f_code of such a frame answers with the code object
 * it was called as.
 *
 * Not patched: generators and coroutines (genhooks.c has their way in), code whose
 * stub a handler of its exception table covers (an exception leaving the body would be looked up
 * there), code that some frame is running.  Without constants the tuple keeps size 0, and CPython
 * gives such a tuple back to the allocator, not to its free lists (maybe_freelist_push). */
#include "loader.h"
#include "rt_deopt.h"
#include "rt_loop.h"
#include "rt_stack.h"
#include "rt_trace.h"

typedef struct StubCall {
    PyThreadState *ts;
    _PyInterpreterFrame *f;
    PyoptEntry *e;
} StubCall;

static PyObject *
stub_on_new_stack(void *arg)
{
    StubCall *c = arg;
    if (c->ts->interp !=
        loader.interp) /* a code object of the executable, run by a subinterpreter */
        return pyrt_resume(c->ts, c->f, c->e->unit->entry, 0, false);
    if (PYRT_TRACED(c->ts) || PYRT_BREAKER(c->ts))
        return pyrt_enter_slow(c->ts, c->f, c->e);
    return c->e->body(c->ts, c->f);
}

/* The body is done but something is unusual: it failed, a frame object exists, or tracing is on. */
static PyObject *
stub_leave(PyThreadState *ts, _PyInterpreterFrame *f, PyObject *r)
{
    if (PYRT_TRACED(ts) && r && f->stacktop < 0) /* the interpreter did not finish it */
        r = rt_trace_return(ts, f, r);
    bool traced = PYRT_TRACED(ts);
    if (f->frame_obj && Py_REFCNT(f->frame_obj) > 1) {
        /* The stub's RETURN_VALUE would leave its own line in it. */
        pyrt_frame_detach(ts, f);
        Py_INCREF(f->f_func);
        Py_INCREF(f->f_code);
        f->f_locals = NULL;
        memset(f->localsplus, 0, (size_t)f->f_code->co_nlocalsplus * sizeof(PyObject *));
    }
    if (traced)
        rt_trace_leave(ts, !r);
    else if (!r) /* looks incomplete: no second traceback entry */
        f->prev_instr = _PyCode_CODE(f->f_code) - 1;
    f->stacktop = -1;
    return r;
}

static PyObject *
stub_enter(PyObject *self)
{
    PyoptEntry *e = (PyoptEntry *)self;
    PyThreadState *ts = _PyThreadState_GET();
    _PyInterpreterFrame *f = ts->cframe->current_frame;
    PyObject *r;
    ++*e->entries;
    if (UNLIKELY(PYRT_TRACED(ts) || PYRT_BREAKER(ts) || pyrt_stack_low() ||
                 ts->interp != loader.interp))
        r = pyrt_stack_run(stub_on_new_stack, &(StubCall){ts, f, e});
    else
        r = e->body(ts, f);
    if (UNLIKELY(!r || f->frame_obj || PYRT_TRACED(ts)))
        return stub_leave(ts, f, r);
    return r;
}

static void
entry_keep(PyObject *self)
{
    Py_SET_REFCNT(self, INT_MAX); /* entries are never freed */
}

static PyNumberMethods entry_as_number = {.nb_negative = stub_enter};
static PyTypeObject EntryType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "pyopt.entry",
    .tp_basicsize = sizeof(PyoptEntry),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_as_number = &entry_as_number,
    .tp_dealloc = entry_keep,
};

/* co_extra: a patched code object dies. */
static void
entry_code_gone(void *extra)
{
    PyoptEntry *e = extra;
    if (!e)
        return;
    PyCodeObject *shadow = e->shadow;
    e->direct = NULL;
    e->gen = NULL;
    e->code = NULL;
    e->shadow = NULL;
    e->patched = false;
    e->next_spare = loader.spare;
    loader.spare = e;
    Py_XDECREF(shadow);
}

static PyoptEntry *
entry_new(void)
{
    PyoptEntry *e = loader.spare;
    if (e) {
        loader.spare = e->next_spare;
        return e;
    }
    e = PyMem_RawCalloc(1, sizeof *e);
    if (!e)
        return NULL;
    ((PyObject *)e)->ob_type = &EntryType;
    ((PyObject *)e)->ob_refcnt = INT_MAX;
    e->next = loader.entries;
    loader.entries = e;
    return e;
}

/* A number of the exception table: 6-bit groups, most significant first, bit 6 set on all but the
 * last. */
static uint32_t
table_number(const uint8_t **at, const uint8_t *end)
{
    uint32_t v = 0;
    while (*at < end) {
        uint8_t b = *(*at)++;
        v = v << 6 | (b & 0x3f);
        if (!(b & 0x40))
            break;
    }
    return v;
}

/* Only UNARY_NEGATIVE can raise, so only its unit matters: `try:` as the first statement is fine.
 */
bool
handler_covers(PyCodeObject *code, uint32_t unit)
{
    const uint8_t *at = (const uint8_t *)PyBytes_AS_STRING(code->co_exceptiontable);
    const uint8_t *end = at + PyBytes_GET_SIZE(code->co_exceptiontable);
    while (at < end) {
        uint32_t start = table_number(&at, end), length = table_number(&at, end);
        table_number(&at, end);
        table_number(&at, end);
        if (start <= unit && unit < start + length)
            return true;
    }
    return false;
}

static bool
same_room(const PyCodeObject *code, const PyoptUnit *u)
{
    return u->n_localsplus == code->co_nlocalsplus && u->stacksize == code->co_stacksize;
}

static const char *
refusal(PyCodeObject *code, const PyoptUnit *u, uint32_t n)
{
    if (PyTuple_GET_SIZE(code->co_consts) > 0xffff)
        return "too many constants";
    if ((Py_ssize_t)(u->entry + n) > Py_SIZE(code) || code->co_stacksize < 1 || !same_room(code, u))
        return "the unit does not fit the code object";
    uint8_t op = _Py_OPCODE(_PyCode_CODE(code)[u->entry]);
    if (op != RESUME && op != RESUME_QUICK)
        return "no RESUME where the stub goes";
    if (handler_covers(code, u->entry + n - 2))
        return "an exception handler covers the stub";
    if (patch_is_running(code))
        return "it is running";
    return NULL;
}

/* The opcodes that 3.11 starts a quickened code object with.  The interpreter quickens code that it
 * enters through RESUME often; a shadow is entered in the middle, so it is quickened from the
 * start. */
static const uint8_t adaptive[256] = {
    [LOAD_ATTR] = LOAD_ATTR_ADAPTIVE,
    [LOAD_GLOBAL] = LOAD_GLOBAL_ADAPTIVE,
    [LOAD_METHOD] = LOAD_METHOD_ADAPTIVE,
    [BINARY_SUBSCR] = BINARY_SUBSCR_ADAPTIVE,
    [STORE_SUBSCR] = STORE_SUBSCR_ADAPTIVE,
    [CALL] = CALL_ADAPTIVE,
    [PRECALL] = PRECALL_ADAPTIVE,
    [STORE_ATTR] = STORE_ATTR_ADAPTIVE,
    [BINARY_OP] = BINARY_OP_ADAPTIVE,
    [COMPARE_OP] = COMPARE_OP_ADAPTIVE,
    [UNPACK_SEQUENCE] = UNPACK_SEQUENCE_ADAPTIVE,
    [EXTENDED_ARG] = EXTENDED_ARG_QUICK,
    [JUMP_BACKWARD] = JUMP_BACKWARD_QUICK,
    [RESUME] = RESUME_QUICK,
};

static PyCodeObject *
shadow_new(PyCodeObject *code, PyoptEntry *e)
{
    WatchSilence silence = watch_silence();
    PyObject *clone = PyObject_CallMethod((PyObject *)code, "replace", NULL);
    watch_speak(silence);
    if (!clone)
        return NULL;
    PyCodeObject *shadow = (PyCodeObject *)clone;
    if (_PyCode_SetExtra(clone, loader.shadow_index, e)) {
        Py_DECREF(clone);
        return NULL;
    }
    Py_XDECREF(PyCode_GetCode(shadow)); /* from now on known, whatever becomes of its units */
    PyErr_Clear();
    /* Under tracing the interpreter runs the plain RESUME, which counts towards quickening; done
     * again, on caches that are in use, that would damage them. */
    shadow->co_warmup = 0;
    _Py_CODEUNIT *unit = _PyCode_CODE(shadow);
    for (Py_ssize_t i = 0; i < Py_SIZE(shadow); i++) {
        uint8_t op = adaptive[_Py_OPCODE(unit[i])];
        if (op)
            unit[i] = _Py_MAKECODEUNIT(op, _Py_OPARG(unit[i]));
    }
    return shadow;
}

/* A copy of the constants with e behind the last. */
static PyObject *
constants_with(PyObject *consts, PyoptEntry *e)
{
    Py_ssize_t n = PyTuple_GET_SIZE(consts);
    PyObject *t = PyTuple_New(n + 1);
    if (!t)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        PyTuple_SET_ITEM(t, i, Py_NewRef(PyTuple_GET_ITEM(consts, i)));
    PyTuple_SET_ITEM(t, n, (PyObject *)e);
#ifdef Py_DEBUG
    Py_INCREF(e);
#else
    Py_SET_SIZE(t, n);
#endif
    return t;
}

static void
entry_fill(PyoptEntry *e, PyCodeObject *code, const PyoptUnit *u)
{
    e->body = (PyoptBody *)u->body;
    e->entries = u->entries;
    e->resume = _PyCode_CODE(code) + u->entry;
    e->kwonly = (uint32_t)code->co_kwonlyargcount;
    e->argcount = u->argcount + e->kwonly;
    e->fit = e->kwonly ? PYRT_NO_FIT : e->argcount;
    e->n_localsplus = u->n_localsplus;
    e->slots = (uint32_t)u->n_localsplus + u->stacksize;
    e->unit = u;
    e->code = code;
    /* rt_call.c binds parameters, *args (not behind keyword-only ones), cells and free variables by
     * itself. */
    bool direct = (code->co_flags & (CO_OPTIMIZED | CO_VARKEYWORDS)) == CO_OPTIMIZED &&
                  !(code->co_kwonlyargcount && code->co_flags & CO_VARARGS);
    e->direct = direct ? (PyObject *)code : NULL;
    e->varargs = code->co_flags & CO_VARARGS;
    e->prologue = e->varargs || code->co_ncellvars || code->co_nfreevars;
    e->gen = NULL;
    e->declined = 0;
    e->deopts = 0;
    e->retired = e->loops_retired = e->stops = false;
    e->stints = e->short_stints = 0;
}

/* May compiled callers make it by themselves?  Where coroutines remember who made them, they may
 * not: pyrt_gen_make() does not look. */
static bool
makes_generator(PyCodeObject *code, const PyoptUnit *u)
{
    return u->entry >= 2 && (Py_ssize_t)u->entry <= Py_SIZE(code) &&
           _Py_OPCODE(_PyCode_CODE(code)[u->entry - 2]) == RETURN_GENERATOR;
}

static bool
has_send(PyCodeObject *code)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(code); i++)
        if (_Py_OPCODE(_PyCode_CODE(code)[i]) == SEND)
            return true; /* or a cache entry that looks like one: no harm */
    return false;
}

/* Nothing is written into the code object; the hooks look the entry up. */
static bool
install_generator(PyCodeObject *code, const PyoptUnit *u)
{
    if (!(u->flags & PyoptGenerator) || !same_room(code, u) || !genhooks_install()) {
        loader_log("%s:%d %s: left to the interpreter: a generator or coroutine", u->filename,
                   u->firstlineno, u->qualname);
        return false;
    }
    PyoptEntry *e = entry_new();
    if (!e || _PyCode_SetExtra((PyObject *)code, pyrt_extra_index, e)) {
        PyErr_Clear();
        return false;
    }
    entry_fill(e, code, u);
    e->body = NULL; /* a call makes a generator */
    if (!makes_generator(code, u))
        e->direct = NULL;
    e->gen = (PyoptGenBody *)u->body;
    e->delegates = has_send(code);
    arenas_keep();
    return true;
}

bool
install_unit(PyCodeObject *code, const PyoptUnit *u)
{
    if (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR))
        return install_generator(code, u);
    Py_ssize_t k = PyTuple_GET_SIZE(code->co_consts);
    uint32_t n = k > 0xff ? 4 : 3;
    const char *why = refusal(code, u, n);
    if (why) {
        loader_log("%s:%d %s: left to the interpreter: %s", u->filename, u->firstlineno,
                   u->qualname, why);
        return false;
    }
    PyObject *bytes = PyCode_GetCode(code); /* from now on this is what everybody sees */
    PyoptEntry *e = bytes ? entry_new() : NULL;
    PyCodeObject *shadow = e ? shadow_new(code, e) : NULL;
    PyObject *consts = shadow ? constants_with(code->co_consts, e) : NULL;
    Py_XDECREF(bytes);
    if (!consts || _PyCode_SetExtra((PyObject *)code, pyrt_extra_index, e)) {
        Py_XDECREF(consts);
        Py_XDECREF(shadow);
        PyErr_Clear();
        return false;
    }
    entry_fill(e, code, u);
    e->shadow = shadow;
    e->n_saved = n;
    e->constant = (uint32_t)k;
    Py_SETREF(code->co_consts, consts);
    arenas_keep();
    if (!loader.suspended)
        patch_write(e);
    return true;
}

/* frame.f_code while the shadow runs: the code object the program knows. */
static PyObject *
frame_code(PyObject *frame, void *closure)
{
    PyObject *code = loader.frame_code(frame, closure);
    void *e = NULL;
    if (!code || _PyCode_GetExtra(code, loader.shadow_index, &e) || !e)
        return code;
    Py_SETREF(code, Py_NewRef(((PyoptEntry *)e)->code));
    return code;
}

/* Two code objects are compared unit by unit, so a patched one is represented by its shadow. */
static PyObject *
unpatched(PyObject *o)
{
    PyoptEntry *e = PyCode_Check(o) ? pyrt_entry_of((PyCodeObject *)o) : NULL;
    if (!e || !e->shadow)
        return o;
    rt_loop_release(e);
    return (PyObject *)e->shadow;
}

static PyObject *
code_compare(PyObject *a, PyObject *b, int op)
{
    return loader.code_compare(unpatched(a), unpatched(b), op);
}

static Py_hash_t
code_hash(PyObject *code)
{
    return loader.code_hash(unpatched(code));
}

static PyObject *
code_adaptive(PyObject *code, void *closure)
{
    return loader.code_adaptive(unpatched(code), closure);
}

static PyObject *
code_consts(PyObject *code, void *closure)
{
    (void)closure;
    return Py_NewRef(((PyCodeObject *)unpatched(code))->co_consts);
}

static PyGetSetDef consts_def = {.name = "co_consts", .get = code_consts};

/* CPython's own types answer for patched code as if nothing had happened. */
static bool
hook_types(void)
{
    PyObject *consts = PyDescr_NewGetSet(&PyCode_Type, &consts_def);
    if (!consts || PyDict_SetItemString(PyCode_Type.tp_dict, "co_consts", consts))
        return false;
    Py_DECREF(consts);
    PyType_Modified(&PyCode_Type);
    for (PyGetSetDef *d = PyFrame_Type.tp_getset; d->name; d++)
        if (strcmp(d->name, "f_code") == 0) {
            loader.frame_code = d->get;
            d->get = frame_code;
        }
    for (PyGetSetDef *d = PyCode_Type.tp_getset; d->name; d++)
        if (strcmp(d->name, "_co_code_adaptive") == 0) {
            loader.code_adaptive = d->get;
            d->get = code_adaptive;
        }
    loader.code_compare = PyCode_Type.tp_richcompare;
    loader.code_hash = PyCode_Type.tp_hash;
    PyCode_Type.tp_richcompare = code_compare;
    PyCode_Type.tp_hash = code_hash;
    return true;
}

bool
install_init(void)
{
    if (PyType_Ready(&EntryType) || !rt_trace_init())
        return false;
    pyrt_extra_index = _PyEval_RequestCodeExtraIndex(entry_code_gone);
    loader.shadow_index = _PyEval_RequestCodeExtraIndex(NULL);
    if (pyrt_extra_index < 0 || loader.shadow_index < 0)
        return false;
    return hook_types();
}
