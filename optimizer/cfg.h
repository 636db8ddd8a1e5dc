/* Queries on the control-flow graph; the passes of cfg.c are in pipeline.def. */
#ifndef PYOPT_CFG_H
#define PYOPT_CFG_H

#include "ir.h"

bool cfg_dominates(const Block *a, const Block *b); /* needs dom; a block dominates itself */

#endif
