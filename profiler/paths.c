/* One run of the interpreter's loop works off a Python frame that C has called (an entry) and all
 * that this one calls without leaving the loop.  So the k-th loop of the native stack, from inside,
 * stands for the Python frames up to the k-th entry. */
#include "paths.h"

#include <string.h>

static uint32_t
count_loops(const NativeStack *native)
{
    uint32_t loops = 0;
    for (uint32_t i = 0; i < native->n; i++)
        loops += !native->at[i];
    return loops;
}

static uint32_t
count_entries(const Step *python, uint32_t n)
{
    uint32_t entries = 0;
    for (uint32_t i = 0; i < n; i++)
        entries += python[i].entry;
    return entries;
}

/* What leads into the loop and nowhere else. */
static bool
is_machinery(const Code *code)
{
    static const char prefix[] = "_PyEval_";
    return strncmp(code->c->qualname, prefix, sizeof prefix - 1) == 0;
}

uint32_t
paths_splice(Step out[PATHS_MAX], const Step *python, uint32_t n, bool whole,
             const NativeStack *native)
{
    uint32_t loops = count_loops(native), entries = count_entries(python, n), k = 0, done = 0;
    bool comparable = whole && native->whole;
    /* A loop that has just begun, or is about to end, has no frame of its own. */
    bool bare = comparable && loops == entries + 1;
    if (comparable && loops != entries && !bare)
        return 0;
    for (uint32_t i = 0; i < native->n; i++) {
        Code *code = native->at[i];
        if (code && !is_machinery(code))
            out[k++] = (Step){.code = code};
        if (code)
            continue;
        if (bare) {
            bare = false;
            continue;
        }
        while (done < n && !python[done].entry)
            out[k++] = python[done++];
        if (done < n)
            out[k++] = python[done++];
    }
    while (done < n)
        out[k++] = python[done++];
    while (k && out[k - 1].code->kind == ProfNative)
        k--; /* how the interpreter was started says nothing */
    return k;
}
