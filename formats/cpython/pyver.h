/* What differs between CPython versions, as data.  Adding a version is adding a row to
 * pyver.def and a folder v3xx/ with its generated opcode map and struct layout. */
#ifndef PYOPT_PYVER_H
#define PYOPT_PYVER_H

#include "base.h"
#include "pyops.h"

/* How an opcode number of one version maps to our version-free opcode. */
typedef struct OpMapEntry {
    uint8_t op;       /* PyOp; PyOpNone where the number is unused */
    uint8_t base;     /* opcode number this one specialises; itself for base opcodes */
    uint8_t n_caches; /* inline cache units behind the base opcode */
    const char *name; /* CPython's own name, for messages; NULL where unused */
} OpMapEntry;

typedef struct PyLayout PyLayout; /* layout.h: struct offsets the profiler reads */

typedef struct PyVer {
    int major, minor;
    uint16_t magic;         /* low half of the .pyc magic number */
    const char *tag;        /* "v311" */
    const OpMapEntry *ops;  /* 256 entries */
    const PyLayout *layout; /* release build */
    const PyLayout *layout_debug;
} PyVer;

const PyVer *pyver_find(int major, int minor); /* NULL when not supported */
const PyVer *pyver_find_magic(uint16_t magic);
const char *pyver_supported(void); /* "3.11", for messages */

#endif
