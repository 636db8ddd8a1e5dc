/* Marshal streams and .pyc files, read and written without Python.h.  The reader trusts
 * nothing: every length is checked, depth is bounded, references must exist. */
#ifndef PYOPT_MARSHAL_H
#define PYOPT_MARSHAL_H

#include "err.h"
#include "pycode.h"

/* One object from n bytes, in the format of version `ver`. NULL and *err on damage. */
PyObj *marshal_read(Arena *a, const PyVer *ver, const void *bytes, size_t n, Err *err);
/* A whole .pyc file's bytes: finds the version by magic. Result kind is PyCodeObj. */
PyObj *marshal_read_pyc(Arena *a, const void *bytes, size_t n, Err *err);
/* marshal_write.c: appends the marshalled object (version 4, no FLAG_REF sharing) to out; CPython
 * can load it. */
void marshal_write(const PyObj *o, StrBuf *out);

#endif
