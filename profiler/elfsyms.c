/* A program that is linked with libpython has Python's variables there, another in its own
 * executable; the executable is asked first, as the dynamic linker does.  Files are opened below
 * /proc/PID/root, so that a process in a container is read with its own files. */
#define _GNU_SOURCE
#include "elfsyms.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Image { /* an ELF file, mapped */
    const uint8_t *at;
    size_t n;
} Image;

static const void *
part(const Image *i, uint64_t offset, uint64_t n)
{
    return offset <= i->n && n <= i->n - offset ? i->at + offset : NULL;
}

static bool
map_image(const char *path, Image *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(Elf64_Ehdr);
    out->n = (size_t)st.st_size;
    out->at = ok ? mmap(NULL, out->n, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (out->at == MAP_FAILED)
        return false;
    const Elf64_Ehdr *h = (const Elf64_Ehdr *)out->at;
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64)
        return true;
    munmap((void *)(uintptr_t)out->at, out->n);
    return false;
}

/* The address its first loaded byte was linked for. */
static uint64_t
linked_at(const Image *i)
{
    const Elf64_Ehdr *h = (const Elf64_Ehdr *)i->at;
    const Elf64_Phdr *p = part(i, h->e_phoff, (uint64_t)h->e_phnum * sizeof *p);
    for (uint32_t k = 0; p && k < h->e_phnum; k++)
        if (p[k].p_type == PT_LOAD)
            return p[k].p_vaddr - p[k].p_offset;
    return 0;
}

static void
match(const Elf64_Sym *sym, const char *name, uint64_t bias, const char *const *names, uint32_t n,
      uint64_t *out)
{
    for (uint32_t i = 0; i < n; i++)
        if (!out[i] && strcmp(names[i], name) == 0)
            out[i] = sym->st_value + bias;
}

static void
search(const Image *i, uint64_t bias, const char *const *names, uint32_t n, uint64_t *out)
{
    const Elf64_Ehdr *h = (const Elf64_Ehdr *)i->at;
    const Elf64_Shdr *s = part(i, h->e_shoff, (uint64_t)h->e_shnum * sizeof *s);
    for (uint32_t k = 0; s && k < h->e_shnum; k++) {
        if (s[k].sh_type != SHT_DYNSYM || s[k].sh_link >= h->e_shnum)
            continue;
        const Elf64_Shdr *strings = &s[s[k].sh_link];
        const Elf64_Sym *sym = part(i, s[k].sh_offset, s[k].sh_size);
        const char *text = part(i, strings->sh_offset, strings->sh_size);
        if (!sym || !text || !strings->sh_size || text[strings->sh_size - 1])
            continue;
        for (uint64_t j = 0; j < s[k].sh_size / sizeof *sym; j++)
            if (sym[j].st_shndx != SHN_UNDEF && sym[j].st_name < strings->sh_size)
                match(&sym[j], text + sym[j].st_name, bias, names, n, out);
    }
}

static void
search_file(pid_t pid, const char *path, uint64_t start, const char *const *names, uint32_t n,
            uint64_t *out)
{
    char where[PATH_MAX + 64];
    Image i;
    snprintf(where, sizeof where, "/proc/%d/root%s", (int)pid, path);
    if (!map_image(where, &i))
        return;
    search(&i, start - linked_at(&i), names, n, out);
    munmap((void *)(uintptr_t)i.at, i.n);
}

static bool
is_libpython(const char *path)
{
    const char *base = strrchr(path, '/');
    return base && strncmp(base, "/libpython3", 11) == 0;
}

/* Calls search_file for each file of the kind that is mapped from its beginning. */
static bool
each_file(pid_t pid, const char *exe, bool libraries, const char *const *names, uint32_t n,
          uint64_t *out)
{
    char path[64], line[PATH_MAX + 128], file[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    while (fgets(line, sizeof line, f)) {
        uint64_t start, offset;
        file[0] = 0;
        if (sscanf(line, "%" SCNx64 "-%*x %*s %" SCNx64 " %*s %*s %4095[^\n]", &start, &offset,
                   file) < 2 ||
            offset)
            continue;
        if (libraries ? is_libpython(file) : strcmp(file, exe) == 0)
            search_file(pid, file, start, names, n, out);
    }
    fclose(f);
    return true;
}

bool
elfsyms_find(pid_t pid, const char *const *names, uint32_t n, uint64_t *out, Err *err)
{
    char link[64], exe[PATH_MAX];
    memset(out, 0, n * sizeof *out);
    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t len = readlink(link, exe, sizeof exe - 1);
    if (len < 0 && (errno == ENOENT || errno == ESRCH))
        return err_set(err, ErrNoFile, "there is no process %d", (int)pid);
    exe[len > 0 ? len : 0] = 0;
    if (len < 0 || !each_file(pid, exe, false, names, n, out) ||
        !each_file(pid, exe, true, names, n, out))
        return err_set(err, ErrPermission,
                       "process %d may not be looked at (pyprof doctor says what would allow it)",
                       (int)pid);
    return true;
}
