/* One C statement per operation. */
#include "emit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void PRINTF_LIKE(2, 3) put(Emit *e, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *s = arena_alloc(e->a, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    sb_puts(&e->out, s);
}

static const char *
arg(Emit *e, const Instr *i, uint32_t k)
{
    return emit_name(e, i->args[k]);
}

/* A guard: leave unless cond. */
static void
guard(Emit *e, Instr *i, const char *cond)
{
    put(e, "if (!PYRT_GUARD(%s)) goto X%u;\n", cond, emit_exit(e, i));
}

static const char *
type_object(Ty t)
{
    return ir_types[t].object;
}

/* The test that o is a t.  Arrays' class has no address that could be linked against. */
static const char *
is_type(Emit *e, const char *o, Ty t)
{
    if (t == TyFloatArray || t == TyIntArray)
        return arena_printf(e->a, "pyrt_is_%s_array(%s)", t == TyIntArray ? "int" : "float", o);
    return arena_printf(e->a, "Py_IS_TYPE(%s, &%s)", o, type_object(t));
}

/* A load that answers NULL when it declines.  A new reference must not be lost to a guard that
 * fails for stress. */
static void
not_null(Emit *e, Instr *i)
{
    if (ir_ref(i) == 'o')
        put(e, "if (UNLIKELY(!v%u)) goto X%u;\n", i->id, emit_exit(e, i));
    else
        guard(e, i, arena_printf(e->a, "v%u != NULL", i->id));
}

/* ---- homes ---- */

static void
set_local(Emit *e, Instr *i)
{
    if (!ty_boxed((Ty)i->args[0]->type)) /* for opt_show() only: the home stays out of date */
        return;
    const char *h = emit_home(e, i->imm);
    if (i->imm2 == HomeNull) {
        put(e, "%s = %s;\n", h, arg(e, i, 0));
        return;
    }
    put(e, "{ PyObject *old = %s; %s = %s;\n", h, h, arg(e, i, 0));
    emit_release(e, i, "old", i->imm2 == HomeScalar ? TyInt : TyObj, true);
    put(e, "}\n");
}

static void
clear_local(Emit *e, Instr *i)
{
    const char *h = emit_home(e, i->imm);
    put(e, "{ PyObject *old = %s; %s = NULL;\n", h, h);
    emit_release(e, i, "old", i->imm2 == HomeScalar ? TyInt : TyObj, true);
    put(e, "}\n");
}

static void
box_local(Emit *e, Instr *i)
{
    const char *h = emit_home(e, i->imm);
    put(e, "if (UNLIKELY(pyrt_slot_set_%s(&%s, %s) < 0)) goto X%u;\nv%u = %s;\n",
        emit_number(i->args[0]), h, arg(e, i, 0), emit_exit(e, i), i->id, h);
}

/* hot when cond holds; else the cold block runs call and leaves when failed. */
static void
with_cold_path(Emit *e, Instr *i, const char *cond, const char *hot, const char *call,
               const char *failed)
{
    uint32_t x = emit_exit(e, i), n = e->n_cold++;
    put(e, "if (LIKELY(%s)) { %s } else goto P%u;\nR%u:;\n", cond, hot, n, n);
    sb_printf(&e->cold, "P%u: {\n", n);
    emit_publish_all(e, &e->cold, i);
    emit_link(e, &e->cold, i);
    sb_puts(&e->cold, call);
    emit_unlink(e, &e->cold, i);
    sb_printf(&e->cold, "if (UNLIKELY(%s)) goto X%u;\ngoto R%u;\n}\n", failed, x, n);
}

/* Locals of a frame that ends go home when a frame object is there to show them later. */
static void
tell_frame_object(Emit *e, Instr *i, const char *frame)
{
    StrBuf stores;
    sb_init(&stores, e->a);
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        const ExitVal *v = &i->exit->vals.at[k];
        emit_publish(e, &stores, v->v, i->fs->inl->base_slot + v->index);
    }
    if (stores.n)
        put(e, "if (UNLIKELY(%s->frame_obj != NULL)) {\n%s}\n", frame, stores.s);
}

