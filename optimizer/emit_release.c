/* Releases, and what must be at home before somebody looks.
 *
 * Who runs Python inside native code may look at the frame.  Locals whose home is out of date
 * (homes.h) are written back first: for good before an effect (publish), for the time being around
 * a release that may run a finalizer (show and hide).  The latter stays out of the hot path: it is
 * behind a count that reached zero and an object that does not go quietly. */
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

/* The frame-wide slot of a local that i's exit lists, or -1 for a stack entry. */
static int64_t
slot_of(const Instr *i, const ExitVal *v)
{
    const Inl *inl = i->inl;
    uint32_t depth = 0;
    for (const Inl *up = inl; up->parent; up = up->parent)
        depth++;
    for (; depth > v->level; depth--)
        inl = inl->parent;
    return v->index < inl->code->n_localsplus ? (int64_t)inl->base_slot + v->index : -1;
}

void
emit_publish_all(Emit *e, StrBuf *out, const Instr *i)
{
    for (uint32_t k = 0; k < i->exit->vals.n; k++) {
        int64_t slot = slot_of(i, &i->exit->vals.at[k]);
        if (slot >= 0)
            emit_publish(e, out, i->exit->vals.at[k].v, slot);
    }
}

/* ---- release ---- */

/* What to show: pieces of a tuple may hold references that are gone by now, a Maybe's object is
 * made when there is one. */
static bool
can_show(const Instr *i, const ExitVal *v)
{
    return v->v->op != OpParts && slot_of(i, v) >= 0;
}

static void
show(Emit *e, const Instr *i)
{
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        const ExitVal *x = &i->exit->vals.at[k];
        if (!can_show(i, x))
            continue;
        const char *h = emit_home(e, slot_of(i, x));
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
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        const ExitVal *x = &i->exit->vals.at[k];
        if (can_show(i, x))
            sb_printf(&e->out, "pyrt_hide(&%s, s%u);\n", emit_home(e, slot_of(i, x)), k);
    }
}

void
emit_release(Emit *e, const Instr *i, const char *o, Ty t, bool maybe)
{
    if (ty_scalar(t)) {
        sb_printf(&e->out, "Py_%sDECREF(%s);\n", maybe ? "X" : "", o);
        return;
    }
    sb_printf(&e->out, "if (%s%spyrt_release(%s)) {\n", maybe ? o : "", maybe ? " && " : "", o);
    bool stale = false;
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++)
        stale |= can_show(i, &i->exit->vals.at[k]);
    if (!stale && !i->inl->parent) {
        sb_printf(&e->out, "f->prev_instr = code + %u;\n_Py_Dealloc(%s);\n}\n", i->off, o);
        return;
    }
    sb_printf(&e->out, "if (pyrt_dies_quietly(%s)) {\n_Py_Dealloc(%s);\n} else {\n", o, o);
    show(e, i);
    sb_printf(&e->out, "_Py_Dealloc(%s);\n", o);
    hide(e, i);
    sb_puts(&e->out, "}\n}\n");
}
