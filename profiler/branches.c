/* From time samples to branch odds.
 *
 * A sample says where time goes, not how often a block runs.  Three steps lead from one to the
 * other.
 *
 * 1. Cost.  Samples at an instruction are Poisson with mean count(block) * cost(opcode).  Both
 * factors are unknown, but one opcode stands in many blocks, so the two are fitted in turn, over
 * all functions of the profile at once.
 * 2. Evidence.  A block's count is its samples over the costs of its instructions.  How far to
 * trust it: the samples' own variance, (samples + 1/2) / cost^2, and the model's, which is larger
 * for opcodes whose time varies (calls, stores that may free something).  A jump that was met with
 * its condition on the stack is direct evidence for the quotient of its edges.
 * 3. Flow.  What enters a block leaves it.  Edge counts are the non-negative least-squares solution
 * of all evidence, each weighted by its variance, and of conservation, by conjugate gradients. This
 * step does most of the work: it spreads what well-sampled blocks know to the others.
 *
 * The odds are the quotient of a jump's two edges.  Their interval is Wilson's, for as many samples
 * as the edges' evidence amounts to. */
#include "branches.h"

#include "odds.h"
#include "raises.h"

#include <math.h>
#include <string.h>

enum { FIT_ROUNDS = 60, FIX_ROUNDS = 40 };
#define MODEL_ERROR    0.15 /* of steady opcodes' time */
#define VARYING_ERROR  0.5
#define PRIOR_SAMPLES  3.0  /* for an opcode's cost to be the mean cost */
#define CONSERVATION   50.0 /* how much stronger than the mean evidence */
#define OUTCOME_WORTH  0.5  /* of an outcome met: the two ways may take different time, */
#define OUTCOME_LIMIT  15.0 /* so many of them are worth no more than this */
#define CG_TOLERANCE   1e-16
#define FREE_TOLERANCE 1e-6

typedef struct Model {
    Arena *arena;
    Names classes;
    double *cost; /* by class */
} Model;

/* Two estimates, from steady steps and from the others, each as good as its samples and its model.
 */
static void
weigh_block(const Model *m, const FlowGraph *g, FlowBlock *b)
{
    double samples[2] = {0, 0}, cost[2] = {0, 0}, sum = 0;
    for (uint32_t i = b->steps; i < b->steps + b->n_steps; i++) {
        const FlowStep *s = &g->steps.at[i];
        samples[s->varies] += s->samples;
        cost[s->varies] += m->cost[s->class];
    }
    b->samples = samples[0] + samples[1];
    b->count = b->inverse_variance = 0;
    double rough = b->samples / fmax(cost[0] + cost[1], 1e-9);
    for (int varies = 0; varies < 2; varies++) {
        double model = (varies ? VARYING_ERROR : MODEL_ERROR) * rough;
        if (!(cost[varies] > 0))
            continue;
        double variance = (samples[varies] + 0.5) / (cost[varies] * cost[varies]) + model * model;
        sum += samples[varies] / cost[varies] / variance;
        b->inverse_variance += 1 / variance;
    }
    if (b->inverse_variance > 0)
        b->count = sum / b->inverse_variance;
}

static void
weigh(const Model *m, FlowGraph *g)
{
    for (uint32_t b = 0; b < g->n_blocks; b++)
        weigh_block(m, g, &g->blocks[b]);
}

/* Samples and executions per class, given the blocks' counts. */
static void
add_up(const FlowGraph *g, double *samples, double *counts)
{
    for (uint32_t b = 0; b < g->n_blocks; b++) {
        const FlowBlock *block = &g->blocks[b];
        for (uint32_t i = block->steps; i < block->steps + block->n_steps; i++) {
            samples[g->steps.at[i].class] += g->steps.at[i].samples;
            counts[g->steps.at[i].class] += block->count;
        }
    }
}

