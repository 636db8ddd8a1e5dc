#include "emit.h"

#include "build.h"

#include <string.h>

/* ---- names ---- */

const char *
emit_name(Emit *e, Instr *v)
{
    if (ty_boxed((Ty)v->type))
        v = ir_origin(v);
    switch ((int)v->op) {
    case OpNull: return "NULL";
    case OpConstBit: return v->imm ? "1" : "0";
    case OpConstInt:
        if (v->imm == INT64_MIN)
            return "INT64_MIN";
        return arena_printf(e->a, "INT64_C(%lld)", (long long)v->imm);
    case OpConstFloat:
        if (v->f != v->f)
            return v->f < 0 ? "(-NAN)" : "((double)NAN)";
        if (v->f > 1.7e308 * 10 || v->f < -1.7e308 * 10)
            return v->f > 0 ? "((double)INFINITY)" : "(-(double)INFINITY)";
        return arena_printf(e->a, "(%a)", v->f);
    case OpKnown: return arena_printf(e->a, "pyrt_known[%lld]", (long long)v->imm);
    default: return arena_printf(e->a, "v%u", v->id);
    }
}

const char *
emit_frame(Emit *e, const Inl *inl)
{
    return inl->id ? arena_printf(e->a, "(&fr%u.f)", inl->id) : "f";
}

/* ---- #line ---- */

static void
sync_line(Emit *e, const Instr *i)
{
    if (!i->inl)
        return;
    int line = e->lines[i->inl->id][i->off].line;
    if (line <= 0 || (line == e->line && !i->inl->id))
        return;
    e->line = i->inl->id ? -1 : line;
    sb_printf(&e->out, "#line %d ", line);
    sb_cstr(&e->out, i->inl->code->filename);
    sb_putc(&e->out, '\n');
}

/* ---- frames of inlined callees ---- */

void
emit_link(Emit *e, StrBuf *out, const Instr *i)
{
    const Inl *chain[countof(e->f->inls)];
    uint32_t offs[countof(e->f->inls)], n = 0, off = i->off;
    for (const Inl *inl = i->inl; inl; inl = inl->parent) {
        offs[n] = off;
        off = e->call_off[inl->id];
        chain[n++] = inl;
    }
    while (n-- > 0)
        if (!chain[n]->parent) {
            emit_need_frame(e, out);
            sb_printf(out, "f->prev_instr = code + %u;\n", offs[n]);
        } else {
            sb_printf(out, "pyrt_publish%s(ts, &fr%u.f, %s, %u);\n", chain[n]->init ? "_init" : "",
                      chain[n]->id, emit_name(e, chain[n]->func), offs[n]);
        }
}

void
emit_unlink(Emit *e, StrBuf *out, const Instr *i)
{
    (void)e;
    for (const Inl *inl = i->inl; inl && inl->parent; inl = inl->parent)
        sb_printf(out, "pyrt_unpublish%s(ts, &fr%u.f);\n", inl->init ? "_init" : "", inl->id);
}

/* ---- blocks ---- */

static void
phi_copies(Emit *e, Block *from, Block *to)
{
    uint32_t p = ir_pred_index(to, from), n = 0;
    for (Instr *phi = to->first; phi && phi->op == OpPhi; phi = phi->next)
        if (strcmp(emit_name(e, phi), emit_name(e, phi->args[p])))
            n++;
    if (!n)
        return;
    sb_puts(&e->out, "{\n");
    for (Instr *phi = to->first; phi && phi->op == OpPhi; phi = phi->next)
        if (strcmp(emit_name(e, phi), emit_name(e, phi->args[p])))
            sb_printf(&e->out, "%s t%u = %s;\n", ir_types[phi->type].ctype, phi->id,
                      emit_name(e, phi->args[p]));
    for (Instr *phi = to->first; phi && phi->op == OpPhi; phi = phi->next)
        if (strcmp(emit_name(e, phi), emit_name(e, phi->args[p])))
            sb_printf(&e->out, "v%u = t%u;\n", phi->id, phi->id);
    sb_puts(&e->out, "}\n");
}

