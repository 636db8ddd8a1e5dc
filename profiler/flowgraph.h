/* The control-flow graph of one function with its samples, for branches.c: blocks made of steps
 * (the instructions that can carry samples) and edges that will carry counts. */
#ifndef PYOPT_FLOWGRAPH_H
#define PYOPT_FLOWGRAPH_H

#include "exctab.h"
#include "instrs.h"
#include "names.h"
#include "profile.h"

enum { FLOW_NO_EDGE = UINT32_MAX };

typedef struct FlowStep {
    uint32_t class; /* of cost: what the step is, numbered in the caller's Names */
    bool varies;    /* its time depends on its operands */
    double samples;
} FlowStep;

typedef struct FlowEdge {
    uint32_t from, to; /* blocks; n_blocks is the outside */
    double flow;
} FlowEdge;

typedef struct FlowBlock {
    uint32_t first, last;                    /* instruction indexes */
    uint32_t steps, n_steps;                 /* in FlowGraph.steps */
    uint32_t taken, fallen;                  /* edges of a conditional jump, or FLOW_NO_EDGE */
    double met, met_taken;                   /* its outcomes seen directly, and those that jumped */
    double samples, count, inverse_variance; /* evidence; variance infinite: none */
    double in, out;                          /* sums of the edges' flows */
} FlowBlock;

typedef struct FlowGraph {
    ProfFunc *f;
    PyInstrs ins;
    ExcTable handlers;
    FlowBlock *blocks; /* n_blocks and the outside */
    uint32_t n_blocks;
    uint32_t *block_of; /* by instruction */
    Vec(FlowStep) steps;
    Vec(FlowEdge) edges;
} FlowGraph;

/* False when the function has too little or too much to work on. */
bool flowgraph_build(Arena *a, Names *classes, ProfFunc *f, FlowGraph *g);

#endif
