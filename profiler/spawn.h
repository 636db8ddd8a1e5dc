/* Starting the command with the agent in it. */
#ifndef PYOPT_SPAWN_H
#define PYOPT_SPAWN_H

#include "arena.h"
#include "err.h"

#include <sys/types.h>

/* The agent beside the running program: ../lib/pyopt/libpyprof_agent.so from its bin folder. */
const char *spawn_agent_path(Arena *a, Err *err);
/* Runs argv with the agent preloaded and RING_ENV set to ring; its pid, or -1 when it could not be
 * executed (*status: 127 not found, 126 otherwise). */
pid_t spawn_command(char *const argv[], const char *agent, const char *ring, int *status, Err *err);

#endif
