/* An ELF file in memory.  Nothing in it is trusted: every part is asked for with its bounds. */
#ifndef PYOPT_ELFIMAGE_H
#define PYOPT_ELFIMAGE_H

#include "base.h"

#include <elf.h>
#include <sys/types.h>

enum { ELF_BUILD_ID = 20 };

typedef struct ElfImage {
    const uint8_t *at; /* NULL: none */
    size_t n;
    bool mapped; /* from a file; else from malloc() */
    ino_t inode;
} ElfImage;

bool elfimage_map(const char *path, ElfImage *out);
/* Takes n bytes from malloc() over: what a process has of a file that can no longer be opened. */
bool elfimage_adopt(void *bytes, size_t n, ElfImage *out);
void elfimage_free(ElfImage *i);
/* That many bytes at that offset; NULL when it has not got them. */
const void *elfimage_part(const ElfImage *i, uint64_t offset, uint64_t n);
/* The address its first byte was linked for. */
uint64_t elfimage_linked_at(const ElfImage *i);
/* Its program headers; NULL when it has none. */
const Elf64_Phdr *elfimage_segments(const ElfImage *i, uint32_t *n);
/* The first program header of a type; NULL when there is none. */
const Elf64_Phdr *elfimage_segment(const ElfImage *i, uint32_t type);
/* Its build-id's bytes; 0 when it has none that fits. */
uint32_t elfimage_build_id(const ElfImage *i, uint8_t out[ELF_BUILD_ID]);

/* A symbol table and its names; false after the last.  *section begins at 0. */
typedef struct ElfSymbols {
    const Elf64_Sym *at;
    uint64_t n;
    const char *names; /* NUL-terminated */
    uint64_t names_n;
} ElfSymbols;
bool elfimage_symbols(const ElfImage *i, uint32_t type, uint32_t *section, ElfSymbols *out);

#endif