static void
fit_costs(Model *m, FlowGraph *graphs, uint32_t n)
{
    uint32_t n_cost = m->classes.text.n + 1;
    m->cost = arena_array(m->arena, double, n_cost);
    double *samples = arena_array(m->arena, double, n_cost);
    double *counts = arena_array(m->arena, double, n_cost);
    for (uint32_t c = 0; c < n_cost; c++)
        m->cost[c] = 1;
    for (int round = 0; round < FIT_ROUNDS; round++) {
        double all_samples = 0, all_counts = 0;
        memset(samples, 0, n_cost * sizeof *samples);
        memset(counts, 0, n_cost * sizeof *counts);
        for (uint32_t k = 0; k < n; k++) {
            weigh(m, &graphs[k]);
            add_up(&graphs[k], samples, counts);
        }
        for (uint32_t c = 1; c < n_cost; c++) {
            all_samples += samples[c];
            all_counts += counts[c];
        }
        double mean = all_samples > 0 ? all_samples / fmax(all_counts, 1e-9) : 1;
        for (uint32_t c = 1; c < n_cost; c++)
            m->cost[c] = (samples[c] + PRIOR_SAMPLES) / (counts[c] + PRIOR_SAMPLES / mean);
    }
}

static double
outcome_worth(const FlowBlock *b)
{
    return fmin(OUTCOME_WORTH * b->met, OUTCOME_LIMIT);
}

/* The quadratic form being minimised, and the vectors of the conjugate-gradient iteration, one
 * entry per edge. */
typedef struct Solver {
    FlowGraph *g;
    double conservation;
    bool *fixed; /* at zero */
    double *flow, *rhs, *residual, *direction, *image;
} Solver;

/* How strongly an outcome seen directly holds the edges of block b to its quotient. */
static double
outcome_weight(const FlowBlock *b, double *taken_share)
{
    double q = *taken_share = b->met > 0 ? b->met_taken / b->met : 0, met = outcome_worth(b);
    double count = fmax(b->count, 1e-9);
    return b->met > 0 ? met / (count * count * fmax(q * (1 - q), 1 / (met + 2))) : 0;
}

/* image = H v, for the Hessian H of the form. */
static void
apply(const Solver *s, const double *v, double *image)
{
    FlowGraph *g = s->g;
    for (uint32_t b = 0; b <= g->n_blocks; b++)
        g->blocks[b].in = g->blocks[b].out = 0;
    for (uint32_t i = 0; i < g->edges.n; i++) {
        g->blocks[g->edges.at[i].from].out += v[i];
        g->blocks[g->edges.at[i].to].in += v[i];
    }
    for (uint32_t i = 0; i < g->edges.n; i++) {
        const FlowBlock *a = &g->blocks[g->edges.at[i].from], *b = &g->blocks[g->edges.at[i].to];
        image[i] = a->inverse_variance * a->out + b->inverse_variance * b->in;
        if (a != &g->blocks[g->n_blocks]) /* the outside need not balance */
            image[i] += s->conservation * (a->out - a->in);
        if (b != &g->blocks[g->n_blocks])
            image[i] += s->conservation * (b->in - b->out);
    }
    for (uint32_t i = 0; i < g->n_blocks; i++) {
        const FlowBlock *b = &g->blocks[i];
        double q, w = outcome_weight(b, &q);
        if (!(w > 0))
            continue;
        double r = w * (v[b->taken] * (1 - q) - v[b->fallen] * q);
        image[b->taken] += r * (1 - q);
        image[b->fallen] -= r * q;
    }
}

static double
dot(const Solver *s, const double *x, const double *y)
{
    double sum = 0;
    for (uint32_t i = 0; i < s->g->edges.n; i++)
        if (!s->fixed[i])
            sum += x[i] * y[i];
    return sum;
}

/* Conjugate gradients over the edges that are not fixed. */
static void
descend(Solver *s)
{
    uint32_t n = s->g->edges.n;
    apply(s, s->flow, s->image);
    for (uint32_t i = 0; i < n; i++) {
        s->residual[i] = s->fixed[i] ? 0 : s->rhs[i] - s->image[i];
        s->direction[i] = s->residual[i];
    }
    double rr = dot(s, s->residual, s->residual), goal = rr * CG_TOLERANCE;
    for (uint32_t round = 0; round < 4 * n + 50 && rr > goal; round++) {
        apply(s, s->direction, s->image);
        double curve = dot(s, s->direction, s->image);
        if (!(curve > 0))
            break;
        double step = rr / curve, before = rr;
        for (uint32_t i = 0; i < n; i++) {
            if (s->fixed[i])
                continue;
            s->flow[i] += step * s->direction[i];
            s->residual[i] -= step * s->image[i];
        }
        rr = dot(s, s->residual, s->residual);
        for (uint32_t i = 0; i < n; i++)
            s->direction[i] = s->fixed[i] ? 0 : s->residual[i] + rr / before * s->direction[i];
    }
}

