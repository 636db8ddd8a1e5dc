#include "samples.h"

#include "paths.h"
#include "sites.h"
#include "threads.h"

#include <string.h>

enum { LOCAL_SLOT = 1000 }; /* ProfSlotLocal */

typedef struct Frame {
    Code *code;
    uint32_t index; /* of the instruction; valid when code is walkable */
    uint32_t unit;  /* its opcode's, the site */
    bool at_start;  /* the frame stands at the opcode itself, not in its caches */
    bool entry;     /* called from C, not by an instruction of the frame below */
} Frame;

typedef struct Values { /* of one frame */
    uint32_t n_locals, n_stack, n_aux;
    const uint64_t *locals, *stack, *aux;
} Values;

typedef struct Sample {
    RingHead head;
    uint64_t leaf, globals;
    const uint64_t *frames;
    Values values[RING_VALUE_FRAMES];
    NativeShot shot; /* regs NULL: none */
} Sample;

static bool
unpack_block(const uint64_t **w, const uint64_t *end, Values *v)
{
    RingBlock b;
    if (*w >= end)
        return false;
    memcpy(&b, *w, sizeof b);
    *v = (Values){.n_locals = b.n_locals, .n_stack = b.n_stack, .n_aux = b.n_aux};
    v->locals = *w + 1;
    v->stack = v->locals + b.n_locals;
    v->aux = v->stack + b.n_stack;
    *w = v->aux + 2 * (size_t)b.n_aux;
    return *w <= end;
}

static bool
unpack_shot(const uint64_t *w, const uint64_t *end, NativeShot *out)
{
    if (end - w < RING_STACK_HEAD)
        return false;
    *out = (NativeShot){.regs = w,
                        .from = w[RING_REGS],
                        .stack = w + RING_STACK_HEAD,
                        .n = (uint32_t)(end - w) - RING_STACK_HEAD};
    return true;
}

static bool
unpack(const uint64_t *w, uint32_t n, Sample *s)
{
    const uint64_t *end = w + n;
    memcpy(&s->head, &w[0], sizeof s->head);
    const RingHead *h = &s->head;
    if (n < RING_HEAD_WORDS || h->n_words != n || !h->n_frames || h->n_frames > RING_MAX_FRAMES ||
        RING_HEAD_WORDS + (uint32_t)h->n_frames > n || h->n_blocks > RING_VALUE_FRAMES)
        return false;
    s->leaf = w[2];
    s->globals = w[3];
    s->frames = w + RING_HEAD_WORDS;
    s->shot.regs = NULL;
    w = s->frames + h->n_frames;
    for (uint32_t i = 0; i < h->n_blocks; i++)
        if (!unpack_block(&w, end, &s->values[i]))
            return false;
    return h->flags & RingNative ? unpack_shot(w, end, &s->shot) : w == end;
}

/* A frame that has just been made stands before its first instruction. */
static bool
resolve(Collect *c, Target *t, uint64_t word, bool leaf, Frame *f)
{
    uint64_t address = RING_PTR(word);
    int64_t unit = RING_UNIT(word) < 0 ? 0 : RING_UNIT(word);
    CodeAt *at = target_code(t, c, address, leaf);
    if (at && unit >= at->code->c->n_units)
        at = target_code_again(t, c, address);
    if (!at || unit >= at->code->c->n_units)
        return false;
    *f = (Frame){.code = at->code, .unit = (uint32_t)unit, .entry = RING_ENTRY(word)};
    if (at->code->walkable) {
        f->index = at->code->ins.index_of[unit];
        f->unit = at->code->ins.at[f->index].off;
        f->at_start = RING_UNIT(word) == f->unit;
    }
    return true;
}

/* Has another code object been made where the leaf's was? */
static bool
still_the_same(const Frame *leaf, uint64_t word)
{
    return leaf->code->c->firstlineno == (int)(word >> 32) &&
           leaf->code->c->n_units == (uint32_t)word;
}

static void
learn_module(Collect *c, Target *t, Code *code, uint64_t globals)
{
    if (code->module || !globals)
        return;
    uint64_t name = objects_dict_get(&t->objects, globals, "__name__");
    code->module = objects_text(&t->objects, c->arena, name);
}