static void
return_value(Emit *e, Instr *i)
{
    put(e, "f->prev_instr = code + %u;\n", i->off);
    tell_frame_object(e, i, "f");
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        const ExitVal *v = &i->exit->vals.at[k];
        if (v->owned && ir_origin(v->v) != ir_origin(i->args[0]))
            emit_release(e, i, emit_name(e, v->v), (Ty)v->v->type, v->v->type == TyMaybe);
    }
    put(e, "return %s;\n", arg(e, i, 0));
}

static void
leave_inline(Emit *e, Instr *i)
{
    const char *frame = arena_printf(e->a, "(&fr%lld.f)", (long long)i->imm);
    put(e, "if (UNLIKELY(%s->f_func != NULL)) {\n", frame);
    tell_frame_object(e, i, frame);
    put(e, "pyrt_frame_drop(%s);\n}\n", frame);
}

static void
poll(Emit *e, Instr *i)
{
    with_cold_path(e, i, "!PYRT_BREAKER(ts)", "",
                   arena_printf(e->a, "int p = pyrt_poll(ts, %s);\n", emit_frame(e, i->inl)),
                   "p < 0");
}

static void
gc_poll(Emit *e, Instr *i)
{
    with_cold_path(e, i, "!PYRT_GC_DUE(ts)", "", "int p = pyrt_gc_poll(ts);\n", "p < 0");
}

static const char *
name_of(Emit *e, const Instr *i)
{
    return arena_printf(e->a, "PyTuple_GET_ITEM(names%u, %lld)", i->inl->id, (long long)i->imm);
}

static void
load_attr(Emit *e, Instr *i)
{
    const char *o = arg(e, i, 0);
    put(e, "v%u = pyrt_attr_fast(%s, %s, &c%d);\n", i->id, o, name_of(e, i), i->imm2);
    with_cold_path(e, i, arena_printf(e->a, "v%u != NULL", i->id),
                   arena_printf(e->a, "Py_INCREF(v%u);", i->id),
                   arena_printf(e->a, "v%u = pyrt_load_attr_slow(%s, %s, &c%d);\n", i->id, o,
                                name_of(e, i), i->imm2),
                   arena_printf(e->a, "!v%u", i->id));
}

static void
store_attr(Emit *e, Instr *i)
{
    const char *o = arg(e, i, 0), *v = arg(e, i, 1);
    const char *old = arena_printf(e->a, "r%u_0", i->id); /* in the cold path: NULL */
    with_cold_path(e, i,
                   arena_printf(e->a,
                                "pyrt_store_attr_values_fast(%s, %s, &c%d, &%s) || "
                                "pyrt_store_attr_slot_fast(%s, %s, &c%d, &%s)",
                                o, v, i->imm2, old, o, v, i->imm2, old),
                   "",
                   arena_printf(e->a,
                                "int s = pyrt_store_attr_slow(%s, %s, %s, &c%d);\n%s = NULL;\n", o,
                                name_of(e, i), v, i->imm2, old),
                   "s < 0");
    emit_release(e, i, old, TyObj, true);
}

static void
store_field(Emit *e, Instr *i)
{
    const char *o = arg(e, i, 0), *v = arg(e, i, 1), *kind = emit_number(i->args[1]);
    with_cold_path(e, i,
                   arena_printf(e->a, "pyrt_store_field_%s(%s, %s, &c%d)", kind, o, v, i->imm2), "",
                   arena_printf(e->a, "int s = pyrt_store_field_%s_slow(%s, %s, %s, &c%d);\n", kind,
                                o, name_of(e, i), v, i->imm2),
                   "s < 0");
}

static void
load_method(Emit *e, Instr *i)
{
    const char *o = arg(e, i, 0);
    put(e, "r%u_0 = pyrt_method_fast(%s, %s, &c%d);\n", i->id, o, name_of(e, i), i->imm2);
    with_cold_path(e, i, arena_printf(e->a, "r%u_0 != NULL", i->id),
                   arena_printf(e->a, "Py_INCREF(r%u_0); v%u = Py_NewRef(%s);", i->id, i->id, o),
                   arena_printf(e->a, "v%u = pyrt_load_method_slow(%s, %s, &c%d, &r%u_0);\n", i->id,
                                o, name_of(e, i), i->imm2, i->id),
                   arena_printf(e->a, "!v%u", i->id));
}

