/* The shape of a code object as text, so that IR can be read without its bytecode: argument counts,
 * locals and their kinds, constants, names, exception handlers.  Constants that no pass looks into
 * are written by kind alone. */
#include "build.h"
#include "ir_text.h"

#include <string.h>

enum {
    DefaultFlags = PyCoOptimized | PyCoNewLocals,
    DefaultStack = 16,
    DefaultUnits = 256,
    MaxNesting = 20
};

static const struct {
    const char *name;
    uint8_t kind;
} local_kinds[] = {
    {":cell", PyLocalCell},
    {":free", PyLocalFree},
    {":cellarg", PyLocalPlain | PyLocalCell},
};

static const struct {
    const char *word;
    PyKind kind;
} const_kinds[] = {
    {"None", PyNone},         {"True", PyTrue},
    {"False", PyFalse},       {"Ellipsis", PyEllipsis},
    {"<complex>", PyComplex}, {"<bytes>", PyBytes},
    {"<bigint>", PyInt},      {"<frozenset>", PyFrozenSet},
    {"<code>", PyCodeObj},
};

/* ---- print ---- */

static void
put_const(const PyObj *o, StrBuf *out)
{
    if (o->kind == PyInt && !o->big) {
        sb_printf(out, "%lld", (long long)o->i);
    } else if (o->kind == PyFloat) {
        irtext_put_double(out, o->f);
    } else if (o->kind == PyStr && strlen(o->s) == o->n) {
        sb_cstr(out, o->s);
    } else if (o->kind == PyTuple) {
        sb_putc(out, '(');
        for (uint32_t k = 0; k < o->n; k++) {
            sb_puts(out, k ? " " : "");
            put_const(o->items[k], out);
        }
        sb_putc(out, ')');
    } else {
        const char *word = "<bytes>";
        for (size_t k = 0; k < countof(const_kinds); k++)
            if (const_kinds[k].kind == o->kind)
                word = const_kinds[k].word;
        sb_puts(out, word);
    }
}

static void
put_locals(const PyCode *c, StrBuf *out)
{
    sb_puts(out, " locals=[");
    for (uint32_t k = 0; k < c->n_localsplus; k++) {
        sb_puts(out, k ? " " : "");
        irtext_put_name(out, c->localsplusnames[k]->s);
        for (size_t j = 0; j < countof(local_kinds); j++)
            if (local_kinds[j].kind == c->localspluskinds[k])
                sb_puts(out, local_kinds[j].name);
    }
    sb_putc(out, ']');
}

static void
put_handlers(const PyCode *c, StrBuf *out)
{
    ExcTable t;
    if (!exctab_read(out->arena, c, &t, NULL) || !t.n)
        return;
    sb_puts(out, " handlers=[");
    for (uint32_t k = 0; k < t.n; k++)
        sb_printf(out, "%s%u-%u:%u:%u%s", k ? " " : "", t.at[k].start, t.at[k].end, t.at[k].target,
                  t.at[k].depth, t.at[k].lasti ? "!" : "");
    sb_putc(out, ']');
}

static void
put_number(StrBuf *out, const char *what, int value, int normal)
{
    if (value != normal)
        sb_printf(out, " %s=%d", what, value);
}

void
ir_code_print(const PyCode *c, StrBuf *out)
{
    sb_puts(out, "code ");
    irtext_put_name(out, c->qualname);
    put_number(out, "args", c->argcount, 0);
    put_number(out, "kwonly", c->kwonlyargcount, 0);
    put_number(out, "flags", c->flags, DefaultFlags);
    put_number(out, "stack", c->stacksize, DefaultStack);
    put_number(out, "units", (int)c->n_units, DefaultUnits);
    if (c->n_localsplus)
        put_locals(c, out);
    for (uint32_t k = 0; k < c->consts->n; k++) {
        sb_puts(out, k ? " " : " consts=[");
        put_const(c->consts->items[k], out);
    }
    sb_puts(out, c->consts->n ? "]" : "");
    for (uint32_t k = 0; k < c->n_names; k++) {
        sb_puts(out, k ? " " : " names=[");
        irtext_put_name(out, c->names[k]->s);
    }
    sb_puts(out, c->n_names ? "]" : "");
    put_handlers(c, out);
}

/* ---- parse ---- */

typedef Vec(PyObj *) PyObjs;

static PyObj *
new_str(IrText *t, const char *s, uint32_t n)
{
    PyObj *o = arena_new_of(t->arena, PyObj);
    *o = (PyObj){.kind = PyStr, .s = s, .n = n, .interned = true};
    return o;
}