/* The frames of a sample with the native ones among them, where there are any that fit. */
static uint32_t
path_of(Collect *c, Target *t, const Sample *s, const Frame *f, uint32_t n, Step out[PATHS_MAX])
{
    Step python[RING_MAX_FRAMES];
    NativeStack native;
    uint32_t steps = 0;
    for (uint32_t i = 0; i < n; i++)
        python[i] = (Step){f[i].code, f[i].unit, f[i].entry};
    if (s->shot.regs && c->files) {
        if (!t->native)
            t->native =
                native_new(t->mem, c->files, t->objects.symbols[RingSym__PyEval_EvalFrameDefault]);
        bool whole = n == s->head.n_frames && !(s->head.flags & RingCutOff);
        if (native_unwind(t->native, c, &s->shot, &native))
            steps = paths_splice(out, python, n, whole, &native);
    }
    c->now.native += steps > 0;
    c->now.bare += c->files && !steps;
    if (!steps)
        memcpy(out, python, (steps = n) * sizeof *out);
    return steps;
}

static void
count_stack(Collect *c, const Step *s, uint32_t n, uint32_t weight)
{
    uint32_t node = 0;
    for (uint32_t i = n; i-- > 0;) {
        bool seen = false;
        for (uint32_t k = i + 1; k < n && !seen; k++)
            seen = s[k].code == s[i].code;
        if (!seen)
            collect_count(&c->now.total, s[i].code, 0, 0, weight);
        node = collect_node(c, node, s[i].code->id, s[i].unit);
    }
    *map_at(&c->now.stacks, node) += weight;
}

/* A function that has just been entered: each call spends as much time there, whatever it does
 * later. */
static bool
just_entered(const Frame *f)
{
    const PyInstrs *ins = &f->code->ins;
    if (!f->code->walkable)
        return false;
    for (uint32_t i = f->index; i < ins->n && i <= f->index + 1; i++)
        if (ins->at[i].op == PyOp_RESUME && ins->at[i].arg == 0)
            return true;
    return f->index > 0 && ins->at[f->index - 1].op == PyOp_RESUME &&
           ins->at[f->index - 1].arg == 0;
}

/* Who called whom.  A frame entered from C was called by its caller's instruction itself only where
 * that instruction is not a call: an operator, an attribute, an iteration.  One exception: the call
 * of a class runs its __init__; the callable's own name says that it is a class.  That a function
 * runs below says how long it takes, not how often it is called: for that, only a leaf just entered
 * counts. */
static void
count_calls(Collect *c, const Frame *f, uint32_t n, uint32_t weight)
{
    for (uint32_t i = 0; i + 1 < n; i++) {
        const Frame *caller = &f[i + 1];
        if (!caller->code->walkable || f[i].code->kind == ProfGone)
            continue;
        PyOp op = caller->code->ins.at[caller->index].op;
        bool is_call = op == PyOp_CALL || op == PyOp_PRECALL;
        bool init = f[i].entry && is_call && !strcmp(f[i].code->c->name, "__init__");
        if (f[i].entry && !init && (is_call || op == PyOp_CALL_FUNCTION_EX))
            continue;
        uint32_t unit = sites_call_unit(caller->code, caller->index);
        uint32_t callee = collect_callee(c, 0, f[i].code->id);
        collect_count(&c->now.below, caller->code, unit, callee, weight);
        if (i == 0 && !init && just_entered(&f[0]))
            collect_count(&c->now.callees, caller->code, unit, callee, 1);
    }
}

static uint32_t
type_of(Collect *c, Target *t, uint64_t word)
{
    if (RING_FLAGS(word) & (RingValueNull | RingValueDead))
        return 0;
    return target_type(t, c, RING_PTR(word), RING_FLAGS(word) & RingValueBig);
}

static void
count_locals(Collect *c, Target *t, const Values *v, const Frame *f)
{
    for (uint32_t i = 0; i < v->n_locals; i++) {
        uint32_t type = type_of(c, t, v->locals[i]);
        if (type && RING_INDEX(v->locals[i]) < f->code->c->n_localsplus)
            collect_type(c, f->code, 0, LOCAL_SLOT + RING_INDEX(v->locals[i]), type, 1);
    }
}

/* While an instruction runs, samples say how long it takes with a type, not how often it meets it:
 * where types differ, a leaf's operands count only before their instruction begins, or when new. */
static bool
is_biased(Collect *c, const Frame *f, Place p, uint32_t type, bool leaf)
{
    bool first;
    uint64_t kinds = collect_kinds(c, f->code, p.off, p.slot, type, &first);
    return leaf && p.off == f->unit && kinds > 1 && !first;
}

/* A left operand, where the result may lie already.  An int that fits no register counts, as the
 * one or as the other: on neither side of the instruction is there much else to see it by, and
 * whoever computes in registers must know of it. */
static bool
is_big_operand(const Frame *f, uint64_t word, Place *p)
{
    return RING_FLAGS(word) & RingValueBig && f->at_start &&
           f->code->ins.at[f->index].op == PyOp_BINARY_OP &&
           sites_consumer(f->code, f->index, RING_INDEX(word), p);
}