/* The frame itself, not only its homes: an inlined callee's is filled in by the first who asks. */
static void
need_frame(Emit *e, const Inl *inl)
{
    if (inl->id)
        put(e, "pyrt_frame_need(&fr%u.f, %s);\n", inl->id, emit_name(e, inl->func));
}

static void
load_global(Emit *e, Instr *i)
{
    const char *from = "f->f_";
    if (i->inl->id)
        from = arena_printf(e->a, "((PyFunctionObject *)%s)->func_", emit_name(e, i->inl->func));
    put(e, "v%u = pyrt_load_global_borrowed(%sglobals, %sbuiltins, %s, &c%d);\n", i->id, from, from,
        name_of(e, i), i->imm2);
    not_null(e, i);
}

/* s += x on a local string: nobody but the home may hold the left operand for it to grow in place.
 */
static void
concat_local(Emit *e, Instr *i)
{
    put(e, "f->prev_instr = code + %u;\nv%u = pyrt_inplace_concat(&%s, %s);\n",
        i->inl->id ? 0 : i->off, i->id, emit_home(e, i->imm), arg(e, i, 0));
    put(e, "if (UNLIKELY(!v%u)) goto X%u;\n", i->id, emit_exit(e, i));
}

static void
enter_inline(Emit *e, Instr *i)
{
    uint32_t id = (uint32_t)i->imm;
    const char *func = arg(e, i, 0);
    put(e, "pyrt_frame_fresh(&fr%u.f);\n", id);
    for (uint32_t k = 0; k < e->f->inls[id]->code->n_localsplus; k++)
        put(e, "fr%u.f.localsplus[%u] = NULL;\n", id, k);
    put(e,
        "{ PyCodeObject *c = (PyCodeObject *)((PyFunctionObject *)%s)->func_code;\n"
        "consts%u = c->co_consts; names%u = c->co_names; }\n",
        func, id, id);
}

/* ---- runtime calls ---- */

/* The C arguments of a helper, from its row: operands, immediates, context. */
static const char *
rt_args(Emit *e, Instr *i)
{
    const RtInfo *rt = &ir_rts[i->imm];
    StrBuf s;
    sb_init(&s, e->a);
    uint32_t next = 0, id = i->inl->id;
    for (const char *p = rt->args; *p; p++) {
        if (p != rt->args)
            sb_puts(&s, ", ");
        switch (*p) {
        case 'o': sb_puts(&s, arg(e, i, next++)); break;
        case 'n': sb_printf(&s, "PyTuple_GET_ITEM(names%u, %d)", id, i->imm2); break;
        case 'k':
            if (i->imm2 < 0)
                sb_puts(&s, "NULL");
            else
                sb_printf(&s, "PyTuple_GET_ITEM(consts%u, %d)", id, i->imm2);
            break;
        case 'i': sb_printf(&s, "%d", i->imm2); break;
        case 'T': sb_puts(&s, "ts"); break;
        case 'F': sb_puts(&s, emit_frame(e, i->inl)); break;
        case 'C': sb_printf(&s, "&c%d", i->imm3); break;
        case 'V':
            if (next == i->n_args) {
                sb_puts(&s, "NULL, 0");
                break;
            }
            sb_puts(&s, "(PyObject *[]){");
            sb_puts(&s, arg(e, i, next++));
            uint32_t n = 1;
            for (; next < i->n_args; next++, n++)
                sb_printf(&s, ", %s", arg(e, i, next));
            sb_printf(&s, "}, %u", n);
            break;
        default: die("rtcalls.def: argument letter '%c' of %s", *p, rt->name);
        }
    }
    if (rt->ret == RtRetPair)
        sb_printf(&s, ", &r%u_0", i->id);
    return s.s;
}

/* A row of effect L: the quick function is the hot path. */
static void
quick_call(Emit *e, Instr *i, const RtInfo *rt)
{
    const char *args = rt_args(e, i);
    if (rt->ret == RtRetStatus) {
        with_cold_path(e, i, arena_printf(e->a, "%s_quick(%s)", rt->fn, args), "",
                       arena_printf(e->a, "int s = %s(%s);\n", rt->fn, args), "s < 0");
        return;
    }
    with_cold_path(e, i, arena_printf(e->a, "%s_quick(%s, &v%u)", rt->fn, args, i->id), "",
                   arena_printf(e->a, "v%u = %s(%s);\n", i->id, rt->fn, args),
                   arena_printf(e->a, rt->ret == RtRetInt ? "v%u < 0" : "!v%u", i->id));
}

