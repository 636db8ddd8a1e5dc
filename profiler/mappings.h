/* What a process has mapped, as far as native frames are concerned: which file an address of its
 * text is in, and the bytes of what never changes there. */
#ifndef PYOPT_MAPPINGS_H
#define PYOPT_MAPPINGS_H

#include "elffiles.h"

typedef struct Mapping {
    ElfPlace place;
    bool text, constant; /* may be run; may not be written */
    bool looked_for;     /* its file has been; NULL: it has none that can be read */
    ElfFile *file;
    uint64_t bias; /* address minus linked address */
} Mapping;

typedef struct Mappings {
    Memory *mem;
    ElfFiles *files;
    Arena *arena;
    Vec(Mapping) at; /* by address */
    double read;     /* when they were; 0: never */
} Mappings;

void mappings_init(Mappings *m, Memory *mem, ElfFiles *files);
void mappings_free(Mappings *m);
/* Reads them again unless that was done less than that many seconds ago: true when they have
 * changed.  A heap or a stack that grows is no change. */
bool mappings_refresh(Mappings *m, double now, double least_age);
/* The mapping with that address, its file found; NULL when there is none. */
const Mapping *mappings_find(Mappings *m, uint64_t address);
/* The eight bytes at an address of a file's constant part, as the file has them. */
bool mappings_word(Mappings *m, uint64_t address, uint64_t *out);

#endif
