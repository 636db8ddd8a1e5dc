/* Decoding and checking of bytecode.  A code object that passes instrs_decode() and
 * instrs_stack_depths() can be interpreted abstractly without further checks: every index is inside
 * its table, every jump lands on an instruction, and every instruction finds the stack entries it
 * takes or looks at, on every path. */
#include "instrs.h"

#include "exctab.h"
#include "vec.h"

enum { MAX_PREFIXES = 3, UNSEEN = -1 };

static bool
bad(const PyCode *c, uint32_t unit, const char *what, Err *err)
{
    return err_set(err, ErrCorrupt, "%s: bytecode unit %u: %s", c->qualname, (unsigned)unit, what);
}

/* One instruction with its prefixes and caches. */
static bool
decode_one(const PyCode *c, uint32_t unit, PyInstr *out, Err *err)
{
    *out = (PyInstr){.start = unit, .off = unit, .target = INSTR_NO_TARGET};
    for (;; out->off++) {
        if (out->off >= c->n_units || out->off - unit > MAX_PREFIXES)
            return bad(c, unit, "EXTENDED_ARG without an instruction", err);
        const OpMapEntry *e = &c->ver->ops[c->code[2 * out->off]];
        if (e->op == PyOpNone || e->op == PyOp_CACHE)
            return bad(c, out->off, "not an opcode of this version", err);
        out->op = e->op;
        out->arg = out->arg << 8 | c->code[2 * out->off + 1];
        out->next = out->off + 1 + e->n_caches;
        if (out->op != PyOp_EXTENDED_ARG)
            break;
    }
    if (out->next > c->n_units)
        return bad(c, unit, "the instruction's caches are cut off", err);
    return true;
}

static bool
arg_in_range(const PyCode *c, const PyInstr *i)
{
    switch ((PyArg)pyops_info(i->op)->arg) {
    case ArgConst: return i->arg < c->consts->n;
    case ArgName: return i->arg < c->n_names;
    case ArgNameNull: return i->arg >> 1 < c->n_names;
    case ArgLocal:
    case ArgDeref: return i->arg < c->n_localsplus;
    case ArgNone:
    case ArgCount:
    case ArgKind:
    case ArgJumpFwd:
    case ArgJumpBack: return true;
    }
    return false;
}

/* Jump targets must be where an instruction starts, prefixes included. */
static bool
resolve_target(const PyCode *c, const PyInstrs *ins, PyInstr *i)
{
    uint8_t kind = pyops_info(i->op)->arg;
    if (kind != ArgJumpFwd && kind != ArgJumpBack)
        return true;
    int64_t to = kind == ArgJumpFwd ? (int64_t)i->next + i->arg : (int64_t)i->next - i->arg;
    if (to < 0 || to >= c->n_units || ins->at[ins->index_of[to]].start != to)
        return false;
    i->target = (uint32_t)to;
    return true;
}

bool
instrs_decode(Arena *a, const PyCode *c, PyInstrs *out, Err *err)
{
    Vec(PyInstr) v = {0};
    uint32_t *index_of = arena_array(a, uint32_t, c->n_units + 1);
    for (uint32_t unit = 0; unit < c->n_units;) {
        PyInstr i;
        if (!decode_one(c, unit, &i, err))
            return false;
        if (!arg_in_range(c, &i))
            return bad(c, i.off, "the argument leads outside its table", err);
        for (; unit < i.next; unit++)
            index_of[unit] = v.n;
        vec_push(a, &v, i);
    }
    *out = (PyInstrs){v.at, v.n, index_of, c->n_units};
    for (uint32_t k = 0; k < out->n; k++)
        if (!resolve_target(c, out, &out->at[k]))
            return bad(c, out->at[k].off, "the jump does not lead to an instruction", err);
    return true;
}

static int64_t
bits4(int64_t arg)
{
    return __builtin_popcountll((uint64_t)arg & 15);
}

static int64_t
pops(PyOp op, int64_t arg UNUSED, int jump UNUSED)
{
    switch (op) {
#define PYOP(name, arg_, flow, pops, pushes, flags)                                                \
    case PyOp_##name:                                                                              \
        return pops;
#include "pyops.def"
#undef PYOP
    case PyOpNone:
    case PyOpCount: break;
    }
    return 0;
}

static int64_t
pushes(PyOp op, int64_t arg, int jump)
{
    switch (op) {
#define PYOP(name, arg_, flow, pops, pushes, flags)                                                \
    case PyOp_##name:                                                                              \
        return pushes;
#include "pyops.def"
#undef PYOP
    case PyOpNone:
    case PyOpCount: break;
    }
    return 0;
}

int
instrs_pops(const PyInstr *i, bool jump)
{
    return (int)pops(i->op, i->arg, jump);
}

int
instrs_stack_effect(const PyInstr *i, bool jump)
{
    return (int)(pushes(i->op, i->arg, jump) - pops(i->op, i->arg, jump));
}

