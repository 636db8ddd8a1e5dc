/* PYOPT_STATS=FILE: what the units did, as JSON, written when the process ends in the ordinary way.
 */
#define _GNU_SOURCE
#include "loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
json_string(FILE *out, const char *s)
{
    fputc('"', out);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

/* sep: what goes in front of the first. */
static const char *
write_exits(FILE *out, const PyoptUnit *u, const char *sep)
{
    for (uint32_t i = 0; i < u->n_exits; i++) {
        if (!u->exit_hits[i])
            continue;
        fprintf(
            out,
            "%s\n    {\"exit\": %u, \"kind\": \"%s\", \"hits\": %llu, \"line\": %d, \"reason\": ",
            sep, i, u->exits[i].kind == PyoptExitRaise ? "raise" : "guard",
            (unsigned long long)u->exit_hits[i], u->exits[i].line);
        json_string(out, u->exits[i].reason ? u->exits[i].reason : "");
        fputc('}', out);
        sep = ",";
    }
    return sep;
}

/* Those of the function, then those of its loops' bodies; each numbers its own. */
static void
write_all_exits(FILE *out, const PyoptUnit *u)
{
    const char *sep = write_exits(out, u, "");
    for (uint32_t k = 0; k < u->n_loops; k++)
        sep = write_exits(out, u->loops[k].unit, sep);
}

static uint64_t
taken_up(const PyoptUnit *u)
{
    uint64_t n = 0;
    for (uint32_t k = 0; k < u->n_loops; k++)
        n += *u->loops[k].unit->entries;
    return n;
}

/* What became of the units, by address: one for each patched code object. */
typedef struct Fate {
    const PyoptUnit *unit;
    bool retired;
} Fate;

static int
by_unit(const void *a, const void *b)
{
    const Fate *x = a, *y = b;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

static Fate *
fates(size_t *n)
{
    *n = 0;
    for (const PyoptEntry *e = loader.entries; e; e = e->next)
        ++*n;
    Fate *all = malloc((*n + 1) * sizeof *all);
    size_t at = 0;
    for (const PyoptEntry *e = loader.entries; e && all; e = e->next)
        all[at++] = (Fate){e->unit, e->retired};
    if (all)
        qsort(all, *n, sizeof *all, by_unit);
    return all;
}

/* Is any code object patched with u, was any retired? */
static bool
fate_of(const PyoptUnit *u, const Fate *all, size_t n, bool *retired)
{
    const Fate *found = bsearch(&(Fate){.unit = u}, all, n, sizeof *all, by_unit);
    *retired = false;
    if (!found)
        return *u->entries > 0; /* its code object is gone */
    while (found > all && found[-1].unit == u)
        found--;
    for (; found < all + n && found->unit == u; found++)
        *retired |= found->retired;
    return true;
}

static void
write_unit(FILE *out, const PyoptUnit *u, bool retired)
{
    fputs("  {\"qualname\": ", out);
    json_string(out, u->qualname);
    fputs(", \"filename\": ", out);
    json_string(out, u->filename);
    fprintf(out,
            ", \"line\": %d, \"entries\": %llu, \"loops_taken_up\": %llu, \"retired\": %s, "
            "\"exits\": [",
            u->firstlineno, (unsigned long long)*u->entries, (unsigned long long)taken_up(u),
            retired ? "true" : "false");
    write_all_exits(out, u);
    fputs("]}", out);
}

static void
write_all(void)
{
    if (loader.stats_pid != getpid())
        return;
    FILE *out = fopen(loader.stats_path, "we");
    if (!out)
        return;
    uint32_t n_matched = 0;
    size_t n_fates;
    Fate *all = fates(&n_fates);
    const char *sep = "\n";
    fputs("{\"units\": [", out);
    for (uint32_t i = 0; i < loader.bundle->n_units; i++) {
        const PyoptUnit *u = loader.bundle->units[i];
        bool retired;
        if (!all || !fate_of(u, all, n_fates, &retired))
            continue;
        n_matched++;
        fputs(sep, out);
        write_unit(out, u, retired);
        sep = ",\n";
    }
    fprintf(
        out,
        "],\n \"units_matched\": %u, \"units_unmatched\": %u, \"code_objects_patched\": %llu}\n",
        n_matched, loader.bundle->n_units - n_matched, (unsigned long long)loader.installed);
    fclose(out);
    free(all);
}

void
stats_init(void)
{
    if (!loader.stats_path)
        return;
    loader.stats_pid = getpid();
    atexit(write_all);
}
