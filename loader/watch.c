/* Meeting every code object before it runs, at no cost to everything else.
 *
 * The preload library adds an audit hook before Py_Initialize, which gets `exec` with the code
 * object for every import and for the main script.  But while any audit hook exists, every audited
 * operation builds its event: id(x), which copy.deepcopy calls for each object, costs half as much
 * again.  So when the main program starts, the hook is unlinked from the runtime's list, and the
 * few places a code object can come from are watched themselves, by exchanging the C function
 * behind them; the Python objects, their names and signatures stay what they are:
 *
 *   - exec() and eval() look at a code object first.  With source text the code object does not
 *     exist yet; the hook is linked again until the event comes.
 *   - types.FunctionType(code) and f.__code__ = code: code.replace, pickles, marshal.
 *   - sys.settrace is not about code objects: a tracer written in C would be told of a line when a
 *     stub is entered, so stubs are taken out while anybody traces. */
#include "loader.h"
#include "rt_loop.h"

#include <unistd.h>

typedef PyObject *FastKw(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames);
typedef PyObject *Fast(PyObject *self, PyObject *const *args, Py_ssize_t n);

/* Every code object of a module, by recursion through constants; the outer ones first, because in a
 * debug build the constant of a patched inner one would show in the outer one's key. */
static void
walk(PyCodeObject *code)
{
    const PyoptUnit *u = pyrt_entry_of(code) ? NULL : match_find(code);
    if (u && install_unit(code, u))
        loader.installed++;
    PyObject *consts = code->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts); i++)
        if (PyCode_Check(PyTuple_GET_ITEM(consts, i)))
            walk((PyCodeObject *)PyTuple_GET_ITEM(consts, i));
}

static void
see(PyObject *o)
{
    if (!loader.refused && PyCode_Check(o) && _PyThreadState_GET()->interp == loader.interp)
        walk((PyCodeObject *)o);
}

/* The preload library passes its hook as the hook's own data, which is how it is recognised. */
static void
hook_unlink(void)
{
    for (_Py_AuditHookEntry **at = &_PyRuntime.audit_hook_head; *at; at = &(*at)->next)
        if ((void *)(*at)->hookCFunction == (*at)->userData) {
            loader.hook = *at;
            *at = (*at)->next;
            return;
        }
}

/* Linked in front, and only if it is not. */
static void
hook_link(void)
{
    hook_unlink();
    if (!loader.hook)
        return;
    loader.hook->next = _PyRuntime.audit_hook_head;
    _PyRuntime.audit_hook_head = loader.hook;
}

/* Back to how it should be between events. */
static void
hook_rest(void)
{
    if (loader.watching && !loader.listening)
        hook_unlink();
}

void
watch_listen(void)
{
    if (!loader.listening++ && loader.watching)
        hook_link();
}

void
watch_listen_end(void)
{
    loader.listening--;
    hook_rest();
}

static PyObject *
watched_exec(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    bool text = n > 0 && !PyCode_Check(args[0]);
    if (text)
        hook_link();
    else if (n > 0)
        see(args[0]);
    PyObject *r = ((FastKw *)(void *)loader.exec)(self, args, n, kwnames);
    if (text)
        hook_rest();
    return r;
}

static PyObject *
watched_eval(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    bool text = n > 0 && !PyCode_Check(args[0]);
    if (text)
        hook_link();
    else if (n > 0)
        see(args[0]);
    PyObject *r = ((Fast *)(void *)loader.eval)(self, args, n);
    if (text)
        hook_rest();
    return r;
}

static bool
somebody_traces(void)
{
    for (PyThreadState *ts = PyInterpreterState_ThreadHead(loader.interp); ts;
         ts = PyThreadState_Next(ts))
        if (ts->c_tracefunc)
            return true;
    return false;
}

static PyObject *
watched_settrace(PyObject *self, PyObject *func)
{
    if (func != Py_None)
        patch_suspend();
    PyObject *r = loader.settrace(self, func);
    if (func == Py_None && !somebody_traces())
        patch_resume();
    return r;
}

static PyObject *
watched_function_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    PyObject *func = loader.function_new(type, args, kw);
    if (func && PyFunction_Check(func))
        see(PyFunction_GET_CODE(func));
    return func;
}

