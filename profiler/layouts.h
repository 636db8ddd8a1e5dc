/* How the classes that samples have met lay out their instances. */
#ifndef PYOPT_LAYOUTS_H
#define PYOPT_LAYOUTS_H

#include "target.h"

/* Reads the layouts of the process's classes into c->layouts. */
void layouts_look(Collect *c, Target *t);

#endif
