/* Releases, and what must be at home before somebody looks.
 *
 * Who runs Python inside native code may look at the frame.  Locals whose home is out of date
 * (homes.h) are written back first: for good before an effect (publish), for the time being around
 * a release that may run a finalizer (show and hide).  The latter stays out of the hot path: it is
 * behind a count that reached zero and an object that does not go quietly.  What a cold path finds
 * in raw homes (opt_raw_homes.c) is a table and one call. */
#include "emit.h"

static const Inl *
slot_owner(const Emit *e, int64_t slot)
{
    const Inl *owner = e->f->inls[0];
    for (uint32_t k = 0; k < e->f->n_inls; k++)
        if (slot >= e->f->inls[k]->base_slot &&
            slot < e->f->inls[k]->base_slot + e->f->inls[k]->code->n_localsplus)
            owner = e->f->inls[k];
    return owner;
}

const char *
emit_home(Emit *e, int64_t slot)
{
    const Inl *inl = slot_owner(e, slot);
    return arena_printf(e->a, "%s->localsplus[%lld]", emit_frame(e, inl),
                        (long long)slot - inl->base_slot);
}

const char *
emit_number(const Instr *raw)
{
    return raw->type == TyI64 ? "int" : raw->type == TyF64 ? "float" : "bool";
}

/* A new reference to v's object, as C. */
static const char *
object_of(Emit *e, Instr *v)
{
    const char *name = emit_name(e, v);
    switch ((int)v->type) {
    case TyI64: return arena_printf(e->a, "pyrt_sure_int(%s)", name);
    case TyF64: return arena_printf(e->a, "pyrt_sure_float(%s)", name);
    case TyBit: return arena_printf(e->a, "Py_NewRef(pyrt_bool(%s))", name);
    default: return arena_printf(e->a, "Py_XNewRef(%s)", name);
    }
}

/* ---- publish ---- */

static void
publish_tuple(Emit *e, StrBuf *out, Instr *parts, const char *h)
{
    sb_printf(out, "pyrt_slot_set_tuple(&%s, %u, (PyObject *[]){", h, parts->n_args);
    for (uint32_t k = 0; k < parts->n_args; k++)
        sb_printf(out, "%s%s", k ? ", " : "", object_of(e, parts->args[k]));
    sb_puts(out, "});\n");
}

void
emit_publish(Emit *e, StrBuf *out, Instr *v, int64_t slot)
{
    const char *h = emit_home(e, slot);
    if (v->op == OpParts)
        publish_tuple(e, out, v, h);
    else if (ty_boxed((Ty)v->type))
        sb_printf(out, "{ PyObject *old = %s; %s = %s; Py_XDECREF(old); }\n", h, h,
                  object_of(e, v));
    else if (v->op == OpMaybe) /* an unbound local's home is NULL already */
        sb_printf(out, "if (%s) pyrt_home_%s(&%s, %s);\n", emit_name(e, v->args[1]), emit_number(v),
                  h, emit_name(e, v->args[0]));
    else
        sb_printf(out, "pyrt_home_%s(&%s, %s);\n", emit_number(v), h, emit_name(e, v));
}

/* ---- raw homes ---- */

const char *
emit_raw(Emit *e, const ExitVal *x)
{
    if (!x->raw)
        return emit_name(e, x->v->op == OpMaybe ? x->v->args[0] : x->v);
    return arena_printf(e->a, "raw[%u].%s", x->raw - 1u, x->v->type == TyF64 ? "f" : "i");
}

const char *
emit_raw_flag(Emit *e, const ExitVal *x)
{
    if (!x->raw)
        return emit_name(e, x->v->args[1]);
    return arena_printf(e->a, "raw[%u].set", x->raw - 1u);
}

/* Declares the table w<level> of what i's exit has in raw homes of one level's locals. */
static uint32_t
raw_table(StrBuf *out, const Instr *i, uint32_t level)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < i->exit->vals.n; k++) {
        const ExitVal *x = &i->exit->vals.at[k];
        if (!x->raw || x->level != level)
            continue;
        bool maybe = x->v->op == OpMaybe;
        if (!n++)
            sb_printf(out, "static const PyrtRawLocal w%u[] = {", level);
        sb_printf(out, "{%u, %u, '%c', %d}, ", x->index, x->raw - 1u, emit_number(x->v)[0], maybe);
    }
    if (n)
        sb_puts(out, "};\n");
    return n;
}

static void
publish_raws(Emit *e, StrBuf *out, const Instr *i)
{
    for (const Inl *inl = i->inl; inl; inl = inl->parent) {
        uint32_t level = ir_inl_depth(inl), n = raw_table(out, i, level);
        if (n)
            sb_printf(out, "pyrt_publish_raw(%s->localsplus, w%u, %u, raw);\n", emit_frame(e, inl),
                      level, n);
    }
}

static void
show_raws(Emit *e, const Instr *i)
{
    for (const Inl *inl = i->inl; inl; inl = inl->parent) {
        uint32_t level = ir_inl_depth(inl), n = raw_table(&e->out, i, level);
        if (n)
            sb_printf(&e->out,
                      "PyObject *h%u[%u]; pyrt_show_raw(%s->localsplus, w%u, %u, raw, h%u);\n",
                      level, n, emit_frame(e, inl), level, n, level);
    }
}

static void
hide_raws(Emit *e, const Instr *i)
{
    for (const Inl *inl = i->inl; inl; inl = inl->parent) {
        uint32_t level = ir_inl_depth(inl), n = 0;
        for (uint32_t k = 0; k < i->exit->vals.n; k++)
            n += i->exit->vals.at[k].raw && i->exit->vals.at[k].level == level;
        if (n)
            sb_printf(&e->out, "pyrt_hide_raw(%s->localsplus, w%u, %u, h%u);\n", emit_frame(e, inl),
                      level, n, level);
    }
}

