/* The loader's one struct, and what its files offer each other. */
#ifndef PYOPT_LOADER_H
#define PYOPT_LOADER_H

#include "rt_frame.h"

typedef struct Loader {
    const PyoptBundleInfo *bundle;
    bool ready, refused; /* all set up; or never to be used in this process */

    const PyoptUnit **by_filter; /* open addressing on the filter: mask + 1 slots */
    uint32_t mask;
    uint64_t installed; /* code objects patched */

    PyoptEntry *entries;     /* every entry ever made */
    PyoptEntry *spare;       /* those whose code object is gone */
    Py_ssize_t shadow_index; /* co_extra slot: entry of a shadow */
    bool restore_pending;

    getter frame_code; /* CPython's own: of frame.f_code, and of the type code */
    richcmpfunc code_compare;
    hashfunc code_hash;

    PyObject *poll;      /* rt_frame.c */
    PyObject *init_name; /* "__init__" */
    PyObject *no_args;   /* () */
    char *spare_stack;   /* rt_stack.c */

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
/* Puts the original units back when no frame of any thread runs this code. */
bool install_restore(PyoptEntry *e);
void install_restore_all(void);

/* retire.c */
void retire_count(PyoptEntry *e);
void retire_declined(PyoptEntry *e);

/* stats.c */
void stats_init(void);

#endif