/* Flows are not negative: fix at zero what went below, free what would now rise. */
static bool
change_fixed(Solver *s)
{
    bool changed = false;
    uint32_t n = s->g->edges.n;
    for (uint32_t i = 0; i < n; i++) {
        if (!s->fixed[i] && s->flow[i] < 0) {
            s->fixed[i] = changed = true;
            s->flow[i] = 0;
        }
    }
    if (changed)
        return true;
    apply(s, s->flow, s->image);
    for (uint32_t i = 0; i < n; i++) {
        if (s->fixed[i] && s->rhs[i] - s->image[i] > FREE_TOLERANCE * fabs(s->rhs[i])) {
            s->fixed[i] = false;
            changed = true;
        }
    }
    return changed;
}

static void
solve_flow(Arena *a, FlowGraph *g)
{
    uint32_t n = g->edges.n;
    double evidence = 0;
    for (uint32_t b = 0; b < g->n_blocks; b++)
        evidence += g->blocks[b].inverse_variance;
    Solver s = {.g = g,
                .conservation = CONSERVATION * evidence / g->n_blocks,
                .fixed = arena_array(a, bool, n),
                .flow = arena_array(a, double, n),
                .rhs = arena_array(a, double, n),
                .residual = arena_array(a, double, n),
                .direction = arena_array(a, double, n),
                .image = arena_array(a, double, n)};
    for (uint32_t i = 0; i < n; i++) {
        const FlowBlock *from = &g->blocks[g->edges.at[i].from],
                        *to = &g->blocks[g->edges.at[i].to];
        s.rhs[i] = from->count * from->inverse_variance + to->count * to->inverse_variance;
    }
    for (int round = 0; round < FIX_ROUNDS; round++) {
        descend(&s);
        if (!change_fixed(&s))
            break;
    }
    for (uint32_t i = 0; i < n; i++)
        g->edges.at[i].flow = s.flow[i] > 0 ? s.flow[i] : 0;
    apply(&s, s.flow, s.image); /* leaves the blocks' sums */
}

static void
add_branch(Arena *a, FlowGraph *g, const FlowBlock *b)
{
    double x = g->edges.at[b->taken].flow, y = g->edges.at[b->fallen].flow, sum = x + y;
    if (!(sum > 0))
        return;
    OddsWay taken = {x, odds_edge_variance(g, b->taken)},
            fallen = {y, odds_edge_variance(g, b->fallen)};
    ProfBranch r = odds_of(taken, fallen, b->samples + 0.5, outcome_worth(b));
    r.off = g->ins.at[b->last].off;
    vec_push(a, &g->f->branches, r);
}

void
branches_infer(Arena *a, Profile *p)
{
    Model m = {.arena = arena_new()};
    names_init(&m.classes, m.arena);
    FlowGraph *graphs = arena_array(m.arena, FlowGraph, p->funcs.n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->funcs.n; i++) {
        p->funcs.at[i].branches.n = p->funcs.at[i].raised.n = 0;
        n += flowgraph_build(m.arena, &m.classes, &p->funcs.at[i], &graphs[n]);
    }
    fit_costs(&m, graphs, n);
    for (uint32_t k = 0; k < n; k++) {
        FlowGraph *g = &graphs[k];
        weigh(&m, g);
        solve_flow(m.arena, g);
        for (uint32_t b = 0; b < g->n_blocks; b++)
            if (g->blocks[b].taken != FLOW_NO_EDGE && g->blocks[b].fallen != FLOW_NO_EDGE)
                add_branch(a, g, &g->blocks[b]);
        raises_infer(a, g);
    }
    arena_free(m.arena);
}