static void
emit_terminator(Emit *e, Block *b)
{
    Instr *i = b->last;
    if (i->op == OpJump) {
        phi_copies(e, b, b->succ[0]);
        if (b->succ[0]->rpo != b->rpo + 1)
            sb_printf(&e->out, "goto b%u;\n", b->succ[0]->id);
    } else if (i->op == OpBranch) {
        const char *cond = emit_name(e, i->args[0]);
        double w0 = b->weight[0], w1 = b->weight[1];
        if (w0 + w1 > 0)
            sb_printf(
                &e->out,
                "if (__builtin_expect_with_probability(!!%s, 1, %.4f)) goto b%u; else goto b%u;\n",
                cond, w0 / (w0 + w1), b->succ[0]->id, b->succ[1]->id);
        else
            sb_printf(&e->out, "if (%s) goto b%u; else goto b%u;\n", cond, b->succ[0]->id,
                      b->succ[1]->id);
    } else {
        emit_instr(e, i);
    }
}

static void
emit_block(Emit *e, Block *b)
{
    sb_printf(&e->out, "b%u:;\n", b->id);
    FOR_EACH_INSTR (b, i) {
        if (i->op == OpPhi)
            continue;
        sync_line(e, i);
        if (i == b->last)
            emit_terminator(e, b);
        else
            emit_instr(e, i);
    }
}

/* ---- declarations ---- */

static bool
has_variable(const Instr *i)
{
    if (i->type == TyVoid || i->dead)
        return false;
    if (ty_boxed((Ty)i->type) && ir_origin((Instr *)i) != i)
        return false;
    return i->op != OpNull && i->op != OpConstInt && i->op != OpConstFloat && i->op != OpConstBit &&
           i->op != OpMaybe && i->op != OpParts && i->op != OpKnown;
}

static void
declare_raw(StrBuf *out, const Instr *i)
{
    switch ((int)i->op) {
    case OpRangeNext: sb_printf(out, "int64_t r%u_0 = 0;\n", i->id); break;
    case OpPairNext:
        sb_printf(out, "PyObject *r%u_0 = NULL, *r%u_1 = NULL;\n", i->id, i->id);
        break;
    case OpEnumNext:
        sb_printf(out, "int64_t r%u_0 = 0; PyObject *r%u_1 = NULL;\n", i->id, i->id);
        break;
    case OpListNext:
    case OpTupleNext:
    case OpStoreAttr:
    case OpSend:
    case OpIterNext:
        sb_printf(out, "PyObject *r%u_0 = NULL;\nbool q%u = false;\n", i->id, i->id);
        break;
    case OpUnpack:
    case OpUnpackEx:
        sb_printf(out, "PyObject *r%u[%u];\n", i->id,
                  (uint32_t)(i->imm + (i->op == OpUnpackEx ? 1 + i->imm2 : 0)) + 1);
        break;
    case OpLoadSuper:
    case OpLoadMethod: sb_printf(out, "PyObject *r%u_0 = NULL;\n", i->id); break;
    case OpRt:
        if (ir_rts[i->imm].ret == RtRetPair)
            sb_printf(out, "PyObject *r%u_0 = NULL;\n", i->id);
        break;
    default: break;
    }
}

static void
declarations(Emit *e, StrBuf *out)
{
    FOR_EACH_BLOCK (e->f, b)
        FOR_EACH_INSTR (b, i) {
            declare_raw(out, i);
            if (!has_variable(i))
                continue;
            const char *zero = i->type == TyF64 ? "0.0" : ty_boxed((Ty)i->type) ? "NULL" : "0";
            sb_printf(out, "%s v%u = %s;\n", ir_types[i->type].ctype, i->id, zero);
        }
    if (e->f->n_raws)
        sb_printf(out, "PyrtRaw raw[%u];\n", e->f->n_raws);
    for (uint32_t k = 0; k < e->f->n_raws; k++)
        if (e->raw_flags[k])
            sb_printf(out, "raw[%u].set = false;\n", k);
    for (uint32_t k = 1; k < e->f->n_inls; k++) {
        const PyCode *c = e->f->inls[k]->code;
        sb_printf(out,
                  "PYRT_FRAME(fr%u, %u);\npyrt_frame_fresh(&fr%u.f);\nPyObject *consts%u = NULL, "
                  "*names%u = NULL;\n",
                  k, c->n_localsplus + (uint32_t)c->stacksize, k, k, k);
    }
}

