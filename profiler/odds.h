/* Odds from flows: a quotient with its interval and how many samples it is worth. */
#ifndef PYOPT_ODDS_H
#define PYOPT_ODDS_H

#include "flowgraph.h"

typedef struct OddsWay { /* one of the two that are compared */
    double flow, variance;
} OddsWay;

/* Variance of an edge's flow: that of the block it alone enters or leaves, whichever is known best.
 */
double odds_edge_variance(const FlowGraph *g, uint32_t edge);
/* The odds of x against y; seen: the samples it rests on; met: how many outcomes seen directly it
 * is worth.  The flows' sum is above 0. */
ProfBranch odds_of(OddsWay x, OddsWay y, double seen, double met);

#endif
