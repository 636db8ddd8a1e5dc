#include "flowgraph.h"

#include <string.h>

enum { MIN_SELF = 8, MAX_BLOCKS = 3000 };

/* Opcodes that take the same time whenever they run. */
static const bool steady[PyOpCount] = {
    [PyOp_LOAD_FAST] = true,
    [PyOp_LOAD_CONST] = true,
    [PyOp_LOAD_GLOBAL] = true,
    [PyOp_LOAD_DEREF] = true,
    [PyOp_LOAD_CLOSURE] = true,
    [PyOp_PUSH_NULL] = true,
    [PyOp_COPY] = true,
    [PyOp_SWAP] = true,
    [PyOp_NOP] = true,
    [PyOp_KW_NAMES] = true,
    [PyOp_IS_OP] = true,
    [PyOp_JUMP_FORWARD] = true,
    [PyOp_JUMP_BACKWARD] = true,
    [PyOp_POP_JUMP_FORWARD_IF_FALSE] = true,
    [PyOp_POP_JUMP_FORWARD_IF_TRUE] = true,
    [PyOp_POP_JUMP_FORWARD_IF_NONE] = true,
    [PyOp_POP_JUMP_FORWARD_IF_NOT_NONE] = true,
    [PyOp_POP_JUMP_BACKWARD_IF_FALSE] = true,
    [PyOp_POP_JUMP_BACKWARD_IF_TRUE] = true,
    [PyOp_POP_JUMP_BACKWARD_IF_NONE] = true,
    [PyOp_POP_JUMP_BACKWARD_IF_NOT_NONE] = true,
};

/* Opcodes that do once they are specialised: one fast path each. */
static const bool steady_when_special[PyOpCount] = {
    [PyOp_BINARY_OP] = true, [PyOp_COMPARE_OP] = true,  [PyOp_BINARY_SUBSCR] = true,
    [PyOp_LOAD_ATTR] = true, [PyOp_LOAD_METHOD] = true,
};

static bool
time_varies(PyOp op, const char *name)
{
    bool special = !strstr(name, "_ADAPTIVE") && strcmp(name, pyops_name(op)) != 0;
    return !steady[op] && !(special && steady_when_special[op]);
}

/* The opcode that mostly stood there. */
static const char *
live_name(const ProfFunc *f, const PyInstr *in)
{
    const ProfQuick *best = NULL;
    for (uint32_t i = 0; i < f->quick.n; i++)
        if (f->quick.at[i].off == in->off && (!best || f->quick.at[i].seen > best->seen))
            best = &f->quick.at[i];
    return best ? best->opname : pyops_name(in->op);
}

/* Does quickening join b to a, so that b's time is sampled at a? */
static bool
joined(const PyInstr *a, const PyInstr *b)
{
    return a->start == a->off && b->start == b->off &&
           ((a->op == PyOp_LOAD_FAST && (b->op == PyOp_LOAD_FAST || b->op == PyOp_LOAD_CONST)) ||
            (a->op == PyOp_LOAD_CONST && b->op == PyOp_LOAD_FAST) ||
            (a->op == PyOp_STORE_FAST && (b->op == PyOp_LOAD_FAST || b->op == PyOp_STORE_FAST)));
}

/* The instruction is sampled together with the one before it, as one step. */
static bool
shares_step(const PyInstr *a, const char *name, const PyInstr *b)
{
    return joined(a, b) || (a->op == PyOp_COMPARE_OP && strstr(name, "_JUMP")) ||
           a->op == PyOp_PRECALL; /* specialised, it does CALL's work */
}

/* Where exceptions are raised time goes to making them and to the search for a handler, many times
 * what the instruction takes otherwise: that is no evidence of how often a block runs.  So it is
 * with what a handler guards that was seen running, and with what leads to a raise statement. */
static bool
may_have_raised(const FlowGraph *g, const FlowBlock *b, const PyInstr *in)
{
    if (steady[in->op])
        return false;
    if (g->ins.at[b->last].op == PyOp_RAISE_VARARGS)
        return true;
    const ExcEntry *e = exctab_find(&g->handlers, in->start);
    if (!e || !(pyops_info(in->op)->flags & PyOpMayRaise))
        return false;
    const FlowBlock *handler = &g->blocks[g->block_of[g->ins.index_of[e->target]]];
    uint32_t from = g->ins.at[handler->first].start, to = g->ins.at[handler->last].next;
    uint64_t samples = 0;
    for (uint32_t u = from; u < to; u++)
        samples += g->f->at[u];
    return samples > 0;
}

static void
add_step(Arena *a, Names *classes, FlowGraph *g, uint32_t i, bool pair)
{
    const PyInstr *in = &g->ins.at[i];
    const char *name = live_name(g->f, in);
    double samples = 0;
    for (uint32_t u = in->start; u < in->next; u++)
        samples += (double)g->f->at[u];
    bool varies = time_varies(in->op, name);
    if (pair)
        name = arena_printf(a, "%s__%s", name, pyops_name(g->ins.at[i + 1].op));
    vec_push(a, &g->steps, (FlowStep){names_id(classes, name), varies, samples});
}

static bool
falls_through(const PyInstr *in)
{
    PyFlow flow = (PyFlow)pyops_info(in->op)->flow;
    return flow == FlowNext || flow == FlowCond;
}