static void
find_raw_flags(Emit *e)
{
    e->raw_flags = arena_array(e->a, bool, e->f->n_raws + 1);
    FOR_EACH_BLOCK (e->f, b)
        FOR_EACH_INSTR (b, i)
            for (uint32_t k = 0; i->exit && k < i->exit->vals.n; k++) {
                const ExitVal *x = &i->exit->vals.at[k];
                if (x->raw && x->v->op == OpMaybe)
                    e->raw_flags[x->raw - 1] = true;
            }
}

static const char *const back_tests[] = {
    [LoopAlways] = "PyoptBackAlways",       [LoopIfTrue] = "PyoptBackIfTrue",
    [LoopIfFalse] = "PyoptBackIfFalse",     [LoopIfNone] = "PyoptBackIfNone",
    [LoopIfNotNone] = "PyoptBackIfNotNone",
};

/* Returns the number of jumps back. */
static uint32_t
loop_tables(const Func *f, StrBuf *out)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < f->loops.n; k++)
        sb_printf(out, "extern const PyoptUnit %s;\n", f->loops.at[k].symbol);
    sb_puts(out, "static const PyoptLoop loops[] = {");
    for (uint32_t k = 0; k < f->loops.n; k++)
        sb_printf(out, "{%u, %u, &%s}, ", f->loops.at[k].header, f->loops.at[k].depth,
                  f->loops.at[k].symbol);
    sb_puts(out, "{0}};\nstatic const PyoptBack backs[] = {");
    for (uint32_t k = 0; k < f->loops.n; k++)
        for (uint32_t j = 0; j < f->loops.at[k].backs.n; j++, n++) {
            const LoopBack *b = &f->loops.at[k].backs.at[j];
            sb_printf(out, "{%u, %u, %u, %s}, ", b->off, b->next, k, back_tests[b->test]);
        }
    sb_puts(out, "{0}};\n");
    return n;
}

static const char *
unit_flags(const Func *f)
{
    return ir_resumes(f) ? "PyoptGenerator"
           : f->is_loop  ? "PyoptLoopBody"
           : f->small    ? "PyoptSmall"
                         : "0";
}

static void
unit_tables(Emit *e, StrBuf *out, const char *symbol)
{
    const PyCode *c = e->f->code;
    char hex[CODEKEY_HEX];
    codekey_hex(c->key, hex);
    sb_printf(out, "#line 1 \"unit.c\"\nstatic const PyoptLevel levels[] = {%s{0}};\n",
              e->levels.s);
    sb_printf(out, "static const PyoptVal vals[] = {%s{0}};\n", e->vals.s);
    sb_printf(out, "static const PyoptExit exits[] = {%s{0}};\n", e->exits.s);
    sb_puts(out, "static const CodeKey deps[] = {");
    for (uint32_t k = 0; k < e->f->deps.n; k++)
        sb_printf(out, "{UINT64_C(0x%016llx), UINT64_C(0x%016llx)}, ",
                  (unsigned long long)e->f->deps.at[k].hi, (unsigned long long)e->f->deps.at[k].lo);
    sb_puts(out, "{0, 0}};\n");
    uint32_t entry = e->f->blocks.at[0]->off, n_backs = loop_tables(e->f, out);
    sb_printf(out, "const PyoptUnit %s = {\n.key = {UINT64_C(0x%016llx), UINT64_C(0x%016llx)},\n",
              symbol, (unsigned long long)c->key.hi, (unsigned long long)c->key.lo);
    sb_printf(out, ".filter = %uu, .n_units = %u, .qualname = ",
              codekey_filter(c->qualname, strlen(c->qualname), c->n_units), c->n_units);
    sb_cstr(out, c->qualname);
    sb_puts(out, ", .filename = ");
    sb_cstr(out, c->filename);
    sb_printf(out, ", .firstlineno = %d,\n.flags = %s, .body = (void *)body, .entry = %u,\n",
              c->firstlineno, unit_flags(e->f), entry);
    sb_printf(out, ".n_localsplus = %u, .stacksize = %d, .argcount = %d,\n", c->n_localsplus,
              c->stacksize, c->argcount);
    sb_printf(
        out,
        ".n_exits = %u, .exits = exits, .levels = levels, .vals = vals, .exit_hits = exit_hits,\n",
        e->n_exits);
    sb_printf(out, ".entries = entries, .n_deps = %u, .deps = deps,\n", e->f->deps.n);
    sb_printf(out, ".n_loops = %u, .loops = loops, .n_backs = %u, .backs = backs,\n};\n",
              e->f->loops.n, n_backs);
}

