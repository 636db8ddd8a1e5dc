/* The plain formats: collapsed stacks, our JSON, speedscope. */
#include "export.h"

#include <string.h>

void
export_function(StrBuf *out, const ProfFunc *f)
{
    sb_puts(out, "{\"name\": ");
    sb_json(out, profile_name(out->arena, f));
    sb_puts(out, ", \"file\": ");
    sb_json(out, f->filename);
    sb_printf(out, ", \"line\": %d, \"kind\": \"%s\"}", f->firstlineno, profile_kind(f));
}

/* The path to the node at each depth, kept while a tree is walked in preorder. */
typedef struct Path {
    Vec(uint32_t) at;
} Path;

static void
path_put(Arena *a, Path *p, int depth, uint32_t node)
{
    p->at.n = (uint32_t)depth - 1;
    vec_push(a, &p->at, node);
}

/* Semicolons part the frames and the last space the count, so names may hold neither. */
static void
put_frame(StrBuf *out, const char *name)
{
    for (; *name; name++)
        sb_putc(out, *name == ';' ? ':' : *name == ' ' || *name == '\n' ? '_' : *name);
}

void
export_collapsed(StrBuf *out, const CallTree *t, const char *title UNUSED)
{
    Arena *a = arena_new();
    Path p = {0};
    int depth = 0;
    for (uint32_t n = 0; (n = calltree_next(t, n, &depth));) {
        path_put(a, &p, depth, n);
        if (!t->nodes.at[n].self)
            continue;
        for (uint32_t i = 0; i < p.at.n; i++) {
            if (i)
                sb_putc(out, ';');
            put_frame(out, calltree_name(a, t, &t->nodes.at[p.at.at[i]]));
        }
        sb_printf(out, " %llu\n", (unsigned long long)t->nodes.at[n].self);
    }
    arena_free(a);
}

static void
put_functions(StrBuf *out, const CallTree *t)
{
    for (uint32_t i = 0; i < t->profile->funcs.n; i++) {
        sb_puts(out, i ? ",\n" : "\n");
        export_function(out, &t->profile->funcs.at[i]);
    }
}

/* Nodes in preorder; a parent is a node's number in that order, from 1; 0 for outermost frames. */
void
export_json(StrBuf *out, const CallTree *t, const char *title UNUSED)
{
    Arena *a = arena_new();
    uint32_t *number = arena_array(a, uint32_t, t->nodes.n), k = 0;
    int depth = 0;
    sb_printf(out, "{\"schema\": 1, \"samples\": %llu, \"period\": %.9g, \"functions\": [",
              (unsigned long long)t->nodes.at[0].total, t->period);
    put_functions(out, t);
    sb_puts(out, "],\n\"nodes\": [");
    for (uint32_t n = 0; (n = calltree_next(t, n, &depth));) {
        const CallNode *c = &t->nodes.at[n];
        number[n] = ++k;
        sb_printf(out, "%s{\"parent\": %u, \"function\": %u, ", k > 1 ? ",\n" : "\n",
                  (unsigned)number[c->parent], (unsigned)c->func);
        if (c->line)
            sb_printf(out, "\"line\": %d, ", c->line);
        sb_printf(out, "\"self\": %llu, \"total\": %llu}", (unsigned long long)c->self,
                  (unsigned long long)c->total);
    }
    sb_puts(out, "]}\n");
    arena_free(a);
}

/* Each stack that ended somewhere is one sample with the seconds it stands for. */
static void
put_samples(StrBuf *out, StrBuf *weights, const CallTree *t, double period)
{
    Path p = {0};
    int depth = 0;
    bool any = false;
    for (uint32_t n = 0; (n = calltree_next(t, n, &depth));) {
        const CallNode *c = &t->nodes.at[n];
        path_put(out->arena, &p, depth, n);
        if (!c->self)
            continue;
        sb_puts(out, any ? ",\n[" : "\n[");
        for (uint32_t i = 0; i < p.at.n; i++)
            sb_printf(out, "%s%u", i ? "," : "", (unsigned)t->nodes.at[p.at.at[i]].func);
        sb_putc(out, ']');
        sb_printf(weights, "%s%.9g", any ? "," : "", (double)c->self * period);
        any = true;
    }
}

void
export_speedscope(StrBuf *out, const CallTree *t, const char *title)
{
    StrBuf weights;
    double period = t->period > 0 ? t->period : 1;
    sb_init(&weights, out->arena);
    sb_puts(out, "{\"$schema\": \"https://www.speedscope.app/file-format-schema.json\",\n"
                 "\"exporter\": \"pyprof\", \"name\": ");
    sb_json(out, title);
    sb_puts(out, ", \"activeProfileIndex\": 0,\n\"shared\": {\"frames\": [");
    put_functions(out, t);
    sb_puts(out, "]},\n\"profiles\": [{\"type\": \"sampled\", \"name\": ");
    sb_json(out, title);
    sb_printf(out, ", \"unit\": \"%s\", \"startValue\": 0, \"endValue\": %.9g,\n\"samples\": [",
              t->period > 0 ? "seconds" : "none", (double)t->nodes.at[0].total * period);
    put_samples(out, &weights, t, period);
    sb_printf(out, "],\n\"weights\": [%s]}]}\n", weights.s);
}
