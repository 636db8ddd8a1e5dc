/* The Python a bundle is made for: which one, and where its headers are. */
#ifndef PYOPT_PYTARGET_H
#define PYOPT_PYTARGET_H

#include "err.h"
#include "profile.h"

typedef struct PyTarget {
    const char *python;  /* how to run it */
    const char *version; /* "3.11.2" */
    const char *soabi;   /* "cpython-311-x86_64-linux-gnu" */
    uint32_t hexversion;
    bool debug;             /* a --with-pydebug build */
    const char *include[2]; /* for Python.h, for pyconfig.h; often the same */
    const PyVer *ver;
} PyTarget;

/* Ask one interpreter. ErrBadPython: not a CPython we support; ErrNoCompiler: it has no headers. */
PyTarget *pytarget_probe(Arena *a, const char *python, Err *err);
/* The interpreter a profile was recorded on, or one here of exactly that version and ABI;
 * `python` (or NULL) is the user's choice and must match. */
PyTarget *pytarget_for_profile(Arena *a, const Profile *p, const char *python, Err *err);

#endif
