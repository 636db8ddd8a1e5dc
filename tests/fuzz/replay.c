/* Runs one fuzz target over files, and over copies of each that are cut short or have bits flipped.
 * What is tried depends on nothing but the file, so a failure comes back. */
#include "fileio.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CUTS = 200, FLIPS = 400 };

/* An exact-size copy, so that a sanitizer sees a read one byte too far. */
static void
try(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n + !n);
    if (!copy)
        die("no memory");
    memcpy(copy, data, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void
cut(const uint8_t *data, size_t n)
{
    size_t step = n / CUTS + 1;
    for (size_t len = 0; len < n; len += step)
        try(data, len);
}

static void
flip(uint8_t *data, size_t n)
{
    uint64_t random = n;
    for (int i = 0; n && i < FLIPS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t at = (random >> 20) % n;
        uint8_t was = data[at], mask = (uint8_t)(random >> 56 | 1);
        data[at] ^= i % 2 ? mask : (uint8_t)(1u << (random >> 61));
        try(data, n);
        data[at] = was;
    }
}

int
main(int argc, char **argv)
{
    int n_files = 0;
    for (int i = 1; i < argc; i++) {
        Arena *a = arena_new();
        void *data;
        size_t n;
        Err err;
        if (!fileio_read(a, argv[i], &data, &n, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return EXIT_FAILURE;
        }
        try(data, n);
        cut(data, n);
        flip(data, n);
        arena_free(a);
        n_files++;
    }
    printf("%s: %d files, each also cut and flipped\n", argv[0], n_files);
    return EXIT_SUCCESS;
}
