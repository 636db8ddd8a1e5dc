/* A program that is linked with libpython has Python's variables there, another in its own
 * executable; the executable is asked first, as the dynamic linker does.  Files are opened below
 * /proc/PID/root, so that a process in a container is read with its own files. */
#define _GNU_SOURCE
#include "elfsyms.h"

#include "elfimage.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
match(const Elf64_Sym *sym, const char *name, uint64_t bias, const char *const *names, uint32_t n,
      uint64_t *out)
{
    for (uint32_t i = 0; i < n; i++)
        if (!out[i] && strcmp(names[i], name) == 0)
            out[i] = sym->st_value + bias;
}

static void
search(const ElfImage *i, uint64_t bias, const char *const *names, uint32_t n, uint64_t *out)
{
    ElfSymbols s;
    for (uint32_t section = 0; elfimage_symbols(i, SHT_DYNSYM, &section, &s);)
        for (uint64_t k = 0; k < s.n; k++)
            if (s.at[k].st_shndx != SHN_UNDEF && s.at[k].st_name < s.names_n)
                match(&s.at[k], s.names + s.at[k].st_name, bias, names, n, out);
}

static void
search_file(pid_t pid, const char *path, uint64_t start, const char *const *names, uint32_t n,
            uint64_t *out)
{
    char where[PATH_MAX + 64];
    ElfImage i;
    snprintf(where, sizeof where, "/proc/%d/root%s", (int)pid, path);
    if (!elfimage_map(where, &i))
        return;
    search(&i, start - elfimage_linked_at(&i), names, n, out);
    elfimage_free(&i);
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
