/* A profile: a SQLite file with marshalled code in it. */
#include "calltree.h"
#include "fuzz.h"
#include "profdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whatever was accepted must be all there. */
static void
check_sound(const Profile *p)
{
    size_t n = 0;
    for (uint32_t i = 0; i < p->funcs.n; i++) {
        const ProfFunc *f = &p->funcs.at[i];
        n += strlen(f->qualname) + strlen(f->filename);
        for (uint32_t u = 0; f->code && u < f->code->n_units; u++)
            n += f->at[u] & 1;
        for (uint32_t k = 0; k < f->sites.n; k++)
            for (uint32_t j = 0; j < f->sites.at[k].types.n; j++)
                n += strlen(f->sites.at[k].types.at[j].name);
        for (uint32_t k = 0; k < f->branches.n; k++)
            if (!(f->branches.at[k].lo <= f->branches.at[k].hi))
                die("odds the wrong way round");
    }
    if (n > SIZE_MAX / 2)
        die("impossible lengths");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = P_tmpdir "/fuzz_profile_XXXXXX"; /* SQLite wants a name */
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        die("no temporary file");
    close(fd);
    Arena *a = arena_new();
    Err err;
    const Profile *p = profdb_load(a, path, &err);
    if (p)
        check_sound(p);
    const CallTree *t = calltree_load(a, path, true, &err);
    int depth = 0;
    for (uint32_t n = 0, k = 0; t && (n = calltree_next(t, n, &depth)); k++)
        if (k > t->nodes.n || t->nodes.at[n].total > t->nodes.at[t->nodes.at[n].parent].total)
            die("not a tree");
    arena_free(a);
    unlink(path);
    return 0;
}
