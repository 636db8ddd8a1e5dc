/* How often exceptions are raised and caught, from the flows of a function. */
#ifndef PYOPT_RAISES_H
#define PYOPT_RAISES_H

#include "flowgraph.h"

/* Fills f->raised of a graph whose flows are solved. */
void raises_infer(Arena *a, FlowGraph *g);

#endif