/* The name that perf and gdb show.  Quoted, the assembler takes any character but these. */
static void
body_symbol(StrBuf *out, const char *qualname)
{
    sb_puts(out, "__asm__(\"\\\"py::");
    for (const char *c = qualname; *c; c++)
        sb_putc(out, *c == '"' || *c == '\\' || (unsigned char)*c < ' ' ? '_' : *c);
    sb_puts(out, "\\\"\");\n");
}

const char *
emit_unit(Func *f, const char *symbol, uint32_t *n_exits)
{
    Emit e = {.f = f, .a = f->arena};
    StrBuf file, decl;
    sb_init(&e.out, f->arena);
    sb_init(&e.cold, f->arena);
    sb_init(&e.levels, f->arena);
    sb_init(&e.vals, f->arena);
    sb_init(&e.exits, f->arena);
    sb_init(&file, f->arena);
    sb_init(&decl, f->arena);
    e.lines = arena_array(f->arena, LineInfo *, f->n_inls);
    for (uint32_t k = 0; k < f->n_inls; k++)
        e.lines[k] = linetab_read(f->arena, f->inls[k]->code);
    find_raw_flags(&e);
    e.call_off = arena_array(f->arena, uint32_t, f->n_inls);
    FOR_EACH_BLOCK (f, b)
        FOR_EACH_INSTR (b, i)
            if (i->op == OpEnterInline)
                e.call_off[i->imm] = i->off;
    FOR_EACH_BLOCK (f, b)
        emit_block(&e, b);
    declarations(&e, &decl);
    sb_printf(&file, "/* %s, %s:%d */\n#include \"pyopt_rt.h\"\n\n", f->code->qualname,
              f->code->filename, f->code->firstlineno);
    sb_printf(&file, "extern const PyoptUnit %s;\n#define UNIT (&%s)\n", symbol, symbol);
    /* "used": gcc 12 otherwise loses sight of a cell whose only use is by an inlined helper that
     * passes its address on, and puts it into .rodata (ipa-reference-addressable). */
    for (uint32_t k = 0; k < f->cells.n; k++)
        sb_printf(&file, "static %s c%u __attribute__((used));\n", f->cells.at[k], k);
    for (uint32_t k = 0; k < f->deps.n; k++)
        sb_printf(&file, "static PyrtDep dep%u __attribute__((used));\n", k);
    sb_printf(&file, "static uint64_t exit_hits[%u], entries[1];\n\n", e.n_exits + 1);
    sb_printf(&file, "static PyObject *body(%s) ", emit_gen_params(f));
    body_symbol(&file, f->code->qualname);
    sb_printf(
        &file,
        "static PyObject *\nbody(%s)\n{\n_Py_CODEUNIT *const code = _PyCode_CODE(f->f_code);\n"
        "PyObject *const consts0 = f->f_code->co_consts, *const names0 = f->f_code->co_names;\n",
        emit_gen_params(f));
    if (ir_resumes(f))
        sb_puts(&file, "const uint32_t resumed = (uint32_t)(f->prev_instr - code);\n");
    sb_printf(&file, "%s%s%s}\n\n", decl.s, e.out.s, e.cold.s);
    unit_tables(&e, &file, symbol);
    *n_exits = e.n_exits;
    return file.s;
}