/* How deep an instruction looks below what pyops.def says it takes off. */
static int64_t
looks_below(PyOp op, int64_t arg)
{
    switch ((int)op) {
    case PyOp_COPY:
    case PyOp_SWAP:
    case PyOp_LIST_APPEND:
    case PyOp_SET_ADD:
    case PyOp_MAP_ADD:
    case PyOp_LIST_EXTEND:
    case PyOp_SET_UPDATE:
    case PyOp_DICT_UPDATE:
    case PyOp_RERAISE: return arg;
    case PyOp_DICT_MERGE: return arg + 2; /* the callable, for the error text */
    case PyOp_WITH_EXCEPT_START: return 4;
    case PyOp_MATCH_KEYS: return 2;
    case PyOp_GET_LEN:
    case PyOp_MATCH_MAPPING:
    case PyOp_MATCH_SEQUENCE:
    case PyOp_IMPORT_FROM:
    case PyOp_GET_ANEXT: return 1;
    default: return 0;
    }
}

/* COPY 0 and its like would touch the entry above the stack. */
static bool
needs_arg(PyOp op)
{
    return op == PyOp_COPY || op == PyOp_SWAP || op == PyOp_LIST_APPEND || op == PyOp_SET_ADD ||
           op == PyOp_MAP_ADD || op == PyOp_LIST_EXTEND || op == PyOp_SET_UPDATE ||
           op == PyOp_DICT_UPDATE || op == PyOp_DICT_MERGE;
}

typedef struct Flow {
    Arena *arena;
    const PyCode *code;
    const PyInstrs *ins;
    ExcTable exc;
    int16_t *depth; /* before each instruction, by index */
    Vec(uint32_t) todo;
    Err *err;
} Flow;

/* Control reaches instruction `to` with `depth` entries; from is for the message. */
static bool
reach(Flow *f, uint32_t from, uint32_t to, int64_t depth)
{
    if (depth < 0 || depth > f->code->stacksize)
        return bad(f->code, from, "the stack leaves its bounds", f->err);
    if (to >= f->ins->n)
        return bad(f->code, from, "control runs off the end", f->err);
    if (f->depth[to] == UNSEEN) {
        f->depth[to] = (int16_t)depth;
        vec_push(f->arena, &f->todo, to);
    }
    if (f->depth[to] != depth)
        return bad(f->code, from, "two paths disagree about the stack", f->err);
    return true;
}

/* The handler of a covered instruction finds the stack cut down, then the offset if asked for, then
 * the exception. */
static bool
reach_handler(Flow *f, const PyInstr *i, int64_t depth)
{
    const ExcEntry *e = exctab_find(&f->exc, i->off);
    if (!e)
        return true;
    uint32_t handler = f->ins->index_of[e->target];
    if (f->ins->at[handler].start != e->target)
        return bad(f->code, i->off, "the handler is not an instruction", f->err);
    if (e->depth > depth)
        return bad(f->code, i->off, "the handler wants more stack than there is", f->err);
    return reach(f, i->off, handler, (int64_t)e->depth + e->lasti + 1);
}

static bool
step(Flow *f, uint32_t index)
{
    const PyInstr *i = &f->ins->at[index];
    const PyOpInfo *info = pyops_info(i->op);
    int64_t depth = f->depth[index], taken = pops(i->op, i->arg, false);
    if (taken + looks_below(i->op, i->arg) > depth || pops(i->op, i->arg, true) > depth ||
        (needs_arg(i->op) && !i->arg))
        return bad(f->code, i->off, "the stack is too short for the instruction", f->err);
    if (!reach_handler(f, i, depth))
        return false;
    if (i->target != INSTR_NO_TARGET &&
        !reach(f, i->off, f->ins->index_of[i->target],
               depth - pops(i->op, i->arg, true) + pushes(i->op, i->arg, true)))
        return false;
    if (info->flow == FlowNext || info->flow == FlowCond)
        return reach(f, i->off, index + 1, depth - taken + pushes(i->op, i->arg, false));
    return true;
}

bool
instrs_stack_depths(Arena *a, const PyCode *c, const PyInstrs *ins, int16_t **depths, Err *err)
{
    Flow f = {.arena = a, .code = c, .ins = ins, .err = err};
    if (c->stacksize < 0 || c->stacksize > INT16_MAX)
        return bad(c, 0, "the stack is larger than any compiler makes", err);
    if (!exctab_read(a, c, &f.exc, err))
        return false;
    f.depth = arena_array(a, int16_t, ins->n + 1);
    for (uint32_t i = 0; i < ins->n; i++)
        f.depth[i] = UNSEEN;
    if (!reach(&f, 0, 0, 0))
        return false;
    while (f.todo.n)
        if (!step(&f, vec_pop(&f.todo)))
            return false;
    *depths = arena_array(a, int16_t, ins->n_units + 1);
    for (uint32_t unit = 0; unit < ins->n_units; unit++)
        (*depths)[unit] = f.depth[ins->index_of[unit]];
    return true;
}

void
instrs_deopt(const PyVer *ver, const uint8_t *adaptive, uint8_t *base, uint32_t n_units)
{
    for (uint32_t unit = 0; unit < n_units; unit++) {
        const OpMapEntry *e = &ver->ops[adaptive[2 * unit]];
        base[2 * unit] = e->op == PyOpNone ? adaptive[2 * unit] : e->base;
        base[2 * unit + 1] = adaptive[2 * unit + 1];
        for (uint32_t n = e->n_caches; n && unit + 1 < n_units; n--) {
            unit++;
            base[2 * unit] = base[2 * unit + 1] = 0;
        }
    }
}
