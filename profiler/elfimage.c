#define _GNU_SOURCE
#include "elfimage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_elf64(const ElfImage *i)
{
    const Elf64_Ehdr *h = elfimage_part(i, 0, sizeof *h);
    return h && memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64;
}

bool
elfimage_map(const char *path, ElfImage *out)
{
    struct stat st;
    *out = (ElfImage){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
    void *at = ok ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (at == MAP_FAILED)
        return false;
    *out = (ElfImage){at, (size_t)st.st_size, true, st.st_ino};
    if (is_elf64(out))
        return true;
    elfimage_free(out);
    return false;
}

bool
elfimage_adopt(void *bytes, size_t n, ElfImage *out)
{
    *out = (ElfImage){.at = bytes, .n = n};
    if (is_elf64(out))
        return true;
    elfimage_free(out);
    return false;
}

void
elfimage_free(ElfImage *i)
{
    void *at = (void *)(uintptr_t)i->at;
    if (at && i->mapped)
        munmap(at, i->n);
    else
        free(at);
    *i = (ElfImage){0};
}

const void *
elfimage_part(const ElfImage *i, uint64_t offset, uint64_t n)
{
    return offset <= i->n && n <= i->n - offset ? i->at + offset : NULL;
}

/* A part that is read as a table: linkers align it. */
static const void *
table(const ElfImage *i, uint64_t offset, uint64_t n, uint64_t alignment)
{
    return offset % alignment == 0 ? elfimage_part(i, offset, n) : NULL;
}

const Elf64_Phdr *
elfimage_segments(const ElfImage *i, uint32_t *n)
{
    const Elf64_Ehdr *h = (const Elf64_Ehdr *)i->at;
    *n = h->e_phnum;
    return table(i, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr), sizeof(uint64_t));
}

const Elf64_Phdr *
elfimage_segment(const ElfImage *i, uint32_t type)
{
    uint32_t n;
    const Elf64_Phdr *p = elfimage_segments(i, &n);
    for (uint32_t k = 0; p && k < n; k++)
        if (p[k].p_type == type)
            return &p[k];
    return NULL;
}

uint64_t
elfimage_linked_at(const ElfImage *i)
{
    const Elf64_Phdr *p = elfimage_segment(i, PT_LOAD);
    return p ? p->p_vaddr - p->p_offset : 0;
}

/* The id among the notes of one segment. */
static uint32_t
id_in_notes(const ElfImage *i, const Elf64_Phdr *p, uint8_t out[ELF_BUILD_ID])
{
    uint64_t at = p->p_offset, end = p->p_offset + p->p_filesz;
    const Elf64_Nhdr *h;
    while (at < end && (h = table(i, at, sizeof *h, sizeof(uint32_t)))) {
        uint64_t name = at + sizeof *h, desc = name + ((h->n_namesz + 3ull) & ~3ull);
        const char *owner = elfimage_part(i, name, h->n_namesz);
        const void *id = elfimage_part(i, desc, h->n_descsz);
        if (!owner || !id)
            return 0;
        if (h->n_type == NT_GNU_BUILD_ID && h->n_namesz == 4 && memcmp(owner, "GNU", 4) == 0 &&
            h->n_descsz <= ELF_BUILD_ID) {
            memcpy(out, id, h->n_descsz);
            return h->n_descsz;
        }
        at = desc + ((h->n_descsz + 3ull) & ~3ull);
    }
    return 0;
}

uint32_t
elfimage_build_id(const ElfImage *i, uint8_t out[ELF_BUILD_ID])
{
    uint32_t n, got = 0;
    const Elf64_Phdr *p = elfimage_segments(i, &n);
    for (uint32_t k = 0; p && k < n && !got; k++)
        if (p[k].p_type == PT_NOTE)
            got = id_in_notes(i, &p[k], out);
    return got;
}

bool
elfimage_symbols(const ElfImage *i, uint32_t type, uint32_t *section, ElfSymbols *out)
{
    const Elf64_Ehdr *h = (const Elf64_Ehdr *)i->at;
    const Elf64_Shdr *s = table(i, h->e_shoff, (uint64_t)h->e_shnum * sizeof *s, sizeof(uint64_t));
    while (s && *section < h->e_shnum) {
        const Elf64_Shdr *symbols = &s[(*section)++];
        if (symbols->sh_type != type || symbols->sh_link >= h->e_shnum)
            continue;
        const Elf64_Shdr *strings = &s[symbols->sh_link];
        out->at = table(i, symbols->sh_offset, symbols->sh_size, sizeof(uint64_t));
        out->n = symbols->sh_size / sizeof *out->at;
        out->names = elfimage_part(i, strings->sh_offset, strings->sh_size);
        out->names_n = strings->sh_size;
        if (out->at && out->names && out->names_n && !out->names[out->names_n - 1])
            return true;
    }
    return false;
}