static void
count_operands(Collect *c, Target *t, const Values *v, const Frame *f, bool leaf)
{
    for (uint32_t i = 0; i < v->n_stack; i++) {
        Place p;
        uint32_t type = type_of(c, t, v->stack[i]);
        bool found =
            type && (sites_place(f->code, f->index, RING_INDEX(v->stack[i]), f->at_start, &p) ||
                     is_big_operand(f, v->stack[i], &p));
        if (found && !is_biased(c, f, p, type, leaf))
            collect_type(c, f->code, p.off, p.slot, type, 1);
    }
}

typedef struct Loads {
    Collect *c;
    Code *code;
    uint32_t type[64]; /* of each local; 0 unknown */
} Loads;

static void
count_load(uint32_t local, Place p, void *arg)
{
    Loads *l = arg;
    if (l->type[local])
        collect_type(l->c, l->code, p.off, p.slot, l->type[local], 1);
}

/* What the rest of the block will load from the locals as they are. */
static void
count_loads(Collect *c, Target *t, const Values *v, const Frame *f)
{
    Loads l = {.c = c, .code = f->code};
    for (uint32_t i = 0; i < v->n_locals; i++)
        if (RING_INDEX(v->locals[i]) < countof(l.type))
            l.type[RING_INDEX(v->locals[i])] = type_of(c, t, v->locals[i]);
    sites_loads(f->code, f->index, count_load, &l);
}

/* The stack word at a height; 0 when there was none. */
static uint64_t
at_height(const Values *v, uint32_t height)
{
    for (uint32_t i = 0; i < v->n_stack; i++)
        if (RING_INDEX(v->stack[i]) == height)
            return v->stack[i];
    return 0;
}

/* Callables lying on the stack for a call to come.  Below n arguments lie either a method and its
 * self, or NULL and a callable. */
static void
count_callables(Collect *c, Target *t, const Values *v, const Frame *f)
{
    for (uint32_t i = 0; i < v->n_aux; i++) {
        uint64_t object = RING_AUX_OBJ(v->aux[2 * i]), detail = v->aux[2 * i + 1];
        uint32_t height = RING_AUX_AT(v->aux[2 * i]);
        uint64_t word = at_height(v, height);
        Place p;
        if (!word || !sites_place(f->code, f->index, height, f->at_start, &p))
            continue;
        const PyInstr *in = &f->code->ins.at[f->code->ins.index_of[p.off]];
        bool method = in->op == PyOp_CALL && p.slot == in->arg + 1;
        bool plain = in->op == PyOp_CALL && p.slot == in->arg && height &&
                     RING_FLAGS(at_height(v, height - 1)) & RingValueNull;
        bool spread = in->op == PyOp_CALL_FUNCTION_EX && p.slot == 1 + (in->arg & 1);
        if (!method && !plain && !spread)
            continue;
        uint32_t callee = target_callee(t, c, object, RING_PTR(word), detail);
        if (callee)
            collect_count(&c->now.callees, f->code, p.off, callee, 1);
    }
}

/* A conditional jump met with its condition on the stack: that says where it goes. */
static void
count_outcome(Collect *c, Target *t, const Values *v, const Frame *f)
{
    const PyInstr *in = &f->code->ins.at[f->index];
    int depth = f->code->depths[in->start];
    if (!f->at_start || depth < 1 || pyops_info(in->op)->flow != FlowCond)
        return;
    uint64_t word = at_height(v, (uint32_t)depth - 1);
    uint32_t flags = RING_FLAGS(word);
    if (!word || flags & (RingValueDead | RingValueNull))
        return;
    bool none =
        target_type(t, c, RING_PTR(word), false) == names_id(&c->types, "builtins.NoneType");
    bool known = flags & (RingValueTrue | RingValueFalse), is_true = flags & RingValueTrue, taken;
    if (in->op == PyOp_POP_JUMP_FORWARD_IF_NONE || in->op == PyOp_POP_JUMP_BACKWARD_IF_NONE) {
        taken = none;
        known = true;
    } else if (in->op == PyOp_POP_JUMP_FORWARD_IF_NOT_NONE ||
               in->op == PyOp_POP_JUMP_BACKWARD_IF_NOT_NONE) {
        taken = !none;
        known = true;
    } else if (in->op == PyOp_POP_JUMP_FORWARD_IF_TRUE ||
               in->op == PyOp_POP_JUMP_BACKWARD_IF_TRUE || in->op == PyOp_JUMP_IF_TRUE_OR_POP) {
        taken = is_true;
    } else if (in->op == PyOp_POP_JUMP_FORWARD_IF_FALSE ||
               in->op == PyOp_POP_JUMP_BACKWARD_IF_FALSE || in->op == PyOp_JUMP_IF_FALSE_OR_POP) {
        taken = !is_true;
    } else {
        return;
    }
    if (known)
        collect_count(&c->now.outcomes, f->code, f->unit, taken, 1);
}

