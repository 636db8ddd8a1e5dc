/* Whole files in and out, and the user's cache folder. */
#ifndef PYOPT_FILEIO_H
#define PYOPT_FILEIO_H

#include "arena.h"
#include "err.h"

/* All of a regular file; one NUL follows the n bytes. */
bool fileio_read(Arena *a, const char *path, void **bytes, size_t *n, Err *err);
/* Readers see the old file or the whole new one: a temporary beside it, fsync, rename. */
bool fileio_write(const char *path, const void *bytes, size_t n, unsigned mode, Err *err);
/* mkdir -p, mode for what has to be made. */
bool fileio_mkdirs(const char *path, unsigned mode, Err *err);
bool fileio_exists(const char *path);
/* The last part of a path. */
const char *fileio_base_name(const char *path);
/* Where this program is installed: the folder above the one its file is in.  NULL: unknown. */
const char *fileio_prefix(Arena *a);
/* $XDG_CACHE_HOME/pyopt/SUB or ~/.cache/pyopt/SUB, or $TMPDIR/pyopt-UID/SUB when there is no home
 * to write to: made when missing, ours alone (mode 0700). */
const char *fileio_cache_dir(Arena *a, const char *sub, Err *err);

#endif
