#define _GNU_SOURCE
#include "mappings.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

void
mappings_init(Mappings *m, Memory *mem, ElfFiles *files)
{
    *m = (Mappings){.mem = mem, .files = files, .arena = arena_new()};
}

void
mappings_free(Mappings *m)
{
    arena_free(m->arena);
}

/* "7f..-7f.. r-xp 00001000 fe:00 1234   /usr/lib/libz.so.1 (deleted)" */
static void
read_line(Mappings *m, const char *line)
{
    uint64_t start, end, offset, inode;
    char mode[5], path[PATH_MAX] = "";
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %" SCNu64 " %4095[^\n]", &start,
               &end, mode, &offset, &inode, path) < 5)
        return;
    char *gone = strstr(path, " (deleted)");
    if (gone)
        *gone = 0;
    Mapping x = {.place = {start, end, offset, inode, arena_strdup(m->arena, path)},
                 .text = mode[2] == 'x',
                 .constant = mode[0] == 'r' && mode[1] != 'w'};
    if (x.text || (x.constant && *path))
        vec_push(m->arena, &m->at, x);
}

static bool
is_same(const Mappings *a, const Mappings *b)
{
    for (uint32_t i = 0; i < a->at.n && i < b->at.n; i++) {
        const ElfPlace *x = &a->at.at[i].place, *y = &b->at.at[i].place;
        if (x->start != y->start || x->end != y->end || x->offset != y->offset ||
            x->inode != y->inode || a->at.at[i].text != b->at.at[i].text ||
            strcmp(x->path, y->path) != 0)
            return false;
    }
    return a->at.n == b->at.n;
}

bool
mappings_refresh(Mappings *m, double now, double least_age)
{
    char name[64], line[PATH_MAX + 128];
    if (m->read > 0 && now - m->read < least_age)
        return false;
    snprintf(name, sizeof name, "/proc/%d/maps", (int)m->mem->pid);
    m->read = now;
    FILE *f = fopen(name, "r");
    if (!f)
        return false; /* it has ended: what was known stays good for its last samples */
    Mappings old = *m;
    m->arena = arena_new();
    m->at.at = NULL;
    m->at.n = m->at.cap = 0;
    while (fgets(line, sizeof line, f))
        read_line(m, line);
    fclose(f);
    Mappings new = *m;
    bool changed = new.at.n && !is_same(&old, &new); /* a zombie has none */
    *m = changed ? new : old;
    m->read = now;
    mappings_free(changed ? &old : &new);
    return changed;
}

static void
look_for_file(Mappings *m, Mapping *x)
{
    x->looked_for = true;
    x->file = *x->place.path ? elffiles_get(m->files, m->mem, &x->place) : NULL;
    if (x->file)
        x->bias = x->place.start - elffiles_linked(x->file, x->place.offset);
}

const Mapping *
mappings_find(Mappings *m, uint64_t address)
{
    uint32_t from = 0, to = m->at.n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (m->at.at[middle].place.end <= address)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == m->at.n || m->at.at[from].place.start > address)
        return NULL;
    Mapping *x = &m->at.at[from];
    if (!x->looked_for)
        look_for_file(m, x);
    return x;
}

bool
mappings_word(Mappings *m, uint64_t address, uint64_t *out)
{
    const Mapping *x = mappings_find(m, address);
    if (!x || !x->constant || !x->file)
        return false;
    uint64_t offset = address - x->place.start + x->place.offset, room = x->file->image.n - offset;
    const uint8_t *at = elfimage_part(&x->file->image, offset, room < 8 ? room : 8);
    if (!at)
        return false;
    *out = 0;
    memcpy(out, at, room < 8 ? room : 8);
    return true;
}