static void
count_values(Collect *c, Target *t, const Values *v, const Frame *f, bool leaf)
{
    count_locals(c, t, v, f);
    if (!f->code->walkable)
        return;
    count_operands(c, t, v, f, leaf);
    count_loads(c, t, v, f);
    count_callables(c, t, v, f);
}

static void
touch(Target *t, CodeAt *at)
{
    if (!at || at->touched)
        return;
    at->touched = true;
    vec_push(t->arena, &t->touched, at);
}

/* What will be looked at, to see whether it is still what it was. */
static void
fetch_codes(Target *t, const Sample *s)
{
    uint64_t codes[RING_MAX_FRAMES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->head.n_frames; i++)
        if (target_code_due(t, RING_PTR(s->frames[i]), i == 0))
            codes[n++] = RING_PTR(s->frames[i]);
    memory_fetch(t->mem, codes, n, (uint64_t)t->objects.lay->code_adaptive);
}

static bool
resolve_leaf(Collect *c, Target *t, const Sample *s, Frame *f)
{
    if (!resolve(c, t, s->frames[0], true, f))
        return false;
    if (still_the_same(f, s->leaf))
        return true;
    target_code_again(t, c, RING_PTR(s->frames[0]));
    return resolve(c, t, s->frames[0], true, f) && still_the_same(f, s->leaf);
}

/* A module's code is freed when its import is done, often before it could be read.  Its time is its
 * callers' all the same, and its share is told.  Not so from outside: what cannot be read there may
 * be no code at all but frames met in motion. */
static Frame
gone(Collect *c, uint64_t word)
{
    return (Frame){.code = collect_foreign(c, ProfGone, "<gone>", "[freed-code]", ""),
                   .entry = RING_ENTRY(word)};
}

/* The frames as far as they can be resolved; 0 when none can, or from outside the leaf cannot. */
static uint32_t
resolve_all(Collect *c, Target *t, const Sample *s, Frame f[RING_MAX_FRAMES])
{
    uint32_t known = 0;
    fetch_codes(t, s);
    for (uint32_t k = 0; k < s->head.n_frames; k++) {
        bool good = k ? resolve(c, t, s->frames[k], false, &f[k]) : resolve_leaf(c, t, s, &f[k]);
        if (!good && t->attached)
            return k;
        if (!good)
            f[k] = gone(c, s->frames[k]);
        known += good;
    }
    return known ? s->head.n_frames : 0;
}

uint32_t
samples_path(Collect *c, Target *t, const uint64_t *words, uint32_t n, Step out[PATHS_MAX])
{
    Sample s;
    Frame f[RING_MAX_FRAMES];
    uint32_t k = unpack(words, n, &s) ? resolve_all(c, t, &s, f) : 0;
    return k ? path_of(c, t, &s, f, k, out) : 0;
}

void
samples_count(Collect *c, Target *t, pid_t tid, const uint64_t *words, uint32_t n, uint32_t weight)
{
    Sample s;
    Frame f[RING_MAX_FRAMES];
    if (!unpack(words, n, &s)) {
        c->now.torn++;
        return;
    }
    if (c->gil_only && s.head.flags & RingOffGil)
        return;
    uint32_t k = resolve_all(c, t, &s, f);
    if (!k) {
        c->now.unreadable++;
        return;
    }
    c->now.samples += weight;
    c->now.off_gil += s.head.flags & RingOffGil ? weight : 0;
    if (f[0].code->kind == ProfPython)
        learn_module(c, t, f[0].code, s.globals);
    Step path[PATHS_MAX];
    uint32_t steps = path_of(c, t, &s, f, k, path);
    if (c->threads)
        path[steps++] = (Step){.code = threads_code(t, c, tid)};
    count_stack(c, path, steps, weight);
    collect_count(&c->now.self, f[0].code, f[0].unit, 0, weight);
    count_calls(c, f, k, weight);
    for (uint32_t i = 0; i < s.head.n_blocks && i < k; i++)
        count_values(c, t, &s.values[i], &f[i], i == 0);
    if (s.head.n_blocks && f[0].code->walkable)
        count_outcome(c, t, &s.values[0], &f[0]);
    for (uint32_t i = 0; i < RING_VALUE_FRAMES && i < k; i++)
        touch(t, target_code(t, c, RING_PTR(s.frames[i]), false));
}
