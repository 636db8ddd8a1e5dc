#include "annotate.h"

#include "facts.h"
#include "fileio.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { FACTS = 12, AROUND = 2, ALL_UP_TO = 40 };

static uint64_t
place(uint32_t func, int line)
{
    return (uint64_t)func << 32 | (uint32_t)line;
}

/* A recursive function's line counts once for a stack. */
static bool
seen_above(const CallTree *t, uint32_t n)
{
    const CallNode *x = &t->nodes.at[n];
    for (uint32_t up = x->parent; up; up = t->nodes.at[up].parent)
        if (t->nodes.at[up].func == x->func && t->nodes.at[up].line == x->line)
            return true;
    return false;
}

void
annotate_init(Annotate *x, Arena *a, const CallTree *t)
{
    *x = (Annotate){.arena = a, .t = t, .from = "", .to = "", .totals = arena_new_of(a, Map)};
    map_init(x->totals, a);
    for (uint32_t n = 1; n < t->nodes.n; n++)
        if (!seen_above(t, n))
            *map_at(x->totals, place(t->nodes.at[n].func, t->nodes.at[n].line)) +=
                t->nodes.at[n].total;
}

static const char *
source_path(const Annotate *x, const char *filename)
{
    size_t n = strlen(x->from);
    if (!n || strncmp(filename, x->from, n) != 0)
        return filename;
    return arena_printf(x->arena, "%s%s", x->to, filename + n);
}

static bool
changed_since(const char *path, const char *started)
{
    struct stat st;
    struct tm utc;
    char stamp[32];
    if (stat(path, &st))
        return false;
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&st.st_mtime, &utc));
    return *started && strcmp(stamp, started) > 0;
}

/* Puts the texts of lines first to last into place; how many there were. */
static int
read_lines(const Annotate *x, AnnotateFunc *out)
{
    void *bytes;
    size_t n;
    Err err;
    int first = out->lines.at[0].number, found = 0;
    if (!fileio_read(x->arena, out->path, &bytes, &n, &err))
        return 0;
    char *s = bytes;
    for (int line = 1; *s; line++) {
        char *end = s + strcspn(s, "\n");
        bool more = *end != 0;
        *end = 0;
        if (line >= first && line < first + (int)out->lines.n) {
            out->lines.at[line - first].text = s;
            found++;
        }
        s = end + more;
    }
    return found;
}

typedef struct Noting {
    Arena *a;
    AnnotateLine *line;
} Noting;

static void
note_fact(const char *instruction, const char *known, void *arg)
{
    Noting *to = arg;
    AnnotateFact f = {arena_strdup(to->a, instruction),
                      arena_strdup(to->a, known + strspn(known, " "))};
    vec_push(to->a, &to->line->facts, f);
}

static void
last_line(const Facts *facts, int *first, int *last)
{
    for (uint32_t u = 0; u < facts->f->code->n_units; u++) {
        int line = facts->info[u].line, end = facts->info[u].end_line;
        *last = line > *last ? line : *last;
        *last = end > *last ? end : *last;
        *first = line > 0 && line < *first ? line : *first;
    }
}

static void
fill_lines(Annotate *x, const Facts *facts, uint32_t func, AnnotateFunc *out)
{
    enum { MAX_LINES = 5000 };
    const ProfFunc *f = out->f;
    int first = f->firstlineno > 0 ? f->firstlineno : 1, last = first;
    last_line(facts, &first, &last);
    for (int line = first; line <= last && line < first + MAX_LINES; line++) {
        uint64_t *total = map_get(x->totals, place(func, line));
        vec_push(x->arena, &out->lines,
                 (AnnotateLine){.number = line, .total = total ? *total : 0});
    }
    for (uint32_t u = 0; u < f->code->n_units; u++) {
        int at = facts->info[u].line - first;
        if (at >= 0 && at < (int)out->lines.n)
            out->lines.at[at].self += f->at[u];
    }
    for (uint32_t i = 0; i < out->lines.n; i++) {
        Noting to = {x->arena, &out->lines.at[i]};
        facts_line(facts, to.line->number, FACTS, note_fact, &to);
    }
}

static void
choose_shown(AnnotateFunc *out)
{
    bool all = out->lines.n <= ALL_UP_TO;
    for (uint32_t i = 0; i < out->lines.n; i++) {
        bool hot = out->lines.at[i].total || out->lines.at[i].facts.n;
        uint32_t from = i > AROUND ? i - AROUND : 0;
        for (uint32_t k = from; k <= i + AROUND && k < out->lines.n; k++)
            out->lines.at[k].shown = out->lines.at[k].shown || all || hot;
    }
}

void
annotate_function(Annotate *x, uint32_t func, AnnotateFunc *out)
{
    const ProfFunc *f = &x->t->profile->funcs.at[func];
    Facts facts;
    StrBuf locals;
    *out = (AnnotateFunc){.f = f,
                          .name = calltree_function(x->arena, f),
                          .path = source_path(x, f->filename),
                          .locals = ""};
    if (!facts_open(x->arena, f, &facts))
        return;
    sb_init(&locals, x->arena);
    facts_locals(&locals, &facts);
    out->locals = locals.s;
    fill_lines(x, &facts, func, out);
    out->source = read_lines(x, out) == (int)out->lines.n;
    out->newer = out->source && changed_since(out->path, x->t->started);
    choose_shown(out);
}
