#include "pycode.h"

#include <math.h>
#include <string.h>

void
pycode_finish(PyCode *c)
{
    c->n_locals = c->n_cells = c->n_frees = 0;
    for (uint32_t i = 0; i < c->n_localsplus; i++) {
        uint8_t kind = c->localspluskinds[i];
        c->n_locals += !!(kind & PyLocalPlain);
        c->n_cells += !!(kind & PyLocalCell) && !(kind & PyLocalPlain);
        c->n_frees += !!(kind & PyLocalFree);
    }
    c->key = codekey_of(c);
}

static void
walk_value(PyObj *o, PyCodeVisit *visit, void *arg)
{
    if (o->kind == PyCodeObj)
        pycode_walk(o->code, visit, arg);
    else if (o->kind >= PyTuple && o->kind <= PyFrozenSet)
        for (uint32_t i = 0; i < o->n; i++)
            walk_value(o->items[i], visit, arg);
}

void
pycode_walk(PyCode *root, PyCodeVisit *visit, void *arg)
{
    visit(root, arg);
    walk_value(root->consts, visit, arg);
}

static bool
same_strings(PyObj *const *a, PyObj *const *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!pyobj_equal(a[i], b[i]))
            return false;
    return true;
}

static bool
same_bytes(const void *a, uint32_t an, const void *b, uint32_t bn)
{
    return an == bn && (!an || !memcmp(a, b, an));
}

static bool
code_equal(const PyCode *a, const PyCode *b)
{
    return a == b ||
           (codekey_equal(a->key, b->key) && a->firstlineno == b->firstlineno &&
            !strcmp(a->filename, b->filename) && !strcmp(a->name, b->name) &&
            !strcmp(a->qualname, b->qualname) &&
            same_bytes(a->code, a->n_units * 2, b->code, b->n_units * 2) &&
            same_bytes(a->linetable, a->linetable_len, b->linetable, b->linetable_len) &&
            same_bytes(a->exctable, a->exctable_len, b->exctable, b->exctable_len) &&
            a->n_names == b->n_names && same_strings(a->names, b->names, a->n_names) &&
            a->n_localsplus == b->n_localsplus &&
            same_strings(a->localsplusnames, b->localsplusnames, a->n_localsplus) &&
            same_bytes(a->localspluskinds, a->n_localsplus, b->localspluskinds, b->n_localsplus) &&
            pyobj_equal(a->consts, b->consts));
}

static bool
items_equal(const PyObj *a, const PyObj *b)
{
    if (a->n != b->n)
        return false;
    if (a->kind == PySet || a->kind == PyFrozenSet) /* in any order */
        return codekey_equal(codekey_of_value(a), codekey_of_value(b));
    return same_strings(a->items, b->items, a->n);
}

bool
pyobj_equal(const PyObj *a, const PyObj *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case PyNull:
    case PyNone:
    case PyTrue:
    case PyFalse:
    case PyEllipsis:
    case PyStopIter: return true;
    case PyInt:
        if (!a->big || !b->big)
            return !a->big && !b->big && a->i == b->i;
        return a->negative == b->negative && same_bytes(a->big, a->n * (uint32_t)sizeof *a->big,
                                                        b->big, b->n * (uint32_t)sizeof *b->big);
    case PyFloat: return !memcmp(&a->f, &b->f, sizeof a->f);
    case PyComplex: return !memcmp(&a->c, &b->c, sizeof a->c);
    case PyBytes:
    case PyStr: return same_bytes(a->s, a->n, b->s, b->n);
    case PyTuple:
    case PyList:
    case PyDict:
    case PySet:
    case PyFrozenSet: return items_equal(a, b);
    case PyCodeObj: return code_equal(a->code, b->code);
    }
    return false;
}

static void
repr_float(double d, StrBuf *out)
{
    bool whole = fabs(d) < 1e15 && d == floor(d);
    sb_printf(out, whole ? "%.1f" : "%.17g", d);
}

static void
repr_big(const PyObj *o, StrBuf *out)
{
    sb_printf(out, "%sint of %u bits", o->negative ? "-" : "",
              (unsigned)(15 * (o->n - 1) + 32 - (unsigned)__builtin_clz(o->big[o->n - 1])));
}

static void
repr_text(const PyObj *o, StrBuf *out, size_t end)
{
    if (o->kind == PyBytes)
        sb_putc(out, 'b');
    sb_putc(out, '\'');
    for (uint32_t i = 0; i < o->n; i++) {
        unsigned char c = (unsigned char)o->s[i];
        if (out->n >= end && (c & 0xc0) != 0x80) /* whole characters, to be cut by the caller */
            break;
        if (c == '\'' || c == '\\')
            sb_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f || (c > 0x7f && o->kind == PyBytes))
            sb_printf(out, "\\x%02x", c);
        else
            sb_putc(out, (char)c);
    }
    sb_putc(out, '\'');
}

static void repr_value(const PyObj *o, StrBuf *out, size_t end);

static void
repr_items(const PyObj *o, StrBuf *out, size_t end, const char *open, const char *close)
{
    sb_puts(out, open);
    for (uint32_t i = 0; i < o->n && out->n < end; i++) {
        if (i)
            sb_puts(out, o->kind == PyDict && i % 2 ? ": " : ", ");
        repr_value(o->items[i], out, end);
    }
    sb_puts(out, o->kind == PyTuple && o->n == 1 ? ",)" : close);
}

static void
repr_value(const PyObj *o, StrBuf *out, size_t end)
{
    switch (o->kind) {
    case PyNull: sb_puts(out, "NULL"); break;
    case PyNone: sb_puts(out, "None"); break;
    case PyTrue: sb_puts(out, "True"); break;
    case PyFalse: sb_puts(out, "False"); break;
    case PyEllipsis: sb_puts(out, "Ellipsis"); break;
    case PyStopIter: sb_puts(out, "StopIteration"); break;
    case PyInt:
        if (o->big)
            repr_big(o, out);
        else
            sb_printf(out, "%lld", (long long)o->i);
        break;
    case PyFloat: repr_float(o->f, out); break;
    case PyComplex: sb_printf(out, "(%.17g%+.17gj)", o->c.re, o->c.im); break;
    case PyBytes:
    case PyStr: repr_text(o, out, end); break;
    case PyTuple: repr_items(o, out, end, "(", ")"); break;
    case PyList: repr_items(o, out, end, "[", "]"); break;
    case PyDict: repr_items(o, out, end, "{", "}"); break;
    case PySet: repr_items(o, out, end, "{", "}"); break;
    case PyFrozenSet: repr_items(o, out, end, "frozenset({", "})"); break;
    case PyCodeObj: sb_printf(out, "<code %s>", o->code->qualname); break;
    }
}

void
pyobj_repr(const PyObj *o, StrBuf *out, unsigned limit)
{
    size_t end = out->n + limit;
    repr_value(o, out, end);
    if (out->n <= end)
        return;
    while (end > 0 && ((unsigned char)out->s[end] & 0xc0) == 0x80)
        end--; /* do not cut a character in two */
    out->n = end;
    out->s[end] = 0;
    sb_puts(out, "...");
}
