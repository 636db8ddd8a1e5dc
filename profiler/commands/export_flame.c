/* The flame graph: a page of its own (flamegraph.html, compiled into the program) with the data put
 * in its middle.  Nothing is loaded from elsewhere. */
#include "export.h"

#include <string.h>

/* flamegraph.html, NUL-terminated. */
__asm__(".section .rodata\n"
        "export_flame_page:\n"
        ".incbin \"profiler/commands/flamegraph.html\"\n"
        ".byte 0\n"
        ".previous\n");
extern const char export_flame_page[] __attribute__((visibility("hidden")));

static const char here[] = "@DATA@";

/* JSON inside a script element: no "</" may appear, and '<' only does in strings. */
static void
put_inside_script(StrBuf *out, const StrBuf *json)
{
    for (size_t i = 0; i < json->n; i++) {
        if (json->s[i] == '<')
            sb_puts(out, "\\u003c");
        else
            sb_putc(out, json->s[i]);
    }
}

/* Preorder as runs of five numbers: depth, function, line, samples in and below, samples in it. */
static void
put_data(StrBuf *b, const CallTree *t, const char *title)
{
    int depth = 0;
    bool any = false;
    sb_puts(b, "{\"title\": ");
    sb_json(b, title);
    sb_printf(b, ", \"period\": %.9g, \"functions\": [", t->period);
    for (uint32_t i = 0; i < t->profile->funcs.n; i++) {
        if (i)
            sb_puts(b, ",\n");
        export_function(b, &t->profile->funcs.at[i]);
    }
    sb_puts(b, "],\n\"nodes\": [");
    for (uint32_t n = 0; (n = calltree_next(t, n, &depth)); any = true) {
        const CallNode *c = &t->nodes.at[n];
        sb_printf(b, "%s%d,%u,%d,%llu,%llu", any ? "," : "", depth, (unsigned)c->func, c->line,
                  (unsigned long long)c->total, (unsigned long long)c->self);
    }
    sb_puts(b, "]}");
}

void
export_flame(StrBuf *out, const CallTree *t, const char *title)
{
    StrBuf json;
    const char *at = strstr(export_flame_page, here);
    sb_init(&json, out->arena);
    put_data(&json, t, title);
    sb_write(out, export_flame_page, (size_t)(at - export_flame_page));
    put_inside_script(out, &json);
    sb_puts(out, at + strlen(here));
}
