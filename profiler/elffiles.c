#define _GNU_SOURCE
#include "elffiles.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COPY = 64 << 20 };

void
elffiles_init(ElfFiles *f)
{
    *f = (ElfFiles){.arena = arena_new()};
}

void
elffiles_free(ElfFiles *f)
{
    for (uint32_t i = 0; i < f->at.n; i++) {
        elfimage_free(&f->at.at[i]->image);
        elfimage_free(&f->at.at[i]->debug);
    }
    arena_free(f->arena);
}

/* Under the process's own root, so that a container is read with its own files. */
static bool
from_disk(Memory *m, const ElfPlace *p, ElfImage *out)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "/proc/%d/root%s", (int)m->pid, p->path);
    if (*p->path == '/' && elfimage_map(path, out)) {
        if (out->inode == p->inode)
            return true;
        elfimage_free(out);
    }
    snprintf(path, sizeof path, "/proc/%d/map_files/%llx-%llx", (int)m->pid,
             (unsigned long long)p->start, (unsigned long long)p->end);
    return elfimage_map(path, out);
}

/* Each page at its offset in the file.  Only what this mapping has: headers, unwind tables and the
 * text itself are often mappings of their own, and then there is nothing to unwind by. */
static bool
from_memory(Memory *m, const ElfPlace *p, ElfImage *out)
{
    uint64_t n = p->end - p->start;
    *out = (ElfImage){0};
    if (p->offset || n > MAX_COPY)
        return false;
    uint8_t *bytes = malloc(n);
    if (bytes && memory_read(m, p->start, bytes, n))
        return elfimage_adopt(bytes, n, out);
    free(bytes);
    return false;
}

static void
learn_build_id(ElfFile *f)
{
    uint8_t id[ELF_BUILD_ID];
    uint32_t n = elfimage_build_id(&f->image, id);
    for (uint32_t i = 0; i < n; i++)
        snprintf(f->build_id + 2 * (size_t)i, 3, "%02x", id[i]);
}

ElfFile *
elffiles_get(ElfFiles *f, Memory *m, const ElfPlace *p)
{
    ElfImage image;
    for (uint32_t i = 0; i < f->at.n; i++)
        if (p->inode && f->at.at[i]->image.inode == p->inode &&
            strcmp(f->at.at[i]->path, p->path) == 0)
            return f->at.at[i];
    if (!from_disk(m, p, &image) && !from_memory(m, p, &image))
        return NULL;
    ElfFile *file = arena_new_of(f->arena, ElfFile);
    file->path = arena_strdup(f->arena, p->path);
    file->image = image;
    learn_build_id(file);
    vec_push(f->arena, &f->at, file);
    return file;
}

uint64_t
elffiles_linked(const ElfFile *f, uint64_t offset)
{
    uint32_t n;
    const Elf64_Phdr *p = elfimage_segments(&f->image, &n);
    for (uint32_t k = 0; p && k < n; k++)
        if (p[k].p_type == PT_LOAD && offset - p[k].p_offset < p[k].p_filesz)
            return offset - p[k].p_offset + p[k].p_vaddr;
    return offset + elfimage_linked_at(&f->image);
}

static void
add_functions(ElfFiles *files, ElfFile *f, const ElfImage *from, uint32_t type)
{
    ElfSymbols s;
    for (uint32_t section = 0; from->at && elfimage_symbols(from, type, &section, &s);)
        for (uint64_t i = 0; i < s.n; i++) {
            uint32_t kind = ELF64_ST_TYPE(s.at[i].st_info);
            if ((kind == STT_FUNC || kind == STT_GNU_IFUNC) && s.at[i].st_shndx != SHN_UNDEF &&
                s.at[i].st_name < s.names_n)
                vec_push(files->arena, &f->funcs,
                         (ElfFunc){s.at[i].st_value, s.at[i].st_size, s.names + s.at[i].st_name});
        }
}

/* Of several names for one function the one that sounds public comes first. */
static int
by_start(const void *x, const void *y)
{
    const ElfFunc *a = x, *b = y;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    size_t under_a = strspn(a->name, "_"), under_b = strspn(b->name, "_");
    if (under_a != under_b)
        return under_a < under_b ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void
index_functions(ElfFiles *files, ElfFile *f)
{
    char path[PATH_MAX];
    f->indexed = true;
    add_functions(files, f, &f->image, SHT_SYMTAB);
    if (!f->funcs.n && *f->build_id) {
        snprintf(path, sizeof path, "/usr/lib/debug/.build-id/%.2s/%s.debug", f->build_id,
                 f->build_id + 2);
        elfimage_map(path, &f->debug);
        add_functions(files, f, &f->debug, SHT_SYMTAB);
    }
    add_functions(files, f, &f->image, SHT_DYNSYM);
    if (f->funcs.n)
        qsort(f->funcs.at, f->funcs.n, sizeof *f->funcs.at, by_start);
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->funcs.n; i++)
        if (!n || f->funcs.at[n - 1].start != f->funcs.at[i].start)
            f->funcs.at[n++] = f->funcs.at[i];
    f->funcs.n = n;
}

const ElfFunc *
elffiles_function(ElfFiles *files, ElfFile *f, uint64_t linked)
{
    if (!f->indexed)
        index_functions(files, f);
    uint32_t from = 0, to = f->funcs.n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (f->funcs.at[middle].start <= linked)
            from = middle + 1;
        else
            to = middle;
    }
    const ElfFunc *x = from ? &f->funcs.at[from - 1] : NULL;
    /* Written in assembly, some have no size: up to the next one, then. */
    return x && (linked - x->start < x->size || !x->size) ? x : NULL;
}