static void
runtime_call(Emit *e, Instr *i)
{
    const RtInfo *rt = &ir_rts[i->imm];
    if (rt->effect == 'L') {
        quick_call(e, i, rt);
        return;
    }
    bool effect = rt->effect == 'P';
    if (effect)
        emit_link(e, &e->out, i);
    else if (strchr(rt->args, 'F'))
        need_frame(e, i->inl);
    const char *args = rt_args(e, i);
    switch ((RtRet)rt->ret) {
    case RtRetObj:
    case RtRetPair:
    case RtRetBor: put(e, "v%u = %s(%s);\n", i->id, rt->fn, args); break;
    case RtRetInt: put(e, "v%u = %s(%s);\n", i->id, rt->fn, args); break;
    case RtRetStatus: put(e, "{ int s = %s(%s);\n", rt->fn, args); break;
    }
    if (effect)
        emit_unlink(e, &e->out, i);
    if (rt->ret == RtRetStatus)
        put(e, "if (UNLIKELY(s < 0)) goto X%u; }\n", emit_exit(e, i));
    else if (rt->ret == RtRetInt)
        put(e, "if (UNLIKELY(v%u < 0)) goto X%u;\n", i->id, emit_exit(e, i));
    else if (rt->ret != RtRetBor)
        put(e, "if (UNLIKELY(!v%u)) goto X%u;\n", i->id, emit_exit(e, i));
}

/* A next operation that can run code and fail: status r, 1 item, 0 exhausted, -1 error. */
static void
status_next(Emit *e, Instr *i, const char *call)
{
    emit_link(e, &e->out, i);
    put(e, "v%u = %s;\n", i->id, call);
    emit_unlink(e, &e->out, i);
    put(e, "if (UNLIKELY(v%u < 0)) goto X%u;\n", i->id, emit_exit(e, i));
}

static void
iter_next(Emit *e, Instr *i)
{
    const char *it = arg(e, i, 0);
    with_cold_path(
        e, i, arena_printf(e->a, "pyrt_iter_next_quick(ts, %s, &r%u_0, &v%u)", it, i->id, i->id),
        "",
        arena_printf(
            e->a, "r%u_0 = pyrt_iter_next(ts, %s);\nv%u = r%u_0 ? 1 : ts->curexc_type ? -1 : 0;\n",
            i->id, it, i->id, i->id),
        arena_printf(e->a, "v%u < 0", i->id));
    put(e, "if (UNLIKELY(v%u < 0)) goto X%u;\n", i->id, emit_exit(e, i));
}

static void
unpack(Emit *e, Instr *i)
{
    with_cold_path(e, i,
                   arena_printf(e->a, "pyrt_unpack_quick(%s, %lld, r%u)", arg(e, i, 0),
                                (long long)i->imm, i->id),
                   "",
                   arena_printf(e->a, "int s = pyrt_unpack_slow(%s, %lld, r%u);\n", arg(e, i, 0),
                                (long long)i->imm, i->id),
                   "s < 0");
}

static void
unpack_ex(Emit *e, Instr *i)
{
    emit_link(e, &e->out, i);
    put(e, "{ int s = pyrt_unpack_ex(%s, %lld, %d, r%u);\n", arg(e, i, 0), (long long)i->imm,
        i->imm2, i->id);
    emit_unlink(e, &e->out, i);
    put(e, "if (UNLIKELY(s < 0)) goto X%u; }\n", emit_exit(e, i));
}

static void
projection(Emit *e, Instr *i)
{
    const Instr *s = i->args[0];
    if (s->op == OpUnpack || s->op == OpUnpackEx)
        put(e, "v%u = r%u[%lld];\n", i->id, s->id, (long long)i->imm);
    else
        put(e, "v%u = r%u_%lld;\n", i->id, s->id, (long long)i->imm);
}

/* ---- typed operations ---- */

static const char *const compare_ops[] = {"<", "<=", "==", "!=", ">", ">="};

/* A guarded binary or unary operation: the C function stores its result and says whether it holds.
 */
