/* An exception leaves no trace when it is raised, but where it is caught a handler runs, and that
 * is a block like others: how often it runs follows from samples, costs and flow as for any branch
 * (branches.c), at no cost to the program.  Two kinds of places:
 *
 *   a handler          of the times that what it guards was entered, the part that ended in it
 *   a raise statement  of the function's calls, the part that came there
 *
 * Expect them to be right within a factor of two where a few dozen samples speak of them: what an
 * instruction spends on raising is no evidence (flowgraph.c), and little else is left in a short
 * try.
 *
 * What a handler guards is every instruction from which an exception would get there, at once or
 * through handlers inside, so that a try within a try is one entry of the outer one. */
#include "raises.h"

#include "odds.h"

#include <math.h>

enum { NESTED = 64 };
#define LEAST 1e-6 /* of a part: below are the solver's remainders */

/* Would an exception at that instruction come to the handler at `target`, if no handler inside
 * stops it? */
static bool
guards(const FlowGraph *g, uint32_t target, uint32_t index)
{
    const ExcEntry *e = exctab_find(&g->handlers, g->ins.at[index].start);
    for (int i = 0; e && i < NESTED; i++) {
        if (e->target == target)
            return true;
        e = exctab_find(&g->handlers, e->target);
    }
    return false;
}

/* How often what it guards is entered: blocks in which that begins, and edges that lead into it. */
static double
entries(Arena *scratch, const FlowGraph *g, uint32_t target)
{
    double sum = 0;
    bool *guarded = arena_array(scratch, bool, g->ins.n + 1);
    for (uint32_t i = 0; i < g->ins.n; i++)
        guarded[i] = guards(g, target, i);
    for (uint32_t b = 0; b < g->n_blocks; b++) {
        const FlowBlock *block = &g->blocks[b];
        bool begins = false;
        for (uint32_t i = block->first + 1; i <= block->last; i++)
            begins = begins || (guarded[i] && !guarded[i - 1] && !guarded[block->first]);
        sum += begins ? block->in : 0;
    }
    for (uint32_t i = 0; i < g->edges.n; i++) {
        const FlowEdge *e = &g->edges.at[i];
        if (e->to == g->n_blocks || !guarded[g->blocks[e->to].first])
            continue;
        if (e->from == g->n_blocks || !guarded[g->blocks[e->from].last])
            sum += e->flow;
    }
    return sum;
}

/* Block b runs so often of `whole`, by `seen` samples. */
static void
add(Arena *a, FlowGraph *g, uint32_t b, uint32_t off, double whole, double seen)
{
    const FlowBlock *block = &g->blocks[b];
    double x = block->in > LEAST * whole ? fmin(block->in, whole) : 0;
    double variance = block->inverse_variance > 0 ? 1 / block->inverse_variance : x * x + 1;
    if (!(whole > 0))
        return;
    OddsWay there = {x, variance}, elsewhere = {whole - x, variance};
    ProfBranch r = odds_of(there, elsewhere, seen + 0.5, 0);
    r.off = off;
    vec_push(a, &g->f->raised, r);
}

static double
samples_guarded(const FlowGraph *g, uint32_t target)
{
    double sum = 0;
    for (uint32_t i = 0; i < g->ins.n; i++)
        for (uint32_t u = g->ins.at[i].start; u < g->ins.at[i].next && guards(g, target, i); u++)
            sum += (double)g->f->at[u];
    return sum;
}

void
raises_infer(Arena *a, FlowGraph *g)
{
    Arena *scratch = arena_new();
    double calls = g->edges.at[0].flow; /* from outside, as flowgraph.c has it first */
    for (uint32_t i = 0; i < g->ins.n; i++) {
        const PyInstr *in = &g->ins.at[i];
        uint32_t b = g->block_of[i];
        if (in->op == PyOp_RAISE_VARARGS)
            add(a, g, b, in->off, calls, (double)g->f->self);
        else if (in->op == PyOp_PUSH_EXC_INFO && g->blocks[b].first == i)
            add(a, g, b, in->off, entries(scratch, g, in->start),
                samples_guarded(g, in->start) + g->blocks[b].samples);
    }
    arena_free(scratch);
}
