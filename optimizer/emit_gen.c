/* What only generators' bodies have: the ways in, yields, sending on. */
#include "emit.h"

#include "build.h"

/* The operands go into their slots, where the collector, gi_yieldfrom and throw() find them. */
static void
yield(Emit *e, Instr *i)
{
    for (uint32_t k = 1; k < i->n_args; k++)
        emit_put(e, "f->localsplus[%u] = %s;\n", e->f->code->n_localsplus + k - 1,
                 emit_arg(e, i, k));
    emit_put(e, "return pyrt_gen_yield%s(ts, f, code + %u, %u, %s);\n", e->f->lean ? "_lean" : "",
             i->off, e->f->code->n_localsplus + i->n_args - 1, emit_arg(e, i, 0));
}

void
emit_need_frame(const Emit *e, StrBuf *out)
{
    if (e->f->lean)
        sb_puts(out, "pyrt_gen_need(ts, f);\n");
}

void
emit_resume(Emit *e, Instr *i)
{
    if (i->op == OpSend)
        emit_put(e, "{\n");
    else
        emit_put(e, "q%u = false;\nif (PyGen_CheckExact(%s)) {\n", i->id, emit_arg(e, i, 0));
    if (!emit_later(e, i))
        emit_need_frame(e, &e->out); /* in its hot path something may be collected */
    else if (i->op == OpSend)
        emit_put(e, "q%u = pyrt_gen_send(ts, %s, %s, &r%u_0, &v%u, &later);\n", i->id,
                 emit_arg(e, i, 0), emit_arg(e, i, 1), i->id, i->id);
    else
        emit_put(e, "q%u = pyrt_gen_next(ts, %s, &r%u_0, &v%u, &later);\n", i->id,
                 emit_arg(e, i, 0), i->id, i->id);
    emit_put(e, "}\n");
}

void
emit_make(Emit *e, Instr *i)
{
    emit_put(e, "if (!pyrt_gen_make_quick(ts, (PyObject *[]){%s", emit_arg(e, i, 0));
    for (uint32_t k = 1; k < i->n_args; k++)
        emit_put(e, ", %s", emit_arg(e, i, k));
    emit_put(e, "}, %u, &v%u)) {\n", i->n_args, i->id);
}

static void
reload(Emit *e, Instr *i)
{
    if (i->type != TyNull)
        emit_put(e, "v%u = f->localsplus[%lld];\n", i->id, (long long)i->imm);
}

/* One line each reads best. */
/* clang-format off */
void
emit_gen(Emit *e, Instr *i)
{
    switch ((int)i->op) {
    case OpResumedAt: emit_put(e, "v%u = resumed == %lld;\n", i->id, (long long)i->imm); break;
    case OpEnter: emit_put(e, "pyrt_gen_need(ts, f);\n"); break;
    case OpReload: reload(e, i); break;
    case OpTakeSlot: emit_put(e, "v%u = f->localsplus[%lld];\n", i->id, e->f->code->n_localsplus + (long long)i->imm); break;
    case OpSent: emit_put(e, "v%u = sent;\n", i->id); break;
    case OpYield: yield(e, i); break;
    case OpDecline: emit_put(e, "return PYRT_GEN_DECLINED;\n"); break;
    default: die("emit_gen: %s", ir_ops[i->op].name);
    }
}
/* clang-format on */

/* The head of the body, and of its declaration. */
const char *
emit_gen_params(const Func *f)
{
    return ir_resumes(f) ? "PyThreadState *ts, _PyInterpreterFrame *f, PyObject *sent"
                         : "PyThreadState *ts, _PyInterpreterFrame *f";
}
