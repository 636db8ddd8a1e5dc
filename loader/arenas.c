/* Memory that the interpreter's small-object allocator gives back, kept for the next time it asks.
 *
 * obmalloc takes its memory in arenas of 1 MiB and unmaps each as soon as nothing lives in it.  A
 * program that builds and drops a structure again and again pays a page fault per 4 KiB each time,
 * as much as a native loop over the structure costs.  Arenas that come back are kept instead, up to
 * KEPT, the newest used first, and the kernel is told that it may take their pages whenever it
 * needs some (MADV_FREE): what is kept counts as resident, but never makes another process go
 * without.
 *
 * obmalloc calls these with the GIL held, so that nothing here is locked.  An arena that was mapped
 * before the loader came is unmapped, or kept, by the same rule: both sides are the allocator that
 * was there before. */
#define _GNU_SOURCE
#include "loader.h"

#include <sys/mman.h>

enum { KEPT = 32 };

static struct {
    PyObjectArenaAllocator system; /* what really maps and unmaps */
    size_t size;                   /* of every arena kept: obmalloc has one size */
    int n;
    void *arena[KEPT];
} kept;

static void *
arena_alloc(void *ctx, size_t size)
{
    (void)ctx;
    if (kept.n && size == kept.size)
        return kept.arena[--kept.n];
    return kept.system.alloc(kept.system.ctx, size);
}

static void
arena_free(void *ctx, void *arena, size_t size)
{
    (void)ctx;
    if (!kept.n)
        kept.size = size;
    if (kept.n < KEPT && size == kept.size && madvise(arena, size, MADV_FREE) == 0)
        kept.arena[kept.n++] = arena;
    else
        kept.system.free(kept.system.ctx, arena, size);
}

void
arenas_keep(void)
{
    if (kept.system.alloc)
        return;
    PyObject_GetArenaAllocator(&kept.system);
    PyObject_SetArenaAllocator(&(PyObjectArenaAllocator){NULL, arena_alloc, arena_free});
}