static bool
read_number(IrText *t, PyObj *o)
{
    const char *word = t->at;
    size_t n = strcspn(word, " \t\n])");
    o->kind = n == strspn(word, "-0123456789") ? PyInt : PyFloat;
    return o->kind == PyInt ? irtext_int(t, &o->i) : irtext_double(t, &o->f);
}

static PyObj *
read_const(IrText *t, int depth)
{
    static const uint16_t big[] = {0, 0, 0, 0, 16}; /* 2**64 */
    PyObj *o = arena_new_of(t->arena, PyObj);
    o->s = "";
    for (size_t k = 0; k < countof(const_kinds); k++)
        if (irtext_accept(t, const_kinds[k].word)) {
            o->kind = const_kinds[k].kind;
            if (o->kind == PyInt) {
                o->big = big;
                o->n = countof(big);
            } else if (o->kind == PyFrozenSet) {
                o->items = arena_array(t->arena, PyObj *, 1);
            } else if (o->kind == PyCodeObj) {
                o->code = arena_new_of(t->arena, PyCode); /* what it holds is not known here */
            }
            return o;
        }
    if (*t->at == '"')
        return irtext_string(t, &o->s, &o->n) ? new_str(t, o->s, o->n) : NULL;
    if (!irtext_accept(t, "("))
        return read_number(t, o) ? o : NULL;
    PyObjs items = {0};
    while (!irtext_accept(t, ")")) {
        PyObj *item = depth < MaxNesting ? read_const(t, depth + 1) : NULL;
        if (!item) {
            if (depth >= MaxNesting)
                irtext_fail(t, "constants nested too deeply");
            return NULL;
        }
        vec_push(t->arena, &items, item);
    }
    *o = (PyObj){.kind = PyTuple, .n = items.n, .items = items.at};
    return o;
}

static bool
read_consts(IrText *t, PyCode *c)
{
    PyObjs items = {0};
    while (!irtext_accept(t, "]")) {
        PyObj *o = read_const(t, 0);
        if (!o)
            return false;
        vec_push(t->arena, &items, o);
    }
    c->consts->items = items.at;
    c->consts->n = items.n;
    return true;
}

static bool
read_names(IrText *t, PyObj ***out, uint32_t *n)
{
    PyObjs items = {0};
    while (!irtext_accept(t, "]")) {
        const char *s = irtext_name(t);
        if (!s)
            return false;
        vec_push(t->arena, &items, new_str(t, s, (uint32_t)strlen(s)));
    }
    *out = items.at;
    *n = items.n;
    return true;
}

static bool
read_locals(IrText *t, PyCode *c)
{
    PyObjs names = {0};
    Vec(uint8_t) kinds = {0};
    while (!irtext_accept(t, "]")) {
        const char *s = irtext_name(t);
        if (!s)
            return false;
        uint8_t kind = PyLocalPlain;
        for (size_t k = 0; k < countof(local_kinds); k++)
            if (irtext_accept_here(t, local_kinds[k].name))
                kind = local_kinds[k].kind;
        vec_push(t->arena, &names, new_str(t, s, (uint32_t)strlen(s)));
        vec_push(t->arena, &kinds, kind);
    }
    if (names.n > LimitMaxSlots)
        return irtext_fail(t, "too many locals");
    c->localsplusnames = names.at;
    c->localspluskinds = kinds.at;
    c->n_localsplus = names.n;
    return true;
}

/* The exception table's own coding: 6-bit groups, most significant first; see exctab.c. */
static void
put_varint(StrBuf *out, uint32_t v, uint32_t first)
{
    for (int shift = 24; shift > 0; shift -= 6)
        if (v >> shift) {
            sb_putc(out, (char)((v >> shift & 0x3f) | 0x40 | first));
            first = 0;
        }
    sb_putc(out, (char)((v & 0x3f) | first));
}

static bool
read_handlers(IrText *t, PyCode *c)
{
    StrBuf table;
    sb_init(&table, t->arena);
    while (!irtext_accept(t, "]")) {
        uint32_t start, end, target, depth;
        if (!irtext_uint(t, LimitMaxUnits, &start) || !irtext_expect(t, "-") ||
            !irtext_uint(t, LimitMaxUnits, &end) || !irtext_expect(t, ":") ||
            !irtext_uint(t, LimitMaxUnits, &target) || !irtext_expect(t, ":") ||
            !irtext_uint(t, LimitMaxUnits, &depth))
            return false;
        if (end < start)
            return irtext_fail(t, "a handler's range ends before it starts");
        put_varint(&table, start, 0x80);
        put_varint(&table, end - start, 0);
        put_varint(&table, target, 0);
        put_varint(&table, depth << 1 | irtext_accept_here(t, "!"), 0);
    }
    c->exctable = (const uint8_t *)table.s;
    c->exctable_len = (uint32_t)table.n;
    return true;
}

