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
    emit_put(e, "return pyrt_gen_yield(ts, f, code + %u, %u, %s);\n", i->off,
             e->f->code->n_localsplus + i->n_args - 1, emit_arg(e, i, 0));
}

static void
send(Emit *e, Instr *i)
{
    emit_link(e, &e->out, i);
    emit_put(e, "v%u = pyrt_send(ts, %s, %s, &r%u_0);\n", i->id, emit_arg(e, i, 0),
             emit_arg(e, i, 1), i->id);
    emit_unlink(e, &e->out, i);
    emit_put(e, "if (UNLIKELY(v%u < 0)) goto X%u;\n", i->id, emit_exit(e, i));
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
    case OpEnter: emit_put(e, "pyrt_gen_enter(ts, f);\n"); break;
    case OpReload: reload(e, i); break;
    case OpTakeSlot: emit_put(e, "v%u = f->localsplus[%lld];\n", i->id, e->f->code->n_localsplus + (long long)i->imm); break;
    case OpSent: emit_put(e, "v%u = sent;\n", i->id); break;
    case OpSend: send(e, i); break;
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