void
emit_publish_all(Emit *e, StrBuf *out, const Instr *i)
{
    publish_raws(e, out, i);
    for (uint32_t k = 0; k < i->exit->vals.n; k++) {
        const ExitVal *x = &i->exit->vals.at[k];
        int64_t slot = homes_slot_of(i, x);
        if (slot >= 0 && !x->raw)
            emit_publish(e, out, x->v, slot);
    }
}

/* Declares the table w0 and the numbers it names: some are not in raw homes. */
static uint32_t
number_table(Emit *e, const Instr *i)
{
    StrBuf values;
    uint32_t n = 0;
    sb_init(&values, e->a);
    for (uint32_t k = 0; k < i->exit->vals.n; k++) {
        const ExitVal *x = &i->exit->vals.at[k];
        bool maybe = x->v->op == OpMaybe;
        if (homes_slot_of(i, x) < 0)
            continue;
        emit_put(e, "%s{%u, %u, '%c', %d}", n ? ", " : "static const PyrtRawLocal w0[] = {",
                 x->index, n, emit_number(x->v)[0], maybe);
        sb_printf(&values, "%s{.%s = %s, .set = %s}", n ? ", " : "PyrtRaw now[] = {",
                  x->v->type == TyF64 ? "f" : "i", emit_raw(e, x),
                  maybe ? emit_raw_flag(e, x) : "true");
        n++;
    }
    if (n)
        emit_put(e, "};\n%s};\n", values.s);
    return n;
}

bool
emit_later(Emit *e, Instr *i)
{
    bool in_raws = true;
    if (i->inl->parent)
        return false;
    for (uint32_t k = 0; k < i->exit->vals.n; k++) {
        const ExitVal *x = &i->exit->vals.at[k];
        if (homes_slot_of(i, x) >= 0 && !ty_number((Ty)x->v->type))
            return false;
        in_raws &= homes_slot_of(i, x) < 0 || x->raw;
    }
    uint32_t n = in_raws ? raw_table(&e->out, i, 0) : number_table(e, i);
    emit_put(e, "PyrtLater later = {.f = f, .at = code + %u, .w = %s, .n = %u, .raw = %s};\n",
             i->off, n ? "w0" : "NULL", n,
             !n        ? "NULL"
             : in_raws ? "raw"
                       : "now");
    return true;
}

/* ---- release ---- */

/* What to show: pieces of a tuple may hold references that are gone by now, a Maybe's object is
 * made when there is one. */
static bool
can_show(const Instr *i, const ExitVal *v)
{
    bool own = i->op == OpBoxLocal && homes_slot_of(i, v) == i->imm; /* has the new value */
    return v->v->op != OpParts && homes_slot_of(i, v) >= 0 && !own;
}

static void
show(Emit *e, const Instr *i)
{
    if (i->exit)
        show_raws(e, i);
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        const ExitVal *x = &i->exit->vals.at[k];
        if (!can_show(i, x) || x->raw)
            continue;
        const char *h = emit_home(e, homes_slot_of(i, x));
        const char *box = object_of(e, x->v);
        if (x->v->op == OpMaybe)
            box = arena_printf(e->a, "%s ? %s : NULL", emit_name(e, x->v->args[1]),
                               object_of(e, x->v->args[0]));
        sb_printf(&e->out, "PyObject *s%u = pyrt_show(&%s, %s);\n", k, h, box);
    }
    emit_link(e, &e->out, i);
}

static void
hide(Emit *e, const Instr *i)
{
    emit_unlink(e, &e->out, i);
    if (i->exit)
        hide_raws(e, i);
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        const ExitVal *x = &i->exit->vals.at[k];
        if (can_show(i, x) && !x->raw)
            sb_printf(&e->out, "pyrt_hide(&%s, s%u);\n", emit_home(e, homes_slot_of(i, x)), k);
    }
}

/* What i's list has to show: how much in all, and how much of it is in raw homes. */
static uint32_t
count_stale(const Instr *i, uint32_t *n_raw)
{
    uint32_t n = 0;
    *n_raw = 0;
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++)
        if (can_show(i, &i->exit->vals.at[k])) {
            n++;
            *n_raw += i->exit->vals.at[k].raw != 0;
        }
    return n;
}

void
emit_release(Emit *e, const Instr *i, const char *o, Ty t, bool maybe)
{
    if (ty_scalar(t)) {
        sb_printf(&e->out, "Py_%sDECREF(%s);\n", maybe ? "X" : "", o);
        return;
    }
    sb_printf(&e->out, "if (%s%spyrt_release(%s)) {\n", maybe ? o : "", maybe ? " && " : "", o);
    uint32_t n_raw, n = count_stale(i, &n_raw);
    if (i->inl->parent || n > n_raw) {
        sb_printf(&e->out, "if (pyrt_dies_quietly(%s)) {\n_Py_Dealloc(%s);\n} else {\n", o, o);
        show(e, i);
        sb_printf(&e->out, "_Py_Dealloc(%s);\n", o);
        hide(e, i);
        sb_puts(&e->out, "}\n}\n");
    } else if (n) {
        raw_table(&e->out, i, 0);
        sb_printf(&e->out, "pyrt_end_shown(f, code + %u, %s, w0, %u, raw);\n}\n", i->off, o, n);
    } else {
        if (e->f->lean)
            sb_printf(&e->out, "if (!pyrt_dies_quietly(%s)) pyrt_gen_need(ts, f);\n", o);
        sb_printf(&e->out, "f->prev_instr = code + %u;\n_Py_Dealloc(%s);\n}\n", i->off, o);
    }
}
