/* A fuzz target is one function over bytes from elsewhere.  libFuzzer calls it for ever (make
 * fuzz); replay.c calls it for every file of the corpus and damaged copies of it (make
 * check-replay), without clang. */
#ifndef PYOPT_FUZZ_H
#define PYOPT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
