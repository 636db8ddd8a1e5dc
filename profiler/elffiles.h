/* The ELF files that native frames lie in: read when first needed, kept while the recording lasts,
 * shared by all its processes, and good when the process they were met in has gone. */
#ifndef PYOPT_ELFFILES_H
#define PYOPT_ELFFILES_H

#include "elfimage.h"
#include "map.h"
#include "memory.h"
#include "vec.h"

typedef struct ElfFunc {
    uint64_t start, size; /* as linked */
    const char *name;
} ElfFunc;

typedef struct ElfFile {
    const char *path;
    ElfImage image, debug; /* debug: a file of symbols alone, by build-id, where it is installed */
    char build_id[2 * ELF_BUILD_ID + 1]; /* hexadecimal; "" when it has none */
    bool indexed;
    Vec(ElfFunc) funcs; /* by start, one for each */
} ElfFile;

typedef struct ElfFiles {
    Arena *arena;
    Vec(ElfFile *) at;
} ElfFiles;

/* What a process has mapped: enough to find the file again, or to copy it. */
typedef struct ElfPlace {
    uint64_t start, end, offset; /* addresses, and where in the file the first one is */
    uint64_t inode;              /* 0: no file */
    const char *path;
} ElfPlace;

void elffiles_init(ElfFiles *f);
void elffiles_free(ElfFiles *f);
/* The file of a mapping, from the disk; from the process's memory where the path leads elsewhere
 * by now, or nowhere.  NULL when it is no ELF file. */
ElfFile *elffiles_get(ElfFiles *f, Memory *m, const ElfPlace *p);
/* The address that an offset in the file was linked for. */
uint64_t elffiles_linked(const ElfFile *f, uint64_t offset);
/* The function with that linked address in it; NULL when no symbol tells. */
const ElfFunc *elffiles_function(ElfFiles *files, ElfFile *f, uint64_t linked);

#endif
