#include "annotate.h"

static const char style[] =
    "<style>\n"
    ":root { --back: #fff; --text: #1c1c1c; --dim: #6a6a6a; --line: #ddd; --hot: 255, 96, 32; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --back: #16181c; --text: #e6e6e6; --dim: #9aa0a8; --line: #33383f; }\n"
    "}\n"
    "body { margin: 16px; background: var(--back); color: var(--text);\n"
    "       font: 13px/1.45 system-ui, sans-serif; }\n"
    "summary { font-size: 15px; cursor: pointer; padding: 4px 0; }\n"
    "table { border-collapse: collapse; width: 100%; }\n"
    "td { padding: 0 8px; vertical-align: top; white-space: pre-wrap;\n"
    "     font: 12px/1.5 ui-monospace, monospace; }\n"
    "td.n { text-align: right; color: var(--dim); white-space: nowrap; width: 1%; }\n"
    "td.k { color: var(--dim); border-left: 1px solid var(--line); width: 38%; }\n"
    ".dim { color: var(--dim); }\n"
    "details { border-top: 1px solid var(--line); }\n"
    "</style>\n";

static void
put_escaped(StrBuf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '<')
            sb_puts(out, "&lt;");
        else if (*s == '>')
            sb_puts(out, "&gt;");
        else if (*s == '&')
            sb_puts(out, "&amp;");
        else if (*s == '"')
            sb_puts(out, "&quot;");
        else
            sb_putc(out, *s);
    }
}

static double
percent(const CallTree *t, uint64_t n)
{
    return 100.0 * (double)n / (double)t->nodes.at[0].total;
}

static void
put_share(StrBuf *out, const CallTree *t, uint64_t n)
{
    sb_puts(out, "<td class=n>");
    if (n)
        sb_printf(out, "%.2f", percent(t, n));
    sb_puts(out, "</td>");
}

/* The darker a line, the larger its part of the function's samples. */
static void
put_line(StrBuf *out, const CallTree *t, const AnnotateFunc *f, const AnnotateLine *l)
{
    sb_puts(out, "<tr");
    if (l->self)
        sb_printf(out, " style=\"background: rgba(var(--hot), %.2f)\"",
                  0.08 + 0.5 * (double)l->self / (double)(f->f->self ? f->f->self : 1));
    sb_puts(out, ">");
    put_share(out, t, l->self);
    put_share(out, t, l->total);
    sb_printf(out, "<td class=n>%d</td><td>", l->number);
    put_escaped(out, l->text ? l->text : "");
    sb_puts(out, "</td><td class=k>");
    for (uint32_t i = 0; i < l->facts.n; i++) {
        if (i)
            sb_putc(out, '\n');
        put_escaped(out, l->facts.at[i].instruction);
        sb_putc(out, ' ');
        put_escaped(out, l->facts.at[i].known);
    }
    sb_puts(out, "</td></tr>\n");
}

static void
put_function(StrBuf *out, const CallTree *t, const AnnotateFunc *f, bool open)
{
    sb_printf(out, "<details%s><summary><b>", open ? " open" : "");
    put_escaped(out, f->name);
    sb_printf(out, "</b> %.1f %% in itself, %.1f %% with what it calls <span class=dim>",
              percent(t, f->f->self), percent(t, f->f->total));
    put_escaped(out, f->f->filename);
    sb_printf(out, ":%d</span></summary>\n", f->f->firstlineno);
    if (*f->locals) {
        sb_puts(out, "<p>locals: ");
        put_escaped(out, f->locals);
        sb_puts(out, "</p>\n");
    }
    if (!f->lines.n)
        sb_puts(out, "<p class=dim>The profile has no bytecode of it.</p>\n");
    else if (!f->source)
        sb_puts(out, "<p class=dim>Its source could not be read.</p>\n");
    else if (f->newer)
        sb_puts(out, "<p class=dim>The source was changed after the recording: lines may be off."
                     "</p>\n");
    sb_puts(out, "<table>\n");
    for (uint32_t i = 0; i < f->lines.n; i++)
        put_line(out, t, f, &f->lines.at[i]);
    sb_puts(out, "</table></details>\n");
}

void
annotate_html(StrBuf *out, const CallTree *t, const AnnotateFunc *funcs, uint32_t n,
              const char *title)
{
    sb_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>");
    put_escaped(out, title);
    sb_printf(out, "</title>\n%s</head><body>\n<h1>", style);
    put_escaped(out, title);
    sb_printf(out,
              "</h1>\n<p>%llu samples. Columns: samples at the line, at it or in what it calls "
              "(per cent of all), line, source, what was seen.</p>\n",
              (unsigned long long)t->nodes.at[0].total);
    for (uint32_t i = 0; i < n; i++)
        put_function(out, t, &funcs[i], i < 3);
    sb_puts(out, "</body></html>\n");
}
