/* Operations that call the runtime or end a frame: attributes, names, calls, iteration, the frames
 * of inlined callees.  Where the hot path runs no Python, what does is in a cold block, which
 * publishes and shows the frame first. */
#include "emit.h"

#include <string.h>

/* hot when cond holds; else the cold block runs call and leaves when failed. */
void
emit_cold_path(Emit *e, Instr *i, const char *cond, const char *hot, const char *call,
               const char *failed)
{
    uint32_t x = emit_exit(e, i), n = e->n_cold++;
    emit_put(e, "if (LIKELY(%s)) { %s } else goto P%u;\nR%u:;\n", cond, hot, n, n);
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
        emit_put(e, "if (UNLIKELY(%s->frame_obj != NULL)) {\n%s}\n", frame, stores.s);
}

static void
return_value(Emit *e, Instr *i)
{
    emit_put(e, "f->prev_instr = code + %u;\n", i->off);
    tell_frame_object(e, i, "f");
    for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
        const ExitVal *v = &i->exit->vals.at[k];
        if (v->owned && ir_origin(v->v) != ir_origin(i->args[0]))
            emit_release(e, i, emit_name(e, v->v), (Ty)v->v->type, v->v->type == TyMaybe);
    }
    emit_put(e, ir_resumes(e->f) ? "return pyrt_gen_return(ts, f, %s);\n" : "return %s;\n",
             emit_arg(e, i, 0));
}

static void
leave_inline(Emit *e, Instr *i)
{
    if (i->imm2)
        return;
    const char *frame = arena_printf(e->a, "(&fr%lld.f)", (long long)i->imm);
    emit_put(
        e, "if (UNLIKELY(%s->f_func != NULL)) {\n%s->prev_instr = _PyCode_CODE(%s->f_code) + %u;\n",
        frame, frame, frame, i->fs->off);
    tell_frame_object(e, i, frame);
    emit_put(e, "pyrt_frame_drop(%s);\n}\n", frame);
}

static void
poll(Emit *e, Instr *i)
{
    emit_cold_path(e, i, "!PYRT_BREAKER(ts)", "",
                   arena_printf(e->a, "int p = pyrt_poll(ts, %s);\n", emit_frame(e, i->inl)),
                   "p < 0");
}

static void
gc_poll(Emit *e, Instr *i)
{
    emit_cold_path(e, i, "!PYRT_GC_DUE(ts)", "", "int p = pyrt_gc_poll(ts);\n", "p < 0");
}

static const char *
name_of(Emit *e, const Instr *i)
{
    return arena_printf(e->a, "PyTuple_GET_ITEM(names%u, %lld)", i->inl->id, (long long)i->imm);
}

/* The runtime's hot paths for attributes, by AttrSite. */
static const char *
site_suffix(const Instr *i)
{
    static const char *const suffix[] = {
        [SiteKept] = "", [SiteDict] = "_dict", [SiteNamed] = "_named"};
    return suffix[i->imm3];
}

static void
load_attr(Emit *e, Instr *i)
{
    const char *o = emit_arg(e, i, 0);
    emit_put(e, "v%u = pyrt_attr_fast%s(%s, %s, &c%d);\n", i->id, site_suffix(i), o, name_of(e, i),
             i->imm2);
    emit_cold_path(e, i, arena_printf(e->a, "v%u != NULL", i->id),
                   arena_printf(e->a, "Py_INCREF(v%u);", i->id),
                   arena_printf(e->a, "v%u = pyrt_load_attr_slow(%s, %s, &c%d);\n", i->id, o,
                                name_of(e, i), i->imm2),
                   arena_printf(e->a, "!v%u", i->id));
}

