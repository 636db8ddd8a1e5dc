/* The compiler: which code objects, then each from bytecode to C.  compile_one() is the table of
 * contents. */
#include "build.h"
#include "emit.h"
#include "loops.h"
#include "notes.h"
#include "pass.h"
#include "pyopt.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static void
optimise(PassCtx *ctx)
{
    pass_run(ctx, Pass_order);
    pass_run(ctx, Pass_phis);
    pass_run(ctx, Pass_inline);
    pass_run(ctx, Pass_order);
    pass_run(ctx, Pass_phis);
    pass_run(ctx, Pass_merge);
    pass_run(ctx, Pass_types);
    pass_run(ctx, Pass_dom);
    pass_run(ctx, Pass_specialize);
    for (int round = 0; round < 3; round++) {
        pass_run(ctx, Pass_types);
        pass_run(ctx, Pass_escape);
        if (pass_run(ctx, Pass_fold)) {
            pass_run(ctx, Pass_order);
            pass_run(ctx, Pass_dom);
        }
        pass_run(ctx, Pass_phis);
        pass_run(ctx, Pass_types);
        pass_run(ctx, Pass_methods);
        pass_run(ctx, Pass_gvn);
        pass_run(ctx, Pass_types);
        pass_run(ctx, Pass_fields);
        pass_run(ctx, Pass_raw_locals);
        pass_run(ctx, Pass_types);
        pass_run(ctx, Pass_unbox);
        pass_run(ctx, Pass_phis);
        pass_run(ctx, Pass_types);
        pass_run(ctx, Pass_state_phis);
        pass_run(ctx, Pass_dce);
    }
    pass_run(ctx, Pass_dom);
    if (pass_run(ctx, Pass_sink)) { /* what kept a box may be gone from its loop */
        pass_run(ctx, Pass_types);
        pass_run(ctx, Pass_unbox);
        pass_run(ctx, Pass_phis);
        pass_run(ctx, Pass_types);
        pass_run(ctx, Pass_state_phis);
    }
    pass_run(ctx, Pass_phis);
    pass_run(ctx, Pass_types);
    pass_run(ctx, Pass_slices);
    pass_run(ctx, Pass_box_locals);
    if (ir_resumes(ctx->f))
        pass_run(ctx, Pass_yields);
    pass_run(ctx, Pass_dce);
}

static void
lower(PassCtx *ctx)
{
    pass_run(ctx, Pass_split);
    pass_run(ctx, Pass_order);
    pass_run(ctx, Pass_phis);
    ctx->have |= NeedSplit;
    pass_run(ctx, Pass_dom);
    pass_run(ctx, Pass_homes);
    pass_run(ctx, Pass_refcount);
    pass_run(ctx, Pass_traces);
    pass_run(ctx, Pass_show);
    pass_run(ctx, Pass_raw_homes);
    pass_run(ctx, Pass_lean);
}

/* So short, and without a call, that entering it from the interpreter does not pay. */
static bool
is_small(const Func *f)
{
    const PyInstrs *ins = f->inls[0]->ins;
    uint32_t n = 0;
    for (uint32_t k = 0; k < ins->n; k++) {
        PyOp op = ins->at[k].op;
        if (op == PyOp_CALL || op == PyOp_CALL_FUNCTION_EX || op == PyOp_JUMP_BACKWARD)
            return false;
        n += op != PyOp_RESUME && op != PyOp_NOP;
    }
    return n <= LimitSmallInstrs;
}

/* The bodies of the function's loops; those that cannot be built are left out. */
static void
compile_loops(const PyoptJob *job, Feedback *fb, PyCode *code, Func *f, PyoptResult *r)
{
    uint32_t kept = 0, n_exits;
    for (uint32_t k = 0; k < f->loops.n; k++) {
        Loop *l = &f->loops.at[k];
        Func *body = build_loop(job->arena, code, l);
        if (!body)
            continue;
        PassCtx ctx = {.f = body, .fb = fb, .verify = job->verify, .dump = job->dump_pass};
        optimise(&ctx);
        lower(&ctx);
        l->symbol = arena_printf(job->arena, "%s_loop%u", r->symbol, l->header);
        const char *text = emit_unit(body, l->symbol, &n_exits);
        vec_push(job->arena, &r->loops, (PyoptLoopUnit){text, l->symbol});
        notes_add_loop(f, l, r);
        f->loops.at[kept++] = *l;
    }
    f->loops.n = kept;
}

