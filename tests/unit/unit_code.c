#include "unit_code.h"

#include <stdarg.h>
#include <string.h>

PyObj *
unit_int(Arena *a, int64_t v)
{
    PyObj *o = arena_new_of(a, PyObj);
    *o = (PyObj){.kind = PyInt, .i = v};
    return o;
}

PyObj *
unit_str(Arena *a, const char *s)
{
    PyObj *o = arena_new_of(a, PyObj);
    *o = (PyObj){.kind = PyStr, .s = s, .n = (uint32_t)strlen(s), .ascii = true, .interned = true};
    return o;
}

PyObj *
unit_tuple(Arena *a, PyKind kind, uint32_t n, ...)
{
    PyObj *o = arena_new_of(a, PyObj);
    *o = (PyObj){.kind = kind, .n = n, .items = arena_array(a, PyObj *, n + 1)};
    va_list ap;
    va_start(ap, n);
    for (uint32_t i = 0; i < n; i++)
        o->items[i] = va_arg(ap, PyObj *);
    va_end(ap);
    return o;
}

static uint8_t
number_of(const PyVer *ver, PyOp op)
{
    for (int i = 0; i < 256; i++)
        if (ver->ops[i].op == op && ver->ops[i].base == i)
            return (uint8_t)i;
    die("%s has no number", pyops_name(op));
}

static void
put(StrBuf *b, uint8_t op, uint8_t arg)
{
    sb_putc(b, (char)op);
    sb_putc(b, (char)arg);
}

PyCode *
unit_code(Arena *a, const AsmRow *rows, size_t n, int stacksize)
{
    const PyVer *ver = pyver_find(3, 11);
    StrBuf b;
    sb_init(&b, a);
    for (size_t i = 0; i < n; i++) {
        for (int shift = 24; shift; shift -= 8)
            if (rows[i].arg >> shift)
                put(&b, number_of(ver, PyOp_EXTENDED_ARG), (uint8_t)(rows[i].arg >> shift));
        uint8_t op = number_of(ver, rows[i].op);
        put(&b, op, (uint8_t)rows[i].arg);
        for (int k = 0; k < ver->ops[op].n_caches; k++)
            put(&b, 0, 0);
    }
    PyObj *none = arena_new_of(a, PyObj);
    none->kind = PyNone;
    PyObj *names = unit_tuple(a, PyTuple, 1, unit_str(a, "x"));
    PyCode *c = arena_new_of(a, PyCode);
    *c = (PyCode){
        .ver = ver,
        .stacksize = stacksize,
        .flags = PyCoOptimized | PyCoNewLocals,
        .firstlineno = 1,
        .code = (const uint8_t *)b.s,
        .n_units = (uint32_t)b.n / 2,
        .consts = unit_tuple(a, PyTuple, 2, none, unit_int(a, 1)),
        .names = names->items,
        .n_names = 1,
        .localsplusnames = names->items,
        .localspluskinds = (const uint8_t *)"\x20",
        .n_localsplus = 1,
        .filename = "f.py",
        .name = "f",
        .qualname = "f",
        .linetable = (const uint8_t *)"",
        .exctable = (const uint8_t *)"",
    };
    pycode_finish(c);
    return c;
}