static void
store_attr(Emit *e, Instr *i)
{
    const char *o = emit_arg(e, i, 0), *v = emit_arg(e, i, 1);
    const char *old = arena_printf(e->a, "r%u_0", i->id); /* in the cold path: NULL */
    emit_cold_path(e, i,
                   arena_printf(e->a, "pyrt_store_attr_fast%s(%s, %s, %s, &c%d, &%s)",
                                site_suffix(i), o, name_of(e, i), v, i->imm2, old),
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
    const char *o = emit_arg(e, i, 0), *v = emit_arg(e, i, 1), *kind = emit_number(i->args[1]);
    emit_cold_path(e, i,
                   arena_printf(e->a, "pyrt_store_field_%s%s(%s, %s, %s, &c%d)", kind,
                                site_suffix(i), o, name_of(e, i), v, i->imm2),
                   "",
                   arena_printf(e->a, "int s = pyrt_store_field_%s_slow(%s, %s, %s, &c%d);\n", kind,
                                o, name_of(e, i), v, i->imm2),
                   "s < 0");
}

static void
load_method(Emit *e, Instr *i)
{
    const char *o = emit_arg(e, i, 0);
    emit_put(e, "r%u_0 = pyrt_method_fast(%s, %s, &c%d);\n", i->id, o, name_of(e, i), i->imm2);
    emit_cold_path(e, i, arena_printf(e->a, "r%u_0 != NULL", i->id),
                   arena_printf(e->a, "Py_INCREF(r%u_0); v%u = Py_NewRef(%s);", i->id, i->id, o),
                   arena_printf(e->a, "v%u = pyrt_load_method_slow(%s, %s, &c%d, &r%u_0);\n", i->id,
                                o, name_of(e, i), i->imm2, i->id),
                   arena_printf(e->a, "!v%u", i->id));
}

/* super() and LOAD_METHOD in one: the class is an argument, or in a cell. */
static void
find_super(Emit *e, Instr *i)
{
    const char *cls = emit_arg(e, i, 1), *first = "";
    if (i->imm3)
        cls = arena_printf(e->a, "PyCell_GET(%s)", cls);
    if (i->op == OpLoadSuper)
        first = arena_printf(e->a, ", &r%u_0", i->id);
    emit_put(e, "v%u = pyrt_%s_super(%s, %s, %s, %s, &c%d%s);\n", i->id,
             i->op == OpLoadSuper ? "load" : "find", emit_arg(e, i, 0), cls, emit_arg(e, i, 2),
             name_of(e, i), i->imm2, first);
    emit_not_null(e, i);
}

/* The frame itself, not only its homes: an inlined callee's is filled in by the first who asks. */
static void
need_frame(Emit *e, const Inl *inl)
{
    if (inl->id)
        emit_put(e, "pyrt_frame_need(&fr%u.f, %s);\n", inl->id, emit_name(e, inl->func));
}

static void
load_global(Emit *e, Instr *i)
{
    const char *from = "f->f_";
    if (i->inl->id)
        from = arena_printf(e->a, "((PyFunctionObject *)%s)->func_", emit_name(e, i->inl->func));
    emit_put(e, "v%u = pyrt_load_global_borrowed(%sglobals, %sbuiltins, %s, &c%d);\n", i->id, from,
             from, name_of(e, i), i->imm2);
    emit_not_null(e, i);
}

/* s += x on a local string: nobody but the home may hold the left operand for it to grow in place.
 */
static void
concat_local(Emit *e, Instr *i)
{
    emit_put(e, "f->prev_instr = code + %u;\nv%u = pyrt_inplace_concat(&%s, %s);\n",
             i->inl->id ? 0 : i->off, i->id, emit_home(e, i->imm), emit_arg(e, i, 0));
    emit_put(e, "if (UNLIKELY(!v%u)) goto X%u;\n", i->id, emit_exit(e, i));
}

static void
enter_inline(Emit *e, Instr *i)
{
    uint32_t id = (uint32_t)i->imm;
    const char *func = emit_arg(e, i, 0);
    emit_put(e, "pyrt_frame_fresh(&fr%u.f);\n", id);
    for (uint32_t k = 0; k < e->f->inls[id]->code->n_localsplus; k++)
        emit_put(e, "fr%u.f.localsplus[%u] = NULL;\n", id, k);
    emit_put(e,
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
        case 'o': sb_puts(&s, emit_arg(e, i, next++)); break;
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
        case 'M':
        case 'V':
            if (next == i->n_args) {
                sb_puts(&s, "NULL, 0");
                break;
            }
            sb_puts(&s, "(PyObject *[]){");
            sb_puts(&s, emit_arg(e, i, next++));
            uint32_t n = 1;
            for (; next < i->n_args; next++, n++)
                sb_printf(&s, ", %s", emit_arg(e, i, next));
            sb_printf(&s, "}, %u", n);
            break;
        default: die("rtcalls.def: argument letter '%c' of %s", *p, rt->name);
        }
    }
    if (rt->ret == RtRetPair)
        sb_printf(&s, ", &r%u_0", i->id);
    return s.s;
}

