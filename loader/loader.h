/* The loader's one struct, and what its files offer each other. */
#ifndef PYOPT_LOADER_H
#define PYOPT_LOADER_H

#include "rt_collect.h"
#include "rt_frame.h"

#include <internal/pycore_runtime.h>

enum { LOADER_RESERVE = 32 };

typedef enum GenHooks { GenHooksNone, GenHooksIn, GenHooksRefused } GenHooks;

typedef struct Ended {
    PyObject *source, *value; /* source: borrowed from that SEND's stack; NULL: none has */
    int status;               /* PYGEN_RETURN or PYGEN_ERROR */
} Ended;

typedef struct Loader {
    const PyoptBundleInfo *bundle;
    bool ready, refused;        /* all set up; or never to be used in this process */
    PyInterpreterState *interp; /* the only one that is served */

    /* match.c */
    const PyoptUnit **by_filter; /* open addressing on the filter: mask + 1 slots */
    uint32_t mask;

    /* install.c */
    uint64_t installed;               /* code objects patched */
    PyoptEntry *entries;              /* every entry ever made */
    PyoptEntry *spare;                /* those whose code object is gone */
    Py_ssize_t shadow_index;          /* co_extra slot: entry of a shadow */
    getter frame_code, code_adaptive; /* CPython's own: of frame.f_code, and of the type code */
    richcmpfunc code_compare;
    hashfunc code_hash;

    /* genhooks.c */
    struct {
        GenHooks state;
        PyMethodDef *send_def[2], *close_def[2]; /* of generators, of coroutines */
        iternextfunc iternext;                   /* from here on: CPython's own */
        sendfunc send;
        destructor finalize;
        PyCFunction meth_send, meth_close;
    } gen;

    /* rt/rt_chain.c: how the subiterator of the SEND that is resumed next has ended */
    Ended ended;

    /* patch.c */
    uint64_t round; /* of looking at all frames */
    bool suspended; /* somebody traces: stubs are out */

    /* watch.c */
    bool main_is_next, watching;
    unsigned listening; /* how many want the audit hook to be linked */
    _Py_AuditHookEntry *hook;
    PyCFunction exec, eval, settrace; /* what CPython has there */
    newfunc function_new;
    setter set_code;

    /* rt/ */
    PyObject *poll, *hush;           /* rt_frame.c */
    PyObject *init_name, *iter_name; /* "__init__", "__iter__" */
    PyObject *no_args;               /* () */
    PyrtCollect collect;             /* rt_collect.c */
    char *spare_stack;               /* rt_stack.c */
    PyObject *reserve_ints[LOADER_RESERVE], *reserve_floats[LOADER_RESERVE]; /* rt_release.c */

    /* retire.c, stats.c */
    bool restore_pending;
    int stress_every, stress_left;
    uint64_t retired;
    const char *log_path, *stats_path;
    int stats_pid; /* a forked child does not write its parent's file */
} Loader;

extern Loader loader;

/* One line into PYOPT_LOG's file, when there is one. */
void loader_log(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* match.c: the unit of a live code object, or NULL. */
bool match_init(void);
const PyoptUnit *match_find(PyCodeObject *code);
bool match_key(PyCodeObject *code, CodeKey *out);

/* install.c */
bool install_init(void);
/* Patches code to enter unit.  False: it cannot be done, now or ever; nothing has changed. */
bool install_unit(PyCodeObject *code, const PyoptUnit *unit);

/* Does a handler of code's exception table cover the unit? */
bool handler_covers(PyCodeObject *code, uint32_t unit);

/* genhooks.c: generators find their units from now on; false: they cannot. */
bool genhooks_install(void);
void genhooks_undo_at_exit(void);

/* arenas.c: from the first unit on */
void arenas_keep(void);

/* patch.c */
void patch_write(PyoptEntry *e);
bool patch_is_running(PyCodeObject *code);
void patch_undo_retired(void); /* as far as no frame runs them */
void patch_suspend(void);      /* all, likewise */
void patch_resume(void);
void patch_undo_at_exit(void);

/* watch.c */
void watch_event(const char *event, PyObject *args);
/* The audit hook is linked in between, whatever else unlinks it: somebody wants to hear of tracing.
 */
void watch_listen(void);
void watch_listen_end(void);
/* The program's audit hooks are not told of what the loader does for itself. */
typedef struct WatchSilence {
    _Py_AuditHookEntry *runtime;
    PyObject *interp;
} WatchSilence;
WatchSilence watch_silence(void);
void watch_speak(WatchSilence s);
void watch_give_up(void); /* no bundle: no audit hook either */

/* retire.c */
void retire_count(PyoptEntry *e);
void retire_declined(PyoptEntry *e);

/* stats.c */
void stats_init(void);

#endif