/* A pair may straddle two blocks: then whoever falls into the second finds its first instruction
 * done and pairs the rest otherwise than whoever jumps there, and neither of its first two is
 * evidence. */
static void
add_steps(Arena *a, Names *classes, FlowGraph *g, FlowBlock *b)
{
    b->steps = g->steps.n;
    uint32_t i = b->first;
    if (i && falls_through(&g->ins.at[i - 1]) && joined(&g->ins.at[i - 1], &g->ins.at[i]))
        i += 2;
    for (; i <= b->last; i++) {
        const PyInstr *in = &g->ins.at[i], *next = i + 1 < g->ins.n ? in + 1 : NULL;
        bool pair = next && joined(in, next);
        bool shares = next && i < b->last && shares_step(in, live_name(g->f, in), next);
        if (!may_have_raised(g, b, in))
            add_step(a, classes, g, i, pair);
        i += shares;
    }
    b->n_steps = g->steps.n - b->steps;
}

static void
mark(bool *leader, const PyInstrs *ins, uint32_t unit)
{
    if (unit < ins->n_units)
        leader[ins->index_of[unit]] = true;
}

static bool
find_blocks(Arena *a, FlowGraph *g, const ExcTable *handlers)
{
    bool *leader = arena_array(a, bool, g->ins.n + 1);
    leader[0] = true;
    for (uint32_t i = 0; i < g->ins.n; i++) {
        const PyInstr *in = &g->ins.at[i];
        if (in->target != INSTR_NO_TARGET)
            mark(leader, &g->ins, in->target);
        if (pyops_info(in->op)->flow != FlowNext)
            leader[i + 1] = true;
    }
    for (uint32_t i = 0; i < handlers->n; i++)
        mark(leader, &g->ins, handlers->at[i].target);
    g->block_of = arena_array(a, uint32_t, g->ins.n + 1);
    for (uint32_t i = 0; i < g->ins.n; i++) {
        g->n_blocks += leader[i];
        g->block_of[i] = g->n_blocks - 1;
    }
    g->blocks = arena_array(a, FlowBlock, g->n_blocks + 1);
    for (uint32_t i = g->ins.n; i-- > 0;) {
        FlowBlock *b = &g->blocks[g->block_of[i]];
        b->first = i;
        b->last = b->last > i ? b->last : i;
        b->taken = b->fallen = FLOW_NO_EDGE;
    }
    return g->n_blocks <= MAX_BLOCKS;
}

static uint32_t
add_edge(Arena *a, FlowGraph *g, uint32_t from, uint32_t to)
{
    vec_push(a, &g->edges, (FlowEdge){from, to, 0});
    return g->edges.n - 1;
}

/* A block may leave for the handlers of its instructions that can raise. */
static void
connect_handlers(Arena *a, FlowGraph *g, const ExcTable *handlers, uint32_t b)
{
    uint32_t last = FLOW_NO_EDGE; /* neighbours mostly share their handler */
    for (uint32_t i = g->blocks[b].first; i <= g->blocks[b].last; i++) {
        const ExcEntry *e = exctab_find(handlers, g->ins.at[i].start);
        if (!e || !(pyops_info(g->ins.at[i].op)->flags & PyOpMayRaise))
            continue;
        uint32_t to = g->block_of[g->ins.index_of[e->target]];
        if (to != last)
            add_edge(a, g, b, to);
        last = to;
    }
}

/* From outside come calls, into block 0. */
static void
connect(Arena *a, FlowGraph *g, const ExcTable *handlers)
{
    uint32_t outside = g->n_blocks;
    add_edge(a, g, outside, 0);
    for (uint32_t b = 0; b < outside; b++) {
        const PyInstr *in = &g->ins.at[g->blocks[b].last];
        PyFlow flow = (PyFlow)pyops_info(in->op)->flow;
        if (flow == FlowReturn || flow == FlowRaise)
            add_edge(a, g, b, outside);
        if (flow == FlowJump || flow == FlowCond)
            g->blocks[b].taken = add_edge(a, g, b, g->block_of[g->ins.index_of[in->target]]);
        if (falls_through(in) && b + 1 < outside)
            g->blocks[b].fallen = add_edge(a, g, b, b + 1);
        connect_handlers(a, g, handlers, b);
    }
}

static void
add_outcomes(FlowGraph *g)
{
    for (uint32_t i = 0; i < g->f->outcomes.n; i++) {
        const ProfOutcome *o = &g->f->outcomes.at[i];
        uint32_t index = g->ins.index_of[o->off];
        FlowBlock *b = &g->blocks[g->block_of[index]];
        if (b->last != index || b->taken == FLOW_NO_EDGE || b->fallen == FLOW_NO_EDGE)
            continue;
        b->met += (double)(o->taken + o->fallen);
        b->met_taken += (double)o->taken;
    }
}

bool
flowgraph_build(Arena *a, Names *classes, ProfFunc *f, FlowGraph *g)
{
    Err err;
    *g = (FlowGraph){.f = f};
    if (!f->code || f->self < MIN_SELF || !instrs_decode(a, f->code, &g->ins, &err) || !g->ins.at ||
        !exctab_read(a, f->code, &g->handlers, &err) || !find_blocks(a, g, &g->handlers))
        return false;
    connect(a, g, &g->handlers);
    for (uint32_t b = 0; b < g->n_blocks; b++)
        add_steps(a, classes, g, &g->blocks[b]);
    add_outcomes(g);
    return true;
}
