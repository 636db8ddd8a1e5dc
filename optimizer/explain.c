#include "explain.h"

#include "fileio.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void
write_notes(StrBuf *b, const PyoptResult *r)
{
    sb_puts(b, "\"notes\": [");
    for (uint32_t i = 0; i < r->notes.n; i++) {
        const PyoptNote *n = &r->notes.at[i];
        sb_printf(b, "%s\n    {\"line\": %d, \"offset\": %u, \"what\": ", i ? "," : "", n->line,
                  n->off);
        sb_json(b, n->what);
        sb_putc(b, '}');
    }
    sb_putc(b, ']');
}

const char *
explain_write(Arena *a, const PyoptResult *results, uint32_t n)
{
    StrBuf b;
    sb_init(&b, a);
    sb_puts(&b, "{\"functions\": [");
    for (uint32_t i = 0; i < n; i++) {
        const PyoptResult *r = &results[i];
        char key[CODEKEY_HEX];
        codekey_hex(r->code->key, key);
        sb_printf(&b, "%s\n  {\"key\": \"%s\", \"qualname\": ", i ? "," : "", key);
        sb_json(&b, r->code->qualname);
        sb_puts(&b, ", \"file\": ");
        sb_json(&b, r->code->filename);
        sb_printf(&b, ", \"line\": %d, \"compiled\": %s, \"reason\": ", r->code->firstlineno,
                  r->bailout ? "false" : "true");
        if (r->bailout)
            sb_json(&b, r->bailout);
        else
            sb_puts(&b, "null");
        sb_printf(&b, ", \"share\": %.6f, \"exits\": %u,\n   ", r->share, r->n_exits);
        write_notes(&b, r);
        sb_putc(&b, '}');
    }
    sb_puts(&b, "\n]}\n");
    return b.s;
}

static const char *
str(const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s ? s : "?";
}

static long
num(const json_t *o, const char *name)
{
    return (long)json_integer_value(json_object_get(o, name));
}

static bool
picks(Arena *a, const char *name, const json_t *f)
{
    if (!name)
        return true;
    const char *qual = str(f, "qualname"), *dot = strrchr(qual, '.'), *file = str(f, "file");
    return strcmp(name, qual) == 0 || (dot && strcmp(name, dot + 1) == 0) ||
           strcmp(name, arena_printf(a, "%s:%ld", file, num(f, "line"))) == 0 ||
           strcmp(name, arena_printf(a, "%s:%ld", fileio_base_name(file), num(f, "line"))) == 0;
}

/* The program's own text, if it is still where it was: line n of it, without indentation. */
static const char *
source_line(Arena *a, const char *text, long n)
{
    if (!text || n < 1)
        return "";
    while (--n && (text = strchr(text, '\n')))
        text++;
    if (!text)
        return "";
    text += strspn(text, " \t");
    return arena_strndup(a, text, strcspn(text, "\r\n"));
}

/* By line, then instruction, then as they were written. */
typedef struct Note {
    long line, off;
    size_t index;
    const char *what;
} Note;

static int
note_order(const void *x, const void *y)
{
    const Note *a = x, *b = y;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->off != b->off)
        return a->off < b->off ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

static void
print_notes(Arena *a, const json_t *f, StrBuf *out)
{
    const json_t *notes = json_object_get(f, "notes");
    size_t n = json_array_size(notes);
    Note *sorted = arena_array(a, Note, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *note = json_array_get(notes, i);
        sorted[i] = (Note){num(note, "line"), num(note, "offset"), i, str(note, "what")};
    }
    if (n)
        qsort(sorted, n, sizeof *sorted, note_order);
    void *text = NULL;
    size_t len;
    fileio_read(a, str(f, "file"), &text, &len, NULL);
    long line = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || sorted[i].line != line) {
            line = sorted[i].line;
            const char *src = source_line(a, text, line);
            sb_printf(out, "%6ld%s%s\n", line, *src ? "  " : "", src);
        }
        sb_printf(out, "          %s\n", sorted[i].what);
    }
}

static void
print_function(Arena *a, const json_t *f, bool profiled, StrBuf *out)
{
    sb_printf(out, "%s  %s:%ld\n", str(f, "qualname"), str(f, "file"), num(f, "line"));
    double share = json_number_value(json_object_get(f, "share"));
    if (json_is_true(json_object_get(f, "compiled")))
        sb_printf(out, "  compiled, %ld exits", num(f, "exits"));
    else
        sb_printf(out, "  left to the interpreter: %s", str(f, "reason"));
    if (profiled)
        sb_printf(out, ", %.1f %% of samples", 100 * share);
    sb_putc(out, '\n');
    print_notes(a, f, out);
}

bool
explain_print(Arena *a, const Bundle *b, const char *name, bool json, StrBuf *out, Err *err)
{
    json_t *root = json_loads(b->explain, 0, NULL);
    const json_t *all = json_object_get(root, "functions");
    json_t *picked = json_array(), *f;
    size_t i;
    json_array_foreach(all, i, f) if (picks(a, name, f)) json_array_append(picked, f);
    bool ok = true;
    if (!json_is_array(all)) {
        ok = err_set(err, ErrCorrupt, "the bundle is damaged (explain); compile it again");
    } else if (json_array_size(picked) == 0) {
        ok = err_set(err, ErrEmpty, "no function %s in the bundle", name ? name : "at all");
    } else if (json) {
        json_t *whole = json_pack("{s:s, s:s?, s:O}", "python", b->python_version, "profile",
                                  b->profile, "functions", picked);
        char *text = json_dumps(whole, JSON_INDENT(2));
        sb_puts(out, text);
        sb_putc(out, '\n');
        free(text);
        json_decref(whole);
    } else {
        json_array_foreach(picked, i, f)
        {
            if (i)
                sb_putc(out, '\n');
            print_function(a, f, b->profile != NULL, out);
        }
    }
    json_decref(picked);
    json_decref(root);
    return ok;
}
