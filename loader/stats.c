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

static void
write_exits(FILE *out, const PyoptUnit *u)
{
    const char *sep = "";
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
}

/* What became of a unit: is any code object patched with it, was any retired? */
static void
fate(const PyoptUnit *u, bool *matched, bool *retired)
{
    *matched = *u->entries > 0;
    *retired = false;
    for (const PyoptEntry *e = loader.entries; e; e = e->next)
        if (e->unit == u) {
            *matched = true;
            *retired |= e->retired;
        }
}

static void
write_unit(FILE *out, const PyoptUnit *u, bool retired)
{
    fputs("  {\"qualname\": ", out);
    json_string(out, u->qualname);
    fputs(", \"filename\": ", out);
    json_string(out, u->filename);
    fprintf(out, ", \"line\": %d, \"entries\": %llu, \"retired\": %s, \"exits\": [", u->firstlineno,
            (unsigned long long)*u->entries, retired ? "true" : "false");
    write_exits(out, u);
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
    const char *sep = "\n";
    fputs("{\"units\": [", out);
    for (uint32_t i = 0; i < loader.bundle->n_units; i++) {
        const PyoptUnit *u = loader.bundle->units[i];
        bool matched, retired;
        fate(u, &matched, &retired);
        if (!matched)
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
}

void
stats_init(void)
{
    if (!loader.stats_path)
        return;
    loader.stats_pid = getpid();
    atexit(write_all);
}