static void
checked(Emit *e, Instr *i, const char *fn)
{
    const char *x = arg(e, i, 0);
    if (i->n_args == 2)
        guard(e, i, arena_printf(e->a, "%s(%s, %s, &v%u)", fn, x, arg(e, i, 1), i->id));
    else
        guard(e, i, arena_printf(e->a, "%s(%s, &v%u)", fn, x, i->id));
}

static void
overflow(Emit *e, Instr *i, const char *fn)
{
    guard(e, i,
          arena_printf(e->a, "!__builtin_%s_overflow(%s, %s, &v%u)", fn, arg(e, i, 0), arg(e, i, 1),
                       i->id));
}

static void
infix(Emit *e, Instr *i, const char *op)
{
    put(e, "v%u = %s %s %s;\n", i->id, arg(e, i, 0), op, arg(e, i, 1));
}

static void
prefix(Emit *e, Instr *i, const char *op)
{
    put(e, "v%u = %s(%s);\n", i->id, op, arg(e, i, 0));
}

static void
boxed(Emit *e, Instr *i, const char *fn)
{
    put(e, "v%u = %s(%s);\nif (UNLIKELY(!v%u)) goto X%u;\n", i->id, fn, arg(e, i, 0), i->id,
        emit_exit(e, i));
}

static void
length(Emit *e, Instr *i)
{
    switch ((int)i->args[0]->type) {
    case TyDict: put(e, "v%u = ((PyDictObject *)%s)->ma_used;\n", i->id, arg(e, i, 0)); break;
    case TySet: put(e, "v%u = PySet_GET_SIZE(%s);\n", i->id, arg(e, i, 0)); break;
    case TyStr: put(e, "v%u = PyUnicode_GET_LENGTH(%s);\n", i->id, arg(e, i, 0)); break;
    default: put(e, "v%u = Py_SIZE(%s);\n", i->id, arg(e, i, 0)); break;
    }
}

/* Loads that answer NULL out of range. */
static void
item(Emit *e, Instr *i, const char *fn)
{
    put(e, "v%u = %s(%s, %s);\n", i->id, fn, arg(e, i, 0), arg(e, i, 1));
    not_null(e, i);
}

static void
list_slot(Emit *e, Instr *i)
{
    const char *list = arg(e, i, 0), *index = arg(e, i, 1);
    put(e, "{ int64_t k = %s; Py_ssize_t n = PyList_GET_SIZE(%s); if (k < 0) k += n;\n", index,
        list);
    guard(e, i, "(size_t)k < (size_t)n");
    put(e, "PyObject **slot = &((PyListObject *)%s)->ob_item[k];\n", list);
}

static void
list_set(Emit *e, Instr *i)
{
    list_slot(e, i);
    put(e, "PyObject *old = *slot; *slot = Py_NewRef(%s);\n", arg(e, i, 2));
    emit_release(e, i, "old", TyObj, false);
    put(e, "}\n");
}

static void
list_set_float(Emit *e, Instr *i)
{
    list_slot(e, i);
    put(e,
        "if (!pyrt_reuse_float(*slot, %s)) {\nPyObject *old = *slot, *box = "
        "PyFloat_FromDouble(%s);\nif (UNLIKELY(!box)) { PyErr_Clear(); goto X%u; }\n*slot = box;\n",
        arg(e, i, 2), arg(e, i, 2), emit_exit(e, i));
    emit_release(e, i, "old", TyObj, false);
    put(e, "} }\n");
}

/* An exhausted iterator lets go of what it went over. */
static void
sequence_next(Emit *e, Instr *i, const char *kind)
{
    const char *it = arg(e, i, 0);
    put(e, "r%u_0 = pyrt_%s_step(%s);\nv%u = r%u_0 != NULL;\n", i->id, kind, it, i->id, i->id);
    put(e, "if (UNLIKELY(!v%u)) {\nPyObject *old = pyrt_seq_end(%s);\n", i->id, it);
    emit_release(e, i, "old", TyObj, true);
    put(e, "}\n");
}

static const char *
slice_maker(const Instr *i)
{
    return i->type == TyList ? "list" : i->type == TyTuple ? "tuple" : "str";
}

static void
slice(Emit *e, Instr *i)
{
    put(e, "v%u = pyrt_%s_slice(%s, %s, %s, %lld);\nif (UNLIKELY(!v%u)) goto X%u;\n", i->id,
        slice_maker(i), arg(e, i, 0), arg(e, i, 1), arg(e, i, 2), (long long)i->imm, i->id,
        emit_exit(e, i));
}

