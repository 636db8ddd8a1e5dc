#include "bundlejson.h"

#include <jansson.h>
#include <string.h>

static void
member(StrBuf *b, const char *name, const char *value)
{
    sb_printf(b, "\"%s\": ", name);
    if (value)
        sb_json(b, value);
    else
        sb_puts(b, "null");
}

const char *
bundlejson_write(Arena *a, const Bundle *m)
{
    StrBuf b;
    sb_init(&b, a);
    sb_puts(&b, "{\n");
    member(&b, "python", m->python_version);
    sb_printf(&b, ",\n\"hexversion\": %u,\n\"abi\": %u,\n", m->hexversion, m->abi);
    member(&b, "soabi", m->soabi);
    sb_puts(&b, ",\n");
    member(&b, "headers", m->headers);
    sb_puts(&b, ",\n");
    member(&b, "profile", m->profile);
    sb_puts(&b, ",\n\"units\": [");
    for (uint32_t i = 0; i < m->n_units; i++) {
        const BundleUnit *u = &m->units[i];
        char key[CODEKEY_HEX];
        codekey_hex(u->key, key);
        sb_puts(&b, i ? ",\n  {" : "\n  {");
        member(&b, "key", key);
        sb_puts(&b, ", ");
        member(&b, "qualname", u->qualname);
        sb_puts(&b, ", ");
        member(&b, "file", u->file);
        sb_printf(&b, ", \"line\": %d}", u->line);
    }
    sb_puts(&b, "\n]\n}\n");
    return b.s;
}

/* A string member copied to the arena; NULL when it is not there or not a string. */
static const char *
string(Arena *a, const json_t *from, const char *name)
{
    const char *s = json_string_value(json_object_get(from, name));
    return s ? arena_strdup(a, s) : NULL;
}

static bool
number(const json_t *from, const char *name, int64_t lo, int64_t hi, int64_t *out)
{
    const json_t *v = json_object_get(from, name);
    *out = json_integer_value(v);
    return json_is_integer(v) && *out >= lo && *out <= hi;
}

static bool
read_unit(Arena *a, const json_t *from, BundleUnit *u)
{
    int64_t line;
    const char *key = string(a, from, "key");
    u->qualname = string(a, from, "qualname");
    u->file = string(a, from, "file");
    if (!key || !u->qualname || !u->file || !codekey_parse(key, &u->key) ||
        !number(from, "line", INT32_MIN, INT32_MAX, &line))
        return false;
    u->line = (int)line;
    return true;
}

static bool
read_root(Arena *a, const json_t *root, Bundle *out)
{
    int64_t hex, abi;
    out->python_version = string(a, root, "python");
    out->soabi = string(a, root, "soabi");
    out->headers = string(a, root, "headers");
    out->profile = string(a, root, "profile");
    const json_t *list = json_object_get(root, "units");
    if (!out->python_version || !out->soabi || !out->headers || !json_is_array(list) ||
        !number(root, "hexversion", 0, UINT32_MAX, &hex) ||
        !number(root, "abi", 0, UINT32_MAX, &abi))
        return false;
    out->hexversion = (uint32_t)hex;
    out->abi = (uint32_t)abi;
    out->n_units = (uint32_t)json_array_size(list);
    BundleUnit *units = arena_array(a, BundleUnit, out->n_units);
    out->units = units;
    for (uint32_t i = 0; i < out->n_units; i++)
        if (!read_unit(a, json_array_get(list, i), &units[i]))
            return false;
    return true;
}

bool
bundlejson_read(Arena *a, const char *text, size_t n, Bundle *out)
{
    json_t *root = json_loadb(text, n, 0, NULL);
    bool ok = root && read_root(a, root, out);
    json_decref(root);
    return ok;
}