/* The assignment of an addition's result, when that is the very next thing (but for letting go of
 * an operand) and the home holds something. */
static const Instr *
assigned_sum(const Instr *i)
{
    if (i->op != OpRt || i->imm != RtBinaryOp || i->imm2 % NbInplace != NbAdd)
        return NULL;
    const Instr *next = i->next;
    while (next && next->op == OpDecref && next->args[0] == i->args[1])
        next = next->next;
    bool sets = next && next->op == OpSetLocal && next->args[0] == i && next->imm2 != HomeLent &&
                next->imm2 != HomeNull;
    return sets ? next : NULL;
}

/* A row of effect L: the quick function is the hot path. */
static void
quick_call(Emit *e, Instr *i, const RtInfo *rt)
{
    const char *args = rt_args(e, i);
    if (rt->ret == RtRetStatus) {
        emit_cold_path(e, i, arena_printf(e->a, "%s_quick(%s)", rt->fn, args), "",
                       arena_printf(e->a, "int s = %s(%s);\n", rt->fn, args), "s < 0");
        return;
    }
    const Instr *set = assigned_sum(i);
    const char *quick = set ? arena_printf(e->a, "pyrt_add_quick(&%s, %s, &v%u)",
                                           emit_home(e, set->imm), args, i->id)
                            : arena_printf(e->a, "%s_quick(%s, &v%u)", rt->fn, args, i->id);
    emit_cold_path(e, i, quick, "", arena_printf(e->a, "v%u = %s(%s);\n", i->id, rt->fn, args),
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
    if (i->imm == RtCallMaker)
        emit_make(e, i);
    if (effect)
        emit_link(e, &e->out, i);
    else if (strchr(rt->args, 'F'))
        need_frame(e, i->inl);
    const char *args = rt_args(e, i);
    switch ((RtRet)rt->ret) {
    case RtRetObj:
    case RtRetPair:
    case RtRetBor: emit_put(e, "v%u = %s(%s);\n", i->id, rt->fn, args); break;
    case RtRetInt: emit_put(e, "v%u = %s(%s);\n", i->id, rt->fn, args); break;
    case RtRetStatus: emit_put(e, "{ int s = %s(%s);\n", rt->fn, args); break;
    }
    if (effect)
        emit_unlink(e, &e->out, i);
    if (i->imm == RtCallMaker)
        emit_put(e, "}\n");
    if (rt->ret == RtRetStatus)
        emit_put(e, "if (UNLIKELY(s < 0)) goto X%u; }\n", emit_exit(e, i));
    else if (rt->ret == RtRetInt)
        emit_put(e, "if (UNLIKELY(v%u < 0)) goto X%u;\n", i->id, emit_exit(e, i));
    else if (rt->ret != RtRetBor)
        emit_put(e, "if (UNLIKELY(!v%u)) goto X%u;\n", i->id, emit_exit(e, i));
}

/* Next operations: v is 1 with an item, 0 exhausted, -1 an error, from both paths. */
static void
next_item(Emit *e, Instr *i, const char *quick, const char *slow)
{
    const char *failed = arena_printf(e->a, "v%u < 0", i->id);
    emit_cold_path(e, i, quick, "", slow, failed);
    emit_put(e, "if (UNLIKELY(%s)) goto X%u;\n", failed, emit_exit(e, i));
}

static void
enum_next(Emit *e, Instr *i)
{
    const char *it = emit_arg(e, i, 0);
    const char *to = arena_printf(e->a, "&r%u_0, &r%u_1", i->id, i->id);
    next_item(e, i, arena_printf(e->a, "pyrt_enumerate_quick(ts, %s, %s, &v%u)", it, to, i->id),
              arena_printf(e->a, "v%u = pyrt_enumerate_next(%s, %s);\n", i->id, it, to));
}

static void
pair_next(Emit *e, Instr *i)
{
    const char *it = emit_arg(e, i, 0), *of = i->args[0]->type == TyZip ? "zip" : "dict_item";
    const char *to = arena_printf(e->a, "&r%u_0, &r%u_1", i->id, i->id);
    next_item(e, i, arena_printf(e->a, "pyrt_%s_quick(%s, %s, &v%u)", of, it, to, i->id),
              arena_printf(e->a, "v%u = pyrt_%s_next(%s, %s);\n", i->id, of, it, to));
}

/* A generator first, where one is expected. */
static void
iter_next(Emit *e, Instr *i)
{
    const char *it = emit_arg(e, i, 0);
    uint32_t d = i->id;
    const char *quick = arena_printf(e->a, "pyrt_iter_next_quick(ts, %s, &r%u_0, &v%u)", it, d, d);
    if (i->imm == IterGenerator) {
        emit_resume(e, i);
        quick =
            e->f->lean ? arena_printf(e->a, "q%u", d) : arena_printf(e->a, "q%u || %s", d, quick);
    }
    next_item(e, i, quick,
              arena_printf(e->a,
                           "r%u_0 = pyrt_iter_next(ts, %s);\n"
                           "v%u = r%u_0 ? 1 : ts->curexc_type ? -1 : 0;\n",
                           d, it, d, d));
}

static void
send(Emit *e, Instr *i)
{
    emit_resume(e, i);
    next_item(e, i, arena_printf(e->a, "q%u", i->id),
              arena_printf(e->a, "v%u = pyrt_send(%s, %s, &r%u_0);\n", i->id, emit_arg(e, i, 0),
                           emit_arg(e, i, 1), i->id));
}

static void
unpack(Emit *e, Instr *i)
{
    emit_cold_path(e, i,
                   arena_printf(e->a, "pyrt_unpack_quick(%s, %lld, r%u)", emit_arg(e, i, 0),
                                (long long)i->imm, i->id),
                   "",
                   arena_printf(e->a, "int s = pyrt_unpack_slow(%s, %lld, r%u);\n",
                                emit_arg(e, i, 0), (long long)i->imm, i->id),
                   "s < 0");
}

static void
unpack_ex(Emit *e, Instr *i)
{
    emit_link(e, &e->out, i);
    emit_put(e, "{ int s = pyrt_unpack_ex(%s, %lld, %d, r%u);\n", emit_arg(e, i, 0),
             (long long)i->imm, i->imm2, i->id);
    emit_unlink(e, &e->out, i);
    emit_put(e, "if (UNLIKELY(s < 0)) goto X%u; }\n", emit_exit(e, i));
}

static void
projection(Emit *e, Instr *i)
{
    const Instr *s = i->args[0];
    if (s->op == OpUnpack || s->op == OpUnpackEx)
        emit_put(e, "v%u = r%u[%lld];\n", i->id, s->id, (long long)i->imm);
    else
        emit_put(e, "v%u = r%u_%lld;\n", i->id, s->id, (long long)i->imm);
}

/* One line each reads best. */
/* clang-format off */
void
emit_effect(Emit *e, Instr *i)
{
    switch ((int)i->op) {
    case OpProj: projection(e, i); break;
    case OpGcPoll: gc_poll(e, i); break;
    case OpEnterInline: enter_inline(e, i); break;
    case OpLeaveInline: leave_inline(e, i); break;
    case OpPoll: poll(e, i); break;
    case OpEnumNext: enum_next(e, i); break;
    case OpPairNext: pair_next(e, i); break;
    case OpIterNext: iter_next(e, i); break;
    case OpSend: send(e, i); break;
    case OpLoadAttr: load_attr(e, i); break;
    case OpStoreAttr: store_attr(e, i); break;
    case OpLoadField: emit_put(e, "v%u = pyrt_load_field%s(%s, %s, &c%d);\n", i->id, site_suffix(i), emit_arg(e, i, 0), name_of(e, i), i->imm2); emit_not_null(e, i); break;
    case OpFindMethod: emit_put(e, "v%u = pyrt_find_method(%s, %s, &c%d);\n", i->id, emit_arg(e, i, 0), name_of(e, i), i->imm2); emit_not_null(e, i); break;
    case OpFindGetter: emit_put(e, "v%u = pyrt_find_getter(%s, %s, &c%d);\n", i->id, emit_arg(e, i, 0), name_of(e, i), i->imm2); emit_not_null(e, i); break;
    case OpStoreField: store_field(e, i); break;
    case OpLoadMethod: load_method(e, i); break;
    case OpLoadSuper: case OpFindSuper: find_super(e, i); break;
    case OpLoadGlobal: load_global(e, i); break;
    case OpConcatLocal: concat_local(e, i); break;
    case OpUnpack: unpack(e, i); break;
    case OpUnpackEx: unpack_ex(e, i); break;
    case OpRt: runtime_call(e, i); break;
    case OpReturn: return_value(e, i); break;
    default: die("emit_effect: %s", ir_ops[i->op].name);
    }
}
/* clang-format on */