static void
list_set_slice(Emit *e, Instr *i)
{
    emit_link(e, &e->out, i);
    put(e, "{ int s = pyrt_list_set_slice(%s, %s, %s, %s);\n", arg(e, i, 0), arg(e, i, 1),
        arg(e, i, 2), arg(e, i, 3));
    emit_unlink(e, &e->out, i);
    put(e, "if (UNLIKELY(s < 0)) goto X%u; }\n", emit_exit(e, i));
}

static void
list_move(Emit *e, Instr *i)
{
    const char *args =
        arena_printf(e->a, "%s, %s, %s, %s, %s, %s, %lld", arg(e, i, 0), arg(e, i, 1), arg(e, i, 2),
                     arg(e, i, 3), arg(e, i, 4), arg(e, i, 5), (long long)i->imm);
    with_cold_path(e, i, arena_printf(e->a, "pyrt_list_move(%s)", args), "",
                   arena_printf(e->a, "int s = pyrt_list_move_slow(%s);\n", args), "s < 0");
}

/* One line each reads best. */
/* clang-format off */
void
emit_instr(Emit *e, Instr *i)
{
    switch ((Op)i->op) {
    case OpConst: put(e, "v%u = PyTuple_GET_ITEM(consts%u, %lld);\n", i->id, i->inl->id, (long long)i->imm); break;
    case OpParam: put(e, "v%u = f->localsplus[%lld];\n", i->id, (long long)i->imm); break;
    case OpLoadClosure: put(e, "v%u = %s->localsplus[%lld];\n", i->id, emit_frame(e, i->inl), (long long)i->imm); break;
    case OpKnown: case OpNull: case OpConstInt: case OpConstFloat: case OpConstBit: case OpMaybe: case OpParts: case OpPhi: case OpRefine: break;
    case OpProj: projection(e, i); break;

    case OpSetLocal: set_local(e, i); break;
    case OpClearLocal: clear_local(e, i); break;
    case OpBoxLocal: box_local(e, i); break;
    case OpPublish: emit_publish(e, &e->out, i->args[0], i->imm); break;
    case OpIncref: put(e, "Py_%sINCREF(%s);\n", i->args[0]->type == TyMaybe ? "X" : "", arg(e, i, 0)); break;
    case OpDecref: emit_release(e, i, arg(e, i, 0), (Ty)i->args[0]->type, i->args[0]->type == TyMaybe); break;

    case OpGuardType: guard(e, i, is_type(e, arg(e, i, 0), (Ty)i->type)); break;
    case OpGuardIs: guard(e, i, arena_printf(e->a, "%s == %s", arg(e, i, 0), arg(e, i, 1))); break;
    case OpGuardBound: guard(e, i, arena_printf(e->a, "%s != NULL", arg(e, i, 0))); break;
    case OpGuardTrue: guard(e, i, arg(e, i, 0)); break;
    case OpGuardCode: guard(e, i, arena_printf(e->a, "pyrt_is_code(%s, &dep%lld, UNIT, %lld)", arg(e, i, 0), (long long)i->imm, (long long)i->imm)); break;
    case OpGuardItemFunc: put(e, "v%u = pyrt_item_func(%s, %s, &c%d);\n", i->id, arg(e, i, 0), i->imm ? "\"__setitem__\"" : "\"__getitem__\"", i->imm2); not_null(e, i); break;
    case OpIsCode: put(e, "v%u = pyrt_is_code(%s, &dep%lld, UNIT, %lld);\n", i->id, arg(e, i, 0), (long long)i->imm, (long long)i->imm); break;
    case OpGcPoll: gc_poll(e, i); break;
    case OpIsClass: put(e, "v%u = pyrt_is_class(%s, &c%d, &dep%lld, UNIT, %lld);\n", i->id, arg(e, i, 0), i->imm2, (long long)i->imm, (long long)i->imm); break;
    case OpClassInit: put(e, "v%u = (PyObject *)c%d.init;\n", i->id, i->imm2); break;
    case OpNewInstance: put(e, "v%u = pyrt_new_instance(ts, %s);\nif (UNLIKELY(!v%u)) goto X%u;\n", i->id, arg(e, i, 0), i->id, emit_exit(e, i)); break;
    case OpEnterInline: enter_inline(e, i); break;
    case OpLeaveInline: leave_inline(e, i); break;
    case OpExit: put(e, "goto X%u;\n", emit_exit(e, i)); break;
    case OpCheckTrace: put(e, "if (PYRT_TRACED(ts)) goto X%u;\n", emit_exit(e, i)); break;
    case OpPoll: poll(e, i); break;

    case OpUnboxInt: checked(e, i, "pyrt_unbox_int"); break;
    case OpUnboxFloat: checked(e, i, "pyrt_unbox_float"); break;
    case OpToFloat: checked(e, i, "pyrt_to_float"); break;
    case OpUnboxBool: checked(e, i, "pyrt_unbox_bool"); break;
    case OpBoxInt: boxed(e, i, "pyrt_int"); break;
    case OpBoxFloat: boxed(e, i, "PyFloat_FromDouble"); break;
    case OpBoxBool: prefix(e, i, "pyrt_bool"); break;

    case OpIntAdd: overflow(e, i, "add"); break;
    case OpIntSub: overflow(e, i, "sub"); break;
    case OpIntMul: overflow(e, i, "mul"); break;
    case OpIntFloorDiv: checked(e, i, "pyrt_int_floordiv"); break;
    case OpIntMod: checked(e, i, "pyrt_int_mod"); break;
    case OpIntTrueDiv: checked(e, i, "pyrt_int_truediv"); break;
    case OpIntPow: checked(e, i, "pyrt_int_pow"); break;
    case OpIntShl: checked(e, i, "pyrt_int_shl"); break;
    case OpIntShr: checked(e, i, "pyrt_int_shr"); break;
    case OpIntAnd: infix(e, i, "&"); break;
    case OpIntOr: infix(e, i, "|"); break;
    case OpIntXor: infix(e, i, "^"); break;
    case OpIntNeg: guard(e, i, arena_printf(e->a, "!__builtin_sub_overflow(INT64_C(0), %s, &v%u)", arg(e, i, 0), i->id)); break;
    case OpIntInvert: prefix(e, i, "~"); break;
    case OpIntAbs: guard(e, i, arena_printf(e->a, "%s != INT64_MIN", arg(e, i, 0))); put(e, "v%u = %s < 0 ? -%s : %s;\n", i->id, arg(e, i, 0), arg(e, i, 0), arg(e, i, 0)); break;
    case OpFloatMin: put(e, "v%u = %s < %s ? %s : %s;\n", i->id, arg(e, i, 1), arg(e, i, 0), arg(e, i, 1), arg(e, i, 0)); break;
    case OpFloatMax: put(e, "v%u = %s > %s ? %s : %s;\n", i->id, arg(e, i, 1), arg(e, i, 0), arg(e, i, 1), arg(e, i, 0)); break;
    case OpIntMin: put(e, "v%u = pyrt_int_min(%s, %s);\n", i->id, arg(e, i, 0), arg(e, i, 1)); break;
    case OpIntMax: put(e, "v%u = pyrt_int_max(%s, %s);\n", i->id, arg(e, i, 0), arg(e, i, 1)); break;
    case OpIntCmp: case OpFloatCmp: infix(e, i, compare_ops[i->imm]); break;
    case OpIntToFloat: checked(e, i, "pyrt_int_to_float"); break;
    case OpFloatAdd: infix(e, i, "+"); break;
    case OpFloatSub: infix(e, i, "-"); break;
    case OpFloatMul: infix(e, i, "*"); break;
    case OpFloatDiv: checked(e, i, "pyrt_float_div"); break;
    case OpFloatFloorDiv: checked(e, i, "pyrt_float_floordiv"); break;
    case OpFloatMod: checked(e, i, "pyrt_float_mod"); break;
    case OpFloatPow: checked(e, i, "pyrt_float_pow"); break;
    case OpFloatNeg: prefix(e, i, "-"); break;
    case OpFloatAbs: prefix(e, i, "fabs"); break;
    case OpFloatTruth: put(e, "v%u = %s != 0.0;\n", i->id, arg(e, i, 0)); break;
    case OpIntTruth: put(e, "v%u = %s != 0;\n", i->id, arg(e, i, 0)); break;
    case OpFloatToInt: checked(e, i, "pyrt_float_to_int"); break;
    case OpIsMath: put(e, "v%u = pyrt_is_math(%s, %lld);\n", i->id, arg(e, i, 0), (long long)i->imm); break;
    case OpMath: checked(e, i, arena_printf(e->a, "pyrt_math_%s", strchr(ir_maths[i->imm].name, '.') + 1)); break;
    case OpBitNot: prefix(e, i, "!"); break;
    case OpBitToInt: prefix(e, i, ""); break;
    case OpIs: infix(e, i, "=="); break;
    case OpIsExact: put(e, "v%u = Py_IS_TYPE(%s, &%s);\n", i->id, arg(e, i, 0), type_object((Ty)i->imm)); break;
    case OpNotNull: put(e, "v%u = %s != NULL;\n", i->id, arg(e, i, 0)); break;

    case OpLen: length(e, i); break;
    case OpListItem: item(e, i, "pyrt_list_item_borrowed"); break;
    case OpTupleItem: item(e, i, "pyrt_tuple_item_borrowed"); break;
    case OpStrItem: item(e, i, "pyrt_str_item"); break;
    case OpListItemAt: put(e, "v%u = PyList_GET_ITEM(%s, %lld);\n", i->id, arg(e, i, 0), (long long)i->imm); break;
    case OpTupleItemAt: put(e, "v%u = PyTuple_GET_ITEM(%s, %lld);\n", i->id, arg(e, i, 0), (long long)i->imm); break;
    case OpListSet: list_set(e, i); break;
    case OpListSetFloat: list_set_float(e, i); break;
    case OpSlice: slice(e, i); break;
    case OpListSetSlice: list_set_slice(e, i); break;
    case OpListMove: list_move(e, i); break;
    case OpArrayFloat: checked(e, i, "pyrt_array_float"); break;
    case OpArrayInt: checked(e, i, "pyrt_array_int"); break;
    case OpArraySetFloat: case OpArraySetInt: guard(e, i, arena_printf(e->a, "pyrt_array_set_%s(%s, %s, %s)", i->op == OpArraySetInt ? "int" : "float", arg(e, i, 0), arg(e, i, 1), arg(e, i, 2))); break;
    case OpListAppend: put(e, "if (UNLIKELY(pyrt_list_append(%s, %s) < 0)) goto X%u;\n", arg(e, i, 0), arg(e, i, 1), emit_exit(e, i)); break;
    case OpOrd: checked(e, i, "pyrt_ord"); break;
    case OpChr: put(e, "v%u = pyrt_chr(%s);\n", i->id, arg(e, i, 0)); not_null(e, i); break;

    case OpRangeNext: put(e, "v%u = pyrt_range_next(%s, &r%u_0);\n", i->id, arg(e, i, 0), i->id); break;
    case OpListNext: sequence_next(e, i, "list"); break;
    case OpTupleNext: sequence_next(e, i, "tuple"); break;
    case OpEnumReady: put(e, "v%u = ((PyrtEnumerate *)%s)->index != PY_SSIZE_T_MAX;\n", i->id, arg(e, i, 0)); break;
    case OpEnumNext: status_next(e, i, arena_printf(e->a, "pyrt_enumerate_next(%s, &r%u_0, &r%u_1)", arg(e, i, 0), i->id, i->id)); break;
    case OpIterNext: iter_next(e, i); break;

    case OpLoadAttr: load_attr(e, i); break;
    case OpStoreAttr: store_attr(e, i); break;
    case OpLoadField: put(e, "v%u = pyrt_load_field(%s, %s, &c%d);\n", i->id, arg(e, i, 0), name_of(e, i), i->imm2); not_null(e, i); break;
    case OpStoreField: store_field(e, i); break;
    case OpLoadMethod: load_method(e, i); break;
    case OpLoadGlobal: load_global(e, i); break;
    case OpConcatLocal: concat_local(e, i); break;
    case OpUnpack: unpack(e, i); break;
    case OpUnpackEx: unpack_ex(e, i); break;
    case OpRt: runtime_call(e, i); break;
    case OpReturn: return_value(e, i); break;
    case OpJump: case OpBranch: case OpCount: break;
    }
}
/* clang-format on */
