#include "odds.h"

#include <math.h>

#define Z95 1.96

double
odds_edge_variance(const FlowGraph *g, uint32_t edge)
{
    const FlowEdge *e = &g->edges.at[edge];
    const FlowBlock *a = &g->blocks[e->from], *b = &g->blocks[e->to];
    double shared = a->inverse_variance / 4, part = b->in > 0 ? e->flow / b->in : 0;
    double own = b->inverse_variance * part * part, best = shared > own ? shared : own;
    return best > 0 ? 1 / best : e->flow * e->flow + 1;
}

static void
wilson(double p, double n, double *lo, double *hi)
{
    double z2 = Z95 * Z95, centre = p + z2 / (2 * n);
    double spread = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *lo = fmax(0, fmin(p, (centre - spread) / (1 + z2 / n)));
    *hi = fmin(1, fmax(p, (centre + spread) / (1 + z2 / n)));
}

ProfBranch
odds_of(OddsWay x, OddsWay y, double seen, double met)
{
    double sum = x.flow + y.flow, p = x.flow / sum;
    double variance =
        (y.flow * y.flow * x.variance + x.flow * x.flow * y.variance) / (sum * sum * sum * sum);
    /* With one way at zero the quotient has no spread of its own: bound it by one unseen sample. */
    double q = fmin(fmax(p, 0.5 / (seen + 1)), (seen + 0.5) / (seen + 1));
    double n = fmin(q * (1 - q) / fmax(variance, 1e-12), 4 * seen) + met;
    ProfBranch r = {.p_taken = p, .weight = n};
    wilson(p, fmax(n, 0.1), &r.lo, &r.hi);
    return r;
}
