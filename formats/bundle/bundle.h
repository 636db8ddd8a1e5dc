/* The .pyob file: compiled units on their way from the build host to production.
 * schemas/bundle.md is its specification.  The reader trusts nothing. */
#ifndef PYOPT_BUNDLE_H
#define PYOPT_BUNDLE_H

#include "arena.h"
#include "codekey.h"
#include "digest.h"
#include "err.h"

enum { BUNDLE_FORMAT = 1 };

typedef struct BundleUnit {
    CodeKey key;
    const char *qualname, *file;
    int line;
} BundleUnit;

typedef struct Bundle {
    /* What it was made for and from. */
    const char *python_version; /* "3.11.2" */
    const char *soabi;
    uint32_t hexversion, abi; /* abi: PYOPT_ABI of unit_abi.h */
    const char *headers;      /* digest of the runtime headers compiled in */
    const char *profile;      /* name of the profile; NULL with --all */
    const BundleUnit *units;
    uint32_t n_units;
    const char *explain; /* JSON text, explain.h */
    const void *so;      /* the shared object */
    size_t n_so;
    Digest so_digest; /* of the shared object as stored; set by the reader */
} Bundle;

/* What a reader decompresses; everything is checked in any case. */
enum { BundleExplain = 1, BundleSo = 2, BundleAll = 3 };

/* Atomic: the old file or all of the new one. */
bool bundle_write(const char *path, const Bundle *b, Err *err);
/* ErrNoFile, ErrBadFormat (not a bundle), ErrNewerFormat, ErrCorrupt.  explain and so are NULL
 * unless they are among `parts`. */
Bundle *bundle_read(Arena *a, const char *path, unsigned parts, Err *err);
bool bundle_parse(Arena *a, const void *bytes, size_t n, unsigned parts, Bundle *out, Err *err);
/* Puts the bundle's shared object into cache_dir/<digest>/bundle.so, once and atomically; gives
 * that path. */
const char *bundle_unpack(Arena *a, const char *path, const char *cache_dir, Err *err);

#endif