static int
watched_set_code(PyObject *func, PyObject *code, void *closure)
{
    if (code)
        see(code);
    return loader.set_code(func, code, closure);
}

/* The C function behind a builtin, exchanged if it has the expected calling convention. */
static void
exchange(PyObject *dict, const char *name, int flags, PyCFunction ours, PyCFunction *theirs)
{
    PyObject *f = dict ? PyDict_GetItemString(dict, name) : NULL;
    if (!f || !PyCFunction_CheckExact(f) || PyCFunction_GET_FLAGS(f) != flags)
        return;
    PyMethodDef *def = ((PyCFunctionObject *)f)->m_ml;
    *theirs = def->ml_meth;
    def->ml_meth = ours;
}

static void
watch_start(void)
{
    PyObject *builtins = PyEval_GetBuiltins();
    exchange(builtins, "exec", METH_FASTCALL | METH_KEYWORDS, (PyCFunction)(void *)watched_exec,
             &loader.exec);
    exchange(builtins, "eval", METH_FASTCALL, (PyCFunction)(void *)watched_eval, &loader.eval);
    exchange(loader.interp->sysdict, "settrace", METH_O, watched_settrace, &loader.settrace);
    if (!loader.exec || !loader.eval || !loader.settrace)
        return; /* an unknown build: the audit hook stays */
    loader.function_new = PyFunction_Type.tp_new;
    PyFunction_Type.tp_new = watched_function_new;
    for (PyGetSetDef *d = PyFunction_Type.tp_getset; d->name; d++)
        if (strcmp(d->name, "__code__") == 0) {
            loader.set_code = d->set;
            d->set = watched_set_code;
        }
    loader.watching = true;
    hook_rest();
}

static _PyInterpreterFrame *
current_frame(void)
{
    return _PyThreadState_GET()->cframe->current_frame;
}

/* The next code object to be executed is the main program, unless it is runpy, which calls exec().
 */
static void
note_main(const char *how)
{
    if (strcmp(how, "module") == 0)
        watch_start();
    else if (strcmp(how, "stdin") != 0 || !isatty(0))
        loader.main_is_next = true;
}

/* A .pyc file as the main program is read and run without an event of its own.  This runs at its
 * first RESUME: too late for the module's code, in time for everything in it. */
static int
see_main(void *arg)
{
    (void)arg;
    _PyInterpreterFrame *f = current_frame();
    while (f && f->previous)
        f = f->previous;
    if (f && !loader.watching) {
        see((PyObject *)f->f_code);
        watch_start();
    }
    return 0;
}

void
watch_event(const char *event, PyObject *args)
{
    if (strcmp(event, "exec") == 0) {
        see(PyTuple_GET_ITEM(args, 0));
        if (loader.main_is_next && !loader.watching && !current_frame())
            watch_start();
        else
            hook_rest();
    } else if (strcmp(event, "sys.settrace") == 0 || strcmp(event, "sys.setprofile") == 0) {
        rt_loop_release_all();
    } else if (loader.watching) {
        return;
    } else if (strcmp(event, "function.__new__") == 0) {
        see(PyTuple_GET_ITEM(args, 0));
    } else if (strcmp(event, "object.__setattr__") == 0 && PyTuple_GET_SIZE(args) > 2) {
        see(PyTuple_GET_ITEM(args, 2));
    } else if (loader.main_is_next && strcmp(event, "marshal.loads") == 0 && !current_frame()) {
        Py_AddPendingCall(see_main, NULL);
    } else if (strncmp(event, "cpython.run_", 12) == 0) {
        note_main(event + 12);
    }
}

WatchSilence
watch_silence(void)
{
    WatchSilence s = {_PyRuntime.audit_hook_head, loader.interp->audit_hooks};
    _PyRuntime.audit_hook_head = NULL;
    loader.interp->audit_hooks = NULL;
    return s;
}

void
watch_speak(WatchSilence s)
{
    _PyRuntime.audit_hook_head = s.runtime;
    loader.interp->audit_hooks = s.interp;
}

void
watch_give_up(void)
{
    hook_unlink();
}