static int
opcode_of(const PyVer *ver, const char *name)
{
    for (int k = 0; k < 256; k++)
        if (ver->ops[k].op != PyOpNone && ver->ops[k].base == k &&
            !strcmp(pyops_name(ver->ops[k].op), name))
            return k;
    return -1;
}

static bool
read_bytecode(IrText *t, PyCode *c)
{
    StrBuf code;
    sb_init(&code, t->arena);
    while (!irtext_accept(t, "]")) {
        const char *name = irtext_name(t);
        int op = name ? opcode_of(c->ver, name) : -1;
        uint32_t arg;
        if (!name)
            return false;
        if (op < 0)
            return irtext_fail(t, "%s is not an opcode", name);
        irtext_skip(t);
        if (!irtext_uint(t, 255, &arg))
            return false;
        sb_putc(&code, (char)op);
        sb_putc(&code, (char)arg);
        for (int k = 0; k < c->ver->ops[op].n_caches; k++)
            sb_write(&code, "\0", 2);
    }
    c->code = (const uint8_t *)code.s;
    c->n_units = (uint32_t)code.n / 2;
    return true;
}

static bool
read_uint(IrText *t, uint32_t max, int *out)
{
    uint32_t v;
    if (!irtext_uint(t, max, &v))
        return false;
    *out = (int)v;
    return true;
}

static bool
read_field(IrText *t, PyCode *c)
{
    if (irtext_accept(t, "args="))
        return read_uint(t, LimitMaxSlots, &c->argcount);
    if (irtext_accept(t, "kwonly="))
        return read_uint(t, LimitMaxSlots, &c->kwonlyargcount);
    if (irtext_accept(t, "flags="))
        return read_uint(t, INT32_MAX, &c->flags);
    if (irtext_accept(t, "stack="))
        return read_uint(t, LimitMaxSlots, &c->stacksize);
    if (irtext_accept(t, "units="))
        return irtext_uint(t, LimitMaxUnits, &c->n_units);
    if (irtext_accept(t, "locals=["))
        return read_locals(t, c);
    if (irtext_accept(t, "consts=["))
        return read_consts(t, c);
    if (irtext_accept(t, "names=["))
        return read_names(t, &c->names, &c->n_names);
    if (irtext_accept(t, "handlers=["))
        return read_handlers(t, c);
    if (irtext_accept(t, "bytecode=["))
        return read_bytecode(t, c);
    return irtext_fail(t, "not a property of a code object: \"%.*s\"", (int)strcspn(t->at, "\n"),
                       t->at);
}

static void
fill_with_nops(IrText *t, PyCode *c)
{
    int nop = opcode_of(c->ver, "NOP");
    uint8_t *code = arena_alloc(t->arena, 2 * c->n_units + 1);
    for (uint32_t k = 0; k < c->n_units; k++)
        code[2 * k] = (uint8_t)nop;
    c->code = code;
}

PyCode *
ir_code_parse(IrText *t)
{
    PyCode *c = arena_new_of(t->arena, PyCode);
    *c = (PyCode){
        .ver = pyver_find(3, 11), /* matters to bytecode=[...] alone */
        .flags = DefaultFlags,
        .stacksize = DefaultStack,
        .n_units = DefaultUnits,
        .firstlineno = 1,
        .consts = arena_new_of(t->arena, PyObj),
        .localspluskinds = (const uint8_t *)"",
        .filename = "",
        .linetable = (const uint8_t *)"",
        .exctable = (const uint8_t *)"",
    };
    c->consts->kind = PyTuple;
    if (!irtext_expect(t, "code") || !(c->qualname = irtext_name(t)))
        return NULL;
    c->name = c->qualname;
    while (!irtext_at_end(t))
        if (!read_field(t, c))
            return NULL;
    if (!c->code)
        fill_with_nops(t, c);
    uint32_t params = pycode_n_params(c);
    PyInstrs ins;
    ExcTable table;
    Err why;
    if (params > c->n_localsplus) {
        irtext_fail(t, "%u parameters, but %u locals", params, c->n_localsplus);
        return NULL;
    }
    if (!instrs_decode(t->arena, c, &ins, &why) || !exctab_read(t->arena, c, &table, &why)) {
        irtext_fail(t, "%s", why.msg);
        return NULL;
    }
    pycode_finish(c);
    return c;
}