static void
compile_one(const PyoptJob *job, Feedback *fb, PyCode *code, PyoptResult *r)
{
    Bailout bail;
    Func *f = build_func(job->arena, code, &bail);
    if (!f) {
        r->bailout = bailout_reason(bail);
        return;
    }
    f->small =
        fb->profile && !ir_resumes(f) && is_small(f); /* with --all every function is asked for */
    PassCtx ctx = {.f = f, .fb = fb, .verify = job->verify, .dump = job->dump_pass};
    optimise(&ctx);
    loops_find(f, fb);
    lower(&ctx);
    notes_collect(f, fb, r);
    char hex[CODEKEY_HEX];
    codekey_hex(code->key, hex);
    r->symbol = arena_printf(job->arena, "pyopt_unit_%s", hex);
    compile_loops(job, fb, code, f, r);
    r->c_text = emit_unit(f, r->symbol, &r->n_exits);
}

/* ---- which code objects ---- */

typedef struct Todo {
    const PyoptJob *job;
    Vec(PyCode *) codes;
} Todo;

static bool
is_wanted(const PyoptJob *job, const PyCode *c)
{
    return !(job->only && strcmp(job->only, c->qualname)) &&
           !(job->files && fnmatch(job->files, c->filename, 0));
}

static void
add_code(PyCode *c, void *arg)
{
    Todo *t = arg;
    if (!is_wanted(t->job, c))
        return;
    for (uint32_t k = 0; k < t->codes.n; k++)
        if (codekey_equal(t->codes.at[k]->key, c->key))
            return;
    vec_push(t->job->arena, &t->codes, c);
}

static void
select_all(Todo *t)
{
    for (uint32_t k = 0; k < t->job->n_codes; k++)
        pycode_walk(t->job->codes[k], add_code, t);
}

/* mark: functions hot enough by themselves, and the callees of those: a native caller calls a
 * native callee directly. */
static bool *
select_hot(const PyoptJob *job)
{
    const Profile *p = job->profile;
    bool *hot = arena_array(job->arena, bool, p->funcs.n + 1);
    uint64_t covered = 0;
    uint32_t n = 0;
    while (n < p->funcs.n && p->funcs.at[n].self &&
           covered * 1000 < p->samples * LimitCoverPerMille) {
        bool python = p->funcs.at[n].kind == ProfPython; /* a native one's time is its caller's */
        covered += python ? p->funcs.at[n].self : 0;
        hot[n++] = python;
    }
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t c = 0; c < p->funcs.at[k].callees.n; c++) {
            const ProfFunc *callee = profile_find(p, p->funcs.at[k].callees.at[c].key);
            if (callee)
                hot[callee - p->funcs.at] = true;
        }
    return hot;
}

bool
pyopt_compile(const PyoptJob *job, PyoptResult **out, uint32_t *n, Err *err)
{
    Todo t = {.job = job};
    Feedback fb = feedback_of(job->profile, job->arena);
    uint32_t n_funcs = job->profile ? job->profile->funcs.n : 0;
    if (!job->profile)
        select_all(&t);
    PyoptResult *r = arena_array(job->arena, PyoptResult, t.codes.n + n_funcs + 1);
    *n = 0;
    for (uint32_t k = 0; k < t.codes.n; k++) {
        r[*n].code = t.codes.at[k];
        compile_one(job, &fb, t.codes.at[k], &r[(*n)++]);
    }
    const bool *hot = job->profile ? select_hot(job) : NULL;
    for (uint32_t k = 0; k < n_funcs; k++) {
        const ProfFunc *f = &job->profile->funcs.at[k];
        if (!f->code || !is_wanted(job, f->code))
            continue;
        PyoptResult *one = &r[(*n)++];
        one->code = f->code;
        one->share = job->profile->samples ? (double)f->self / (double)job->profile->samples : 0;
        if (hot[k])
            compile_one(job, &fb, f->code, one);
        else
            one->bailout = bailout_reason(BailCold);
    }
    *out = r;
    return *n ? true : err_set(err, ErrEmpty, "nothing to compile: no function matches");
}
